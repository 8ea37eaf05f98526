//! What a machine may lack. Plain `cargo test` says so and goes on; with `SIGNET_TEST_REQUIRE=all`
//! a lack is a failure.

use std::env;

/// Says that something was not tested. Panics where everything must be.
pub fn lacks<T>(what: &str) -> Option<T> {
    let all = env::var("SIGNET_TEST_REQUIRE").is_ok_and(|value| value == "all");
    assert!(!all, "this machine lacks {what}");
    eprintln!("SKIPPED: this machine lacks {what}");
    None
}

/// A Python that has PyJWT.
pub fn python_with_pyjwt() -> Option<String> {
    let python = env::var("SIGNET_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = std::process::Command::new(&python)
        .args(["-c", "import jwt, cryptography"])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if has_it {
        Some(python)
    } else {
        lacks("Python 3 with pyjwt[crypto] (see tests/run)")
    }
}
