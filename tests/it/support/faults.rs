//! Database faults: failing commits and a full disk.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
};

use tempfile::TempDir;

use super::{Engine, TestDatabase, requirements};

const TABLES: [&str; 3] = ["users", "accounts", "credentials"];

/// Makes every commit fail while every statement succeeds.
pub struct FailingCommits;

impl FailingCommits {
    pub async fn begin(engine: Engine, database: &TestDatabase) {
        match engine {
            Engine::Sqlite => {
                // A deferred foreign key, checked at the commit.
                let sql = "CREATE TABLE IF NOT EXISTS commit_fails \
                           (x TEXT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)";
                database.execute(sql).await;
                for (table, event) in triggers() {
                    let sql = format!(
                        "CREATE TRIGGER commit_fails_{table}_{event} AFTER {event} ON {table} \
                         BEGIN INSERT INTO commit_fails VALUES ('nobody'); END"
                    );
                    database.execute(&sql).await;
                }
            }
            Engine::Postgres => {
                let sql = "CREATE FUNCTION commit_fails() RETURNS trigger LANGUAGE plpgsql AS \
                           $$ BEGIN RAISE EXCEPTION 'the commit fails'; END $$";
                database.execute(sql).await;
                for (table, event) in triggers() {
                    let sql = format!(
                        "CREATE CONSTRAINT TRIGGER commit_fails_{table}_{event} AFTER {event} \
                         ON {table} DEFERRABLE INITIALLY DEFERRED \
                         FOR EACH ROW EXECUTE FUNCTION commit_fails()"
                    );
                    database.execute(&sql).await;
                }
            }
        }
    }

    pub async fn end(engine: Engine, database: &TestDatabase) {
        for (table, event) in triggers() {
            let of = match engine {
                Engine::Sqlite => String::new(),
                Engine::Postgres => format!(" ON {table}"),
            };
            let sql = format!("DROP TRIGGER commit_fails_{table}_{event}{of}");
            database.execute(&sql).await;
        }
    }
}

fn triggers() -> impl Iterator<Item = (&'static str, &'static str)> {
    let events = ["INSERT", "UPDATE", "DELETE"];
    TABLES
        .into_iter()
        .flat_map(move |table| events.map(move |event| (table, event)))
}

/// A small file system that a test can fill.
pub struct Disk(TempDir);

impl Disk {
    /// Mounts a disk of 1.4 MB, if the process has the permission.
    pub fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1400k,mode=0700", "signet-test"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|it| it.status.success()) {
            Some(Self(folder))
        } else {
            requirements::lacks("the right to mount a file system (run the tests as root)")
        }
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills the disk completely.
    pub fn fill(&self) {
        let mut file = File::create(self.path().join("filling")).unwrap();
        for size in [64 * 1024, 4096, 1] {
            let is_full = (0..100_000).any(|_| file.write_all(&vec![0; size]).is_err());
            assert!(is_full, "the disk takes more than it can hold");
        }
    }

    pub fn free(&self) {
        fs::remove_file(self.path().join("filling")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A lazy unmount, because connections may still be open.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
