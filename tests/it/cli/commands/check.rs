//! `signet check`.

use std::{fs, net::TcpListener};

use serde_json::json;

use super::{CommandOutput, run_signet};
use crate::{
    coordination::start::foreign,
    support::{
        Engine, TestDatabase,
        process::{free_address, run, signet},
        replication::ReplicatedPostgres,
        smtp::{FROM, MailServer},
    },
};

/// The line of that check.
fn line<'a>(output: &'a CommandOutput, name: &str) -> &'a str {
    let mut lines = output.out.lines();
    let found = lines.find(|line| line[8..].starts_with(&format!("{name}: ")));
    found.unwrap_or_else(|| panic!("no check of {name}: {}", output.out))
}

#[test]
fn warnings_of_a_start_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[policies.a]\nacr = '1fa'\n[[clients]]\nclient_id = 'web'\ntransport = 'cookie'\n\
                    [migration]\nverify_url = 'https://old.example.com'\nsecret = 's3cret'\n";
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let output = run_signet(folder.path(), &["check", "--offline"], "");
    assert_eq!(output.code, 0, "{}", output.out);
    for warning in [
        "no trusted proxy is configured: users cannot return",
        "migration.verify_url is set: the time of logins and outages",
    ] {
        let line = format!("WARNING configuration: {warning}");
        assert!(output.out.contains(&line), "{}", output.out);
    }
}

#[test]
fn an_empty_folder_is_a_sound_setup_for_development() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_signet(folder.path(), &["check"], "");
    assert_eq!(
        (output.code, output.err.as_str()),
        (0, ""),
        "{}",
        output.out
    );
    let names: Vec<_> = output
        .out
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "ok      configuration",
            "ok      keys",
            "ok      page templates",
            "ok      mail templates",
            "ok      database",
            "ok      mail server",
        ]
    );
    // Nothing was created.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn faults_of_the_configuration_end_the_check() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("signet.toml"),
        "issuerr = 'https://a.example'\n",
    )
    .unwrap();
    let output = run_signet(folder.path(), &["check"], "");
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    assert!(
        output.err.contains("Did you mean issuer?"),
        "{}",
        output.err
    );
}

#[test]
fn every_failed_check_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = free_address().port();
    let configuration = format!(
        "issuer = 'https://auth.example.com'\n\
         [database]\nurl = 'postgres://signet@127.0.0.1:{port}/signet'\n\
         [coordination]\nurl = 'redis://127.0.0.1:{port}'\n\
         [mail]\nurl = 'smtp://127.0.0.1:{port}'\nfrom = '{FROM}'\n\
         [outbound]\nallow = ['127.0.0.1']\n\
         [migration]\nverify_url = 'https://10.0.0.1/'\nsecret = 'secret'\n\
         [[clients]]\nclient_id = 'machine'\njwks_uri = 'https://127.0.0.1:{port}/keys'\n\
         [[providers]]\nid = 'corp'\nkind = 'oidc'\nissuer = 'https://no-such-host.invalid'\n\
         client_id = 'signet'\nclient_secret = 'secret'\n"
    );
    fs::write(folder.join("signet.toml"), configuration).unwrap();
    let output = run_signet(folder, &["check"], "");
    assert_eq!(output.code, 1, "{}{}", output.out, output.err);
    for name in [
        "keys",
        "database",
        "coordination",
        "mail server",
        "provider corp",
        "migration.verify_url",
        "keys of client machine",
    ] {
        let line = line(&output, name);
        assert!(line.starts_with("FAILED"), "{line}");
    }
    let last = output.err.lines().last();
    assert_eq!(last, Some("signet: 7 checks failed"), "{}", output.err);

    // Without the network only the missing keys are found.
    let output = run_signet(folder, &["check", "--offline"], "");
    assert_eq!(output.code, 1);
    assert!(
        line(&output, "keys").contains("Run `signet keys generate`"),
        "{}",
        output.out
    );
    let last = output.err.lines().last();
    assert_eq!(last, Some("signet: 1 check failed"), "{}", output.err);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn coordination_server_that_does_not_speak_redis_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let port = foreign("HTTP/1.1 400 Bad Request\r\n\r\n");
    let url = format!("coordination.url=redis://127.0.0.1:{port}");
    let problem = "coordination.url: the server does not speak the protocol of Redis";
    let set = ["--set", &url];
    let checked = run_signet(folder.path(), &[&set[..], &["check"]].concat(), "");
    assert_eq!(checked.code, 1);
    let line = line(&checked, "coordination");
    assert!(line.contains(problem), "{line}");
    let listen = free_address().to_string();
    let serve = [&set[..], &["serve", "--listen", &listen]].concat();
    let started = run_signet(folder.path(), &serve, "");
    assert_eq!(started.code, 2, "{}", started.err);
    assert!(started.err.contains(problem), "{}", started.err);
}

