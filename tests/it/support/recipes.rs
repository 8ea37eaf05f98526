//! The foreign servers of `tests/recipes`, each run as its own users would run it.

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
    patiently,
    process::{Service, free_address},
    requirements,
};

pub const AUDIENCE: &str = "https://api.example.com";

/// A server that runs. Stopped when dropped.
pub struct Recipe {
    pub folder: TempDir,
    pub address: SocketAddr,
    child: Child,
}

/// How it is started in a folder that has its files, and how it tells that it is ready: in which
/// file, by which words.
type Start = (Command, &'static str, &'static str);

impl Recipe {
    /// Starts one, with ISSUER, AUDIENCE and PORT in its environment, and waits until it listens.
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
        let is_ready = patiently(|| {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("ended with {status}: {}", said("printed").unwrap());
            }
            let is_ready = said(log).unwrap_or_default().contains(ready);
            is_ready && TcpStream::connect(self.address).is_ok()
        });
        assert!(is_ready, "does not listen: {}", said("printed").unwrap());
    }

    /// What it answers to a request with that token: the status, and what of the body is JSON.
    pub fn asked_with(&self, token: &str) -> (u16, Value) {
        self.ask(&format!("Authorization: Bearer {token}"))
    }

    /// What it answers to a request with that header.
    pub fn ask(&self, header: &str) -> (u16, Value) {
        // HTTP/1.0, so that a body is never chunked.
        let head = format!("GET / HTTP/1.0\r\n{header}");
        let (status, _, body) = Service::request_at(self.address, &head, "").unwrap();
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
}

impl Drop for Recipe {
    fn drop(&mut self) {
        // Asked to stop, so that Apache stops its own processes too.
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

/// The files of a recipe, in a folder of their own.
pub(super) fn files_of(name: &str) -> TempDir {
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

/// In that folder, with nothing of the tests' own environment.
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

pub(super) fn node(name: &str, program: &str, folder: &Path) -> Option<Command> {
    let (node, modules) = requirements::node_with_packages(name)?;
    symlink(modules, folder.join("node_modules")).unwrap();
    let mut command = Command::new(node);
    command.arg(program);
    Some(command)
}

/// Built by `tests/run`, beside the service.
fn rust(program: &str) -> Option<Start> {
    let program = requirements::built(program)?;
    Some((Command::new(program), "printed", "listening"))
}

fn apache(configuration: &str, folder: &Path) -> Option<Start> {
    let program = requirements::apache_with_openidc()?;
    let mut command = if geteuid().is_root() {
        // As nobody in particular: everything that it needs is in the folder.
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
