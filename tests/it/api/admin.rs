//! Administration over HTTP: the admin role is checked in the token and in the database, with a
//! recent login.

mod node;

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::identity::Role;

use crate::support::{ApiClient, Engine, PASSWORD, TestService, both_engines, routes};

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

/// A service with administration enabled, and its admin.
async fn service_on(engine: Engine) -> TestService {
    let service = TestService::configured(engine, "admin.enabled = true").await;
    let root = service.signed_up("root@example.com").await;
    root.set_role("admin").await;
    service
}

async fn service() -> TestService {
    service_on(Engine::Sqlite).await
}

async fn root(service: &TestService) -> ApiClient<'_> {
    service.anon().logged_in("root@example.com").await
}

/// Every admin route with a valid request for a user.
fn requests(user: &str) -> Vec<(&'static str, String, Value)> {
    let of = |rest: &str| format!("/admin/users/{user}{rest}");
    let of_node = ["keys", "clients", "providers", "health", "events"];
    let of_node = of_node.map(|part| ("GET", format!("/admin/{part}"), json!({})));
    let of_users = [
        ("GET", "/admin/users".to_owned(), json!({})),
        ("GET", of(""), json!({})),
        ("PUT", of("/role"), json!({"role": "editor"})),
        ("POST", of("/disable"), json!({})),
        ("POST", of("/enable"), json!({})),
        ("POST", of("/logout"), json!({})),
        ("DELETE", of(""), json!({})),
        (
            "POST",
            "/admin/users".to_owned(),
            json!({"email": "new@example.com", "password": PASSWORD}),
        ),
    ];
    of_node.into_iter().chain(of_users).collect()
}

