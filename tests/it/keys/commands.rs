//! The commands `signet keys …`, alone and beside a running service.

use std::{fs, sync::Arc};

use crate::{
    cli::commands::run_signet,
    support::{
        PASSWORD,
        keys::{age, key_files},
        process::{ServiceProcess, free_address},
        wait_until,
    },
};

#[test]
fn keys_are_generated_listed_and_printed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let none = run_signet(folder, &["keys", "list"], "");
    assert_eq!(none.code, 2);
    let remedy = "keys.folder: keys does not exist. Run `signet keys generate`, or set keys.folder";
    assert!(none.err.contains(remedy), "{}", none.err);
    let jwks = run_signet(folder, &["keys", "jwks"], "");
    assert_eq!(jwks.code, 2);
    assert!(jwks.err.contains(remedy), "{}", jwks.err);

    for _ in 0..2 {
        let written = run_signet(folder, &["keys", "generate"], "").out;
        assert_eq!(written.lines().count(), 2, "{written}");
    }
    let listed = run_signet(folder, &["keys", "list"], "").out;
    assert_eq!(listed.matches("signing").count(), 2, "{listed}");
    assert_eq!(listed.matches("upcoming").count(), 2, "{listed}");
    for kind in ["ES256", "secret"] {
        let next = format!("\n{kind}: the successor signs from 20");
        assert!(listed.contains(&next), "{listed}");
    }
    let jwks: serde_json::Value =
        serde_json::from_str(&run_signet(folder, &["keys", "jwks"], "").out).unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert!(listed.contains(key["kid"].as_str().unwrap()));
        assert_eq!(key.get("d"), None);
    }
}

#[test]
fn generate_creates_only_the_key_of_a_new_algorithm() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run_signet(folder, &["keys", "generate"], "").code, 0);
    let client = |id: &str, algorithm: &str| {
        format!("[[clients]]\nclient_id = '{id}'\nalgorithm = '{algorithm}'\n")
    };
    let issuer = "issuer = 'https://auth.example.com'\n".to_owned();
    let clients = [issuer, client("web", "ES256"), client("aws", "RS256")].concat();
    fs::write(folder.join("signet.toml"), clients).unwrap();

    let output = run_signet(folder, &["--listen", &free_address().to_string()], "");
    assert_eq!(output.code, 2);
    assert!(
        output.err.contains(
            "keys: no RS256 key signs now: `signet keys generate` creates what is missing"
        ),
        "{}",
        output.err
    );
    let made = run_signet(folder, &["keys", "generate"], "").out;
    assert!(made.contains(".rs256.pem  signs from "), "{made}");
    assert_eq!(made.lines().count(), 1, "{made}");
    let listed = run_signet(folder, &["keys", "list"], "").out;
    assert_eq!(listed.matches("signing").count(), 3, "{listed}");
    assert!(!listed.contains("upcoming"), "{listed}");

    let wrong = client("web", "RS512");
    fs::write(folder.join("signet.toml"), wrong).unwrap();
    let output = run_signet(folder, &["keys", "list"], "");
    let fault = "clients[0].algorithm (signet.toml line 3): must be one of ES256, RS256, EdDSA";
    assert!(output.err.contains(fault), "{}", output.err);
}

#[test]
fn rotate_and_prune_do_nothing_before_they_are_due() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = |arguments: &[&str]| run_signet(folder, &[&["keys"], arguments].concat(), "");
    let none = keys(&["rotate"]);
    assert_eq!(none.code, 2, "{}", none.err);
    assert!(
        none.err
            .contains("keys: does not exist: `signet keys generate` creates it"),
        "{}",
        none.err
    );

    keys(&["generate"]);
    assert_eq!(keys(&["rotate"]).out, "No rotation is due.\n");
    assert_eq!(
        keys(&["prune"]).out,
        "No key or secret can be removed yet.\n"
    );
    let listed = keys(&["list"]).out;
    assert!(
        listed.contains(
            "\nsecret: no successor is waiting; `signet keys rotate` creates one from 20"
        ),
        "{listed}"
    );
    age(&folder.join("keys"), "20260101T000000Z");
    let listed = keys(&["list"]).out;
    assert!(
        listed.contains("\nES256: no successor is waiting; `signet keys rotate` creates one now"),
        "{listed}"
    );

    let written = keys(&["rotate"]).out;
    assert_eq!(written.lines().count(), 2, "{written}");
    assert_eq!(keys(&["rotate"]).out, "No rotation is due.\n");
    assert_eq!(key_files(&folder.join("keys"), "").len(), 4);

    // The state some months later.
    assert_eq!(run_signet(folder, &["migrate"], "").code, 0);
    let created = run_signet(
        folder,
        &["users", "create", "ada@example.com"],
        "correct horse battery staple\n",
    );
    assert_eq!(created.code, 0, "{}", created.err);
    age(&folder.join("keys"), "20260201T000000Z");
    let pruned = keys(&["prune"]).out;
    for kind in ["es256.pem", "secret"] {
        let line = format!("keys/20260101T000000Z.{kind}  removed\n");
        assert!(pruned.contains(&line), "{pruned}");
    }
    assert_eq!(
        key_files(&folder.join("keys"), ""),
        ["20260201T000000Z.es256.pem", "20260201T000000Z.secret"]
    );
    assert_eq!(
        keys(&["prune"]).out,
        "No key or secret can be removed yet.\n"
    );
}

