//! Two nodes, their shared folder, and commands on that folder.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, thread, time::Duration};

use serde_json::{Value, json};

use super::consumer::Consumer;
use crate::support::{
    PASSWORD, TestDatabase,
    keys::key_files,
    process::{ServiceProcess, free_address, signet},
};

/// The settings of nodes that read their folder often.
const SETTINGS: &[(&str, &str)] = &[
    ("SIGNET_KEYS__READ_EVERY", "1s"),
    ("SIGNET_KEYS__MAX_AGE", "1s"),
    ("SIGNET_LIMITS__ENABLED", "false"),
    ("SIGNET_LOG__FILTER", "warn,signet::audit=off"),
];

/// Both nodes and their common environment.
pub struct Nodes {
    pub both: [ServiceProcess; 2],
    environment: Vec<(String, String)>,
    folder: Arc<tempfile::TempDir>,
}

impl Nodes {
    /// Starts both nodes with these settings.
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
        let start = |address| ServiceProcess::start_in(folder.clone(), address, &environment);
        // The first node creates the keys.
        let both = addresses.map(start);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            both,
            environment: environment.iter().map(owned).collect(),
            folder,
        }
    }

    /// A consumer of their tokens.
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

    /// Creates a key or secret that is active immediately.
    pub fn generate_now(&self, kind: &str) {
        for _ in 0..50 {
            let Err(said) = self.try_keys(&["generate", "--now", kind]) else {
                return;
            };
            // The name of a file is a second, and the other node has used this one.
            assert!(said.contains("already exists"), "{said}");
            thread::sleep(Duration::from_millis(200));
        }
        panic!("no free second for a new {kind}");
    }

    /// The key files with this ending.
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

    /// Refreshes at a node and returns the status and the body.
    pub fn refresh(&self, node: usize, session: &Value) -> (u16, Value) {
        let body = json!({"refresh_token": session["refresh_token"]});
        self.both[node].post("/refresh", &body)
    }

    /// Tells for each node whether the node publishes the key.
    pub fn publish(&self, kid: &str) -> [bool; 2] {
        let jwks = |node: &ServiceProcess| node.get("/.well-known/jwks.json", "").1;
        self.both.each_ref().map(|node| jwks(node).contains(kid))
    }
}
