//! A PostgreSQL server and its replica.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::time::sleep;

use super::{TestDatabase, process::free_address};

/// A primary and a replica, removed when dropped.
pub struct ReplicatedPostgres {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The ports of the first server, which starts as the primary, and of its replica.
    pub ports: [u16; 2],
}

impl ReplicatedPostgres {
    pub fn start() -> Self {
        let ports = [free_address().port(), free_address().port()];
        let mut process = Command::new("sh")
            .args(["-c", include_str!("replication.sh"), "replication"])
            .args(ports.map(|port| port.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pair = Self {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            ports,
        };
        assert_eq!(pair.line(), "ready");
        pair
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn tell(&mut self, command: &str) {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
        assert_eq!(self.line(), "done");
    }

    /// Ends the first server without a farewell.
    pub fn kill_primary(&mut self) {
        self.tell("kill");
    }

    /// Starts the first server again, which then accepts writes.
    pub fn restart_primary(&mut self) {
        self.tell("restart");
    }

    /// Makes the replica a primary.
    pub fn promote_replica(&mut self) {
        self.tell("promote");
    }

    /// The URL of one of the servers.
    pub fn url(&self, server: usize) -> String {
        format!("postgres://signet@127.0.0.1:{}/signet", self.ports[server])
    }

    /// The database, by the hosts of both servers.
    pub fn database(&self) -> TestDatabase {
        let [first, second] = self.ports;
        let hosts = format!("127.0.0.1:{first},127.0.0.1:{second}");
        TestDatabase::at(&format!("postgres://signet@{hosts}/signet"))
    }

    /// Runs a statement at one of the servers.
    pub async fn execute(&self, server: usize, sql: &str) {
        let mut connection = PgConnection::connect(&self.url(server)).await.unwrap();
        let sql = AssertSqlSafe(sql.to_owned());
        connection.execute(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Waits until other sessions at a server have ended: those of probes, which close their connection to a server that
    /// they do not use.
    pub async fn until_probed(&self, server: usize) {
        let mut connection = PgConnection::connect(&self.url(server)).await.unwrap();
        let mut sessions = async || {
            let sql = "SELECT sessions FROM pg_stat_database WHERE datname = 'signet'";
            let sessions = sqlx::query_scalar::<_, i64>(sql);
            sessions.fetch_one(&mut connection).await.unwrap()
        };
        let first = sessions().await;
        for _ in 0..400 {
            if sessions().await > first + 2 {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the server is not probed");
    }
}

impl Drop for ReplicatedPostgres {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.wait();
    }
}
