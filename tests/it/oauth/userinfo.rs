//! The userinfo endpoint (OpenID Connect Core §5.3).

use rstest_reuse::apply;
use serde_json::{Value, json};

use super::flow::{ADA, PUBLIC, confidential, public_session, service_with, session, text};
use crate::support::{
    ApiClient, Engine, PASSWORD, TestService, answer::Answer, both_engines, token::claims,
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

const APP: &str = "
    scopes = ['openid', 'profile', 'email', 'groups', 'read']
    id_token_algorithm = 'ES256'
";

async fn service() -> TestService {
    let roles = "[roles.editor]\ngroups = ['staff', 'wiki']";
    service_with(&format!("{roles}\n{}", confidential("app", APP))).await
}

async fn ask(service: &TestService, method: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let anon = service.anon();
    let body = body.to_owned();
    anon.send(method, "/userinfo", headers, body).await
}

/// The access token of a login with this scope.
async fn access_token(service: &TestService, scope: &str) -> String {
    let body = session(service, "app", &[("scope", scope)]).await;
    text(&body, "access_token").to_owned()
}

/// The claims of a login with this scope.
async fn claims_of(service: &TestService, scope: &str) -> Value {
    let mut ada = service.anon();
    ada.access = Some(access_token(service, scope).await);
    ada.get("/userinfo").await.assert_status(200).json()
}

#[tokio::test]
async fn token_is_accepted_in_the_header_and_in_the_form() {
    let service = service().await;
    let token = access_token(&service, "openid").await;
    let bearer = format!("Bearer {token}");
    let header = ("authorization", bearer.as_str());
    let form = format!("access_token={token}");
    let expected = json!({"sub": claims(&token)["sub"]});
    for (method, headers, body) in [
        ("GET", &[header][..], ""),
        ("POST", &[header], ""),
        ("POST", &[header, FORM], ""),
        ("POST", &[header, FORM], "other=1"),
        ("POST", &[FORM], &form),
    ] {
        let answer = ask(&service, method, headers, body).await;
        assert_eq!(answer.assert_status(200).json(), expected);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

/// RFC 6750 §2: a request uses one method to present its token.
#[tokio::test]
async fn token_in_the_header_and_in_the_form_is_rejected() {
    let service = service().await;
    let token = access_token(&service, "openid").await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), FORM];
    for body in [format!("access_token={token}"), "access_token=a".to_owned()] {
        let answer = ask(&service, "POST", &headers, &body).await;
        answer.assert_problem(400, "invalid_request");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains("error=\"invalid_request\""),
            "{challenge}"
        );
    }
    let twice = format!("access_token={token}&access_token={token}");
    let answer = ask(&service, "POST", &[FORM], &twice).await;
    answer.assert_problem(400, "invalid_request");
}

#[tokio::test]
async fn request_without_a_token_is_challenged() {
    let service = service().await;
    let token = access_token(&service, "openid").await;
    for (method, headers, body) in [
        ("GET", &[][..], ""),
        ("POST", &[], ""),
        ("POST", &[FORM], ""),
        ("POST", &[FORM], "access_token="),
    ] {
        let answer = ask(&service, method, headers, body).await;
        answer.assert_problem(401, "missing_token");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"signet\"");
    }
    // A token in the URL would be in logs.
    let path = format!("/userinfo?access_token={token}");
    let answer = service.anon().get(&path).await;
    answer.assert_problem(401, "missing_token");
    let answer = ask(&service, "POST", &[FORM], "access_token=a.b.c").await;
    answer.assert_problem(401, "invalid_token");
}

