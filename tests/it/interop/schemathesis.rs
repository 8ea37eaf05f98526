//! The description that the service gives of itself, held against it by Schemathesis: what is described is
//! accepted, what is not is refused, and every answer is one of those described.
//!
//! Bounded: a fixed seed and a few examples for each operation, about ten seconds in all.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::{
    PASSWORD,
    process::{Service, run, signet},
    requirements,
};

/// Checks that do not hold, each with its reason.
const EXCLUDED_CHECKS: &[&str] = &[
    // A token, a password or an address that has the described form need not be a good one.
    "positive_data_acceptance",
];

/// Operations that end the session which the others use.
const ENDS_THE_SESSION: &[&str] = &["delete_me", "post_logout_everywhere"];

/// Runs it against the service, with these headers and arguments.
fn hold_to_its_description(python: &str, service: &Service, arguments: &[String]) {
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
        .args(["--exclude-checks", &EXCLUDED_CHECKS.join(",")])
        .args(["--continue-on-failure", "--no-color", "--warnings", "off"])
        .args(arguments)
        .stdin(Stdio::null());
    let tested = command.output().unwrap();
    let text = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{text}");
    // Nothing was left out without a word.
    assert!(text.contains(" generated"), "{text}");
}

fn service() -> Service {
    Service::start(&[
        ("SIGNET_ADMIN__ENABLED", "true"),
        ("SIGNET_LIMITS__ENABLED", "false"),
    ])
}

#[test]
fn slow_answers_are_as_described_for_somebody_without_a_session() {
    let Some(python) = requirements::python_with_schemathesis() else {
        return;
    };
    hold_to_its_description(&python, &service(), &[]);
}

#[test]
fn slow_answers_are_as_described_for_an_admin() {
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
    hold_to_its_description(&python, &service, &arguments);
}
