//! The audited acts with passkeys.

use serde_json::{Value, json};

use super::{PASSWORD, VERIFIER, ask_as, s256};
use crate::support::{
    authenticator::{Authenticator, BE, UP, UV},
    process::ServiceProcess,
};

/// The settings of a service with passkeys.
pub(super) const SETTINGS: &str = "issuer = 'http://localhost:8080'";

/// Adds passkeys, logs in with them and removes one. Returns the events.
pub(super) fn acts_with_passkeys(service: &mut ServiceProcess) -> Vec<&'static str> {
    let session = service.sign_up("eve@example.com", PASSWORD);
    let ask = |method: &str, path: &str, session: &Value, body: &Value| {
        ask_as(service, method, path, session, body)
    };
    let mut key = authenticator(1);
    let begun = ask("POST", "/passkeys/registration", &session, &json!({}));
    let handle = begun["options"]["user"]["id"].as_str().unwrap().to_owned();
    let mut body = json!({
        "challenge": "x", "credential": key.registration_json(&begun["options"]),
    });
    let access = session["access_token"].as_str().unwrap();
    let head = format!(
        "POST /me/passkeys HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {access}"
    );
    assert_eq!(service.request(&head, &body.to_string()).unwrap().0, 400);
    body["challenge"] = begun["challenge"].clone();
    let session = ask("POST", "/me/passkeys", &session, &body);
    let path = format!(
        "/me/passkeys/{}",
        session["passkey"]["id"].as_str().unwrap()
    );

    // A user with a passkey adds another one by a login with it.
    key.count = 6;
    let log_in = |authenticator: &Authenticator| {
        let asked = json!({"code_challenge": s256(VERIFIER)});
        let (_, begun) = service.post("/passkeys/challenge", &asked);
        let credential = authenticator.login_json(&begun["options"], &handle);
        let body = json!({
            "challenge": begun["challenge"], "code_verifier": VERIFIER, "credential": credential,
        });
        service.post("/login/passkey", &body)
    };
    let (status, session) = log_in(&key);
    assert_eq!(status, 200, "{session}");

    let mut synced = authenticator(2);
    synced.flags = UP | UV | BE;
    let begun = ask("POST", "/passkeys/registration", &session, &json!({}));
    let credential = synced.registration_json(&begun["options"]);
    let body = json!({"challenge": begun["challenge"], "credential": credential});
    let session = ask("POST", "/me/passkeys", &session, &body);

    // The counters do not rise.
    for (authenticator, status) in [(&mut key, 401), (&mut synced, 200)] {
        authenticator.count = 1;
        assert_eq!(log_in(authenticator).0, status);
    }
    ask("DELETE", &path, &session, &json!({}));
    // The other passkey is removed by a reset.
    let asked = json!({"email": "eve@example.com"});
    assert_eq!(service.post("/password/forgot", &asked).0, 202);
    let token = service.printed_token_at("/password/reset");
    let reset = json!({"token": token, "password": "another password, for a while"});
    assert_eq!(service.post("/password/reset", &reset).0, 204);
    vec![
        "sign_up done",
        "login done",
        "factor_add refused",
        "factor_add done",
        "login done",
        "factor_add done",
        "passkey_cloned refused",
        "login refused",
        "passkey_cloned done",
        "login done",
        "factor_remove done",
        "factor_remove done",
        "password_reset done",
    ]
}

fn authenticator(number: u8) -> Authenticator {
    let mut authenticator = Authenticator::p256();
    authenticator.id = vec![number; 16];
    authenticator.count = 5;
    authenticator.rp_id = String::from("localhost");
    authenticator.origin = String::from("http://localhost:8080");
    authenticator
}
