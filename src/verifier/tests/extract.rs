//! Handlers with the extractor, and the responses of requests that it refuses.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::FromRef,
    http::{Request, Response},
    response::Result,
    routing::get,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Consumer;
use crate::{
    token::{
        Access,
        tests::fixture::{Sample, now, seconds},
    },
    verifier::{Acr, Authorized, AuthorizedCaller, Verifier},
};

/// A state with more than a verifier.
#[derive(Clone)]
struct App {
    verifier: Verifier,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

async fn user(Authorized(claims): Authorized) -> String {
    claims.sub.to_string()
}

async fn optional_user(authorized: Option<Authorized>) -> String {
    authorized.map_or("anonymous".to_owned(), |Authorized(claims)| {
        claims.sub.to_string()
    })
}

async fn caller(AuthorizedCaller(caller): AuthorizedCaller) -> String {
    caller.client_id().to_owned()
}

async fn read(Authorized(claims): Authorized) -> Result<&'static str> {
    claims.require_scope("write read")?;
    Ok("read")
}

async fn scope(Authorized(claims): Authorized) -> Result<&'static str> {
    claims.require_scope("pay refund")?;
    Ok("paid")
}

async fn strong(Authorized(claims): Authorized) -> Result<&'static str> {
    claims.require_acr(Acr::MultiFactor)?;
    Ok("strong")
}

async fn recent(Authorized(claims): Authorized) -> Result<&'static str> {
    claims.max_auth_age(Duration::from_mins(1))?;
    Ok("recent")
}

async fn role(Authorized(claims): Authorized) -> Result<&'static str> {
    claims.require_role("admin")?;
    Ok("administered")
}

impl Consumer {
    async fn get(&self, path: &str, authorization: &[&str]) -> Response<Body> {
        let app = App {
            verifier: self.verifier.clone(),
        };
        let router = Router::new()
            .route("/", get(user))
            .route("/optional_user", get(optional_user))
            .route("/caller", get(caller))
            .route("/read", get(read))
            .route("/scope", get(scope))
            .route("/role", get(role))
            .route("/strong", get(strong))
            .route("/recent", get(recent))
            .with_state(app);
        let mut request = Request::get(path);
        for line in authorization {
            request = request.header("authorization", *line);
        }
        router
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }
}

async fn text(answer: Response<Body>) -> String {
    let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

fn header(answer: &Response<Body>, name: &str) -> String {
    let value = answer.headers().get(name);
    value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
}

/// Asserts the whole response: a problem of that status and code, and its challenge.
async fn assert_problem(answer: Response<Body>, status: u16, code: &str, challenge: &str) -> Value {
    assert_eq!(answer.status(), status);
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert_eq!(header(&answer, "www-authenticate"), challenge);
    let body: Value = serde_json::from_str(&text(answer).await).unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["code"], code);
    assert_eq!(body["type"], format!("urn:signet:problem:{code}"));
    assert!(body["title"].is_string());
    body
}

#[tokio::test]
async fn valid_token_reaches_the_handler() {
    let consumer = Consumer::new().await;
    for scheme in ["Bearer", "bearer", "BEARER", "Bearer  "] {
        let line = format!("{scheme} {}", consumer.token());
        for path in ["/", "/optional_user"] {
            let answer = consumer.get(path, &[&line]).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(text(answer).await, "0190163d-8694-739b-aea5-966c26f8ad91");
        }
        assert_eq!(text(consumer.get("/read", &[&line]).await).await, "read");
    }
}

#[tokio::test]
async fn client_that_acts_for_itself_reaches_handlers_of_callers_only() {
    let consumer = Consumer::new().await;
    for (token, of_users) in [(consumer.token(), 200), (consumer.client_token(), 401)] {
        let line = format!("Bearer {token}");
        let answer = consumer.get("/caller", &[&line]).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(text(answer).await, "web");
        for path in ["/", "/optional_user", "/read"] {
            assert_eq!(consumer.get(path, &[&line]).await.status(), of_users);
        }
    }
    let missing = consumer.get("/caller", &[]).await;
    assert_problem(missing, 401, "missing_token", "Bearer").await;
}

