//! ID tokens (OpenID Connect Core §2, §3.1.3, §12.2).

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::flow::{ADA, confidential, public_session, refresh, service_with, session, text, token};
use crate::support::{
    PASSWORD, TestService,
    token::{claims, header},
    upstream::LOOPBACK,
};

const SCOPES: &str = "scopes = ['openid', 'profile', 'email', 'groups', 'read']";

/// A service with the client `app` and these settings of it.
async fn service(more: &str) -> TestService {
    let roles = "[roles.editor]\ngroups = ['staff', 'wiki']";
    let table = confidential("app", &format!("{SCOPES}\n{more}"));
    service_with(&format!("{roles}\n{table}")).await
}

/// The left half of the SHA-256 of an access token (§3.1.3.6).
fn at_hash(access_token: &str) -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    let hash = digest(&SHA256, access_token.as_bytes());
    crate::support::openid::encode(&hash.as_ref()[..16])
}

fn id_token(body: &Value) -> Value {
    claims(text(body, "id_token"))
}

#[tokio::test]
async fn id_token_of_a_login_has_exactly_these_claims() {
    let service = service("").await;
    let more = [("scope", "openid read"), ("nonce", "n-0S6_WzA2Mj")];
    let body = session(&service, "app", &more).await;
    assert_eq!(body["scope"], "openid read");
    let access_token = text(&body, "access_token");
    let access = claims(access_token);
    let now = service.clock.now().timestamp();
    // No `azp`: the audience is the client alone (§2).
    let expected = json!({
        "iss": LOOPBACK, "sub": access["sub"], "aud": "app", "iat": now, "exp": now + 300,
        "auth_time": now, "nonce": "n-0S6_WzA2Mj", "acr": "1fa", "amr": ["pwd"],
        "at_hash": at_hash(access_token), "sid": access["sid"],
    });
    assert_eq!(id_token(&body), expected);
    let head = header(text(&body, "id_token"));
    assert_eq!(head["alg"], "RS256");
    assert_eq!(head["typ"], "JWT");
    let keys = service.anon().get("/.well-known/jwks.json").await.json();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == head["kid"]).unwrap();
    assert_eq!(key["kty"], "RSA");
}

#[tokio::test]
async fn id_token_without_a_nonce_in_the_request_has_none() {
    let service = service("").await;
    let body = session(&service, "app", &[("scope", "openid")]).await;
    assert_eq!(id_token(&body).get("nonce"), None);
}

