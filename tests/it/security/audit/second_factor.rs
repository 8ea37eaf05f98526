//! The events of second factors.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::ask_as;
use crate::support::{PASSWORD, process::ServiceProcess, totp::AuthenticatorApp};

/// Sets up an authenticator app, uses a recovery code, removes the app and sets up another. Returns the events.
pub(super) fn acts_of_second_factors(service: &ServiceProcess, email: &str) -> [&'static str; 8] {
    let login = json!({"email": email, "password": PASSWORD});
    let (status, session) = service.post("/login", &login);
    assert_eq!(status, 200, "{session}");
    let session = enrols(service, &session, true);
    let codes = ask_as(service, "POST", "/me/recovery-codes", &session, &json!({}));
    let (status, asked) = service.post("/login", &login);
    assert_eq!(status, 401, "{asked}");
    let second = json!({
        "continuation": asked["continuation"], "recovery_code": codes["recovery_codes"][0],
    });
    let (status, session) = service.post("/login/second-factor", &second);
    assert_eq!(status, 200, "{session}");
    let session = ask_as(service, "DELETE", "/me/totp", &session, &json!({}));
    enrols(service, &session, false);
    [
        "login done",
        "factor_add refused",
        "factor_add done",
        "recovery_codes_create done",
        "recovery_code_use done",
        "login done",
        "factor_remove done",
        "factor_add done",
    ]
}

/// Confirms an app, at first with a wrong code if requested. Returns the renewed session.
fn enrols(service: &ServiceProcess, session: &Value, errs_first: bool) -> Value {
    let begun = ask_as(service, "POST", "/me/totp", session, &json!({}));
    let app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
    let confirm = |code: String| json!({"enrolment": begun["enrolment"], "code": code});
    if errs_first {
        // A code of another time.
        let body = confirm(app.code(Utc::now() - TimeDelta::hours(1))).to_string();
        let access = session["access_token"].as_str().unwrap();
        let head = format!(
            "POST /me/totp/confirm HTTP/1.1\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {access}"
        );
        assert_eq!(service.request(&head, &body).unwrap().0, 403);
    }
    let body = confirm(app.code(Utc::now()));
    ask_as(service, "POST", "/me/totp/confirm", session, &body)
}
