//! The client credentials grant (RFC 6749 §4.4).

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::flow::{ADA, confidential, service_with, text, token, unauthenticated};
use crate::support::{
    TestService,
    answer::Answer,
    token::{claims, header},
    upstream::LOOPBACK,
};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn worker() -> String {
    let settings = "
        grants = ['client_credentials', 'refresh_token']
        scopes = ['openid', 'read', 'write']
        id_token_algorithm = 'ES256'
        roles = ['editor', 'user']
        audiences = ['https://api.example.com', 'https://billing.example.com']
        access_lifetime = '2m'
    ";
    let roles = "[roles.editor]\ngroups = ['staff']";
    format!("{roles}\n{}", confidential("worker", settings))
}

async fn request(service: &TestService, more: &[(&str, &str)]) -> Answer {
    token(service, "worker", &[&[GRANT], more].concat()).await
}

#[tokio::test]
async fn client_obtains_a_token_for_itself() {
    let service = service_with(&worker()).await;
    let body = request(&service, &[]).await.assert_status(200).json();
    let access_token = text(&body, "access_token").to_owned();
    let expected = json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": 120,
        "scope": "read write",
    });
    // No refresh token (RFC 6749 §4.4.3), no ID token.
    assert_eq!(body, expected);
    let now = service.clock.now().timestamp();
    let found = claims(&access_token);
    let expected = json!({
        "iss": LOOPBACK, "sub": "worker", "client_id": "worker", "aud": "https://api.example.com",
        "iat": now, "exp": now + 120, "jti": found["jti"], "scope": "read write",
        "roles": ["editor", "user"],
    });
    assert_eq!(found, expected);
    assert_eq!(header(&access_token)["typ"], "at+jwt");
    let again = request(&service, &[]).await.json();
    assert_ne!(claims(text(&again, "access_token"))["jti"], found["jti"]);
}

#[tokio::test]
async fn scope_of_the_client_is_the_most_and_the_default() {
    let service = service_with(&worker()).await;
    let scope = |body: &Value| {
        let granted = body["scope"].clone();
        let claim = &claims(text(body, "access_token"))["scope"];
        assert_eq!(
            claim.as_str().unwrap_or_default(),
            granted.as_str().unwrap()
        );
        granted
    };
    for (requested, granted) in [
        ("read", "read"),
        ("write read", "read write"),
        // There is no user to log in.
        ("openid read", "read"),
        ("openid", ""),
    ] {
        let answer = request(&service, &[("scope", requested)]).await;
        assert_eq!(
            scope(&answer.assert_status(200).json()),
            granted,
            "{requested}"
        );
    }
    for requested in ["admin", "read admin"] {
        request(&service, &[("scope", requested)])
            .await
            .assert_oauth_error(400, "invalid_scope");
    }
    request(&service, &[("scope", "\"")])
        .await
        .assert_oauth_error(400, "invalid_scope");
}

#[tokio::test]
async fn resource_selects_an_audience_of_the_client() {
    let service = service_with(&worker()).await;
    for audience in ["https://billing.example.com", "https://api.example.com"] {
        let answer = request(&service, &[("resource", audience)]).await;
        let body = answer.assert_status(200).json();
        assert_eq!(claims(text(&body, "access_token"))["aud"], audience);
    }
    for other in ["https://other.example.com", LOOPBACK, "worker"] {
        request(&service, &[("resource", other)])
            .await
            .assert_oauth_error(400, "invalid_target");
    }
}

#[tokio::test]
async fn token_of_a_client_is_no_session_of_a_user() {
    let table = confidential(
        "worker",
        "grants = ['client_credentials']\nscopes = ['openid']\nroles = ['admin']",
    );
    let service = service_with(&format!("admin.enabled = true\n{table}")).await;
    let body = request(&service, &[]).await.assert_status(200).json();
    let mut worker = service.anon();
    worker.access = Some(text(&body, "access_token").to_owned());
    for path in [
        "/session",
        "/me",
        "/me/accounts",
        "/userinfo",
        "/admin/users",
    ] {
        worker.get(path).await.assert_problem(401, "invalid_token");
    }
    let answer = worker.post("/logout/everywhere", json!({})).await;
    answer.assert_problem(401, "invalid_token");
    service.anon().logged_in(ADA).await;
}

#[tokio::test]
async fn client_without_the_grant_obtains_nothing() {
    let table = confidential("worker", "");
    let service = service_with(&table).await;
    request(&service, &[])
        .await
        .assert_oauth_error(400, "unauthorized_client");
    // Public clients.
    let named = [GRANT, ("client_id", "spa")];
    unauthenticated(&service, &named)
        .await
        .assert_oauth_error(400, "unauthorized_client");
    unauthenticated(&service, &[GRANT])
        .await
        .assert_oauth_error(401, "invalid_client");
}

/// A client without the grant `authorization_code` logs in no user.
#[tokio::test]
async fn client_of_this_grant_alone_has_no_other() {
    let table = confidential("worker", "grants = ['client_credentials']");
    let service = service_with(&table).await;
    for form in [
        &[("grant_type", "authorization_code"), ("code", "c")][..],
        &[("grant_type", "refresh_token"), ("refresh_token", "r")],
        &[(
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        )],
    ] {
        token(&service, "worker", form)
            .await
            .assert_oauth_error(400, "unauthorized_client");
    }
    for grant in ["password", "implicit", "token_exchange"] {
        token(&service, "worker", &[("grant_type", grant)])
            .await
            .assert_oauth_error(400, "unsupported_grant_type");
    }
    token(&service, "worker", &[])
        .await
        .assert_oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn token_expires_after_the_access_lifetime() {
    let service = service_with(&worker()).await;
    let body = request(&service, &[]).await.json();
    let exp = claims(text(&body, "access_token"))["exp"].as_i64().unwrap();
    let lifetime = exp - service.clock.now().timestamp();
    assert_eq!(lifetime, TimeDelta::minutes(2).num_seconds());
}
