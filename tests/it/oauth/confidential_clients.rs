//! Clients with a secret (RFC 6749 §2.3.1).

use rstest::rstest;
use serde_json::json;

use super::flow::{
    ADA, PUBLIC, SECRET, authorization_error, basic, code, confidential, hashes, public_session,
    redemption, refresh, service_with, session, text, token, token_with,
};
use crate::support::{
    ApiClient, Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::{REDIRECT_URI, VERIFIER, login_link_request},
    openid::OpenIdStub,
    routes::{self, Needs, Takes},
    token::claims,
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
    service.anon().post_form("/token", &form).await
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
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
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
        let answer = service.anon().post_form("/token", form).await;
        answer.assert_oauth_error(401, "invalid_client");
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
    let answer = service.anon().post_form(&path, &[CLIENT_CREDENTIALS]).await;
    answer.assert_oauth_error(401, "invalid_client");
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
    let answer = token(&service, "app", &form).await;
    answer.assert_oauth_error(400, "invalid_request");
    let form = [CLIENT_CREDENTIALS, assertion[0], assertion[1]];
    let answer = token(&service, "app", &form).await;
    answer.assert_oauth_error(400, "invalid_request");
    let form = [&form[..], &[in_form, ("client_id", "app")]].concat();
    let answer = service.anon().post_form("/token", &form).await;
    answer.assert_oauth_error(400, "invalid_request");
    // Two clients in one request.
    let form = [CLIENT_CREDENTIALS, ("client_id", "spa")];
    let answer = token(&service, "app", &form).await;
    answer.assert_oauth_error(400, "invalid_request");
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
    let answer = token_with(&service, authorization, &[CLIENT_CREDENTIALS]).await;
    answer.assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn both_secrets_are_accepted_during_a_rotation() {
    let table = confidential("app", OWN).replace(&hashes(&[SECRET]), &hashes(&["old", "new"]));
    let service = service_with(&table).await;
    for secret in ["old", "new"] {
        by_header(&service, "app", secret).await.assert_status(200);
        by_form(&service, "app", secret).await.assert_status(200);
    }
    let answer = by_header(&service, "app", SECRET).await;
    answer.assert_oauth_error(401, "invalid_client");
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
    let answer = by_header(&service, "app", SECRET).await;
    answer.assert_oauth_error(401, "invalid_client");
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

const NO_PKCE: [(&str, &str); 2] = [("code_challenge", ""), ("code_challenge_method", "")];

fn without_verifier(code: &str) -> Vec<(&str, &str)> {
    let mut form = redemption(code);
    form.retain(|(name, _)| *name != "code_verifier");
    form
}

#[tokio::test]
async fn confidential_client_may_omit_pkce_if_configured() {
    let service = service_with(&confidential("app", "pkce = 'optional'")).await;
    let code = code(&service, "app", &NO_PKCE).await;
    // A verifier without a challenge: an attacker has removed the challenge (RFC 9700 §4.8.2).
    let answer = token(&service, "app", &redemption(&code)).await;
    answer.assert_oauth_error(400, "invalid_grant");
    let answer = token(&service, "app", &without_verifier(&code)).await;
    answer.assert_status(200);

    let code = super::flow::code(&service, "app", &[]).await;
    let answer = token(&service, "app", &without_verifier(&code)).await;
    answer.assert_oauth_error(400, "invalid_grant");
    let answer = token(&service, "app", &redemption(&code)).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn pkce_is_required_by_default_and_for_public_clients() {
    let optional = confidential("lax", "pkce = 'optional'");
    let service = service_with(&format!("{}\n{optional}", confidential("app", ""))).await;
    for client_id in ["app", "spa"] {
        let error = authorization_error(&service, client_id, &NO_PKCE).await;
        assert_eq!(error, "invalid_request", "{client_id}");
        let plain = [("code_challenge_method", "plain")];
        let error = authorization_error(&service, client_id, &plain).await;
        assert_eq!(error, "invalid_request", "{client_id}");
    }
    let code = code(&service, "spa", &[]).await;
    let form = [without_verifier(&code), vec![("client_id", "spa")]].concat();
    let answer = service.anon().post_form("/token", &form).await;
    answer.assert_oauth_error(400, "invalid_request");
    // The client is that of the code, so no other client_id lifts the requirement.
    let answer = token(&service, "lax", &without_verifier(&code)).await;
    answer.assert_oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn code_of_a_confidential_client_needs_its_secret() {
    let other = confidential("other", "");
    let service = service_with(&format!("{}\n{other}", confidential("app", ""))).await;
    let code = code(&service, "app", &[]).await;
    let form = redemption(&code);
    let anon = service.anon();
    let answer = anon.post_form("/token", &form).await;
    answer.assert_oauth_error(401, "invalid_client");
    let named = [form.clone(), vec![("client_id", "app")]].concat();
    let answer = anon.post_form("/token", &named).await;
    answer.assert_oauth_error(401, "invalid_client");
    let answer = token_with(&service, &basic("app", "wrong"), &form).await;
    answer.assert_oauth_error(401, "invalid_client");
    let answer = token(&service, "other", &form).await;
    answer.assert_oauth_error(400, "invalid_grant");
    let named = [form.clone(), vec![("client_id", "spa")]].concat();
    let answer = anon.post_form("/token", &named).await;
    answer.assert_oauth_error(400, "invalid_grant");
    let answer = token(&service, "app", &form).await;
    let body = answer.assert_status(200).json();
    assert_eq!(claims(text(&body, "access_token"))["client_id"], "app");
    let answer = token(&service, "app", &form).await;
    answer.assert_oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn code_is_bound_to_its_redirect_uri() {
    let second = "https://app.example.com/second";
    let uris = format!("redirect_uris = ['{REDIRECT_URI}', '{second}']");
    let table = confidential("app", "");
    let table = table.replace(&format!("redirect_uris = ['{REDIRECT_URI}']"), &uris);
    let service = service_with(&table).await;
    let code = code(&service, "app", &[]).await;
    let at = |uri| {
        vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", uri),
            ("code_verifier", VERIFIER),
        ]
    };
    for uri in [
        second,
        "https://app.example.com/back?",
        "https://evil.example.com/",
    ] {
        let answer = token(&service, "app", &at(uri)).await;
        answer.assert_oauth_error(400, "invalid_grant");
    }
    let answer = token(&service, "app", &at(REDIRECT_URI)).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn refresh_token_belongs_to_its_client() {
    let other = confidential("other", "");
    let service = service_with(&format!("{}\n{other}", confidential("app", ""))).await;
    let body = session(&service, "app", &[]).await;
    let form = refresh(text(&body, "refresh_token"));
    let answer = token(&service, "other", &form).await;
    answer.assert_oauth_error(400, "invalid_grant");
    let named = [form.clone(), vec![("client_id", "spa")]].concat();
    let answer = service.anon().post_form("/token", &named).await;
    answer.assert_oauth_error(400, "invalid_grant");
    for form in [
        form.clone(),
        [form.clone(), vec![("client_id", "app")]].concat(),
    ] {
        let answer = service.anon().post_form("/token", &form).await;
        answer.assert_oauth_error(401, "invalid_client");
    }
    token(&service, "app", &form).await.assert_status(200);
    // The token of a public client does not become that of a confidential one.
    let public = public_session(&service, &[]).await;
    let answer = token(&service, "app", &refresh(text(&public, "refresh_token"))).await;
    answer.assert_oauth_error(400, "invalid_grant");
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
        let answer = anon.post(path, body).await;
        answer.assert_problem(401, "invalid_client");
    }

    // The link of a sign-up makes no user.
    let asked = json!({"email": "bob@example.com", "client_id": "app"});
    anon.post("/signup", asked).await;
    if let Some(token) = service.mailed_token("bob@example.com") {
        let body = json!({"token": token, "password": PASSWORD});
        let answer = anon.post("/signup/confirm", body).await;
        answer.assert_problem(401, "invalid_client");
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
        .filter(|route| route.needs() != Needs::Nobody && route.path != "/session");
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

#[tokio::test]
async fn wrong_secrets_are_limited_by_network_and_client() {
    let other = confidential("other", OWN);
    let settings = format!(
        "limits.enabled = true\n{}\n{other}",
        confidential("app", OWN)
    );
    let service = service_with(&settings).await;
    let public = public_session(&service, &[]).await;
    for _ in 0..60 {
        let answer = by_header(&service, "app", "wrong").await;
        answer.assert_oauth_error(401, "invalid_client");
    }
    let refused = by_header(&service, "app", "wrong").await;
    refused.assert_status(429);
    assert_eq!(refused.header("retry-after"), "10");
    // Nobody in the same network can lock the client itself out, nor another client.
    for client_id in ["app", "other"] {
        let answer = by_header(&service, client_id, SECRET).await;
        answer.assert_status(200);
    }
    let refused = by_header(&service, "other", "wrong").await;
    refused.assert_oauth_error(401, "invalid_client");
    // Links are confirmed, and public clients refresh.
    let guess = json!({"token": "s1.x", "password": PASSWORD});
    let answer = service.anon().post("/signup/confirm", guess).await;
    answer.assert_problem(400, "invalid_link");
    let form = refresh(text(&public, "refresh_token"));
    let form = [form, vec![("client_id", "spa")]].concat();
    let answer = service.anon().post_form("/token", &form).await;
    answer.assert_status(200);

    service.clock.advance(chrono::TimeDelta::seconds(10));
    let answer = by_header(&service, "app", "wrong").await;
    answer.assert_oauth_error(401, "invalid_client");
}

/// Unknown clients share one budget, so that invented names fill no table.
#[tokio::test]
async fn unknown_clients_of_a_network_are_limited_together() {
    let settings = format!("limits.enabled = true\n{}", confidential("app", OWN));
    let service = service_with(&settings).await;
    for n in 0..60 {
        let answer = by_header(&service, &format!("unknown{n}"), "wrong").await;
        answer.assert_oauth_error(401, "invalid_client");
    }
    let refused = by_header(&service, "another", "wrong").await;
    refused.assert_status(429);
    by_header(&service, "app", SECRET).await.assert_status(200);
}
