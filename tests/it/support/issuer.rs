//! The real service as the issuer of the recipes' tokens.

use std::{fs, path::PathBuf, sync::Arc, thread, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    PASSWORD,
    process::{Service, free_address, run, signet},
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

/// A service at which Ada has an account.
pub struct Issuer {
    pub service: Service,
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
        let service = Service::start_in(folder, free_address(), environment);
        let url = format!("http://{}", service.address);
        Self { service, url }
    }

    pub fn create(&self, email: &str) {
        let mut command = signet(self.service.folder.path());
        command.args(["users", "create", email, "--name", "Ada", "--verified"]);
        assert!(run(command, PASSWORD).status.success());
    }

    pub fn log_in(&self, client_id: &str, email: &str) -> Value {
        let body = json!({"client_id": client_id, "email": email, "password": PASSWORD});
        let (status, session) = self.service.post("/login", &body);
        assert_eq!(status, 200, "{session}");
        session
    }

    /// An access token for Ada.
    pub fn access(&self, client_id: &str) -> String {
        let session = self.log_in(client_id, "ada@example.com");
        session["access_token"].as_str().unwrap().to_owned()
    }

    /// The files that sign access tokens, oldest first.
    pub fn key_files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.service.folder.path().join("keys")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "pem"));
        files.sort();
        files
    }

    /// Lets a new key sign from now on; an access token by it.
    pub fn rotate(&self) -> String {
        let before = header(&self.access("web"));
        wait_until("there is a new key", || {
            // One name is a second: there may be one of this second already.
            let mut command = signet(self.service.folder.path());
            command.args(["keys", "generate", "--now", "es256"]);
            run(command, "").status.success()
        });
        self.service.signal("-HUP");
        wait_until("the new key signs", || {
            header(&self.access("web")) != before
        });
        self.access("web")
    }

    /// A token of that header and those claims, by the key that signs.
    pub fn forge(&self, header: Value, claims: &Value) -> String {
        let file = self.key_files().pop().unwrap();
        let key = pem::parse(fs::read(file).unwrap()).unwrap();
        let header: Header = serde_json::from_value(header).unwrap();
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(key.contents())).unwrap()
    }
}

pub fn header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

pub fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

/// Waits, for longer than anybody's cooldown.
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("waited in vain until {what}");
}
