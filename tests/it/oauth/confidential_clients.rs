//! Clients with a secret (RFC 6749 §2.3.1).

use rstest::rstest;
use serde_json::json;

use super::flow::{
    ADA, PUBLIC, SECRET, basic, confidential, hashes, service_with, session, text, token,
    token_with, unauthenticated,
};
use crate::support::{
    ApiClient, Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::login_link_request,
    openid::OpenIdStub,
    routes::{self, Needs, Takes},
};

const OWN: &str = "grants = ['authorization_code', 'refresh_token', 'client_credentials']";
const CLIENT_CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

async fn service() -> TestService {
    service_with(&confidential("app", OWN)).await
}

/// A request for a token of the client itself, with the secret in the form.
async fn by_form(service: &TestService, client_id: &str, secret: &str) -> Answer {
    let form = [
        CLIENT_CREDENTIALS,
        ("client_id", client_id),
        ("client_secret", secret),
    ];
    unauthenticated(service, &form).await
}

/// The same with the secret in the header.
async fn by_header(service: &TestService, client_id: &str, secret: &str) -> Answer {
    token_with(service, &basic(client_id, secret), &[CLIENT_CREDENTIALS]).await
}

#[tokio::test]
async fn secret_is_accepted_in_the_header_and_in_the_form() {
    let service = service().await;
    by_header(&service, "app", SECRET).await.assert_status(200);
    by_form(&service, "app", SECRET).await.assert_status(200);
    // The client_id in the form repeats that of the header.
    let form = [CLIENT_CREDENTIALS, ("client_id", "app")];
    token(&service, "app", &form).await.assert_status(200);
}

#[tokio::test]
async fn wrong_secret_and_unknown_client_are_answered_alike() {
    let service = service().await;
    let mut answers = Vec::new();
    for (client_id, secret) in [
        ("app", "other"),
        ("app", ""),
        ("unknown", SECRET),
        // A public client has no secret.
        ("spa", SECRET),
    ] {
        answers.push(by_header(&service, client_id, secret).await);
        if !secret.is_empty() {
            answers.push(by_form(&service, client_id, secret).await);
        }
    }
    for answer in &answers {
        answer.assert_oauth_error(401, "invalid_client");
        assert_eq!(answer.text(), answers[0].text());
    }
}

#[tokio::test]
async fn confidential_client_without_credentials_is_rejected() {
    let service = service().await;
    for form in [
        &[CLIENT_CREDENTIALS, ("client_id", "app")][..],
        &[CLIENT_CREDENTIALS],
        &[CLIENT_CREDENTIALS, ("client_secret", SECRET)],
    ] {
        unauthenticated(&service, form)
            .await
            .assert_oauth_error(401, "invalid_client");
    }
}

