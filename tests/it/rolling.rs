//! Two nodes that share a database and a folder of keys, whose keys and secrets rotate under load:
//! real programs, real time, lifetimes of seconds.

mod consumer;

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rstest::rstest;
use serde_json::{Value, json};

use self::consumer::{Consumer, Refused, claims, kid};
use crate::support::{
    Engine, PASSWORD, TestDatabase,
    process::{Service, free_address, signet},
};

/// A key signs for some six seconds: one until its successor is written, five until that signs.
const SETTINGS: &[(&str, &str)] = &[
    ("SIGNET_KEYS__ROTATE_AFTER", "1s"),
    ("SIGNET_KEYS__PUBLISH_AHEAD", "5s"),
    ("SIGNET_KEYS__READ_EVERY", "1s"),
    ("SIGNET_KEYS__MAX_AGE", "1s"),
    ("SIGNET_KEYS__RETIRE_AFTER", "6s"),
    ("SIGNET_TOKENS__ACCESS_LIFETIME", "3s"),
    ("SIGNET_TOKENS__REFRESH_IDLE", "12s"),
    ("SIGNET_TOKENS__SIGN_UP_LIFETIME", "12s"),
    ("SIGNET_TOKENS__LEEWAY", "1s"),
    ("SIGNET_LIMITS__ENABLED", "false"),
    ("SIGNET_LOG__FILTER", "warn,signet::audit=off"),
];

/// How often keys and secrets take over from each other before anybody is satisfied.
const TAKEOVERS: usize = 4;

/// Both nodes, and the environment that they have in common.
struct Nodes {
    both: [Service; 2],
    environment: Vec<(String, String)>,
    folder: Arc<tempfile::TempDir>,
}

impl Nodes {
    fn start(database: &TestDatabase) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let addresses = [free_address(), free_address()];
        let keys = folder.path().join("keys").display().to_string();
        let issuer = format!("http://{}", addresses[0]);
        let own = [
            ("SIGNET_ISSUER", issuer.as_str()),
            ("DATABASE_URL", database.url.as_str()),
            ("SIGNET_KEYS__FOLDER", keys.as_str()),
        ];
        let environment: Vec<_> = own.iter().chain(SETTINGS).copied().collect();
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

    fn issuer(&self) -> String {
        format!("http://{}", self.both[0].address)
    }

    fn keys(&self, arguments: &[&str]) {
        self.try_keys(arguments)
            .unwrap_or_else(|said| panic!("{arguments:?}: {said}"));
    }

    fn try_keys(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command: Command = signet(self.folder.path());
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let command = command.arg("keys").args(arguments).envs(environment);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then_some(()).ok_or(said)
    }

