//! The log of refused authorization requests: the reason, which the developer of the client sees nowhere else.

use std::{fs, sync::Arc};

use serde_json::Value;

use crate::support::{
    oauth_client::{CHALLENGE, OAUTH_CLIENT},
    process::{ServiceProcess, free_address},
};

/// A text that no log line may contain.
const SECRET: &str = "a-value-of-the-sender";

#[test]
fn reason_of_a_refused_request_is_logged_without_its_parameters() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("signet.toml"), OAUTH_CLIENT).unwrap();
    let mut service = ServiceProcess::start_in(Arc::new(folder), free_address(), &[]);
    let back = "redirect_uri=https://app.example.com/back";
    let challenge = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
    let hint = format!("id_token_hint={SECRET}");
    for (query, status, client_id, reason) in [
        (
            format!("client_id={SECRET}&{back}"),
            400,
            "unknown",
            "no client with this client_id is configured",
        ),
        (
            format!("client_id=app&redirect_uri=https://{SECRET}.example.com/"),
            400,
            "app",
            "redirect_uri is not registered for this client",
        ),
        (
            format!("client_id=app&{back}&response_type=code&nonce={SECRET}"),
            303,
            "app",
            "code_challenge is required (RFC 7636)",
        ),
        (
            format!("client_id=app&{back}&response_type=code&{challenge}&{hint}"),
            303,
            "app",
            "id_token_hint does not verify",
        ),
    ] {
        let head = format!("GET /authorize?{query}&state={SECRET} HTTP/1.1");
        for _ in 0..2 {
            let (answered, _, body) = service.request(&head, "").unwrap();
            assert_eq!(answered, status, "{body}");
        }
        service.wait_for_log(reason);
        let logged = service.logged().lock().unwrap().clone();
        let lines = logged.lines().filter(|line| line.contains(reason));
        let lines: Vec<Value> = lines.map(|it| serde_json::from_str(it).unwrap()).collect();
        let [line] = &lines[..] else {
            panic!("{lines:#?}");
        };
        let message = "refused an authorization request";
        assert!(line.to_string().contains(message), "{line}");
        assert!(
            line.to_string().contains(&format!("\"{client_id}\"")),
            "{line}"
        );
    }
    let logged = service.logged().lock().unwrap().clone();
    assert!(!logged.contains(SECRET), "{logged}");
}
