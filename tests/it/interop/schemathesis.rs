//! Schemathesis checks the `OpenAPI` document: described requests are accepted, others are rejected,
//! and every response is described.
//!
//! A fixed seed and a few examples for each operation bound the run to about ten seconds.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use serde_json::json;

use crate::support::{
    PASSWORD,
    process::{ServiceProcess, free_address, run, signet},
    requirements,
};

/// Disabled checks, each with its reason.
const EXCLUDED_CHECKS: &[&str] = &[
    // A well-formed token, password or email need not be valid.
    "positive_data_acceptance",
];

/// Pages that need a session at the issuer. Without it they lead to the login, whatever the request contains.
const PAGES: &str = "^/(account|admin/pages)";

/// Operations that end the session of the run.
const ENDS_THE_SESSION: &[&str] = &["delete_me", "post_logout_everywhere"];

/// Runs Schemathesis against the service with these headers and arguments.
fn run_schemathesis(python: &str, service: &ServiceProcess, arguments: &[String]) {
    let document = format!("http://{}/openapi.json", service.address);
    let mut command = Command::new(python);
    command
        .current_dir(service.folder.path())
        .args(["-m", "schemathesis.cli", "run", &document])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args([
            "--max-examples",
            "8",
            "--seed",
            "13",
            "--request-timeout",
            "30",
        ])
        .args(["--generation-database", "none"])
        .args(["--exclude-path-regex", PAGES])
        .args(["--exclude-checks", &EXCLUDED_CHECKS.join(",")])
        .args(["--continue-on-failure", "--no-color", "--warnings", "off"])
        .args(arguments)
        .stdin(Stdio::null());
    let tested = command.output().unwrap();
    let text = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{text}");
    // Nothing was skipped silently.
    assert!(text.contains(" generated"), "{text}");
}

fn service() -> ServiceProcess {
    let (folder, address) = (Arc::new(tempfile::tempdir().unwrap()), free_address());
    // Passkeys need a domain.
    let issuer = format!("http://localhost:{}", address.port());
    let settings = [
        ("SIGNET_ISSUER", issuer.as_str()),
        ("SIGNET_ADMIN__ENABLED", "true"),
        ("SIGNET_LIMITS__ENABLED", "false"),
    ];
    ServiceProcess::start_in(folder, address, &settings)
}

#[test]
fn slow_responses_match_openapi_without_a_session() {
    let Some(python) = requirements::python_with_schemathesis() else {
        return;
    };
    run_schemathesis(&python, &service(), &[]);
}

#[test]
fn slow_responses_match_openapi_for_an_admin() {
    let Some(python) = requirements::python_with_schemathesis() else {
        return;
    };
    let mut service = service();
    service.sign_up("root@example.com", PASSWORD);
    let mut command = signet(service.folder.path());
    command.args(["users", "role", "root@example.com", "admin"]);
    let given = run(command, "");
    assert!(given.status.success(), "{given:?}");
    let credentials = json!({"email": "root@example.com", "password": PASSWORD});
    let (status, session) = service.post("/login", &credentials);
    assert_eq!(status, 200);
    let token = session["access_token"].as_str().unwrap();
    let mut arguments = vec![format!("--header=Authorization: Bearer {token}")];
    let excluded = ENDS_THE_SESSION.iter();
    arguments.extend(excluded.map(|id| format!("--exclude-operation-id={id}")));
    run_schemathesis(&python, &service, &arguments);
}
