//! The service as the issuer of the tokens that recipes verify.

use std::{fs, path::PathBuf, sync::Arc};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    PASSWORD,
    keys::key_files,
    process::{ServiceProcess, free_address, run, signet},
    token::kid,
    wait_until,
};

pub const CLIENTS: &str = "
    [[clients]]
    client_id = 'web'
    audience = 'https://api.example.com'
    [[clients]]
    client_id = 'other'
    audience = 'https://other.example.com'
    [[clients]]
    client_id = 'brief'
    access_lifetime = '1s'
    [[clients]]
    client_id = 'named'
    audience = 'https://api.example.com'
    claims = { name = '$name', email = '$email' }
";

/// A running service with the user Ada.
pub struct Issuer {
    pub service: ServiceProcess,
    pub url: String,
}

impl Issuer {
    pub fn start(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("signet.toml"), configuration).unwrap();
        let issuer = Self::start_in(Arc::new(folder), &[]);
        issuer.create("ada@example.com");
        issuer
    }

    pub fn start_in(folder: Arc<TempDir>, environment: &[(&str, &str)]) -> Self {
        let service = ServiceProcess::start_in(folder, free_address(), environment);
        let url = format!("http://{}", service.address);
        Self { service, url }
    }

    pub fn create(&self, email: &str) {
        let mut command = signet(self.service.folder.path());
        command.args(["users", "create", email, "--name", "Ada", "--verified"]);
        assert!(run(command, PASSWORD).status.success());
    }

    /// Kills the service and starts it again at the same address.
    pub fn restart(&mut self) {
        let (folder, address) = (self.service.folder.clone(), self.service.address);
        self.service.kill();
        self.service = ServiceProcess::start_in(folder, address, &[]);
    }

    /// Ends all sessions of a user, as an operator does.
    pub fn log_out(&self, email: &str) {
        let mut command = signet(self.service.folder.path());
        command.args(["users", "logout", email]);
        assert!(run(command, "").status.success());
    }

    pub fn log_in(&self, client_id: &str, email: &str) -> Value {
        let body = json!({"client_id": client_id, "email": email, "password": PASSWORD});
        let (status, session) = self.service.post("/login", &body);
        assert_eq!(status, 200, "{session}");
        session
    }

    /// Logs Ada in and returns her access token.
    pub fn access(&self, client_id: &str) -> String {
        let session = self.log_in(client_id, "ada@example.com");
        session["access_token"].as_str().unwrap().to_owned()
    }

    /// The files that sign access tokens, oldest first.
    pub fn key_files(&self) -> Vec<PathBuf> {
        let keys = self.service.folder.path().join("keys");
        let names = key_files(&keys, ".pem").into_iter();
        names.map(|name| keys.join(name)).collect()
    }

    /// Creates a key or a secret that is active immediately.
    pub fn generate(&self, kind: &str) {
        wait_until("there is a successor", || {
            // A file name has a resolution of one second, and a file of this second may exist.
            let mut command = signet(self.service.folder.path());
            command.args(["keys", "generate", "--now", kind]);
            run(command, "").status.success()
        });
    }

    /// Creates a key that signs immediately, and returns an access token signed with it.
    pub fn rotate(&self) -> String {
        let before = kid(&self.access("web"));
        self.generate("es256");
        self.service.signal("-HUP");
        wait_until("the new key signs", || kid(&self.access("web")) != before);
        self.access("web")
    }

    /// Signs a token with this header and these claims with the current key.
    pub fn forge(&self, header: Value, claims: &Value) -> String {
        let file = self.key_files().pop().unwrap();
        let key = pem::parse(fs::read(file).unwrap()).unwrap();
        let header: Header = serde_json::from_value(header).unwrap();
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(key.contents())).unwrap()
    }
}

pub fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}