/// §12.2: the same `iss`, `sub`, `aud` and `auth_time`, another `iat`, and no `nonce`.
#[tokio::test]
async fn refreshed_id_token_repeats_the_login() {
    let service = service("").await;
    let more = [("scope", "openid"), ("nonce", "the-nonce")];
    let body = session(&service, "app", &more).await;
    let first = id_token(&body);
    service.clock.advance(TimeDelta::minutes(7));
    let form = refresh(text(&body, "refresh_token"));
    let answer = token(&service, "app", &form).await;
    let body = answer.assert_status(200).json();
    let mut expected = first.clone();
    let now = service.clock.now().timestamp();
    expected["iat"] = json!(now);
    expected["exp"] = json!(now + 300);
    expected["at_hash"] = json!(at_hash(text(&body, "access_token")));
    expected.as_object_mut().unwrap().remove("nonce");
    assert_eq!(id_token(&body), expected);
    assert_eq!(first["auth_time"].as_i64(), Some(now - 420));
    // A narrower scope without `openid` gets no ID token.
    let form = [form, vec![("scope", "")]].concat();
    let answer = token(&service, "app", &form).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn login_without_the_scope_openid_has_no_id_token() {
    let service = service("").await;
    let body = session(&service, "app", &[("scope", "read")]).await;
    assert_eq!(body.get("id_token"), None);
    let body = session(&service, "app", &[("scope", "openid read")]).await;
    let narrowed = [
        refresh(text(&body, "refresh_token")),
        vec![("scope", "read")],
    ];
    let answer = token(&service, "app", &narrowed.concat()).await;
    assert_eq!(answer.assert_status(200).json().get("id_token"), None);
}

/// OpenID Connect Core §3.1.2.1: scopes that are not understood are ignored.
#[tokio::test]
async fn unknown_scopes_are_ignored() {
    let service = service("").await;
    let scope = [("scope", "openid address phone offline_access email")];
    let body = session(&service, "app", &scope).await;
    assert_eq!(body["scope"], "email openid");
    assert!(body["id_token"].is_string() && body["refresh_token"].is_string());
}

#[rstest]
#[case("ES256", 22)]
#[case("EdDSA", 43)]
#[tokio::test]
async fn id_token_algorithm_signs_id_tokens(#[case] algorithm: &str, #[case] hash_length: usize) {
    let service = service(&format!("id_token_algorithm = '{algorithm}'")).await;
    let body = session(&service, "app", &[("scope", "openid")]).await;
    assert_eq!(header(text(&body, "id_token"))["alg"], algorithm);
    // The hash function is that of the algorithm (§3.1.3.6).
    assert_eq!(text(&id_token(&body), "at_hash").len(), hash_length);
    assert_eq!(header(text(&body, "access_token"))["alg"], "ES256");
}

#[tokio::test]
async fn id_token_lifetime_is_configurable() {
    let service = service("id_token_lifetime = '45s'").await;
    let body = session(&service, "app", &[("scope", "openid")]).await;
    let claims = id_token(&body);
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!((lifetime, &body["expires_in"]), (45, &json!(300)));
}

#[tokio::test]
async fn claims_of_the_scopes_are_in_the_id_token_unless_it_is_minimal() {
    let scope = [("scope", "openid profile email groups")];
    let names = [
        "name",
        "preferred_username",
        "updated_at",
        "email",
        "email_verified",
        "groups",
    ];
    for (setting, is_minimal) in [("", false), ("id_token_claims = 'minimal'", true)] {
        let service = service(setting).await;
        let ada = service.anon().logged_in(ADA).await;
        let answer = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
        answer.assert_status(200);
        ada.set_role("editor").await;
        let body = session(&service, "app", &scope).await;
        let claims = id_token(&body);
        for name in names {
            assert_eq!(claims.get(name).is_none(), is_minimal, "{name}: {claims:#}");
        }
        let mut app = service.anon();
        app.access = Some(text(&body, "access_token").to_owned());
        let userinfo = app.get("/userinfo").await.json();
        for name in names.into_iter().filter(|_| !is_minimal) {
            assert_eq!(claims[name], userinfo[name], "{name}");
        }
        assert_eq!(userinfo["groups"], json!(["staff", "wiki"]));
        assert_eq!(userinfo["sub"], claims["sub"]);
    }
}

/// An ID token is for the client, and no route accepts one, even where access tokens have the same `typ`.
#[tokio::test]
async fn id_token_is_no_access_token() {
    for typ in ["at+jwt", "JWT"] {
        let service = service(&format!("typ = '{typ}'")).await;
        let body = session(&service, "app", &[("scope", "openid")]).await;
        let public = public_session(&service, &[("scope", "openid")]).await;
        for body in [&body, &public] {
            let mut app = service.anon();
            app.access = Some(text(body, "id_token").to_owned());
            for path in ["/session", "/me", "/me/accounts", "/userinfo"] {
                app.get(path).await.assert_problem(401, "invalid_token");
            }
            let new = json!({"current_password": PASSWORD, "new_password": "a new pass phrase"});
            let answer = app.send_json("PUT", "/password", new).await;
            answer.assert_problem(401, "invalid_token");
            let form = refresh(app.access.as_deref().unwrap());
            let answer = token(&service, "app", &form).await;
            answer.assert_oauth_error(400, "invalid_grant");
        }
    }
}
