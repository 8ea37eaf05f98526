//! Two nodes, their folder and the command line beside them.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, thread, time::Duration};

use serde_json::{Value, json};

use super::consumer::Consumer;
use crate::support::{
    PASSWORD, TestDatabase,
    keys::key_files,
    process::{Service, free_address, signet},
};

/// What any two of them have, whose folder is to be read at once.
const SETTINGS: &[(&str, &str)] = &[
    ("SIGNET_KEYS__READ_EVERY", "1s"),
    ("SIGNET_KEYS__MAX_AGE", "1s"),
    ("SIGNET_LIMITS__ENABLED", "false"),
    ("SIGNET_LOG__FILTER", "warn,signet::audit=off"),
];

/// Both nodes, and the environment that they have in common.
pub struct Nodes {
    pub both: [Service; 2],
    environment: Vec<(String, String)>,
    folder: Arc<tempfile::TempDir>,
}

impl Nodes {
    /// Starts both, with these settings besides.
    pub fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let addresses = [free_address(), free_address()];
        let keys = folder.path().join("keys").display().to_string();
        let issuer = format!("http://{}", addresses[0]);
        let own = [
            ("SIGNET_ISSUER", issuer.as_str()),
            ("DATABASE_URL", database.url.as_str()),
            ("SIGNET_KEYS__FOLDER", keys.as_str()),
        ];
        let environment: Vec<_> = [&own, SETTINGS, settings].concat();
        let migrated = signet(folder.path())
            .arg("migrate")
            .envs(environment.iter().copied())
            .output();
        assert!(migrated.unwrap().status.success());
        let start = |address| Service::start_in(folder.clone(), address, &environment);
        // The first makes the keys.
        let both = addresses.map(start);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            both,
            environment: environment.iter().map(owned).collect(),
            folder,
        }
    }

    /// A service that verifies what they sign.
    pub fn consumer(&self) -> Consumer {
        let issuer = format!("http://{}", self.both[0].address);
        Consumer::new(issuer, self.both.each_ref().map(|node| node.address))
    }

    pub fn keys(&self, arguments: &[&str]) {
        self.try_keys(arguments)
            .unwrap_or_else(|said| panic!("{arguments:?}: {said}"));
    }

    fn try_keys(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = signet(self.folder.path());
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let command = command.arg("keys").args(arguments).envs(environment);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then_some(()).ok_or(said)
    }

    /// Writes one that signs at once.
    pub fn generate_now(&self, kind: &str) {
        while let Err(said) = self.try_keys(&["generate", "--now", kind]) {
            // Another begins in this very second.
            assert!(said.contains("already exists"), "{said}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// The key files whose names end so.
    pub fn files(&self, ending: &str) -> BTreeSet<String> {
        BTreeSet::from_iter(key_files(&self.keys_folder(), ending))
    }

    pub fn keys_folder(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    pub fn log_in(&self) -> Value {
        let body = json!({"email": "ada@example.com", "password": PASSWORD});
        let (status, session) = self.both[0].post("/login", &body);
        assert_eq!(status, 200, "{session}");
        session
    }

    /// The status of a refresh at that node, and what comes back.
    pub fn refresh(&self, node: usize, session: &Value) -> (u16, Value) {
        let body = json!({"refresh_token": session["refresh_token"]});
        self.both[node].post("/refresh", &body)
    }

    /// Whether each of them publishes that key.
    pub fn publish(&self, kid: &str) -> [bool; 2] {
        let jwks = |node: &Service| node.get("/.well-known/jwks.json", "").1;
        self.both.each_ref().map(|node| jwks(node).contains(kid))
    }
}
