//! Commands with valid and invalid database URLs.

use std::fs;

use sqlx::{Connection, Executor, SqliteConnection};

use super::{CommandOutput, run_signet};
use crate::support::{
    Engine, TestDatabase,
    process::{ServiceProcess, free_address, run, signet},
};

#[tokio::test]
async fn locked_database_is_reported() {
    let service = ServiceProcess::start(&[]);
    let folder = service.folder.clone();
    drop(service);
    let url = format!("sqlite://{}/signet.db", folder.path().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other
        .execute("PRAGMA locking_mode = EXCLUSIVE")
        .await
        .unwrap();
    other.execute("CREATE TABLE held (x)").await.unwrap();
    let address = free_address().to_string();
    let arguments = ["--listen", &address, "--set", "database.timeout=2s"];
    let output = run_signet(folder.path(), &arguments, "");
    assert_eq!(output.code, 1);
    assert!(
        output.err.starts_with("signet: database.url: the database")
            && output.err.contains("locked"),
        "{}",
        output.err
    );
    assert_eq!(output.err.lines().count(), 1, "{}", output.err);
}

#[tokio::test]
async fn database_errors_name_the_server_and_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::on(Engine::Postgres).await;
    let (server, socket) = database.url.split_once("?host=").unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    let missing = format!("{server}/nothing?host={socket}");
    for (url, server, step) in [
        (
            "postgres://signet@127.0.0.1:9/signet",
            "127.0.0.1:9",
            "Start the server, or correct the host and the port.",
        ),
        (
            "postgres://signet@no-such-host.invalid/signet",
            "no-such-host.invalid:5432",
            "Check the host and the port, and that this machine can reach them.",
        ),
        (
            &missing,
            socket,
            "Create the database with `createdb`, or correct its name.",
        ),
    ] {
        let mut command = signet(folder.path());
        command.arg("migrate").env("DATABASE_URL", url);
        let output: CommandOutput = run(command, "").into();
        assert_eq!(output.code, 1, "{url}");
        let (message, next) = output.err.trim_end().split_once('\n').unwrap();
        let start = format!("signet: database.url: {server}: the database failed: ");
        assert!(message.starts_with(&start), "{message}");
        // The line in the source of PostgreSQL.
        assert!(!message.contains("at line"), "{message}");
        assert_eq!(next.trim(), step);
    }
}

#[test]
fn each_server_of_the_url_is_named_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = signet(folder.path());
    let url = "postgres://signet:hunter2@127.0.0.1:9,no-such-host.invalid/signet";
    command.arg("migrate").env("DATABASE_URL", url);
    let output: CommandOutput = run(command, "").into();
    assert_eq!(output.code, 1, "{}", output.err);
    assert_eq!(output.err.lines().count(), 1, "{}", output.err);
    let (first, second) = output.err.split_once("; ").unwrap();
    let refused = "127.0.0.1:9: Connection refused";
    assert!(first.contains(refused), "{first}");
    let unknown = "no-such-host.invalid:5432: failed to lookup";
    assert!(second.starts_with(unknown), "{second}");
    assert!(!output.err.contains("hunter2"), "{}", output.err);
}

#[test]
fn unreachable_database_is_reported_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (url, problem) in [
        (
            "sqlite://nowhere/signet.db",
            "nowhere/signet.db cannot be created: its folder does not exist",
        ),
        (
            "postgres://signet:hunter2@127.0.0.1:9/signet",
            "127.0.0.1:9: the database failed: ",
        ),
        (
            "postgres://signet:hunter2@localhost/signet?host=/nowhere",
            "/nowhere: the database failed: ",
        ),
    ] {
        let mut command = signet(folder);
        command
            .args(["--listen", &free_address().to_string()])
            .env("DATABASE_URL", url);
        let output: CommandOutput = run(command, "").into();
        assert_eq!(output.code, 1, "{url}");
        assert!(
            output
                .err
                .contains(&format!("signet: database.url: {problem}")),
            "{}",
            output.err
        );
        assert!(!output.err.contains("hunter2"));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "{url}");
    }
    fs::write(
        folder.join("signet.db"),
        "this is no database, whatever its name says".repeat(50),
    )
    .unwrap();
    let output = run_signet(folder, &["--listen", &free_address().to_string()], "");
    assert_eq!(output.code, 1);
    assert!(
        output.err.contains("signet: database.url: "),
        "{}",
        output.err
    );
}

