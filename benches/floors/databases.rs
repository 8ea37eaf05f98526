//! The engines, each with a database of this run's own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use sqlx::{Connection, Executor, PgConnection};

use crate::cores::{Core, Pinned};

/// An engine that this machine has.
pub enum Engine {
    Sqlite,
    Postgres(Server),
}

/// A private server that ends when its standard input does: with this process.
pub struct Server {
    folder: String,
    _process: Child,
}

impl Engine {
    /// Both, or the one that is there.
    pub fn all() -> Vec<Self> {
        let mut engines = vec![Self::Sqlite];
        match Server::start() {
            Some(server) => engines.push(Self::Postgres(server)),
            None => println!("No PostgreSQL on this machine: SQLite alone."),
        }
        engines
    }

    /// SQLite: what asks no database is measured once, there.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// What is measured, on this engine.
    pub fn named(&self, what: &str) -> String {
        match self {
            Self::Sqlite => format!("{what}, SQLite"),
            Self::Postgres(_) => format!("{what}, PostgreSQL"),
        }
    }

    /// The URL of an empty database.
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