#[tokio::test]
async fn claims_are_those_of_the_granted_scopes() {
    let service = service().await;
    let ada = service.anon().logged_in(ADA).await;
    let profile = json!({"name": "Ada", "image": "https://example.com/ada.png"});
    let answer = ada.send_json("PATCH", "/me", profile).await;
    answer.assert_status(200);
    let id = ada.id().to_string();
    let now = service.clock.now().timestamp();
    let profile = json!({
        "sub": id, "name": "Ada", "picture": "https://example.com/ada.png",
        "preferred_username": ADA, "updated_at": now,
    });
    let email = json!({"sub": id, "email": ADA, "email_verified": true});
    assert_eq!(claims_of(&service, "openid").await, json!({"sub": id}));
    assert_eq!(claims_of(&service, "openid read").await, json!({"sub": id}));
    assert_eq!(claims_of(&service, "openid profile").await, profile);
    assert_eq!(claims_of(&service, "openid email").await, email);
    // Without a configured group, the group is the role.
    let groups = claims_of(&service, "openid groups").await;
    assert_eq!(groups, json!({"sub": id, "groups": ["user"]}));
    ada.set_role("editor").await;
    let groups = claims_of(&service, "openid groups").await;
    assert_eq!(groups, json!({"sub": id, "groups": ["staff", "wiki"]}));
}

#[tokio::test]
async fn claims_are_read_at_each_request() {
    let service = service().await;
    let mut app = service.anon();
    app.access = Some(access_token(&service, "openid profile").await);
    let before = app.get("/userinfo").await.json();
    assert_eq!(before.get("name"), None);
    let ada = service.anon().logged_in(ADA).await;
    let answer = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    answer.assert_status(200);
    assert_eq!(app.get("/userinfo").await.json()["name"], "Ada");
}

#[tokio::test]
async fn token_without_the_scope_openid_is_rejected() {
    let service = service().await;
    let mut app = service.anon();
    app.access = Some(access_token(&service, "read email").await);
    let answer = app.get("/userinfo").await;
    answer.assert_problem(403, "insufficient_scope");
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains("error=\"insufficient_scope\""),
        "{challenge}"
    );
    assert!(challenge.contains("scope=\"openid\""), "{challenge}");
}

#[apply(both_engines)]
#[tokio::test]
async fn ended_session_has_no_claims(engine: Engine) {
    let settings = format!("{}\n{PUBLIC}", confidential("app", APP));
    let service = TestService::with_providers(engine, &[], &settings).await;
    service.signed_up(ADA).await;
    let of_app = async || {
        let mut app = service.anon();
        app.access = Some(access_token(&service, "openid").await);
        app.get("/userinfo").await.assert_status(200);
        app
    };
    let assert_ended = async |app: &ApiClient<'_>| {
        let answer = app.get("/userinfo").await;
        answer.assert_problem(401, "invalid_token");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    };
    let app = of_app().await;
    app.set_active(false).await;
    assert_ended(&app).await;
    app.set_active(true).await;
    assert_ended(&app).await;

    let app = of_app().await;
    let ada = service.anon().logged_in(ADA).await;
    let ended = ada.post("/logout/everywhere", json!({})).await;
    ended.assert_status(204);
    assert_ended(&app).await;

    let app = of_app().await;
    let ada = service.anon().logged_in(ADA).await;
    let deleted = ada.send_json("DELETE", "/me", json!({"password": PASSWORD}));
    deleted.await.assert_status(204);
    assert_ended(&app).await;
}

#[tokio::test]
async fn id_token_and_refresh_token_are_rejected() {
    let service = service().await;
    let body = public_session(&service, &[("scope", "openid")]).await;
    for name in ["id_token", "refresh_token"] {
        let token = text(&body, name);
        let mut spa = service.anon();
        spa.access = Some(token.to_owned());
        spa.get("/userinfo")
            .await
            .assert_problem(401, "invalid_token");
        let answer = ask(&service, "POST", &[FORM], &format!("access_token={token}")).await;
        answer.assert_problem(401, "invalid_token");
    }
}

#[tokio::test]
async fn pages_of_a_client_may_read_the_claims() {
    let service = service().await;
    let token = access_token(&service, "openid").await;
    let bearer = format!("Bearer {token}");
    for (origin, allowed) in [
        ("https://spa.example.com", "https://spa.example.com"),
        ("https://evil.example.com", ""),
    ] {
        let preflight = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization"),
        ];
        let answer = ask(&service, "OPTIONS", &preflight, "").await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
        for method in ["GET", "POST"] {
            let headers = [("origin", origin), ("authorization", bearer.as_str())];
            let answer = ask(&service, method, &headers, "").await;
            assert_eq!(answer.header("access-control-allow-origin"), allowed);
            // No cookies are involved, so CORS alone protects the response.
            answer.assert_status(200);
        }
    }
}
