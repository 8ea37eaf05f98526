//! PgBouncer in front of the PostgreSQL server of the tests.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        net::UnixStream,
    },
    path::Path,
    process::{Child, Command, Stdio},
    str::FromStr,
};

use sqlx::{ConnectOptions, Executor, postgres::PgConnectOptions};
use tempfile::TempDir;

use super::{TestDatabase, holds_within_limit, requirements};

const PROGRAM: &str = "/usr/sbin/pgbouncer";
const CONFIGURATION: &str = "pgbouncer.ini";
const SOCKET: &str = ".s.PGSQL.5432";

/// A running pooler, stopped when dropped.
pub struct PgBouncer {
    /// The URL of the test database through the pooler.
    pub url: String,
    program: String,
    folder: TempDir,
    process: Option<Child>,
}

impl PgBouncer {
    /// Starts a pooler in front of a database, with further lines of configuration. Returns `None`
    /// if the machine lacks PgBouncer, or if the server has no socket on this machine.
    pub fn before(database: &TestDatabase, settings: &str) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            return requirements::lacks("PgBouncer (see tests/run)");
        }
        Self::start(PROGRAM.to_owned(), database, settings)
    }

    /// Starts the same with PgBouncer 1.21 or later, which tracks prepared statements. Returns `None` if no program is
    /// named.
    pub fn tracking(database: &TestDatabase, settings: &str) -> Option<Self> {
        let program = requirements::optional("SIGNET_TEST_PGBOUNCER")?;
        Self::start(program, database, settings)
    }

    fn start(program: String, database: &TestDatabase, settings: &str) -> Option<Self> {
        let Some((_, server)) = database.url.split_once("host=") else {
            return requirements::lacks("a PostgreSQL server on a local socket");
        };
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        fs::set_permissions(home, fs::Permissions::from_mode(0o755)).unwrap();
        if rustix::process::getuid().is_root() {
            let owner = fs::metadata(server).unwrap();
            chown(home, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let name = database.name();
        let configuration = format!(
            "[databases]\n{name} = host={server} port=5432 user=signet\n\
             [pgbouncer]\nlisten_port = 5432\nunix_socket_dir = {home}\nauth_type = any\n\
             {settings}\n",
            home = home.display()
        );
        fs::write(home.join(CONFIGURATION), configuration).unwrap();
        let mut pooler = Self {
            url: format!("postgres://signet@localhost/{name}?host={}", home.display()),
            program,
            folder,
            process: None,
        };
        pooler.begin();
        Some(pooler)
    }

    /// Kills the pooler and starts it again. Its clients lose their connections.
    pub fn restart(&mut self) {
        self.kill();
        fs::remove_file(self.folder.path().join(SOCKET)).unwrap();
        self.begin();
    }

    /// Lets the pooler replace its connections to the server. `admin_users` must name the user of the tests.
    pub async fn reconnect(&self) {
        let options = PgConnectOptions::from_str(&self.url).unwrap();
        let options = options.database("pgbouncer").extra_float_digits(None);
        let mut console = options.connect().await.unwrap();
        console.execute("RECONNECT").await.unwrap();
    }

    fn begin(&mut self) {
        let home = self.folder.path();
        // PgBouncer refuses to run as root, so it runs as the owner of the server's folder.
        let mut command = if rustix::process::getuid().is_root() {
            let owner = fs::metadata(home).unwrap();
            let mut command = Command::new("setpriv");
            command.args([
                format!("--reuid={}", owner.uid()),
                format!("--regid={}", owner.gid()),
                "--clear-groups".to_owned(),
                self.program.clone(),
            ]);
            command
        } else {
            Command::new(&self.program)
        };
        let process = command
            .arg(home.join(CONFIGURATION))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert!(
            holds_within_limit(|| UnixStream::connect(home.join(SOCKET)).is_ok()),
            "PgBouncer listens"
        );
        self.process = Some(process);
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.kill();
    }
}
