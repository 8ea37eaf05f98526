//! Users who move here when they log in: another service is asked about an unknown email.

mod pages;
mod requests;
mod responses;

use std::sync::Arc;

use futures_util::future::join;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::identity::EmailAddress;
use tokio::sync::Semaphore;

use crate::support::{
    Engine, TestService,
    answer::Answer,
    both_engines,
    exposition::Exposition,
    migration::{AskedLogin, OldService, SECRET, held_until},
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
/// A password that the policy of this service refuses.
const WEAK: &str = "secret";

/// The counter with this outcome.
fn count(service: &TestService, outcome: &str) -> f64 {
    let text = service.app.exposition.text().unwrap();
    Exposition::parse(&text).value("signet_migration_total", &[("outcome", outcome)])
}

/// The counters `created`, `refused` and `failed`.
#[track_caller]
fn assert_counts(service: &TestService, expected: [u32; 3]) {
    let counts = ["created", "refused", "failed"].map(|outcome| count(service, outcome));
    let counts = counts.map(|count| count.to_string());
    assert_eq!(counts, expected.map(|count| count.to_string()));
}

async fn users(service: &TestService) -> usize {
    service.app.store.users(None, 10).await.unwrap().len()
}

fn types(accounts: &Value) -> Vec<&str> {
    let accounts = accounts["accounts"].as_array().unwrap().iter();
    let mut types: Vec<_> = accounts.map(|it| it["type"].as_str().unwrap()).collect();
    types.sort_unstable();
    types
}

#[apply(both_engines)]
#[tokio::test]
async fn first_login_creates_the_user_and_later_ones_ask_nobody(engine: Engine) {
    let old = OldService::start();
    let user = json!({
        "email_verified": true, "id": "42", "name": "Ada", "image": "https://example.com/a.png",
        "role": "admin", "email": "eve@example.com",
    });
    old.knows(ADA, WEAK, user);
    let service = old.asked_by(engine, "").await;
    assert_counts(&service, [0, 0, 0]);

    let mut ada = service.anon();
    let first = ada.log_in("ADA@Example.com", WEAK).await;
    ada.keep(first.assert_status(200));
    let asked = AskedLogin {
        request: "POST /verify".to_owned(),
        content_type: "application/json".to_owned(),
        bearer: SECRET.to_owned(),
        body: json!({"email": ADA, "password": WEAK}),
    };
    assert_eq!(old.asked(), [asked]);
    assert_eq!(ada.claims()["amr"], json!(["pwd"]));
    let me = ada.get("/me").await.json();
    assert_eq!(me["email"], ADA);
    assert_eq!(me["name"], "Ada");
    assert_eq!(me["image"], "https://example.com/a.png");
    assert_eq!(me["role"], "user");
    assert!(me["email_verified"].is_string(), "{me}");

    // The account of the import is no login method.
    let accounts = ada.get("/me/accounts").await.json();
    assert_eq!(types(&accounts), ["credentials", "email"]);
    let data = ada.get("/me/data").await.json();
    assert_eq!(types(&data), ["credentials", "email", "import"]);
    let mut all = data["accounts"].as_array().unwrap().iter();
    let import = all.find(|it| it["type"] == "import").unwrap();
    assert_eq!(import["provider"], "import:migration");
    assert_eq!(import["provider_account_id"], "42");
    let email: EmailAddress = ADA.parse().unwrap();
    let stored = service.app.store.user_with_password(&email).await.unwrap();
    let verifier = stored.unwrap().verifier.unwrap();
    assert!(verifier.expose().starts_with("$argon2id$"));

    let again = service.anon().log_in(ADA, WEAK).await;
    again.assert_status(200);
    let wrong = service.anon().log_in(ADA, "wrong").await;
    wrong.assert_problem(401, "invalid_credentials");
    ada.set_active(false).await;
    let disabled = service.anon().log_in(ADA, WEAK).await;
    disabled.assert_problem(401, "invalid_credentials");
    assert_eq!(old.asked().len(), 1);
    assert_counts(&service, [1, 0, 0]);
}

#[apply(both_engines)]
#[tokio::test]
async fn email_that_the_old_service_has_not_verified_is_unverified_here(engine: Engine) {
    let old = OldService::start();
    old.knows(BOB, WEAK, json!({"email_verified": false}));
    let service = old.asked_by(engine, "").await;
    let mut bob = service.anon();
    let first = bob.log_in(BOB, WEAK).await;
    bob.keep(first.assert_status(200));
    assert_eq!(bob.get("/me").await.json()["email_verified"], Value::Null);
    let data = bob.get("/me/data").await.json();
    assert_eq!(types(&data), ["credentials"]);
}

#[apply(both_engines)]
#[tokio::test]
async fn concurrent_first_logins_create_one_user(engine: Engine) {
    let old = OldService::start();
    let gate = Arc::new(Semaphore::new(0));
    // Both are answered after both have asked.
    old.responds(move |_| {
        gate.add_permits(1);
        held_until(&gate, 2, &json!({"email_verified": true, "id": "42"}))
    });
    let service = old.asked_by(engine, "").await;
    let (one, other) = (service.anon(), service.anon());
    let (one, other) = join(one.log_in(ADA, WEAK), other.log_in(ADA, WEAK)).await;
    let subject = |answer: &Answer| {
        let mut client = service.anon();
        client.keep(answer.assert_status(200));
        client.claims()["sub"].clone()
    };
    assert_eq!(subject(&one), subject(&other));
    assert_eq!(old.asked().len(), 2);
    assert_eq!(users(&service).await, 1);
    assert_counts(&service, [1, 0, 0]);
}
