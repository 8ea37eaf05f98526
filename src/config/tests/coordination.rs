//! The settings of coordination.

use std::{fs, time::Duration};

use secrecy::ExposeSecret;

use super::*;

fn read(file: &str) -> CoordinationConfig {
    load(file, &[], FlagSettings::default())
        .unwrap()
        .coordination
}

#[test]
fn coordination_is_off_unless_a_url_is_set() {
    let config = read("");
    assert!(config.url.is_none() && !config.strict && !config.is_clear_text());
    assert_eq!(config.timeout, Duration::from_millis(100));
    assert_eq!(config.prefix, "signet:");
    let config = read("[coordination]\nurl = 'redis://db'\nstrict = true\ntimeout = '1s'");
    assert!(config.url.is_some() && config.strict && config.is_clear_text());
    assert_eq!(config.timeout, Duration::from_secs(1));
}

#[test]
fn url_names_server_user_password_and_database() {
    let url = RedisUrl::parse("rediss://si%40gnet:p%2Fw@[::1]:7000/3").unwrap();
    assert_eq!(
        (url.host.as_str(), url.port, url.database),
        ("::1", 7000, 3)
    );
    assert_eq!(url.user.as_deref(), Some("si@gnet"));
    assert_eq!(url.password.as_ref().unwrap().expose_secret(), "p/w");
    assert!(url.is_tls && !url.is_clear_text());
    assert_eq!(url.to_string(), "[::1]:7000");
    let url = RedisUrl::parse(" redis://:secret@127.0.0.1\n").unwrap();
    assert_eq!((url.port, url.database, url.user), (6379, 0, None));
    assert!(url.password.is_some());
}

#[test]
fn url_of_another_kind_is_refused_without_being_quoted() {
    for (url, problem) in [
        ("http://hunter2@db", "is not a URL of Redis"),
        ("postgres://signet:hunter2@db", "is not a URL of Redis"),
        ("hunter2", "is not a URL of Redis"),
        (
            "valkey://:hunter2@db",
            "redis:// or rediss://, also for Valkey",
        ),
        ("redis://:hunt/er2@db", "is not a valid URL"),
        ("redis://:hunter2@db:99999", "is not a valid URL"),
        ("redis://", "names no host"),
        ("redis://hunter2@db", "has a user but no password"),
        ("redis://:hunter2@db/signet", "the number of the database"),
        ("redis://:hunter2@db/70000", "the number of the database"),
        ("redis://:hunter2@db?tls=1", "has a query or a fragment"),
        ("redis://:%ffhunter2@db", "is not UTF-8"),
    ] {
        let faults = faults(&format!("coordination.url = '{url}'"));
        let expected = "coordination.url (signet.toml): ";
        assert!(faults.contains(expected), "{url}: {faults}");
        assert!(faults.contains(problem), "{url}: {faults}");
        assert!(!faults.contains("hunt"), "{url}: {faults}");
    }
}

#[test]
fn other_faults_name_the_setting() {
    for (line, problem) in [
        (
            "timeout = '9ms'",
            "timeout (signet.toml): must be between 10ms and 1s",
        ),
        (
            "timeout = '2s'",
            "timeout (signet.toml): must be between 10ms and 1s",
        ),
        (
            "timeout = '100'",
            "timeout (signet.toml): must be a time such as 100ms or 1s",
        ),
        (
            "prefix = ''",
            "prefix (signet.toml): must have 1 to 64 ASCII characters",
        ),
        (
            "prefix = 'a b'",
            "prefix (signet.toml): must have 1 to 64 ASCII characters",
        ),
        (
            "strict = 'perhaps'",
            "strict (signet.toml): must be true or false",
        ),
        (
            "strict = true",
            "strict (signet.toml): has no effect without coordination.url or coordination.url_file",
        ),
        ("host = 'db'", "host (signet.toml)"),
    ] {
        let faults = faults(&format!("[coordination]\n{line}"));
        assert!(faults.contains(problem), "{line}: {faults}");
    }
}

#[test]
fn url_from_a_file_is_checked_and_excludes_the_other_setting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    fs::write(&path, "redis://:secret@db\n").unwrap();
    let file = format!("[coordination]\nurl_file = '{}'\n", path.display());
    let url = read(&file).url.unwrap();
    assert_eq!(url.with(ToString::to_string), "db:6379");
    let both = faults(&format!("{file}url = 'redis://db'"));
    assert!(
        both.contains("coordination.url_file (signet.toml): and coordination.url are both set"),
        "{both}"
    );
    fs::write(&path, "http://hunter2@db").unwrap();
    let faults = faults(&file);
    assert!(
        faults.contains("coordination.url_file (signet.toml): "),
        "{faults}"
    );
    assert!(
        faults.contains("is not a URL of Redis") && !faults.contains("hunter2"),
        "{faults}"
    );
}
