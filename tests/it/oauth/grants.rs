//! The grants of a client: `clients.grants` applies however the client is named.

use serde_json::json;

use super::flow::{
    ADA, authorization_error, code, confidential, public_session, redemption, refresh,
    service_with, session, text, token, unauthenticated,
};
use crate::support::{PASSWORD, TestService, oauth_client::REDIRECT_URI, token::claims};

/// A public client with these grants.
fn public(grants: &str) -> String {
    format!(
        "
        [[clients]]
        client_id = 'narrow'
        redirect_uris = ['{REDIRECT_URI}']
        grants = [{grants}]
        "
    )
}

const NARROW: (&str, &str) = ("client_id", "narrow");

/// The same database with the client `narrow` configured anew.
async fn reconfigured(service: &TestService, grants: &str) -> TestService {
    let settings = format!("{}\n{}", public(grants), super::flow::PUBLIC);
    let database = service.database.share();
    let node = TestService::with_providers_in(database, &[], &settings).await;
    node.clock.advance(service.clock.now() - node.clock.now());
    node
}

#[tokio::test]
async fn client_without_the_refresh_grant_gets_no_refresh_token() {
    let service = service_with(&public("'authorization_code'")).await;
    let code = code(&service, "narrow", &[]).await;
    let form = [redemption(&code), vec![NARROW]].concat();
    let answer = unauthenticated(&service, &form).await;
    let body = answer.assert_status(200).json();
    assert_eq!(body.get("refresh_token"), None, "{body:#}");
    assert_eq!(body.get("refresh_expires_in"), None, "{body:#}");
    let login = json!({"email": ADA, "password": PASSWORD, "client_id": "narrow"});
    let body = service.anon().post("/login", login).await.json();
    assert_eq!(body.get("refresh_token"), None, "{body:#}");
    assert!(body["access_token"].is_string());
}

#[tokio::test]
async fn refresh_without_a_client_id_needs_the_grant() {
    let grants = "'authorization_code', 'refresh_token'";
    let service = service_with(&public(grants)).await;
    let login = json!({"email": ADA, "password": PASSWORD, "client_id": "narrow"});
    let body = service.anon().post("/login", login).await.json();
    let refresh_token = text(&body, "refresh_token");
    let form = refresh(refresh_token);
    unauthenticated(&service, &form).await.assert_status(200);

    let service = reconfigured(&service, "'authorization_code'").await;
    let named = [form.clone(), vec![NARROW]].concat();
    for form in [form, named] {
        unauthenticated(&service, &form)
            .await
            .assert_oauth_error(400, "unauthorized_client");
    }
    for body in [
        json!({"refresh_token": refresh_token}),
        json!({"refresh_token": refresh_token, "client_id": "narrow"}),
    ] {
        service
            .anon()
            .post("/refresh", body)
            .await
            .assert_problem(400, "unauthorized_client");
    }
}

#[tokio::test]
async fn code_without_a_client_id_needs_the_grant() {
    let service = service_with(&public("'authorization_code', 'refresh_token'")).await;
    let code = code(&service, "narrow", &[]).await;
    let form = redemption(&code);
    let named = [form.clone(), vec![NARROW]].concat();
    let node = reconfigured(&service, "'refresh_token'").await;
    for form in [&form, &named] {
        unauthenticated(&node, form)
            .await
            .assert_oauth_error(400, "unauthorized_client");
    }
    unauthenticated(&service, &form).await.assert_status(200);
}

#[tokio::test]
async fn authorization_request_needs_the_grant() {
    let own = "grants = ['client_credentials']";
    let settings = format!(
        "{}\n{}",
        public("'refresh_token'"),
        confidential("app", own)
    );
    let service = service_with(&settings).await;
    for client_id in ["narrow", "app"] {
        let error = authorization_error(&service, client_id, &[]).await;
        assert_eq!(error, "unauthorized_client", "{client_id}");
    }
}

/// RFC 8707 §2.2: `resource` selects the audience of the access token, at the login and at a refresh.
#[tokio::test]
async fn resource_selects_an_audience() {
    let audiences = ["https://api.example.com", "https://billing.example.com"];
    let [first, second] = audiences;
    let table = confidential("app", &format!("audiences = ['{first}', '{second}']"));
    let service = service_with(&table).await;
    let aud = |body: &serde_json::Value| claims(text(body, "access_token"))["aud"].clone();
    let body = session(&service, "app", &[]).await;
    assert_eq!(aud(&body), first);
    let form = refresh(text(&body, "refresh_token"));
    for audience in [second, first] {
        let form = [form.clone(), vec![("resource", audience)]].concat();
        let body = token(&service, "app", &form)
            .await
            .assert_status(200)
            .json();
        assert_eq!(aud(&body), audience);
    }
    let other = ("resource", "https://other.example.com");
    token(&service, "app", &[form, vec![other]].concat())
        .await
        .assert_oauth_error(400, "invalid_target");

    let code = code(&service, "app", &[]).await;
    let with = |resource| [redemption(&code), vec![("resource", resource)]].concat();
    token(&service, "app", &with("https://other.example.com"))
        .await
        .assert_oauth_error(400, "invalid_target");
    // The code is not used up by the wrong request.
    let body = token(&service, "app", &with(second)).await;
    let body = body.assert_status(200).json();
    assert_eq!(aud(&body), second);
    let mut ada = service.anon();
    ada.access = Some(text(&body, "access_token").to_owned());
    ada.get("/session").await.assert_status(200);
    // A refresh without `resource` is for the default audience.
    let form = refresh(text(&body, "refresh_token"));
    let body = token(&service, "app", &form)
        .await
        .assert_status(200)
        .json();
    assert_eq!(aud(&body), first);
    // A public client of one audience.
    let public = public_session(&service, &[]).await;
    let form = [refresh(text(&public, "refresh_token")), vec![other]].concat();
    unauthenticated(&service, &form)
        .await
        .assert_oauth_error(400, "invalid_target");
}
