//! PgBouncer in front of the PostgreSQL server of the tests.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::{TestDatabase, holds_within_limit, requirements};

const PROGRAM: &str = "/usr/sbin/pgbouncer";
const SOCKET: &str = ".s.PGSQL.5432";

/// A running pooler, stopped when dropped.
pub struct PgBouncer {
    /// The URL of the test database through the pooler.
    pub url: String,
    process: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts a pooler in front of a database, with further lines of configuration. Returns `None`
    /// if the machine lacks PgBouncer, or if the server has no socket on this machine.
    pub fn before(database: &TestDatabase, settings: &str) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            return requirements::lacks("PgBouncer (see tests/run)");
        }
        let Some((_, server)) = database.url.split_once("host=") else {
            return requirements::lacks("a PostgreSQL server on a local socket");
        };
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        fs::set_permissions(home, fs::Permissions::from_mode(0o755)).unwrap();
        let configuration = home.join("pgbouncer.ini");
        let name = database.name();
        fs::write(
            &configuration,
            format!(
                "[databases]\n{name} = host={server} port=5432 user=signet\n\
                 [pgbouncer]\nlisten_port = 5432\nunix_socket_dir = {home}\nauth_type = any\n\
                 {settings}\n",
                home = home.display()
            ),
        )
        .unwrap();
        // PgBouncer refuses to run as root, so it runs as the owner of the server's folder.
        let mut command = if rustix::process::getuid().is_root() {
            let owner = fs::metadata(server).unwrap();
            let (user, group) = (owner.uid(), owner.gid());
            chown(home, Some(user), Some(group)).unwrap();
            let mut command = Command::new("setpriv");
            command.args([
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--clear-groups".to_owned(),
                PROGRAM.to_owned(),
            ]);
            command
        } else {
            Command::new(PROGRAM)
        };
        let process = command
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert!(
            holds_within_limit(|| home.join(SOCKET).exists()),
            "PgBouncer listens"
        );
        Some(Self {
            url: format!("postgres://signet@localhost/{name}?host={}", home.display()),
            process,
            _folder: folder,
        })
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
