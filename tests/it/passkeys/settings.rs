//! The settings of passkeys, and services without them.

use std::{fs, sync::Arc};

use serde_json::json;
use signet::config::{Config, FlagSettings, SettingSources};

use crate::support::{
    TestService,
    authenticator::Authenticator,
    process::{ServiceProcess, free_address},
};

const ADA: &str = "ada@example.com";

fn faults(settings: &str) -> String {
    let sources = SettingSources::new(("signet.toml", settings), [], FlagSettings::default());
    match Config::load(sources.unwrap()) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string(),
    }
}

#[tokio::test]
async fn passkeys_are_off_with_an_ip_address_or_by_their_setting() {
    for settings in [
        "issuer = 'http://127.0.0.1:8080'",
        "issuer = 'http://[::1]:8080'",
        "passkeys.enabled = false",
    ] {
        let service = TestService::with(settings).await;
        let anon = service.anon();
        for (method, path) in [
            ("POST", "/passkeys/registration"),
            ("POST", "/passkeys/challenge"),
            ("POST", "/login/passkey"),
            ("POST", "/me/passkeys"),
            ("DELETE", "/me/passkeys/x"),
            ("GET", "/.well-known/webauthn"),
        ] {
            let answer = anon
                .send(method, path, &[("content-type", "application/json")], "{}")
                .await;
            assert_eq!(
                (answer.status, &answer.json()["code"]),
                (404, &json!("not_found")),
                "{path}"
            );
        }
    }
    let service = TestService::with("issuer = 'http://localhost:8080'").await;
    let asked = json!({"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"});
    let begun = service.anon().post("/passkeys/challenge", asked).await;
    assert_eq!(begun.json()["options"]["rpId"], "localhost");
}

#[test]
fn wrong_settings_are_named() {
    let issuer = "issuer = 'https://auth.example.com'\n";
    for good in ["example.com", "auth.example.com"] {
        assert_eq!(
            faults(&format!("{issuer}passkeys.rp_id = '{good}'")),
            "",
            "{good}"
        );
    }
    for bad in [
        "com",
        "xample.com",
        "example.org",
        "x.auth.example.com",
        "",
        "EXAMPLE.com",
        "https://auth.example.com",
    ] {
        let found = faults(&format!("{issuer}passkeys.rp_id = '{bad}'"));
        assert!(
            found.contains("passkeys.rp_id") && found.contains("auth.example.com"),
            "{bad}: {found}"
        );
    }
    let address = faults("issuer = 'http://127.0.0.1:8080'\npasskeys.rp_id = 'example.com'");
    assert!(
        address.contains("passkeys.rp_id") && address.contains("IP address"),
        "{address}"
    );
    let hash = "A".repeat(43);
    let good = format!(
        "{issuer}passkeys.origins = ['https://app.example.com', 'android:apk-key-hash:{hash}']"
    );
    assert_eq!(faults(&good), "");
    for bad in [
        "app.example.com",
        "https://app.example.com/",
        "android:apk-key-hash:AA",
        "*",
        "ios:bundle",
    ] {
        let found = faults(&format!("{issuer}passkeys.origins = ['{bad}']"));
        assert!(
            found.contains("passkeys.origins") && found.contains("number 1"),
            "{bad}: {found}"
        );
    }
}

#[tokio::test]
async fn further_origins_and_a_parent_domain_are_accepted() {
    let hash = "A".repeat(43);
    let app = format!("android:apk-key-hash:{hash}");
    let service = TestService::with(&format!(
        "passkeys.rp_id = 'example.com'\npasskeys.origins = ['{app}']"
    ))
    .await;
    let mut ada = service.signed_up(ADA).await;
    let mut phone = Authenticator::p256();
    phone.rp_id = "example.com".to_owned();
    phone.origin = app;
    phone.add_to(&mut ada).await.assert_status(201);
    phone.log_in(&service, ada.id()).await.assert_status(200);
    phone.rp_id = "auth.example.com".to_owned();
    phone.log_in(&service, ada.id()).await.assert_status(401);
}

#[tokio::test]
async fn passkeys_of_another_rp_id_are_unusable_and_never_offered() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let phone = Authenticator::p256();
    let added = phone.add_to(&mut ada).await.json();
    let id = ada.id();
    let moved =
        TestService::in_database(service.database, "passkeys.rp_id = 'example.com'", None).await;
    let ada = moved.anon().logged_in(ADA).await;
    let begun = ada.post("/passkeys/registration", json!({})).await.json();
    assert_eq!(begun["options"]["excludeCredentials"], json!([]));
    let path = format!("/me/passkeys/{}", added["passkey"]["id"].as_str().unwrap());
    let renamed = ada.send_json("PATCH", &path, json!({"name": "Old"})).await;
    assert_eq!(renamed.json()["usable"], json!(false));
    phone.log_in(&moved, id).await.assert_status(401);
}

#[tokio::test]
async fn https_origins_of_the_clients_are_related_origins() {
    let settings = "[[clients]]\nclient_id = 'a'\norigins = ['https://a.example', 'http://localhost:3000']\n\
                    [[clients]]\nclient_id = 'b'\norigins = ['https://b.example', 'https://a.example']";
    let service = TestService::with(settings).await;
    let answer = service.anon().get("/.well-known/webauthn").await;
    assert_eq!(
        answer.json(),
        json!({"origins": ["https://a.example", "https://b.example"]})
    );
}

/// The message of a start with these settings.
fn start_message(settings: &str) -> String {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    ServiceProcess::start_in(folder, free_address(), &[]).printed()
}

#[test]
fn start_says_that_passkeys_are_off_and_warns_of_many_domains() {
    let note = "passkeys are off";
    let default = start_message("");
    assert!(
        default.contains(note) && default.contains("http://localhost:8080"),
        "{default}"
    );
    assert!(!start_message("passkeys.enabled = false").contains(note));
    let clients = |count: usize| {
        let origins: Vec<_> = (0..count)
            .map(|n| format!("'https://app.example-{n}.com'"))
            .collect();
        let origins = origins.join(", ");
        format!(
            "issuer = 'http://localhost:8080'\n[[clients]]\nclient_id = 'a'\norigins = [{origins}]"
        )
    };
    let warning = "origins of more than 5 domains";
    let many = start_message(&clients(6));
    assert!(many.contains(warning) && !many.contains(note), "{many}");
    assert!(!start_message(&clients(5)).contains("domains"));
}
