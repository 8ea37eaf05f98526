//! The secrets of authenticator apps and of imported passwords outlive the master secret that sealed them.

use std::{fs, path::Path};

use signet::password::ForeignHash;

use crate::{
    cli::commands::run_signet,
    support::{
        TestService,
        imported::{stored, user_with},
        keys::{age, key_files},
        totp::AuthenticatorApp,
    },
};

const BCRYPT: &str = "$2b$04$0jqywF/lHlmxZRC/btISKektVL3TvN9QK9op76M8y6g9ZulXXsbM.";

async fn service() -> TestService {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let folder = service.database.folder.path();
    let settings = format!(
        "issuer = 'https://auth.example.com'\ndatabase.url = '{}'\n",
        service.database.url
    );
    fs::write(folder.join("signet.toml"), settings).unwrap();
    service
}

/// The `kid` of the secret that has sealed the only row.
async fn kid(service: &TestService) -> String {
    let rows = service.app.store.totp_rows(None, 10).await.unwrap();
    rows[0]
        .verifier
        .expose()
        .split_once('.')
        .unwrap()
        .0
        .to_owned()
}

fn secrets(folder: &Path) -> Vec<String> {
    key_files(&folder.join("keys"), ".secret")
}

#[tokio::test]
async fn prune_seals_again_before_it_removes_a_secret() {
    let service = service().await;
    let folder = service.database.folder.path();
    assert_eq!(kid(&service).await, "m20260101T000000Z");
    assert_eq!(
        run_signet(folder, &["keys", "generate", "--now"], "").code,
        0
    );
    // The first secret has been retired for long.
    age(&folder.join("keys"), "20260201T000000Z");
    let both = ["20260101T000000Z.secret", "20260201T000000Z.secret"];
    assert_eq!(secrets(folder), both);

    // Without the database the secret stays, and the command fails.
    let today = chrono::Utc::now().format("%F").to_string();
    let unreachable = ["--set", "database.url=postgres://127.0.0.1:1/none"];
    let prune = ["keys", "prune", "--today", &today];
    let kept = run_signet(folder, &[&unreachable[..], &prune].concat(), "");
    assert_ne!(kept.code, 0, "{}", kept.out);
    assert!(
        kept.out.contains("20260101T000000Z.secret  kept"),
        "{}",
        kept.out
    );
    assert!(
        kept.err.contains("could not be sealed again"),
        "{}",
        kept.err
    );
    assert_eq!(secrets(folder), both);

    let pruned = run_signet(folder, &prune, "");
    assert_eq!(pruned.code, 0, "{}", pruned.err);
    assert_eq!(secrets(folder), both[1..]);
    assert_eq!(kid(&service).await, "m20260201T000000Z");
}

#[tokio::test]
async fn reseal_seals_at_once_and_reports_lost_secrets() {
    let service = service().await;
    let folder = service.database.folder.path();
    let reseal = || run_signet(folder, &["keys", "reseal"], "");
    assert_eq!(
        reseal().out,
        "0 secrets of authenticator apps sealed again.\n"
    );
    assert_eq!(
        run_signet(folder, &["keys", "generate", "--now"], "").code,
        0
    );
    let peppered = ForeignHash::parse(BCRYPT).unwrap().with_pepper("pepper");
    user_with(&service, "bob@example.com", peppered).await;
    let done = reseal();
    assert_eq!(
        done.out,
        "1 secret of authenticator apps sealed again.\n1 secret of imported passwords sealed again.\n"
    );
    let bob = stored(&service, "bob@example.com").await;
    let first = "$signet-sealed$m20260101T000000Z.";
    assert!(!bob.expose().starts_with(first), "{bob:?}");
    assert!(done.err.contains("keys_reseal"), "{}", done.err);
    let newest = secrets(folder).pop().unwrap();
    assert_eq!(
        kid(&service).await,
        format!("m{}", newest.trim_end_matches(".secret"))
    );

    // The file of the secret that has sealed the row is lost.
    fs::remove_file(folder.join("keys").join(newest)).unwrap();
    let lost = reseal();
    assert_ne!(lost.code, 0);
    assert!(
        lost.err.contains("cannot be opened: restore"),
        "{}",
        lost.err
    );
}

/// Beside another database, no row would be sealed again and every code would be lost.
#[tokio::test]
async fn prune_keeps_the_secrets_beside_another_database() {
    let service = service().await;
    let folder = service.database.folder.path();
    let generated = run_signet(folder, &["keys", "generate", "--now"], "");
    assert_eq!(generated.code, 0);
    // A timer prunes before any secret is retired.
    let early = run_signet(folder, &["keys", "prune"], "");
    assert_eq!(early.out, "No key or secret can be removed yet.\n");
    assert!(folder.join("keys/.apps").exists());
    age(&folder.join("keys"), "20260201T000000Z");
    let both = secrets(folder);

    let other = TestService::new().await;
    other.signed_up("ada@example.com").await;
    let url = format!("database.url={}", other.database.url);
    let today = chrono::Utc::now().format("%F").to_string();
    let prune = ["keys", "prune", "--today", &today];
    let kept = run_signet(folder, &[&["--set", &url], &prune[..]].concat(), "");
    assert_eq!(kept.code, 1, "{}", kept.out);
    assert!(kept.err.contains("check database.url"), "{}", kept.err);
    assert_eq!(secrets(folder), both);

    let pruned = run_signet(folder, &prune, "");
    assert_eq!(pruned.code, 0, "{}", pruned.err);
    assert_eq!(secrets(folder), both[1..]);
}

#[tokio::test]
async fn prune_keeps_the_secrets_beside_an_empty_database() {
    let service = service().await;
    let folder = service.database.folder.path();
    let generated = run_signet(folder, &["keys", "generate", "--now"], "");
    assert_eq!(generated.code, 0);
    age(&folder.join("keys"), "20260201T000000Z");
    let both = secrets(folder);
    let other = TestService::new().await;
    let url = format!("database.url={}", other.database.url);
    let today = chrono::Utc::now().format("%F").to_string();
    let arguments = ["--set", &url, "keys", "prune", "--today", &today];
    let kept = run_signet(folder, &arguments, "");
    assert_eq!(kept.code, 1, "{}", kept.out);
    assert!(
        kept.err.contains("has no user: check database.url"),
        "{}",
        kept.err
    );
    assert_eq!(secrets(folder), both);
}
