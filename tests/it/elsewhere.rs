//! Other services verify our tokens from the key set alone.

use std::process::Command;

use serde_json::json;

use crate::support::{PASSWORD, process::Service, requirements};

#[test]
fn python_verifies_access_tokens_and_nothing_else() {
    let Some(python) = requirements::python_with_pyjwt() else {
        return;
    };
    let mut service = Service::start(&[]);
    let session = service.sign_up("ada@example.com", PASSWORD);
    let issuer = format!("http://{}", service.address);
    let verify = |token: &str, audience: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recipes/verify.py");
        let output = Command::new(&python)
            .args([script, &issuer, audience, token])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    };

    let access = session["access_token"].as_str().unwrap();
    let (verified, said) = verify(access, &issuer);
    assert!(verified, "{said}");
    let claims = service.get("/session", access).1;
    let claims: serde_json::Value = serde_json::from_str(&claims).unwrap();
    assert!(said.contains(claims["sub"].as_str().unwrap()), "{said}");

    let refresh_token = session["refresh_token"].as_str().unwrap();
    assert!(!verify(refresh_token, &issuer).0);
    assert!(!verify(access, "https://other.example").0);
    assert!(!verify(&access[..access.len() - 3], &issuer).0);
    let again = service
        .post("/refresh", &json!({"refresh_token": refresh_token}))
        .1;
    assert!(verify(again["access_token"].as_str().unwrap(), &issuer).0);
}
