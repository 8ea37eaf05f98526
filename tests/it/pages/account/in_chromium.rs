//! A user who enrols, loses the phone and recovers, and an admin who resets the factors, in Chromium.

use std::sync::Arc;

use chrono::Utc;
use serde_json::{Value, json};

use super::ADA;
use crate::support::{
    PASSWORD,
    process::{ServiceProcess, free_address, run, signet},
    script::Chromium,
    totp::AuthenticatorApp,
};

const ROOT: &str = "root@example.com";

struct Desk {
    service: ServiceProcess,
    chromium: Chromium,
}

impl Desk {
    /// A service with Ada and an admin.
    fn new() -> Option<Self> {
        let chromium = Chromium::start()?;
        let (folder, address) = (Arc::new(tempfile::tempdir().unwrap()), free_address());
        let environment = [("SIGNET_ADMIN__ENABLED", "true")];
        let mut service = ServiceProcess::start_in(folder, address, &environment);
        for email in [ADA, ROOT] {
            service.sign_up(email, PASSWORD);
        }
        let mut command = signet(service.folder.path());
        command.args(["users", "role", ROOT, "admin"]);
        let given = run(command, "");
        assert!(given.status.success(), "{given:?}");
        Some(Self { service, chromium })
    }

    fn open(&self, path: &str) -> Value {
        json!({"open": format!("http://{}{path}", self.service.address)})
    }

    /// Takes the steps and returns what they read.
    #[track_caller]
    fn take(&mut self, steps: &[Value]) -> Vec<Value> {
        let came = self.chromium.take(&json!(steps));
        came["read"].as_array().unwrap().clone()
    }

    /// Opens the account in a new browser, and logs in with the password.
    #[track_caller]
    fn log_in(&mut self, browser: &str, email: &str, path: &str, then: &str) {
        let account = self.open(path);
        self.take(&[
            json!({"browser": browser}),
            account,
            json!({"type": "#email", "text": email}),
            json!({"type": "#password", "text": PASSWORD}),
            json!({"follow": "button[value=password]"}),
            json!({"shown": then}),
        ]);
    }
}

/// Follows the first link to this path.
fn follow(link: &str) -> Value {
    json!({"follow": format!("a[href*='{link}']")})
}

#[test]
fn slow_user_loses_the_phone_and_recovers_and_an_admin_resets() {
    let Some(mut desk) = Desk::new() else {
        return;
    };
    let shown = |text: &str| json!({ "shown": text });
    let submit = json!({"follow": "main form > button"});
    // Ada sets up an authenticator app and recovery codes, and logs out.
    desk.log_in("hers", ADA, "/account", "Your account");
    let read = desk.take(&[follow("/account/totp"), json!({"read": "p code"})]);
    let app = AuthenticatorApp::with(read[0].as_str().unwrap());
    let read = desk.take(&[
        json!({"type": "#code", "text": app.code(Utc::now())}),
        submit.clone(),
        shown("Turn off"),
        follow("/account/recovery-codes"),
        json!({"follow": "main form button"}),
        shown("Save your recovery codes"),
        json!({"read": "li code"}),
        follow("/account"),
        json!({"follow": "main form:last-of-type button"}),
        shown("You’re logged out"),
    ]);
    let code = read[0].as_str().unwrap().to_owned();

    // The phone is lost: she logs in with a recovery code, and removes the app.
    desk.log_in("new phone", ADA, "/account", "authenticator app");
    desk.take(&[
        json!({"follow": "button[value=use_recovery_code]"}),
        json!({"type": "#code", "text": code}),
        json!({"follow": "button[value=recovery_code]"}),
        shown("Your account"),
        follow("/account/totp/remove"),
        json!({"follow": "button.danger"}),
        shown("Your account"),
        json!({"read": "a[href$='/account/totp']"}),
    ]);
    // She sets up another one, and loses that phone as well, with the codes.
    let read = desk.take(&[follow("/account/totp"), json!({"read": "p code"})]);
    let app = AuthenticatorApp::with(read[0].as_str().unwrap());
    desk.take(&[
        json!({"type": "#code", "text": app.code(Utc::now())}),
        submit,
        shown("Turn off"),
    ]);

    // An admin resets her factors.
    desk.log_in("the admin’s", ROOT, "/admin", ADA);
    desk.take(&[
        json!({"type": "#search", "text": "ada"}),
        json!({"follow": "form[role=search] button"}),
        shown(ADA),
        follow("/admin/pages/users/"),
        follow("/reset-factors"),
        json!({"follow": "button.danger"}),
        shown("Not set up"),
    ]);
    // Her password suffices again, and no login from before is left.
    desk.log_in("hers again", ADA, "/account", "Your account");
    let old = desk.open("/account");
    desk.take(&[json!({"browser": "new phone"}), old, shown("Log in")]);
}
