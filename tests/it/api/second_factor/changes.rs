//! Changes of factors, and sensitive changes by users who have one.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use super::{ADA, first_step, next_code, with_code};
use crate::support::{Engine, PASSWORD, TestService, both_engines, totp::AuthenticatorApp};

const NEW: &str = "a brand new pass phrase";

#[apply(both_engines)]
#[tokio::test]
async fn factor_replaces_the_password_in_sensitive_changes(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    service.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await;
    let insufficient = "insufficient_user_authentication";
    let challenge = format!(
        "Bearer realm=\"signet\", error=\"{insufficient}\", acr_values=\"mfa\", max_age=\"600\""
    );
    for (method, path, mut body) in [
        ("PUT", "/password", json!({"new_password": NEW})),
        ("POST", "/email", json!({"email": "new@example.com"})),
        ("DELETE", "/me", json!({})),
        ("POST", "/me/totp", json!({})),
        ("DELETE", "/me/totp", json!({})),
        ("POST", "/me/recovery-codes", json!({})),
    ] {
        let field = if path == "/password" {
            "current_password"
        } else {
            "password"
        };
        for password in [None, Some(PASSWORD), Some("not the password")] {
            if let Some(password) = password {
                body[field] = password.into();
            }
            let refused = ada.send_json(method, path, body.clone()).await;
            refused.assert_problem(401, insufficient);
            assert_eq!(refused.header("www-authenticate"), challenge, "{path}");
        }
    }
    // A recent login with the factor suffices, without the password.
    let problem = first_step(&service).await;
    let body = with_code(&problem, &next_code(&service, &app));
    let done = service.anon().post("/login/second-factor", body).await;
    ada.keep(done.assert_status(200));
    ada.post("/me/totp", json!({}))
        .await
        .assert_problem(409, "totp_exists");
    let wrong = json!({"new_password": NEW, "current_password": "not it at all"});
    ada.send_json("PUT", "/password", wrong)
        .await
        .assert_problem(403, "wrong_password");
    let changed = ada
        .send_json("PUT", "/password", json!({"new_password": NEW}))
        .await;
    ada.keep(changed.assert_status(200));
    assert_eq!(ada.claims()["acr"], "mfa");
    let removed = ada.send_json("DELETE", "/me/totp", json!({})).await;
    ada.keep(removed.assert_status(200));
    assert_eq!(ada.claims()["acr"], "mfa");
    let again = ada.send_json("DELETE", "/me/totp", json!({})).await;
    again.assert_problem(404, "unknown_factor");
    service.anon().log_in(ADA, NEW).await.assert_status(200);
}

#[tokio::test]
async fn first_factor_needs_a_recent_login_or_the_password() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    service.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await;
    let refused = ada.post("/me/totp", json!({})).await;
    refused.assert_problem(401, "insufficient_user_authentication");
    let wrong = ada
        .post("/me/totp", json!({"password": "not the password"}))
        .await;
    wrong.assert_problem(403, "wrong_password");
    let begun = ada.post("/me/totp", json!({"password": PASSWORD})).await;
    let begun = begun.assert_status(200).json();
    let app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
    let code = app.code(service.clock.now());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let confirm = async |enrolment: &serde_json::Value, code: &str| {
        let body = json!({"enrolment": enrolment, "code": code});
        ada.post("/me/totp/confirm", body).await
    };
    let enrolment = &begun["enrolment"];
    confirm(enrolment, wrong)
        .await
        .assert_problem(403, "wrong_code");
    confirm(enrolment, "1")
        .await
        .assert_problem(422, "invalid_field");
    for other in [json!("x"), json!(ada.refresh)] {
        let refused = confirm(&other, &code).await;
        refused.assert_problem(400, "invalid_enrolment");
    }
    // Another session of the same user did not begin the enrolment.
    let other = service.anon().logged_in(ADA).await;
    let body = json!({"enrolment": enrolment, "code": code});
    let refused = other.post("/me/totp/confirm", body).await;
    refused.assert_problem(400, "invalid_enrolment");
    confirm(enrolment, &code).await.assert_status(201);
    let ended = confirm(enrolment, &code).await;
    ended.assert_problem(401, "invalid_token");

    let mut bob = service.signed_up("bob@example.com").await;
    let begun = bob.post("/me/totp", json!({})).await.json();
    service.clock.advance(TimeDelta::minutes(10));
    bob.refreshed().await;
    let app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
    let code = app.code(service.clock.now());
    let body = json!({"enrolment": begun["enrolment"], "code": code});
    let expired = bob.post("/me/totp/confirm", body).await;
    expired.assert_problem(400, "invalid_enrolment");
}

