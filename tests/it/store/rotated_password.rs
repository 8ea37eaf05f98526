//! A database password whose file is replaced while the service runs.

use std::{fs, sync::Arc};

use serde_json::json;

use crate::support::{
    Engine, PASSWORD, TestDatabase,
    process::{ServiceProcess, free_address, run, signet},
    requirements,
};

/// The role with password authentication (`support/postgres.sh`).
const ROLE: &str = "signet_scram";

#[tokio::test]
async fn rejected_postgres_password_is_reread_from_its_file() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let Some((_, socket)) = database.url.split_once("host=") else {
        requirements::lacks::<()>("a PostgreSQL server of the tests' own");
        return;
    };
    let folder = socket.replace('/', "%2F");
    // The second case has several hosts, of which probes find the one to use.
    for hosts in [folder.clone(), format!("{folder},{}", free_address())] {
        password_is_reread(&database, &hosts).await;
    }
}

async fn password_is_reread(database: &TestDatabase, hosts: &str) {
    let create = format!("CREATE ROLE {ROLE} SUPERUSER LOGIN PASSWORD 'first'");
    database.execute(&create).await;
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let file = folder.path().join("url");
    let write = |password: &str, name: &str| {
        let url = format!("postgres://{ROLE}:{password}@{hosts}/{name}\n");
        fs::write(&file, url).unwrap();
    };
    write("first", database.name());
    let environment = [("SIGNET_DATABASE__URL_FILE", file.to_str().unwrap())];
    let mut migrate = signet(folder.path());
    migrate.arg("migrate").envs(environment);
    assert!(run(migrate, "").status.success());
    let mut service = ServiceProcess::start_in(folder.clone(), free_address(), &environment);
    let session = service.sign_up(&format!("{}@example.com", hosts.len()), PASSWORD);
    let body = json!({"refresh_token": session["refresh_token"]});

    // A file that names another database changes nothing.
    write("first", "postgres");
    service.signal("-HUP");
    service.wait_for("the warning", |it| {
        it.printed().contains("names another database")
    });

    let rotate = format!("ALTER ROLE {ROLE} PASSWORD 'second'");
    database.execute(&rotate).await;
    let end =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'");
    database.execute(&end).await;
    assert_eq!(
        service.post("/refresh", &body).0,
        503,
        "the file is still the old one"
    );
    write("second", database.name());
    service.wait_for("the password is used", |it| {
        it.post("/refresh", &body).0 == 200
    });
    let logged = service.logged().lock().unwrap().clone();
    for secret in ["first", "second"] {
        assert!(!logged.contains(secret), "{logged}");
    }
    drop(service);
    database
        .execute(&format!("REASSIGN OWNED BY {ROLE} TO signet"))
        .await;
    database.execute(&format!("DROP ROLE {ROLE}")).await;
}
