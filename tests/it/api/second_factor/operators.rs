//! The reset of lost factors by an administrator.

use rstest_reuse::apply;
use serde_json::json;

use super::{ADA, first_step};
use crate::support::{Engine, TestService, both_engines, totp::AuthenticatorApp};

#[apply(both_engines)]
#[tokio::test]
async fn admin_resets_lost_factors(engine: Engine) {
    let service = TestService::configured(engine, "admin.enabled = true").await;
    let mut ada = service.signed_up(ADA).await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    ada.post("/me/recovery-codes", json!({}))
        .await
        .assert_status(201);
    first_step(&service).await;
    let mut admin = service.signed_up("root@example.com").await;
    admin.set_role("admin").await;
    admin.refreshed().await;
    let path = format!("/admin/users/{}/factors/reset", ada.id());
    ada.post(&path, json!({}))
        .await
        .assert_problem(403, "admin_required");
    admin.post(&path, json!({})).await.assert_status(204);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let ada = service.anon().logged_in(ADA).await;
    let listed = ada.get("/me/factors").await.json();
    assert_eq!(
        listed,
        json!({"passkeys": [], "totp": null, "recovery_codes": null})
    );
    let last = service.outbox.lock().unwrap().last().unwrap().clone();
    assert_eq!(last.to.as_str(), ADA);
    let text = "removed the passkeys, authenticator app";
    assert!(last.text.contains(text), "{}", last.text);
    let nobody = "/admin/users/01890000-0000-7000-8000-000000000000/factors/reset";
    admin
        .post(nobody, json!({}))
        .await
        .assert_problem(404, "unknown_user");
}