#[tokio::test]
async fn request_without_a_token_is_challenged() {
    let consumer = Consumer::new().await;
    for lines in [
        &[][..],
        &["Basic dXNlcjpwYXNz"],
        &["DPoP x"],
        &["Bearerx"],
        &[""],
    ] {
        let answer = consumer.get("/", lines).await;
        let body = assert_problem(answer, 401, "missing_token", "Bearer").await;
        // RFC 6750 §3.1: no error if the request has no credentials.
        assert_eq!(body.get("error"), None);
        assert_eq!(
            text(consumer.get("/optional_user", lines).await).await,
            "anonymous"
        );
    }
    assert_eq!(consumer.issuer.fetches(), 0);
}

#[tokio::test]
async fn invalid_token_is_refused_with_the_same_body_for_every_cause() {
    let consumer = Consumer::new().await;
    let (token, unknown) = (consumer.token(), consumer.token_by("unknown"));
    let mut bodies = vec![];
    for line in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer x".to_owned(),
        format!("Bearer \t{token}"),
        format!("Bearer {token} "),
        format!("Bearer {token},Bearer {token}"),
        format!("Bearer {token}\u{e9}"),
        format!("Bearer {}", token.replacen("ey", "", 1)),
        format!("Bearer {unknown}"),
    ] {
        for path in ["/", "/optional_user", "/role"] {
            let answer = consumer.get(path, &[&line]).await;
            let challenge = "Bearer error=\"invalid_token\"";
            bodies.push(assert_problem(answer, 401, "invalid_token", challenge).await);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0]["error"], "invalid_token");
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let consumer = Consumer::new().await;
    let line = format!("Bearer {}", consumer.token());
    let answer = consumer.get("/", &[&line, &line]).await;
    let challenge = "Bearer error=\"invalid_request\"";
    assert_problem(answer, 400, "invalid_request", challenge).await;
}

#[tokio::test]
async fn missing_scope_or_role_is_named() {
    let consumer = Consumer::new().await;
    let line = format!("Bearer {}", consumer.token());
    for (path, more) in [("/scope", ", scope=\"pay refund\""), ("/role", "")] {
        let answer = consumer.get(path, &[&line]).await;
        let challenge = format!("Bearer error=\"insufficient_scope\"{more}");
        let body = assert_problem(answer, 403, "insufficient_scope", &challenge).await;
        assert_eq!(body["error"], "insufficient_scope");
    }
}

#[tokio::test]
async fn missing_keys_are_never_the_clients_fault() {
    let consumer = Consumer::new().await;
    consumer.issuer.script().status = 500;
    let line = format!("Bearer {}", consumer.token());
    for path in ["/", "/optional_user", "/role"] {
        let answer = consumer.get(path, &[&line]).await;
        assert_eq!(header(&answer, "retry-after"), "5");
        let body = assert_problem(answer, 503, "unavailable", "").await;
        assert_eq!(body["error"], "temporarily_unavailable");
    }
    assert_eq!(json!(consumer.issuer.fetches()), 1);
}

#[tokio::test]
async fn weak_and_old_logins_are_challenged() {
    let consumer = Consumer::new().await;
    let error = "insufficient_user_authentication";
    let mut access = Access::sample();
    for (acr, auth_time, path, challenge) in [
        (Acr::OneFactor, now(), "/strong", ", acr_values=\"mfa\""),
        (Acr::MultiFactor, now(), "/strong", ""),
        (Acr::PhishingResistant, now(), "/strong", ""),
        (Acr::OneFactor, now() - seconds(60), "/recent", ""),
        (
            Acr::OneFactor,
            now() - seconds(61),
            "/recent",
            ", max_age=\"60\"",
        ),
    ] {
        (access.acr, access.auth_time) = (acr, auth_time);
        let token = consumer.mint.tokens.mint(&access, now()).unwrap();
        let answer = consumer.get(path, &[&format!("Bearer {token}")]).await;
        if challenge.is_empty() {
            assert_eq!(answer.status(), 200, "{acr:?} {auth_time}");
        } else {
            let expected = format!("Bearer error=\"{error}\"{challenge}");
            assert_problem(answer, 401, error, &expected).await;
        }
    }
    // A token of an earlier release has no acr.
    let header = consumer.mint.header::<Access>();
    let mut payload = Access::payload();
    payload.as_object_mut().unwrap().remove("acr").unwrap();
    let token = consumer.mint.forge::<Access>(&header, &payload.to_string());
    let answer = consumer.get("/strong", &[&format!("Bearer {token}")]).await;
    assert_eq!(answer.status(), 401);
}
