//! The third-party servers of `tests/recipes`.

use std::{
    env, fs,
    net::{SocketAddr, TcpStream},
    os::unix::fs::{chown, symlink},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    holds_within_limit,
    process::{ServiceProcess, free_address},
    requirements,
};

pub const AUDIENCE: &str = "https://api.example.com";

/// A running server, stopped when dropped.
pub struct Recipe {
    pub folder: TempDir,
    pub address: SocketAddr,
    child: Child,
}

/// The command that starts the server in a folder with its files, and the file and text that show
/// readiness.
pub(super) type Start = (Command, &'static str, &'static str);

impl Recipe {
    /// Starts a server with ISSUER, AUDIENCE and PORT in its environment, and waits until the
    /// server listens.
    pub fn start(name: &str, issuer: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let folder = files_of(name);
        let (mut command, log, ready) = match name {
            "fastapi" => python("app.py")?,
            "node" | "authjs" | "oidc-provider" => {
                let command = node(name, "server.js", folder.path())?;
                (command, "printed", "listening")
            }
            "rust" => rust("signet-recipe-rust")?,
            "apache" => apache("httpd.conf", folder.path())?,
            _ => panic!("there is no server {name}"),
        };
        let address = free_address();
        let printed = fs::File::create(folder.path().join("printed")).unwrap();
        within(&mut command, folder.path())
            .env("ISSUER", issuer)
            .env("AUDIENCE", AUDIENCE)
            .env("PORT", address.port().to_string())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(printed.try_clone().unwrap())
            .stderr(printed);
        let child = command.spawn().unwrap();
        let mut recipe = Self {
            folder,
            address,
            child,
        };
        recipe.wait_until_ready(log, ready);
        Some(recipe)
    }

    fn wait_until_ready(&mut self, log: &str, ready: &str) {
        let said = |file: &str| fs::read_to_string(self.folder.path().join(file));
        let is_ready = holds_within_limit(|| {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("ended with {status}: {}", said("printed").unwrap());
            }
            let is_ready = said(log).unwrap_or_default().contains(ready);
            is_ready && TcpStream::connect(self.address).is_ok()
        });
        assert!(is_ready, "does not listen: {}", said("printed").unwrap());
    }

    /// Sends a request with a token and returns the status and the JSON body.
    pub fn request_with_token(&self, token: &str) -> (u16, Value) {
        self.ask(&format!("Authorization: Bearer {token}"))
    }

    /// Sends a request with a header and returns the status and the JSON body.
    pub fn ask(&self, header: &str) -> (u16, Value) {
        // HTTP/1.0 responses are never chunked.
        let head = format!("GET / HTTP/1.0\r\n{header}");
        let (status, _, body) = ServiceProcess::request_at(self.address, &head, "").unwrap();
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
}

impl Drop for Recipe {
    fn drop(&mut self) {
        // SIGTERM, so that Apache also stops its child processes.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        for _ in 0..200 {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies the files of a recipe into a new folder.
pub fn files_of(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipes");
    for file in fs::read_dir(source.join(name)).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    folder
}

/// Runs a command in a folder without the test environment.
pub(super) fn within<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
}

fn python(program: &str) -> Option<Start> {
    let mut command = Command::new(requirements::python_with_fastapi()?);
    command.arg(program);
    Some((command, "printed", "listening"))
}

pub fn node(name: &str, program: &str, folder: &Path) -> Option<Command> {
    let (node, modules) = requirements::node_with_packages(name)?;
    symlink(modules, folder.join("node_modules")).unwrap();
    let mut command = Command::new(node);
    command.arg(program);
    Some(command)
}

/// `tests/run` builds this program beside the service.
fn rust(program: &str) -> Option<Start> {
    let program = requirements::built(program)?;
    Some((Command::new(program), "printed", "listening"))
}

pub(super) fn apache(configuration: &str, folder: &Path) -> Option<Start> {
    let program = requirements::apache_with_openidc()?;
    let mut command = if geteuid().is_root() {
        // Runs as the user `nobody`: the folder contains everything that Apache needs.
        const NOBODY: u32 = 65534;
        chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", program]);
        command
    } else {
        Command::new(program)
    };
    command.arg("-d").arg(folder);
    command.args(["-f", configuration, "-D", "FOREGROUND"]);
    Some((command, "httpd.log", "resuming normal operations"))
}