    /// Writes one that signs at once.
    fn generate_now(&self, kind: &str) {
        while let Err(said) = self.try_keys(&["generate", "--now", kind]) {
            // Another begins in this very second.
            assert!(said.contains("is there already"), "{said}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// The key files whose names end so.
    fn files(&self, ending: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.keys_folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(ending)).collect()
    }

    fn keys_folder(&self) -> std::path::PathBuf {
        Path::new(self.folder.path()).join("keys")
    }

    fn log_in(&self) -> Value {
        let body = json!({"email": "ada@example.com", "password": PASSWORD});
        let (status, session) = self.both[0].post("/login", &body);
        assert_eq!(status, 200, "{session}");
        session
    }
}

/// What came of the load.
#[derive(Default)]
struct Report {
    refreshes: AtomicUsize,
    verifications: AtomicUsize,
    /// By which keys, and which secrets, tokens were made.
    signers: Mutex<[BTreeSet<String>; 2]>,
    refused: Mutex<Vec<(Instant, Refused)>>,
    failed: Mutex<Vec<String>>,
}

/// A tab: refreshes at either node in turn, after a pause, and shows what it gets to a consumer.
fn tab(nodes: &Nodes, consumer: &Consumer, report: &Report, over: &AtomicBool, pause: Duration) {
    let mut session = nodes.log_in();
    for turn in 0.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let body = json!({"refresh_token": session["refresh_token"]});
        let (status, refreshed) = nodes.both[turn % 2].post("/refresh", &body);
        if status != 200 {
            let said = format!(
                "{status}: {refreshed}, of {}",
                kid(&session["refresh_token"])
            );
            report.failed.lock().unwrap().push(said);
            return;
        }
        report.refreshes.fetch_add(1, Ordering::Relaxed);
        session = refreshed;
        let mut signers = report.signers.lock().unwrap();
        signers[0].insert(kid(&session["access_token"]));
        signers[1].insert(kid(&session["refresh_token"]));
        drop(signers);
        // Now, and once more when it has been used for a while.
        for age in [Duration::ZERO, pause] {
            thread::sleep(age);
            match consumer.verify(&session["access_token"]) {
                Ok(true) => drop(report.verifications.fetch_add(1, Ordering::Relaxed)),
                Ok(false) => {} // It had expired by then.
                Err(refused) => report
                    .refused
                    .lock()
                    .unwrap()
                    .push((Instant::now(), refused)),
            }
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn keys_and_secrets_rotate_under_load_and_nobody_notices(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    tokio::task::block_in_place(|| rotate_under_load(&mut Nodes::start(&database)));
}

fn rotate_under_load(nodes: &mut Nodes) {
    nodes.both[0].sign_up("ada@example.com", PASSWORD);
    nodes.both[0].post("/signup", &json!({"email": "bob@example.com"}));
    let first_secret = nodes.files(".secret");
    let link = nodes.both[0].printed_token();
    assert!(first_secret.contains(&format!("{}.secret", &link[1..17])));

    let nodes = &*nodes;
    let consumer = Consumer::new(
        nodes.issuer(),
        nodes.both.each_ref().map(|node| node.address),
    );
    let report = Report::default();
    let over = AtomicBool::new(false);
    let pauses = [20, 20, 50, 300, 1000, 2500].map(Duration::from_millis);
    thread::scope(|scope| {
        for pause in pauses {
            let (consumer, report, over) = (&consumer, &report, &over);
            scope.spawn(move || tab(nodes, consumer, report, over, pause));
        }
        let end = EndOfLoad(&over);
        let mut confirmed = false;
        let takeovers = || {
            let signers = report.signers.lock().unwrap();
            signers.each_ref().map(|kids| kids.len().saturating_sub(1))
        };
        let begun = Instant::now();
        // Until that has happened often enough, and what signed first is gone.
        while takeovers().iter().any(|takeovers| *takeovers < TAKEOVERS)
            || nodes.files(".secret").is_superset(&first_secret)
        {
            assert_eq!(*report.failed.lock().unwrap(), [""; 0]);
            assert!(
                begun.elapsed() < Duration::from_mins(2),
                "{:?}",
                takeovers()
            );
            // As timers on both nodes would.
            thread::scope(|both| {
                let turn = || nodes.keys(&["rotate"]);
                both.spawn(turn);
                both.spawn(turn);
            });
            nodes.keys(&["prune"]);
            if takeovers()[1] == 1 && !confirmed {
                // A link that was sealed with the secret before is good on the other node.
                let body = json!({"token": link, "password": PASSWORD});
                assert_eq!(nodes.both[1].post("/signup/confirm", &body).0, 201);
                confirmed = true;
            }
            thread::sleep(Duration::from_millis(300));
        }
        assert!(confirmed);
        assert_eq!(*report.failed.lock().unwrap(), [""; 0]);
        assert_eq!(*report.refused.lock().unwrap(), []);
        emergency(nodes, &consumer, &report);
        drop(end);
    });
    assert_eq!(*report.failed.lock().unwrap(), [""; 0]);
    let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
    let (refreshes, verifications) = (count(&report.refreshes), count(&report.verifications));
    assert!(
        refreshes > 100 && verifications > 100,
        "{refreshes}, {verifications}"
    );
    a_leaked_secret(nodes);
}

/// Ends the load, also where an assertion fails.
struct EndOfLoad<'a>(&'a AtomicBool);

impl Drop for EndOfLoad<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits, within reason, until something is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "waited in vain until {what}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// A key has leaked, in the midst of all this.
fn emergency(nodes: &Nodes, consumer: &Consumer, report: &Report) {
    let stolen = nodes.log_in()["access_token"].clone();
    let leaked = nodes.files(".pem");
    nodes.generate_now("es256");
    for file in &leaked {
        fs::remove_file(nodes.keys_folder().join(file)).unwrap();
    }
    // Consumers that keep to the headers believe it for as long as these say, and no longer; our
    // own nodes until they have read the folder.
    until("nobody accepts what it signed", || {
        consumer.verify(&stolen) != Ok(true)
            && nodes
                .both
                .iter()
                .all(|node| node.get("/session", stolen.as_str().unwrap()).0 == 401)
    });
    let read = Instant::now();
    until("it is published nowhere", || {
        let kid = kid(&stolen);
        nodes
            .both
            .iter()
            .all(|node| !node.get("/.well-known/jwks.json", "").1.contains(&kid))
    });
    // Good tokens were refused for want of the new key alone, and by now they are not.
    until("consumers know the new key", || {
        consumer.verify(&nodes.log_in()["access_token"]) == Ok(true)
    });
    let known = Instant::now();
    let enough = report.verifications.load(Ordering::Relaxed) + 50;
    until("good tokens are verified again", || {
        report.verifications.load(Ordering::Relaxed) > enough
    });
    let refused = report.refused.lock().unwrap();
    for (when, why) in refused.iter() {
        assert_eq!(*why, Refused::UnknownKey);
        assert!(
            *when < known.max(read) + Duration::from_secs(1),
            "{refused:?}"
        );
    }
}

/// And a secret: whoever holds a token made with it logs in again, nobody else.
fn a_leaked_secret(nodes: &Nodes) {
    let stolen = nodes.log_in();
    let leaked = nodes.files(".secret");
    nodes.generate_now("secret");
    let refresh = |node: usize, session: &Value| {
        let body = json!({"refresh_token": session["refresh_token"]});
        nodes.both[node].post("/refresh", &body).0
    };
    // A node that has not read the new one yet reads it when it is asked.
    until("the new secret is used", || {
        let session = nodes.log_in();
        assert_eq!(refresh(1, &session), 200);
        !leaked.contains(&format!("{}.secret", &kid(&session["refresh_token"])[1..]))
    });
    for file in &leaked {
        fs::remove_file(nodes.keys_folder().join(file)).unwrap();
    }
    for node in [0, 1] {
        until("it is forgotten", || refresh(node, &stolen) == 401);
        assert_eq!(refresh(node, &nodes.log_in()), 200);
    }
    assert!(claims(&stolen["refresh_token"])["sid"].is_string());
}