#[tokio::test]
async fn missing_migrations_are_reported_and_not_applied() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::on(Engine::Postgres).await;
    let check = || -> CommandOutput {
        let mut command = signet(folder.path());
        command.arg("check").env("DATABASE_URL", &database.url);
        run(command, "").into()
    };
    for _ in 0..2 {
        let output = check();
        assert_eq!(output.code, 1);
        let line = line(&output, "database");
        assert!(
            line.starts_with("FAILED") && line.contains("run `signet migrate`"),
            "{line}"
        );
    }
    let mut migrate = signet(folder.path());
    migrate.arg("migrate").env("DATABASE_URL", &database.url);
    assert!(run(migrate, "").status.success());
    let output = check();
    assert_eq!(output.code, 0, "{}", output.out);
}

#[tokio::test]
async fn postgres_standby_and_unusable_replicas_are_reported() {
    let servers = ReplicatedPostgres::start();
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap();
    let run_on = |url: &str, replicas: &[&str], arguments: &[&str]| -> CommandOutput {
        let mut command = signet(folder.path());
        command.env("DATABASE_URL", url).args(arguments);
        if !replicas.is_empty() {
            // The checks of replicas take longer than that.
            command.args(["--set", "database.timeout=2s"]);
            let replicas = replicas.join(" ");
            command.args(["--set", &format!("database.replicas={replicas}")]);
        }
        run(command, "").into()
    };
    let (primary, standby) = (servers.url(0), servers.url(1));
    let migrated = run_on(&primary, &[], &["migrate"]);
    assert_eq!(migrated.code, 0, "{}", migrated.err);
    let both = servers.database().url.clone();
    for (url, replicas) in [(&primary, &[standby.as_str()][..]), (&both, &[])] {
        let output = run_on(url, replicas, &["check"]);
        assert_eq!(output.code, 0, "{}", output.out);
    }

    let output = run_on(&standby, &[], &["check"]);
    assert_eq!(output.code, 1, "{}", output.out);
    let found = line(&output, "database");
    let problem = "FAILED  database: database.url: the server accepts no writes, because it is a standby or read-only: \
                   write the host of the primary into database.url";
    assert!(found.starts_with(problem), "{found}");

    // A server of another cluster among the hosts, which a promotion could have given a later timeline.
    let foreign = ReplicatedPostgres::start();
    let hosts = [servers.ports[0], foreign.ports[0]].map(|port| format!("127.0.0.1:{port}"));
    let mixed = format!("postgres://signet@{}/signet", hosts.join(","));
    let output = run_on(&mixed, &[], &["check"]);
    assert_eq!(output.code, 1, "{}", output.out);
    let found = line(&output, "database");
    let problem = format!(
        "FAILED  database: database.url: {} belongs to another cluster or database",
        hosts[1]
    );
    assert!(found.starts_with(&problem), "{found}");
    drop(foreign);

    let closed = free_address();
    let nobody = standby.replace("signet@", "nobody@");
    let replicas = [
        &format!("postgres://signet@{closed}/signet"),
        &nobody,
        &format!("postgres://signet@{silent}/signet"),
    ];
    let replicas = replicas.map(String::as_str);
    let output = run_on(&primary, &replicas, &["check"]);
    assert_eq!(output.code, 1, "{}", output.out);
    let standby = servers.ports[1];
    // Other commands go on without the replicas.
    let listed = run_on(&primary, &replicas, &["users", "list"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    for (server, cause) in [
        (closed.to_string(), "Start the server, or correct the host"),
        (
            format!("127.0.0.1:{standby}"),
            "role \"nobody\" does not exist",
        ),
        (silent.to_string(), "did not respond in time"),
    ] {
        let start = format!("FAILED  database: database.replicas: {server}: ");
        let mut lines = output.out.lines();
        let found = lines.any(|line| line.starts_with(&start) && line.contains(cause));
        assert!(found, "{start}: {}", output.out);
        let warning = format!("database.replicas: {server}: ");
        assert!(listed.err.contains(&warning), "{}", listed.err);
    }
}

#[test]
fn mail_server_is_asked_without_a_mail() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let settings =
        json!({ "mail": { "url": format!("smtp://127.0.0.1:{}", server.port), "from": FROM } });
    let settings = toml::to_string(&settings).unwrap();
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let output = run_signet(folder.path(), &["check"], "");
    assert_eq!(output.code, 0, "{}", output.out);
    assert!(
        line(&output, "mail server").ends_with("accepts connections"),
        "{}",
        output.out
    );
    assert!(server.received().is_empty());
}
