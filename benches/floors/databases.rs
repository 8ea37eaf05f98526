//! The database engines, each with a new database for this run.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use sqlx::{Connection, Executor, PgConnection};

use crate::cores::{Core, Pinned};

/// An available database engine.
pub enum Engine {
    Sqlite,
    Postgres(Server),
}

/// A PostgreSQL server for this run. It stops when its standard input is closed, which happens when this process
/// ends.
pub struct Server {
    folder: String,
    _process: Child,
}

impl Engine {
    /// Returns the available engines.
    pub fn all() -> Vec<Self> {
        let mut engines = vec![Self::Sqlite];
        match Server::start() {
            Some(server) => engines.push(Self::Postgres(server)),
            None => println!("PostgreSQL is not installed: only SQLite is measured."),
        }
        engines
    }

    /// Returns whether this is SQLite. Benchmarks without a database run only there.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// Returns the name of a benchmark on this engine.
    pub fn named(&self, name: &str) -> String {
        match self {
            Self::Sqlite => format!("{name}, SQLite"),
            Self::Postgres(_) => format!("{name}, PostgreSQL"),
        }
    }

    /// Returns the URL of an empty database.
    pub async fn fresh_url(&self, folder: &std::path::Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}/signet.db", folder.display()),
            Self::Postgres(server) => {
                let mut connection = PgConnection::connect(&server.url("postgres"))
                    .await
                    .unwrap();
                connection.execute("CREATE DATABASE bench").await.unwrap();
                server.url("bench")
            }
        }
    }
}

impl Server {
    fn start() -> Option<Self> {
        let _pinned = Pinned::to(Core::Around);
        let script = include_str!("../../tests/it/support/postgres.sh");
        let mut process = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut folder = String::new();
        BufReader::new(process.stdout.take()?)
            .read_line(&mut folder)
            .ok()?;
        let folder = folder.trim().to_owned();
        (!folder.is_empty()).then_some(Self {
            folder,
            _process: process,
        })
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres://signet@localhost/{database}?host={}",
            self.folder
        )
    }
}
