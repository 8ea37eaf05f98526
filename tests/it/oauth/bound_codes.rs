//! The client, the redirect URI and the PKCE challenge to which codes and refresh tokens are bound.

use super::flow::{
    authorization_error, basic, code, confidential, naming, public_session, redemption, refresh,
    service_with, session, text, token, token_with, unauthenticated,
};
use crate::support::{
    oauth_client::{REDIRECT_URI, VERIFIER},
    token::claims,
};

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
    token(&service, "app", &redemption(&code))
        .await
        .assert_oauth_error(400, "invalid_grant");
    token(&service, "app", &without_verifier(&code))
        .await
        .assert_status(200);

    let code = super::flow::code(&service, "app", &[]).await;
    token(&service, "app", &without_verifier(&code))
        .await
        .assert_oauth_error(400, "invalid_grant");
    token(&service, "app", &redemption(&code))
        .await
        .assert_status(200);
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
    unauthenticated(&service, &naming(&without_verifier(&code), "spa"))
        .await
        .assert_oauth_error(400, "invalid_request");
    // The client is that of the code, so no other client_id lifts the requirement.
    token(&service, "lax", &without_verifier(&code))
        .await
        .assert_oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn code_of_a_confidential_client_needs_its_secret() {
    let other = confidential("other", "");
    let service = service_with(&format!("{}\n{other}", confidential("app", ""))).await;
    let code = code(&service, "app", &[]).await;
    let form = redemption(&code);
    unauthenticated(&service, &form)
        .await
        .assert_oauth_error(401, "invalid_client");
    unauthenticated(&service, &naming(&form, "app"))
        .await
        .assert_oauth_error(401, "invalid_client");
    token_with(&service, &basic("app", "wrong"), &form)
        .await
        .assert_oauth_error(401, "invalid_client");
    token(&service, "other", &form)
        .await
        .assert_oauth_error(400, "invalid_grant");
    unauthenticated(&service, &naming(&form, "spa"))
        .await
        .assert_oauth_error(400, "invalid_grant");
    let answer = token(&service, "app", &form).await;
    let body = answer.assert_status(200).json();
    assert_eq!(claims(text(&body, "access_token"))["client_id"], "app");
    token(&service, "app", &form)
        .await
        .assert_oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn code_of_a_public_client_is_redeemed_by_no_other_client() {
    let other =
        "[[clients]]\nclient_id = 'other'\nredirect_uris = ['https://app.example.com/back']";
    let service = service_with(&format!("{other}\n{}", confidential("app", ""))).await;
    let code = code(&service, "spa", &[]).await;
    let form = redemption(&code);
    unauthenticated(&service, &naming(&form, "other"))
        .await
        .assert_oauth_error(400, "invalid_grant");
    token(&service, "app", &form)
        .await
        .assert_oauth_error(400, "invalid_grant");
    token(&service, "app", &naming(&form, "app"))
        .await
        .assert_oauth_error(400, "invalid_grant");
    let answer = unauthenticated(&service, &naming(&form, "spa")).await;
    let body = answer.assert_status(200).json();
    assert_eq!(claims(text(&body, "access_token"))["client_id"], "spa");
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
        token(&service, "app", &at(uri))
            .await
            .assert_oauth_error(400, "invalid_grant");
    }
    token(&service, "app", &at(REDIRECT_URI))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn refresh_token_belongs_to_its_client() {
    let other = confidential("other", "");
    let service = service_with(&format!("{}\n{other}", confidential("app", ""))).await;
    let body = session(&service, "app", &[]).await;
    let form = refresh(text(&body, "refresh_token"));
    token(&service, "other", &form)
        .await
        .assert_oauth_error(400, "invalid_grant");
    unauthenticated(&service, &naming(&form, "spa"))
        .await
        .assert_oauth_error(400, "invalid_grant");
    unauthenticated(&service, &naming(&form, "app"))
        .await
        .assert_oauth_error(401, "invalid_client");
    unauthenticated(&service, &form)
        .await
        .assert_oauth_error(401, "invalid_client");
    token(&service, "app", &form).await.assert_status(200);
    // The token of a public client does not become that of a confidential one.
    let public = public_session(&service, &[]).await;
    token(&service, "app", &refresh(text(&public, "refresh_token")))
        .await
        .assert_oauth_error(400, "invalid_grant");
}
