//! A new database for each test, on either engine.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::faults::Disk;

/// A database engine that the service supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Runs a test once on each engine, as `…::case_1_sqlite` and `…::case_2_postgres`.
#[rstest_reuse::template]
#[rstest::rstest]
#[case::sqlite(crate::support::Engine::Sqlite)]
#[case::postgres(crate::support::Engine::Postgres)]
pub fn both_engines(#[case] engine: Engine) {}

/// No test passes without its engine: a machine without PostgreSQL leaves tests out by name.
const NO_POSTGRESQL: &str = "PostgreSQL's server programs are needed: install them, set \
    TEST_DATABASE_URL, or leave these tests out: cargo test -- --skip postgres";

/// The database of one test.
pub struct TestDatabase {
    pub url: String,
    pub folder: Arc<TempDir>,
    /// The name of the database, if the server outlives the tests.
    dropped: Option<String>,
}

/// The PostgreSQL server: that of `TEST_DATABASE_URL`, or one that ends with this process.
struct Server {
    /// The URL of a database, with `{}` in place of its name.
    url: String,
    outlives_us: bool,
    _process: Option<Child>,
}

static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
    if let Ok(url) = env::var("TEST_DATABASE_URL") {
        let (server, parameters) = url.split_once('?').unwrap_or((&url, ""));
        let (server, _) = server
            .rsplit_once('/')
            .expect("TEST_DATABASE_URL names a database");
        let url = format!("{server}/{{}}?{parameters}");
        return Some(Server {
            url,
            outlives_us: true,
            _process: None,
        });
    }
    let mut process = Command::new("sh")
        .args(["-c", include_str!("postgres.sh")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut folder = String::new();
    BufReader::new(process.stdout.take()?)
        .read_line(&mut folder)
        .ok()?;
    let folder = folder.trim();
    if folder.is_empty() {
        return None;
    }
    let url = format!("postgres://signet@localhost/{{}}?host={folder}");
    Some(Server {
        url,
        outlives_us: false,
        _process: Some(process),
    })
});

static COUNT: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// Creates an empty database on that engine. Panics if the machine lacks the engine.
    pub async fn on(engine: Engine) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        match engine {
            Engine::Sqlite => {
                let url = format!("sqlite://{}/signet.db", folder.path().display());
                Self {
                    url,
                    folder,
                    dropped: None,
                }
            }
            Engine::Postgres => {
                let server = SERVER.as_ref().expect(NO_POSTGRESQL);
                let number = COUNT.fetch_add(1, Ordering::Relaxed);
                let name = format!("signet_test_{}_{number}", std::process::id());
                execute("postgres", format!("CREATE DATABASE {name}")).await;
                Self {
                    url: server.url.replace("{}", &name),
                    folder,
                    dropped: server.outlives_us.then_some(name),
                }
            }
        }
    }

    /// An empty SQLite database in a folder that is in memory where the machine has one.
    #[cfg(feature = "simulation")]
    pub fn in_memory() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        Self {
            url: format!("sqlite://{}/signet.db", folder.path().display()),
            folder: Arc::new(folder),
            dropped: None,
        }
    }

    /// A database that another part of the test removes.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            folder: Arc::new(tempfile::tempdir().unwrap()),
            dropped: None,
        }
    }

    /// An empty SQLite database on a disk.
    pub fn on_disk(disk: &Disk) -> Self {
        Self {
            url: format!("sqlite://{}/signet.db", disk.path().display()),
            folder: Arc::new(tempfile::tempdir().unwrap()),
            dropped: None,
        }
    }

    /// The same database, for another node.
    pub fn share(&self) -> Self {
        Self {
            url: self.url.clone(),
            folder: self.folder.clone(),
            dropped: None,
        }
    }

    /// Runs a statement in the database of this name.
    pub async fn execute_in(database: &str, sql: String) {
        execute(database, sql).await;
    }

    /// Runs a statement in this database without the service.
    pub async fn execute(&self, sql: &str) {
        let sql = sql.to_owned();
        if self.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
            connection.close().await.unwrap();
        } else {
            execute(self.name(), sql).await;
        }
    }

    /// The name of the PostgreSQL database.
    pub fn name(&self) -> &str {
        let path = self.url.split('?').next().unwrap();
        path.rsplit('/').next().unwrap()
    }
}

async fn execute(database: &str, sql: String) {
    let url = SERVER
        .as_ref()
        .expect(NO_POSTGRESQL)
        .url
        .replace("{}", database);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = self.dropped.take() {
            let drop_it = async move {
                execute("postgres", format!("DROP DATABASE {name} WITH (FORCE)")).await;
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let _ = std::thread::spawn(move || runtime.unwrap().block_on(drop_it)).join();
        }
    }
}

/// The URL with a password.
pub fn in_url(url: &str, password: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_password(Some(password)).unwrap();
    url.to_string()
}
