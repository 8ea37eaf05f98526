//! Manifests of Kubernetes, Compose and Prometheus.

use std::process::Command;

use super::{assert_command, folder};
use crate::support::requirements;

/// The script also lists the commands that containers run.
#[test]
fn manifests_fit_together_and_run_commands_of_the_program() {
    let Some(python) = requirements::python_with_yaml() else {
        return;
    };
    let script = folder().join("check-manifests");
    let output = Command::new(python).arg(script).output().unwrap();
    let faults = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{faults}");
    let commands: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let arguments: Vec<_> = command.iter().map(String::as_str).collect();
        assert_command(&arguments);
    }
}