#[test]
fn emergency_successor_signs_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = |arguments: &[&str]| run_signet(folder, &[&["keys"], arguments].concat(), "");
    keys(&["generate"]);
    age(&folder.join("keys"), "20260101T000000Z");
    let written = keys(&["generate", "--now", "es256"]);
    assert_eq!(written.out.lines().count(), 2, "{}", written.out);
    assert!(
        written.out.contains("The replaced keys verify tokens"),
        "{}",
        written.out
    );
    let listed = keys(&["list"]).out;
    assert!(
        listed.contains("verifying  ES256   2026-01-01T00:00:00+00:00"),
        "{listed}"
    );
    assert!(
        listed.contains("signing    secret  2026-01-01T00:00:00+00:00"),
        "{listed}"
    );

    // A file name has a resolution of one second, and a key of this second may exist.
    let mut again = String::new();
    wait_until("a second has gone by", || {
        let written = keys(&["generate", "--now"]);
        again = written.out;
        assert!(
            written.code == 0 || written.err.contains("already exists"),
            "{}",
            written.err
        );
        written.code == 0
    });
    assert_eq!(again.lines().count(), 3, "{again}");
    let listed = keys(&["list"]).out;
    for (ending, kind) in [(".es256.pem", "ES256"), (".secret", "secret")] {
        let newest = key_files(&folder.join("keys"), ending).pop().unwrap();
        assert!(again.contains(&newest), "{newest}: {again}");
        let mut signing = listed.lines().filter(|line| line.starts_with("signing"));
        let line = signing.find(|line| line.contains(kind)).unwrap();
        let since = line
            .split_whitespace()
            .nth(2)
            .unwrap()
            .replace(['-', ':'], "");
        assert_eq!(newest, since.replace("+0000", "Z") + ending, "{listed}");
    }
    for (arguments, fault) in [
        (&["generate", "es256"][..], "--now"),
        (
            &["generate", "--now", "es512"],
            "must be es256, rs256, eddsa or secret",
        ),
    ] {
        let refused = keys(arguments);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains(fault), "{}", refused.err);
    }
}

#[test]
fn running_service_reloads_keys_on_signal() {
    let shared = Arc::new(tempfile::tempdir().unwrap());
    let folder = shared.path();
    run_signet(folder, &["keys", "generate"], "");
    age(&folder.join("keys"), "20260101T000000Z");
    let hourly = [("SIGNET_KEYS__READ_EVERY", "1h")];
    let mut service = ServiceProcess::start_in(shared.clone(), free_address(), &hourly);
    let session = service.sign_up("ada@example.com", PASSWORD);
    let held = key_files(&folder.join("keys"), "");
    let jwks = |service: &ServiceProcess| service.get("/.well-known/jwks.json", "").1;
    let published = |service: &ServiceProcess| jwks(service).matches("\"kid\"").count();

    // A successor a day ahead causes no warning; an immediate one is logged.
    run_signet(folder, &["keys", "generate"], "");
    service.signal("-HUP");
    service.wait_for("both are published", |service| published(service) == 2);
    assert!(
        !service.printed().contains("signs sooner than"),
        "{}",
        service.printed()
    );
    run_signet(folder, &["keys", "generate", "--now"], "");
    service.signal("-HUP");
    service.wait_for("all are published", |service| published(service) == 3);
    service.wait_for("a warning", |service| {
        service
            .printed()
            .matches("signs sooner than 10 minutes")
            .count()
            == 2
    });

    // A broken file is reported, and the other keys stay in use.
    fs::write(folder.join("keys/20260101T000000Z.rs256.pem"), "nonsense").unwrap();
    fs::remove_file(folder.join("keys").join(&held[0])).unwrap();
    service.signal("-HUP");
    service.wait_for("the old one is gone", |service| published(service) == 2);
    service.wait_for("a fault is reported", |service| {
        service
            .printed()
            .contains("20260101T000000Z.rs256.pem: other users can read it")
    });
    let refresh_token = &session["refresh_token"];
    let body = serde_json::json!({"refresh_token": refresh_token});
    assert_eq!(service.post("/refresh", &body).0, 200);
    let kept = service.logged();
    service.signal("-TERM");
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    let logged = kept.lock().unwrap();
    assert_eq!(logged.matches("keys_change").count(), 3, "{logged}");
}

#[test]
fn running_service_reloads_keys_periodically() {
    let mut service = ServiceProcess::start(&[("SIGNET_KEYS__READ_EVERY", "1s")]);
    let folder = service.folder.clone();
    run_signet(folder.path(), &["keys", "generate"], "");
    service.wait_for("both are published", |service| {
        let jwks = service.get("/.well-known/jwks.json", "").1;
        jwks.matches("\"kid\"").count() == 2
    });
}
