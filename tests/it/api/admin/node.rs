//! What admins see of the node that answers: keys, configuration, health and audit events.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{root, service, service_on};
use crate::support::{
    Engine, PASSWORD, TestService, both_engines,
    process::{ServiceProcess, signet},
};

#[tokio::test]
async fn keys_are_listed_with_their_phases() {
    let service = service().await;
    let admin = root(&service).await;
    let keys = async || admin.get("/admin/keys").await.json()["keys"].clone();
    let phases = |keys: &Value, kind: &str| {
        let of_kind = keys.as_array().unwrap().iter();
        let of_kind = of_kind.filter(|key| key["kind"] == kind);
        let phases = of_kind.map(|key| key["phase"].as_str().unwrap().to_owned());
        phases.collect::<Vec<_>>()
    };
    let before = keys().await;
    assert_eq!(phases(&before, "ES256"), ["signing"]);
    assert_eq!(phases(&before, "secret"), ["signing"]);
    assert_eq!(before[0]["signs_until"], Value::Null);

    let signs_from = service.clock.now() + TimeDelta::minutes(5);
    service.rotate(signs_from).await;
    let after = keys().await;
    assert_eq!(phases(&after, "ES256"), ["signing", "upcoming"]);
    let successor = after.as_array().unwrap().iter();
    let successor = successor.filter(|key| key["phase"] == "upcoming");
    for key in successor {
        assert_eq!(key["signs_from"], "2026-01-01T00:05:00Z");
    }
    let jwks = service.anon().get("/.well-known/jwks.json").await;
    let listed = |kid: &Value| after.as_array().unwrap().iter().any(|it| it["kid"] == *kid);
    let published = jwks.json()["keys"].as_array().unwrap().clone();
    assert!(published.iter().all(|key| listed(&key["kid"])));
}

#[tokio::test]
async fn clients_and_providers_are_listed_without_secrets() {
    let secret_hash = format!("sha256:{}", "A".repeat(43));
    let settings = format!(
        "admin.enabled = true\n\
         [[clients]]\nclient_id = 'wiki'\nname = 'Wiki'\nclient_secret_hashes = ['{secret_hash}']\n\
         redirect_uris = ['https://wiki.example/callback']\nscopes = ['openid', 'email']\n\
         [[clients]]\nclient_id = 'spa'\norigins = ['https://app.example']\ndpop = 'off'\n\
         [[providers]]\nid = 'google'\nkind = 'google'\nclient_id = 'at-google'\n\
         client_secret = 'HIDDEN-SECRET'\n"
    );
    let service = TestService::with(&settings).await;
    service
        .unverified_user("root@example.com")
        .await
        .set_role("admin")
        .await;
    let mut admin = service.anon();
    let login = json!({"email": "root@example.com", "password": PASSWORD, "client_id": "spa"});
    let login = admin.post("/login", login).await;
    admin.keep(&login);

    let clients = admin.get("/admin/clients").await;
    clients.assert_status(200);
    let listed = &clients.json()["clients"];
    assert_eq!(listed[1]["client_id"], "wiki");
    assert_eq!(listed[1]["name"], "Wiki");
    assert_eq!(
        listed[1]["redirect_uris"],
        json!(["https://wiki.example/callback"])
    );
    assert_eq!(listed[0]["dpop"], "off");
    assert_eq!(listed[0]["auth_methods"], json!(["none"]));
    assert_eq!(listed[0]["access_lifetime"], 300);

    let providers = admin.get("/admin/providers").await;
    let expected = json!({
        "id": "google", "name": "Google", "kind": "google", "issuer": "https://accounts.google.com",
        "client_id": "at-google",
        "redirect_uri": format!("{}/callback/google", service.app.config.issuer),
    });
    let provider = &providers.json()["providers"][0];
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&provider[name], value, "{name}");
    }
    for answer in [&clients, &providers] {
        assert!(!answer.text().contains("HIDDEN"));
        assert!(!answer.text().contains(&"A".repeat(43)));
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn health_is_that_of_the_node(engine: Engine) {
    let service = service_on(engine).await;
    let admin = root(&service).await;
    let health = admin.get("/admin/health").await;
    health.assert_status(200);
    let health = health.json();
    assert_eq!(health["ready"], true);
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["database"]["failed"], 0);
    assert_eq!(health["keys"]["faults"], 0);
    assert_eq!(health["keys"]["read_at"], "2026-01-01T00:00:00Z");
    assert_eq!(health["mail"]["configured"], true);
    assert!(health["password"]["hashed"].as_u64().unwrap() >= 2);

    service.app.readiness.stop();
    assert_eq!(admin.get("/admin/health").await.json()["ready"], false);
}

