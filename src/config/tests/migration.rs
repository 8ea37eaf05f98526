//! `migration.…`.

use std::time::Duration;

use super::*;

const URL: &str = "verify_url = 'https://old.example.com/verify?by=signet'";

fn of(lines: &str) -> Option<MigrationConfig> {
    let file = format!("[migration]\n{lines}");
    let config = load(&file, &[], FlagSettings::default()).unwrap();
    config.migration
}

#[test]
fn migration_is_off_without_a_url_and_its_secret_comes_from_a_setting_or_a_file() {
    assert!(of("").is_none());
    assert!(of("timeout = '2s'").is_none());
    let migration = of(&format!("{URL}\nsecret = 's3cret'")).unwrap();
    assert_eq!(
        migration.verify_url.as_str(),
        "https://old.example.com/verify?by=signet"
    );
    assert_eq!(migration.timeout, Duration::from_secs(5));
    assert_eq!(migration.concurrency, 16);
    assert_eq!(migration.secret.expose().as_str(), "s3cret");
    let shown = format!("{migration:?}");
    assert!(
        shown.contains("REDACTED") && !shown.contains("s3cret"),
        "{shown}"
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "from a file\n").unwrap();
    let in_file = format!("secret_file = '{}'", path.display());
    let refused = faults(&format!("[migration]\n{URL}\n{in_file}"));
    assert!(
        refused.contains("migration.secret_file (signet.toml)")
            && refused.contains("without spaces"),
        "{refused}"
    );
    std::fs::write(&path, "file-s3cret\n").unwrap();
    let migration = of(&format!(
        "{URL}\n{in_file}\ntimeout = '30s'\nconcurrency = 1000"
    ));
    assert_eq!(migration.unwrap().secret.expose().as_str(), "file-s3cret");
    let both = faults(&format!("[migration]\n{URL}\n{in_file}\nsecret = 'x'"));
    assert!(
        both.contains("migration.secret (signet.toml): and migration.secret_file are both set"),
        "{both}"
    );
}

#[test]
fn faults_of_the_migration_name_the_setting() {
    let secret = "secret = 's3cret'";
    let no_https = "must be an absolute https URL without user, password and fragment";
    for (lines, setting, problem) in [
        (
            URL.to_owned(),
            "secret",
            "is required with migration.verify_url, unless",
        ),
        (
            secret.to_owned(),
            "secret",
            "has no effect without migration.verify_url",
        ),
        (
            format!("verify_url = 'old.example.com'\n{secret}"),
            "verify_url",
            no_https,
        ),
        (
            format!("verify_url = 'https://u:p@old.example.com'\n{secret}"),
            "verify_url",
            no_https,
        ),
        (
            format!("verify_url = 'https://old.example.com/#a'\n{secret}"),
            "verify_url",
            no_https,
        ),
        (
            format!("verify_url = 'http://old.example.com/'\n{secret}"),
            "verify_url",
            "must be https: http is only for a loopback issuer and a loopback host",
        ),
        (
            format!("{URL}\nsecret = 'a b'"),
            "secret",
            "must be 1 to 1024 visible ASCII",
        ),
        (
            format!("{URL}\nsecret = '\u{e4}'"),
            "secret",
            "must be 1 to 1024 visible ASCII",
        ),
        (
            format!("{URL}\n{secret}\ntimeout = '31s'"),
            "timeout",
            "between 1s and 30s",
        ),
        (
            format!("{URL}\n{secret}\ntimeout = '0s'"),
            "timeout",
            "between 1s and 30s",
        ),
        (
            format!("{URL}\n{secret}\nconcurrency = 0"),
            "concurrency",
            "from 1 to 1000",
        ),
        (
            format!("{URL}\n{secret}\nconcurrency = 1001"),
            "concurrency",
            "from 1 to 1000",
        ),
    ] {
        let found = faults(&format!("[migration]\n{lines}"));
        let named = format!("migration.{setting}");
        assert!(
            found.contains(&named) && found.contains(problem),
            "{lines}: {found}"
        );
        assert!(!found.contains("s3cret"), "{found}");
    }
    let loopback = format!("verify_url = 'http://127.0.0.1:9/'\n{secret}");
    assert!(of(&loopback).is_some());
    let file = format!("issuer = 'https://auth.example.com'\n[migration]\n{loopback}");
    assert!(faults(&file).contains("must be https: http is only for a loopback issuer"));
}