/// Otherwise the thief of a session would keep it recent for ever, without the password.
#[tokio::test]
async fn app_that_is_added_again_does_not_make_the_login_recent() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    service.clock.advance(TimeDelta::minutes(5));
    ada.refreshed().await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let first = ada.claims()["auth_time"].clone();
    for _ in 0..2 {
        service.clock.advance(TimeDelta::minutes(3));
        ada.refreshed().await;
        let removed = ada.send_json("DELETE", "/me/totp", json!({})).await;
        ada.keep(removed.assert_status(200));
        AuthenticatorApp::enrolled(&service, &mut ada).await;
        assert_eq!(ada.claims()["auth_time"], first);
    }
    service.clock.advance(TimeDelta::minutes(4));
    ada.refreshed().await;
    let refused = ada.send_json("DELETE", "/me/totp", json!({})).await;
    refused.assert_problem(401, "insufficient_user_authentication");
}

/// The password proves who the user is, even in a session of two factors.
#[tokio::test]
async fn password_makes_the_login_recent_when_an_app_is_added() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let removed = ada.send_json("DELETE", "/me/totp", json!({})).await;
    ada.keep(removed.assert_status(200));
    let first = ada.claims()["auth_time"].clone();
    service.clock.advance(TimeDelta::minutes(1));
    let begun = ada.post("/me/totp", json!({"password": PASSWORD})).await;
    let begun = begun.assert_status(200).json();
    let app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
    let code = app.code(service.clock.now());
    let body = json!({"enrolment": begun["enrolment"], "code": code});
    let confirmed = ada.post("/me/totp/confirm", body).await;
    ada.keep(confirmed.assert_status(201));
    assert_ne!(ada.claims()["auth_time"], first);
}

/// Otherwise a reader of the mailbox would not need the factor.
#[apply(both_engines)]
#[tokio::test]
async fn reset_by_mail_keeps_the_factors(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let forgot = json!({"email": ADA});
    ada.post("/password/forgot", forgot)
        .await
        .assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let reset = json!({"token": token, "password": NEW});
    ada.post("/password/reset", reset).await.assert_status(204);
    let asked = service.anon().log_in(ADA, NEW).await;
    asked.assert_problem(401, "second_factor_required");
    let body = with_code(&asked.json(), &next_code(&service, &app));
    let done = service.anon().post("/login/second-factor", body).await;
    done.assert_status(200);
}

/// The secret of an app outlives the master secret that sealed it, because each use seals it again.
#[tokio::test]
async fn login_seals_the_secret_again() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let kid = async || {
        let rows = service.app.store.totp_rows(None, 10).await.unwrap();
        rows[0]
            .verifier
            .expose()
            .split_once('.')
            .unwrap()
            .0
            .to_owned()
    };
    let before = kid().await;
    service.rotate(service.clock.now()).await;
    // Long after the secret has ceased to verify tokens.
    service.clock.advance(TimeDelta::days(400));
    service.reread_keys().await;
    let problem = first_step(&service).await;
    let body = with_code(&problem, &app.code(service.clock.now()));
    let done = service.anon().post("/login/second-factor", body).await;
    done.assert_status(200);
    assert_ne!(kid().await, before);
}

/// Not the fault of the user: the answer is not one on which clients give up.
#[tokio::test]
async fn lost_master_secret_is_a_fault_of_the_service() {
    let service = TestService::with("limits.second_factor = '1/5m'").await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let made = ada.post("/me/recovery-codes", json!({})).await.json();
    service.rotate(service.clock.now()).await;
    let folder = &service.app.config.keys.folder;
    std::fs::remove_file(folder.join("20260101T000000Z.secret")).unwrap();
    service.reread_keys().await;
    let problem = first_step(&service).await;
    let code = app.code(service.clock.now());
    // Faults are not charged.
    for _ in 0..3 {
        let failed = service
            .anon()
            .post("/login/second-factor", with_code(&problem, &code))
            .await;
        failed.assert_problem(503, "unavailable");
    }
    let body = json!({
        "continuation": problem["continuation"], "recovery_code": made["recovery_codes"][9],
    });
    let done = service.anon().post("/login/second-factor", body).await;
    done.assert_status(200);
}
