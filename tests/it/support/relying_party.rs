//! The service as an OpenID provider, and applications that log in their users there by the libraries of
//! others (`tests/recipes`), configured as the manuals of these libraries say.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    PASSWORD, holds_within_limit,
    http_browser::{HttpBrowser, Page},
    issuer::Issuer,
    process::{free_address, run, signet},
    recipes::{apache, files_of, node, within},
    requirements,
};

/// The client ID of every application.
const CLIENT_ID: &str = "app";

/// The address that an application is going to have, and its credential.
pub struct Registration {
    pub address: SocketAddr,
    pub secret: String,
    hash: String,
}

impl Registration {
    /// Chooses a port and a secret.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = signet(folder.path());
        command.args(["clients", "secret", "--format", "json"]);
        let printed: Value = serde_json::from_slice(&run(command, "").stdout).unwrap();
        let text = |name: &str| printed[name].as_str().unwrap().to_owned();
        Self {
            address: free_address(),
            secret: text("secret"),
            hash: text("hash"),
        }
    }

    /// The setting for the secret.
    pub fn secret_hash(&self) -> String {
        format!("client_secret_hashes = ['{}']", self.hash)
    }

    /// The setting for the keys that the application publishes at that path.
    pub fn jwks_uri(&self, path: &str) -> String {
        format!("jwks_uri = '{}{path}'", self.url())
    }

    /// The setting for an application that uses PKCE or does not.
    pub fn pkce(is_used: bool) -> &'static str {
        if is_used {
            "pkce = 'required'"
        } else {
            "pkce = 'optional'"
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts a service at which the application may log in users, with these settings besides.
    pub fn provider(&self, callback: &str, settings: &[&str]) -> Issuer {
        Issuer::start(&self.configuration(callback, settings))
    }

    /// The configuration of that service.
    pub fn configuration(&self, callback: &str, settings: &[&str]) -> String {
        format!(
            "
            [roles.staff]
            groups = ['employees']

            [[clients]]
            client_id = '{CLIENT_ID}'
            redirect_uris = ['{url}{callback}']
            origins = ['{url}']
            scopes = ['openid', 'profile', 'email', 'groups']
            {settings}
            ",
            url = self.url(),
            settings = settings.join("\n"),
        )
    }
}

/// A running application. Stopped when dropped.
pub struct RelyingParty {
    url: String,
    address: SocketAddr,
    folder: TempDir,
    child: Child,
}

impl RelyingParty {
    /// Starts a program of a recipe, with ISSUER, PORT, `CLIENT_ID`, `CLIENT_SECRET` and these variables in
    /// its environment, and waits until it listens. Returns `None` where this machine lacks the program.
    pub fn start(
        (recipe, program): (&str, &str),
        registration: &Registration,
        issuer: &Issuer,
        environment: &[(&str, &str)],
    ) -> Option<Self> {
        let folder = files_of(recipe);
        let extension = program.rsplit_once('.').map(|(_, extension)| extension);
        let (mut command, log, ready) = match extension {
            Some("py") => {
                let mut command = Command::new(requirements::python_with_django()?);
                command.arg(program);
                (command, "printed", "listening")
            }
            Some("conf") => apache(program, folder.path())?,
            _ => (
                node(recipe, program, folder.path())?,
                "printed",
                "listening",
            ),
        };
        let address = registration.address;
        let printed = fs::File::create(folder.path().join("printed")).unwrap();
        within(&mut command, folder.path())
            .env("ISSUER", &issuer.url)
            .env("PORT", address.port().to_string())
            .env("CLIENT_ID", CLIENT_ID)
            .env("CLIENT_SECRET", &registration.secret)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(printed.try_clone().unwrap())
            .stderr(printed);
        let mut party = Self {
            url: registration.url(),
            address,
            child: command.spawn().unwrap(),
            folder,
        };
        party.wait_until_ready(log, ready);
        Some(party)
    }

    fn wait_until_ready(&mut self, log: &str, ready: &str) {
        let log = self.folder.path().join(log);
        let is_ready = holds_within_limit(|| {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("ended with {status}: {}", self.printed());
            }
            let logged = fs::read_to_string(&log).unwrap_or_default();
            logged.contains(ready) && TcpStream::connect(self.address).is_ok()
        });
        assert!(is_ready, "does not listen: {}", self.printed());
    }

    /// Everything that the application has printed.
    pub fn printed(&self) -> String {
        let text = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        text("printed") + &text("httpd.log")
    }

    /// Opens a page of the application.
    pub fn open(&self, web: &mut HttpBrowser, path: &str) -> Page {
        web.open(&format!("{}{path}", self.url))
    }

    /// Opens a page that leads to the login page, logs in there, and returns the page that follows.
    pub fn log_in(&self, web: &mut HttpBrowser, path: &str) -> Page {
        let form = self.open(web, path);
        self.fill_in(web, &form)
    }

    /// Logs in at the service's own login page.
    pub fn fill_in(&self, web: &mut HttpBrowser, form: &Page) -> Page {
        let is_elsewhere = !form.url.as_str().starts_with(&self.url);
        assert!(
            form.status == 200 && is_elsewhere,
            "{form:?}\n{}",
            self.printed()
        );
        web.submit(
            form,
            &[("email", "ada@example.com"), ("password", PASSWORD)],
        )
    }

    /// Reads a page of the application that is JSON.
    pub fn json(&self, page: &Page) -> Value {
        let value = serde_json::from_str(&page.body);
        value.unwrap_or_else(|error| panic!("{error}: {page:?}\n{}", self.printed()))
    }
}

impl Drop for RelyingParty {
    fn drop(&mut self) {
        // A signal that lets Apache stop its own processes too.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if !holds_within_limit(|| self.child.try_wait().is_ok_and(|status| status.is_some())) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