#[tokio::test]
async fn admin_authorization_is_checked_before_the_body_is_read() {
    let service = service().await;
    let ada = service.signed_up("ada@example.com").await;
    let authorization = format!("Bearer {}", ada.access.as_deref().unwrap());
    let with_token = [("authorization", authorization.as_str())];
    let bodies = ["", "{", "[]", "{\"x\":1}"].map(str::to_owned);
    let bodies = [&bodies[..], &["x".repeat(100_000)]].concat();
    for route in routes::all() {
        if route.needs() == routes::Needs::Nobody {
            continue;
        }
        for media_type in ["application/json", "text/plain"] {
            for body in &bodies {
                let of = [("content-type", media_type)];
                let (method, url) = (route.method, route.url());
                let answer = service.anon().send(method, &url, &of, body.clone()).await;
                answer.assert_problem(401, "missing_token");
                if route.needs() == routes::Needs::Admin {
                    let headers = [of, with_token].concat();
                    let answer = ada.send(method, &url, &headers, body.clone()).await;
                    answer.assert_problem(403, "admin_required");
                }
            }
        }
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn admin_manages_a_user(engine: Engine) {
    let service = service_on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let admin = root(&service).await;
    let of = |rest: &str| format!("/admin/users/{}{rest}", ada.id());

    let shown = admin.get(&of("")).await;
    shown.assert_status(200);
    assert_eq!(shown.json()["email"], "ada@example.com");
    assert_eq!(shown.json()["is_active"], true);
    assert_eq!(shown.json()["accounts"][1]["type"], "email");

    let post = async |rest: &str| {
        admin
            .post(&of(rest), json!({}))
            .await
            .assert_status(204)
            .clone()
    };
    post("/logout").await;
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let ada = service.anon().logged_in("ada@example.com").await;

    let role = admin
        .send_json("PUT", &of("/role"), json!({"role": "editor"}))
        .await;
    role.assert_status(204);
    let mut ada = ada;
    ada.refreshed().await;
    assert_eq!(ada.claims()["roles"], json!(["editor"]));

    post("/disable").await;
    assert_eq!(admin.get(&of("")).await.json()["is_active"], false);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let answer = service.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
    post("/enable").await;
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let ada = service.anon().logged_in("ada@example.com").await;

    admin
        .send_json("DELETE", &of(""), json!({}))
        .await
        .assert_status(204);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    admin.get(&of("")).await.assert_problem(404, "unknown_user");
    // Not an id, not even as text.
    admin
        .get("/admin/users/%ff")
        .await
        .assert_problem(404, "unknown_user");
}

#[apply(both_engines)]
#[tokio::test]
async fn admin_creates_a_user_with_a_verified_email(engine: Engine) {
    let service = service_on(engine).await;
    let admin = root(&service).await;
    let body =
        json!({"email": "Bob@Example.com", "name": "Bob", "role": "editor", "password": PASSWORD});
    let made = admin.post("/admin/users", body.clone()).await;
    made.assert_status(201);
    assert_eq!(made.json()["email"], "bob@example.com");
    assert_eq!(made.json()["email_verified"], "2026-01-01T00:00:00Z");
    assert!(!made.text().contains("argon2"));
    let bob = service.anon().logged_in("bob@example.com").await;
    assert_eq!(bob.claims()["roles"], json!(["editor"]));

    let again = admin.post("/admin/users", body).await;
    again.assert_field(409, "address_taken", "email");
    for (body, code, field) in [
        (
            json!({"email": "x", "password": PASSWORD}),
            "invalid_field",
            "email",
        ),
        (
            json!({"email": "x@example.com", "password": "short"}),
            "weak_password",
            "password",
        ),
        (
            json!({"email": "x@example.com", "password": PASSWORD, "role": "A"}),
            "invalid_field",
            "role",
        ),
        (
            json!({"email": "x@example.com", "password": PASSWORD, "id": NOBODY}),
            "unknown_field",
            "id",
        ),
        (
            json!({"email": "x@example.com"}),
            "missing_field",
            "password",
        ),
    ] {
        let answer = admin.post("/admin/users", body).await;
        answer.assert_field(422, code, field);
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn users_are_paginated_and_searched_by_email(engine: Engine) {
    let service = service_on(engine).await;
    for name in ["a_b", "a%b", "axb", "100%"] {
        service.clock.advance(TimeDelta::seconds(1));
        service.signed_up(&format!("{name}@example.com")).await;
    }
    let admin = root(&service).await;
    let list = async |query: &str| {
        let answer = admin.get(&format!("/admin/users?{query}")).await;
        answer.assert_status(200);
        let users = answer.json()["users"].as_array().unwrap().clone();
        let names = users.iter().map(|user| {
            let email = user["email"].as_str().unwrap();
            email.split('@').next().unwrap().to_owned()
        });
        let next = answer.json()["next"].as_str().map(str::to_owned);
        (names.collect::<Vec<_>>(), next)
    };
    assert_eq!(list("").await.0, ["root", "a_b", "a%b", "axb", "100%"]);
    let (first, next) = list("limit=3").await;
    assert_eq!(first, ["root", "a_b", "a%b"]);
    let (second, next) = list(&format!("limit=3&after={}", next.unwrap())).await;
    assert_eq!(
        (second, next),
        (vec!["axb".to_owned(), "100%".to_owned()], None)
    );
    // The search is a plain text, not a pattern.
    assert_eq!(list("address=a_b").await.0, ["a_b"]);
    assert_eq!(list("address=a%25b").await.0, ["a%b"]);
    assert_eq!(list("address=%25").await.0, ["a%b", "100%"]);
    assert_eq!(list("address=%5c").await.0, Vec::<String>::new());
    assert_eq!(
        list("address=%27%20OR%201=1--").await.0,
        Vec::<String>::new()
    );
    assert_eq!(list("address=example.com&limit=1").await.0, ["root"]);

    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("after=x", "after"),
    ] {
        let answer = admin.get(&format!("/admin/users?{query}")).await;
        answer.assert_field(422, "invalid_field", field);
    }
    let answer = admin.get("/admin/users?page=2").await;
    answer.assert_field(422, "unknown_field", "page");
    let answer = admin.get("/admin/users?limit=1&limit=2").await;
    answer.assert_problem(400, "invalid_request");
}

#[tokio::test]
async fn admin_routes_reject_everybody_else() {
    let service = service().await;
    let ada = service.signed_up("ada@example.com").await;
    let target = service.signed_up("bob@example.com").await;
    let refuse = async |client: &ApiClient<'_>, status, code| {
        for (method, path, body) in requests(&target.id().to_string()) {
            client
                .send_json(method, &path, body)
                .await
                .assert_problem(status, code);
        }
        target.refresh().await.assert_status(200);
    };
    refuse(&service.anon(), 401, "missing_token").await;
    refuse(&ada, 403, "admin_required").await;
    // An admin in the database only, as after a promotion: the token contains the role after the
    // next refresh.
    ada.set_role("admin").await;
    refuse(&ada, 403, "admin_required").await;
    // An admin in the token only, as after a demotion: rejected immediately.
    let admin = service.anon().logged_in("ada@example.com").await;
    ada.set_role("user").await;
    refuse(&admin, 403, "admin_required").await;

    let mut admin = root(&service).await;
    service.clock.advance(TimeDelta::seconds(601));
    admin.refreshed().await;
    refuse(&admin, 401, "insufficient_user_authentication").await;

    let admin = root(&service).await;
    admin
        .post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    refuse(&admin, 401, "invalid_token").await;
}

#[tokio::test]
async fn admin_cannot_disable_demote_or_delete_themselves() {
    let service = service().await;
    let admin = root(&service).await;
    let own = admin.id().to_string();
    for (method, path, body) in requests(&own) {
        let is_final = ["/role", "/disable"].iter().any(|end| path.ends_with(end));
        if is_final || method == "DELETE" {
            let answer = admin.send_json(method, &path, body).await;
            answer.assert_problem(409, "own_record");
        }
    }
    let answer = admin
        .post(&format!("/admin/users/{own}/logout"), json!({}))
        .await;
    answer.assert_status(204);
    admin.get("/me").await.assert_problem(401, "invalid_token");
}

#[tokio::test]
async fn unknown_user_id_is_not_found() {
    let service = service().await;
    let admin = root(&service).await;
    for nobody in [NOBODY, "x", "%2e%2e", "1%20OR%201=1", &"9".repeat(500)] {
        for (method, path, body) in requests(nobody) {
            if path.starts_with("/admin/users/") {
                let answer = admin.send_json(method, &path, body).await;
                answer.assert_problem(404, "unknown_user");
            }
        }
    }
}

#[tokio::test]
async fn admin_routes_are_absent_unless_enabled() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    ada.set_role("admin").await;
    let admin = service.anon().logged_in("ada@example.com").await;
    for (method, path, body) in requests(&ada.id().to_string()) {
        let answer = admin.send_json(method, &path, body).await;
        answer.assert_problem(404, "not_found");
    }
}

/// The role and the status are checked again when the body has arrived.
#[tokio::test]
async fn admin_disabled_while_the_body_arrives_is_rejected() {
    let service = service().await;
    let admin = root(&service).await;
    let user = admin.id();
    for (path, method, body) in [
        (
            "/admin/users".to_owned(),
            "POST",
            json!({"email": "eve@example.com", "password": PASSWORD, "role": "admin"}),
        ),
        (
            format!("/admin/users/{NOBODY}/role"),
            "PUT",
            json!({"role": "admin"}),
        ),
    ] {
        let (arrive, arrived) = tokio::sync::oneshot::channel::<()>();
        let (read, begun) = tokio::sync::oneshot::channel::<()>();
        let body = async move {
            read.send(()).unwrap();
            arrived.await.unwrap();
            Ok::<_, std::io::Error>(body.to_string())
        };
        let body = axum::body::Body::from_stream(futures_util::stream::once(body));
        let authorization = format!("Bearer {}", admin.access.as_ref().unwrap());
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let asked = admin.send(method, &path, &headers, body);
        let shut_out = async {
            begun.await.unwrap();
            let role = Role::parse("user").unwrap();
            let now = service.clock.now();
            service.app.store.set_role(user, &role, now).await.unwrap();
            arrive.send(()).unwrap();
        };
        let (answer, ()) = futures_util::future::join(asked, shut_out).await;
        answer.assert_problem(403, "admin_required");
        admin.set_role("admin").await;
    }
}
