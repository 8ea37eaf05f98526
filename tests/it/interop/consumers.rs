//! Third-party services verify tokens with the key set only.

use std::{fs, process::Command, sync::Arc};

use rstest::rstest;
use serde_json::json;

use crate::{
    docs,
    support::{
        PASSWORD,
        process::{ServiceProcess, free_address},
        requirements,
    },
};

/// The program in the README.
fn program() -> &'static str {
    let (_, rest) = docs::readme()
        .split_once("cat > verify.py <<'PYTHON'\n")
        .unwrap();
    rest.split_once("\nPYTHON\n").unwrap().0
}

#[rstest]
fn slow_python_accepts_access_tokens_only(#[values("ES256", "RS256", "EdDSA")] algorithm: &str) {
    let Some(python) = requirements::python_with_pyjwt() else {
        return;
    };
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let client = format!("[[clients]]\nclient_id = 'web'\nalgorithm = '{algorithm}'\n");
    fs::write(folder.path().join("signet.toml"), client).unwrap();
    let mut service = ServiceProcess::start_in(folder, free_address(), &[]);
    assert_eq!(
        service.printed().contains("  note       EdDSA: "),
        algorithm == "EdDSA"
    );
    let session = service.sign_up("ada@example.com", PASSWORD);
    let issuer = format!("http://{}", service.address);
    // The verifier requires the configured algorithm of the client.
    let verify_by = |algorithm: &str, issuer: &str, token: &str| {
        let program = program().replace("\"ES256\"", &format!("\"{algorithm}\""));
        let mut command = Command::new(&python);
        let output = command
            .args(["-c", &program, issuer, token])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    };
    let verify = |issuer: &str, token: &str| verify_by(algorithm, issuer, token);

    let access = session["access_token"].as_str().unwrap();
    let (verified, said) = verify(&issuer, access);
    assert!(verified, "{said}");
    let claims: serde_json::Value =
        serde_json::from_str(&service.get("/session", access).1).unwrap();
    assert!(said.contains(claims["sub"].as_str().unwrap()), "{said}");
    for other in ["ES256", "RS256", "PS256", "EdDSA"] {
        let (verified, said) = verify_by(other, &issuer, access);
        assert_eq!(verified, other == algorithm, "{other}: {said}");
    }

    let refresh_token = session["refresh_token"].as_str().unwrap();
    assert!(!verify(&issuer, refresh_token).0);
    assert!(!verify(&issuer, &access[..access.len() - 3]).0);
    // The same keys under another URL are another issuer.
    assert!(!verify(&issuer.replace("127.0.0.1", "localhost"), access).0);
    let again = service
        .post("/refresh", &json!({"refresh_token": refresh_token}))
        .1;
    assert!(verify(&issuer, again["access_token"].as_str().unwrap()).0);
}
