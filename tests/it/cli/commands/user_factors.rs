//! `signet users show`: the second factors of a user.

use serde_json::json;

use super::run_signet;
use crate::support::{
    TestService, authenticator::Authenticator, test_service::ISSUER, totp::AuthenticatorApp,
};

const ADA: &str = "ada@example.com";

/// The second factors of Ada on the command line, with a further setting.
fn shown(service: &TestService, setting: &str) -> String {
    let folder = service.database.folder.path();
    let database = format!("database.url={}", service.database.url);
    let arguments = [
        "users", "show", ADA, "--issuer", ISSUER, "--set", &database, "--set", setting,
    ];
    let shown = run_signet(folder, &arguments, "");
    assert_eq!(shown.code, 0, "{}", shown.err);
    let factors = shown
        .out
        .lines()
        .find_map(|line| line.strip_prefix("factors "));
    factors.expect(&shown.out).trim_start().to_owned()
}

#[tokio::test]
async fn user_is_shown_with_the_factors_that_the_api_names() {
    let service = TestService::with("admin.enabled = true").await;
    let on = "passkeys.enabled=true";
    let mut ada = service.signed_up(ADA).await;
    assert_eq!(shown(&service, on), "-");
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    assert_eq!(shown(&service, on), "totp");
    let codes = ada.post("/me/recovery-codes", json!({})).await;
    codes.assert_status(201);
    Authenticator::p256()
        .add_to(&mut ada)
        .await
        .assert_status(201);
    assert_eq!(shown(&service, on), "passkey totp recovery_code");

    let root = service.signed_up("root@example.com").await;
    root.set_role("admin").await;
    let root = service.anon().logged_in("root@example.com").await;
    let of_api = root.get(&format!("/admin/users/{}", ada.id())).await.json();
    assert_eq!(
        of_api["factors"],
        json!(["passkey", "totp", "recovery_code"])
    );
    // Passkeys that cannot be used are no factors.
    assert_eq!(
        shown(&service, "passkeys.enabled=false"),
        "totp recovery_code"
    );
    assert_eq!(
        shown(&service, "passkeys.rp_id=example.com"),
        "totp recovery_code"
    );
}