/// A secret in a URL would be in logs (RFC 6749 §2.3.1).
#[tokio::test]
async fn secret_in_the_query_is_ignored() {
    let service = service().await;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", "app")
        .append_pair("client_secret", SECRET)
        .finish();
    let path = format!("/token?{query}");
    service
        .anon()
        .post_form(&path, &[CLIENT_CREDENTIALS])
        .await
        .assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn two_methods_at_once_are_rejected() {
    let service = service().await;
    let in_form = ("client_secret", SECRET);
    let assertion = [
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", "a.b.c"),
    ];
    let form = [CLIENT_CREDENTIALS, in_form];
    token(&service, "app", &form)
        .await
        .assert_oauth_error(400, "invalid_request");
    let form = [CLIENT_CREDENTIALS, assertion[0], assertion[1]];
    token(&service, "app", &form)
        .await
        .assert_oauth_error(400, "invalid_request");
    let form = [&form[..], &[in_form, ("client_id", "app")]].concat();
    unauthenticated(&service, &form)
        .await
        .assert_oauth_error(400, "invalid_request");
    // Two clients in one request.
    let form = [CLIENT_CREDENTIALS, ("client_id", "spa")];
    token(&service, "app", &form)
        .await
        .assert_oauth_error(400, "invalid_request");
}

#[rstest]
#[case::unknown_scheme("Digest abc")]
#[case::bearer("Bearer abc")]
#[case::no_base64("Basic !")]
#[case::no_colon("Basic YXBw")]
#[case::no_client("Basic OnNlY3JldA==")]
#[tokio::test]
async fn malformed_header_is_rejected(#[case] authorization: &str) {
    let service = service().await;
    token_with(&service, authorization, &[CLIENT_CREDENTIALS])
        .await
        .assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn both_secrets_are_accepted_during_a_rotation() {
    let table = confidential("app", OWN).replace(&hashes(&[SECRET]), &hashes(&["old", "new"]));
    let service = service_with(&table).await;
    for secret in ["old", "new"] {
        by_header(&service, "app", secret).await.assert_status(200);
        by_form(&service, "app", secret).await.assert_status(200);
    }
    by_header(&service, "app", SECRET)
        .await
        .assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn hashes_are_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hashes");
    let lines: Vec<_> = ["old", "new"]
        .iter()
        .map(|it| format!("{}\n", signet::client::SecretHash::of(it)))
        .collect();
    std::fs::write(&path, lines.concat()).unwrap();
    let file = format!("client_secret_hash_file = '{}'", path.display());
    let table = confidential("app", OWN).replace(&hashes(&[SECRET]), &file);
    let service = service_with(&table).await;
    for secret in ["old", "new"] {
        by_header(&service, "app", secret).await.assert_status(200);
    }
    by_header(&service, "app", SECRET)
        .await
        .assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn auth_method_narrows_the_methods() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let settings = format!("{OWN}\nauth_method = '{method}'");
        let service = service_with(&confidential("app", &settings)).await;
        let answers = [
            by_header(&service, "app", SECRET).await,
            by_form(&service, "app", SECRET).await,
        ];
        let [right, wrong] = if method == "client_secret_basic" {
            [&answers[0], &answers[1]]
        } else {
            [&answers[1], &answers[0]]
        };
        right.assert_status(200);
        wrong.assert_oauth_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn json_routes_refuse_a_confidential_client() {
    let stub = OpenIdStub::start();
    let settings = format!("{}\n{PUBLIC}", confidential("app", ""));
    let providers: [crate::support::upstream::ProviderSetup<'_>; 1] = [("stub", &stub, "")];
    let service = TestService::with_providers(Engine::Sqlite, &providers, &settings).await;
    service.signed_up(ADA).await;
    let body = session(&service, "app", &[]).await;
    let refresh_token = text(&body, "refresh_token");
    let anon = service.anon();
    let mut link = login_link_request(ADA);
    link["client_id"] = json!("app");
    for (path, body) in [
        (
            "/login",
            json!({"email": ADA, "password": PASSWORD, "client_id": "app"}),
        ),
        ("/refresh", json!({"refresh_token": refresh_token})),
        (
            "/refresh",
            json!({"refresh_token": refresh_token, "client_id": "app"}),
        ),
        ("/login/link", link),
        (
            "/login/stub/id-token",
            json!({"id_token": "a.b.c", "challenge": "d", "client_id": "app"}),
        ),
    ] {
        anon.post(path, body)
            .await
            .assert_problem(401, "invalid_client");
    }

    // The link of a sign-up makes no user.
    let asked = json!({"email": "bob@example.com", "client_id": "app"});
    anon.post("/signup", asked).await;
    if let Some(token) = service.mailed_token("bob@example.com") {
        let body = json!({"token": token, "password": PASSWORD});
        anon.post("/signup/confirm", body)
            .await
            .assert_problem(401, "invalid_client");
    }
    let users = service.app.store.users(None, 10).await.unwrap();
    assert_eq!(users.len(), 1);
}

#[tokio::test]
async fn client_id_may_be_left_out_beside_confidential_clients() {
    let other = confidential("other", "");
    let service = service_with(&format!("{}\n{other}", confidential("app", ""))).await;
    let ada = service.anon().logged_in(ADA).await;
    assert_eq!(ada.claims()["client_id"], "spa");
    ada.refresh().await.assert_status(200);
}

/// The session of a user who logged in at a confidential client, as that client has it.
async fn at_confidential_client(service: &TestService) -> ApiClient<'_> {
    let body = session(service, "app", &[]).await;
    let mut ada = service.anon();
    ada.access = Some(text(&body, "access_token").to_owned());
    ada
}

/// A relying party receives an access token at every login of a user. The token must not act for the user here: an
/// email that the relying party sets would reset the password, and an admin's token would rule over all users.
#[tokio::test]
async fn token_of_a_confidential_client_reaches_no_route_of_the_account() {
    let service = service_with(&format!(
        "[admin]\nenabled = true\n{}",
        confidential("app", OWN)
    ))
    .await;
    service.anon().logged_in(ADA).await.set_role("admin").await;
    let ada = at_confidential_client(&service).await;
    let guarded = routes::all()
        .into_iter()
        .filter(|route| route.needs() != Needs::Nobody && route.path != "/session")
        // Served with a domain only.
        .filter(|route| !route.path.contains("/passkeys"));
    let guarded: Vec<_> = guarded.collect();
    assert!(guarded.len() > 12);
    for route in guarded {
        let body = match &route.takes {
            Takes::Json(body) => body.clone(),
            _ => json!({}),
        };
        let answer = ada.send_json(route.method, &route.url(), body).await;
        answer.assert_problem(403, "insufficient_scope");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains("error=\"insufficient_scope\""),
            "{challenge}"
        );
    }
    // The user is described to the client.
    ada.get("/session").await.assert_status(200);
    service
        .anon()
        .log_in(ADA, PASSWORD)
        .await
        .assert_status(200);
}