#[tokio::test]
async fn migrate_command_migrates_postgres() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let folder = database.folder.path();
    let address = free_address().to_string();
    let with_database = |arguments: &[&str]| {
        let mut command = signet(folder);
        command.args(arguments).env("DATABASE_URL", &database.url);
        CommandOutput::from(run(command, ""))
    };
    let refused = with_database(&["serve", "--listen", &address]);
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .err
            .contains("lacks 3 migrations: run `signet migrate`"),
        "{}",
        refused.err
    );
    assert_eq!(with_database(&["users", "list"]).code, 1);

    assert_eq!(with_database(&["migrate"]).out, "Applied 3 migrations.\n");
    assert_eq!(
        with_database(&["migrate"]).out,
        "The schema is up to date.\n"
    );
    assert_eq!(with_database(&["users", "list"]).code, 0);
}

/// A dropped URL parameter put the tables into another schema.
#[tokio::test]
async fn tables_are_created_in_the_postgres_schema_of_the_url() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let folder = database.folder.path();
    let url = |parameters: &str| {
        let separator = if database.url.contains('?') { '&' } else { '?' };
        format!("{}{separator}{parameters}", database.url)
    };
    let migrate = |url: String| {
        let mut command = signet(folder);
        command.arg("migrate").env("DATABASE_URL", url);
        CommandOutput::from(run(command, ""))
    };
    let mut connection = sqlx::PgConnection::connect(&database.url).await.unwrap();
    for (schema, parameters) in [
        ("auth", "options=-c%20search_path%3Dauth"),
        ("login", "options[search_path]=login&application_name=login"),
    ] {
        let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        let refused = migrate(url(&format!("search_path={schema}")));
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(
            refused.err.contains("has the parameter search_path"),
            "{}",
            refused.err
        );
        let output = migrate(url(parameters));
        assert_eq!(output.out, "Applied 3 migrations.\n", "{}", output.err);
        let schemas = "SELECT DISTINCT schemaname::text FROM pg_tables WHERE tablename = 'users' \
                       ORDER BY 1";
        let schemas: Vec<String> = sqlx::query_scalar(schemas)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert!(schemas.contains(&schema.to_owned()), "{schemas:?}");
        assert!(!schemas.contains(&"public".to_owned()), "{schemas:?}");
    }
}

#[test]
fn invalid_database_url_is_reported_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (url, problem) in [
        ("postgres://signet:hunter2@a,/signet", "has an empty host"),
        (
            "postgres://signet:hunter2@db/signet?sslmode=no-verify",
            "has no mode no-verify",
        ),
        ("postgres://signet:hunter#2@db/signet", "write %23"),
        ("postgres://signet:hunter/2@db/signet", "write %2F"),
        (
            "postgres://signet:hunter2@db/signet?channel_binding=require",
            "channel_binding",
        ),
        ("sqlite://signet.db?_journal_mode=WAL", "_journal_mode"),
    ] {
        for command in ["migrate", "serve"] {
            let mut program = signet(folder);
            program.arg(command).env("DATABASE_URL", url);
            let output: CommandOutput = run(program, "").into();
            assert_eq!(output.code, 2, "{url}: {}", output.err);
            let place = "database.url (environment DATABASE_URL): ";
            assert!(
                output.err.contains(place) && output.err.contains(problem),
                "{}",
                output.err
            );
            assert!(!output.err.contains("hunter"), "{}", output.err);
        }
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
}

/// A file at the path of a SQLite database, and the expected remedy.
#[test]
fn file_that_is_not_a_database_is_reported_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("junk.db"), [7; 4096]).unwrap();
    std::fs::create_dir(folder.join("folder.db")).unwrap();
    for (file, remedy) in [
        (
            "junk.db",
            "(the file is no SQLite database: check the path)",
        ),
        ("folder.db", "(the path must be a file, "),
    ] {
        let url = format!("database.url=sqlite://{file}");
        let output = run_signet(folder, &["--set", &url, "users", "list"], "");
        assert_ne!(output.code, 0);
        assert!(output.err.contains(remedy), "{}", output.err);
    }
}