#[apply(both_engines)]
#[tokio::test]
async fn users_are_filtered_by_role_and_status(engine: Engine) {
    let service = service_on(engine).await;
    for name in ["ada", "bob", "eve"] {
        service.clock.advance(TimeDelta::seconds(1));
        service.signed_up(&format!("{name}@example.com")).await;
    }
    let ada = service.anon().logged_in("ada@example.com").await;
    ada.set_role("editor").await;
    let admin = root(&service).await;
    let bob = service.anon().logged_in("bob@example.com").await.id();
    let disabled = admin
        .post(&format!("/admin/users/{bob}/disable"), json!({}))
        .await;
    disabled.assert_status(204);
    let list = async |query: &str| {
        let answer = admin.get(&format!("/admin/users?{query}")).await;
        let users = answer.json()["users"].as_array().unwrap().clone();
        let names = users
            .iter()
            .map(|user| user["email"].as_str().unwrap()[..3].to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(list("role=editor").await, ["ada"]);
    assert_eq!(list("role=admin").await, ["roo"]);
    assert_eq!(list("is_active=false").await, ["bob"]);
    assert_eq!(list("is_active=true&role=user").await, ["eve"]);
    for (query, field) in [
        ("role=A", "role"),
        ("is_active=1", "is_active"),
        ("is_active=", "is_active"),
    ] {
        let answer = admin.get(&format!("/admin/users?{query}")).await;
        answer.assert_field(422, "invalid_field", field);
    }
}

#[rstest]
#[case::zero("0")]
#[case::beyond_the_limit("10001")]
#[case::text("x")]
#[tokio::test]
async fn limit_of_events_is_checked(#[case] limit: &str) {
    let service = service().await;
    let admin = root(&service).await;
    let answer = admin.get(&format!("/admin/events?limit={limit}")).await;
    answer.assert_field(422, "invalid_field", "limit");
}

/// The events that an admin sees, the newest first, as `act outcome`.
fn events_of(service: &ServiceProcess, token: &str, query: &str) -> Vec<String> {
    let (status, body) = service.get(&format!("/admin/events{query}"), token);
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    let events = body["events"].as_array().unwrap().iter();
    let events = events.map(|event| {
        assert!(event["at"].is_string(), "{event}");
        assert!(event["network"].is_string(), "{event}");
        assert!(event["request_id"].is_string(), "{event}");
        format!(
            "{} {}",
            event["act"].as_str().unwrap(),
            event["outcome"].as_str().unwrap()
        )
    });
    events.collect()
}

#[rstest]
#[case::kept("3", &["login done", "login refused", "login done", "sign_up done"])]
#[case::two("2", &["login done", "login refused", "login done"])]
#[case::off("0", &[])]
fn events_are_those_of_the_process(#[case] capacity: &str, #[case] expected: &[&str]) {
    let environment = [
        ("SIGNET_ADMIN__ENABLED", "true"),
        ("SIGNET_ADMIN__EVENTS", capacity),
    ];
    let mut service = ServiceProcess::start(&environment);
    service.sign_up("root@example.com", PASSWORD);
    let command = ["users", "role", "root@example.com", "admin"];
    let set = signet(service.folder.path())
        .args(command)
        .output()
        .unwrap();
    assert!(set.status.success(), "{set:?}");
    let wrong = json!({"email": "root@example.com", "password": "a wrong password"});
    assert_eq!(service.post("/login", &wrong).0, 401);
    let right = json!({"email": "root@example.com", "password": PASSWORD});
    let (_, tokens) = service.post("/login", &right);
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(events_of(&service, token, ""), expected);
    let newest = expected.iter().take(1).copied().collect::<Vec<_>>();
    assert_eq!(events_of(&service, token, "?limit=1"), newest);
}
