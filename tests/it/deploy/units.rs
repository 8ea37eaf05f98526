//! The units of systemd.

use std::{fs, process::Command};

use super::{assert_command, file};

const UNITS: [&str; 3] = [
    "signet.service",
    "signet-rotate.service",
    "signet-rotate.timer",
];

/// The oldest version of systemd that has all settings of the units.
const SYSTEMD: u32 = 250;

/// Checks for `systemd-analyze`, which machines without systemd lack.
fn has_systemd() -> bool {
    let output = Command::new("systemd-analyze").arg("--version").output();
    let version = output.ok().and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        text.split_whitespace().nth(1)?.parse::<u32>().ok()
    });
    let has_it = version.is_some_and(|version| version >= SYSTEMD);
    if !has_it {
        eprintln!("SKIPPED: this machine lacks systemd-analyze");
    }
    has_it
}

#[test]
fn units_start_commands_of_the_program() {
    let mut commands = Vec::new();
    for unit in UNITS {
        for line in file(unit).lines() {
            if let Some(command) = line.strip_prefix("ExecStart=/usr/bin/signet ") {
                let configuration = "--config /etc/signet/signet.toml ";
                let command = command.strip_prefix(configuration).unwrap();
                commands.push(command.to_owned());
            }
        }
    }
    assert_eq!(commands, ["serve --migrate", "keys rotate", "keys prune"]);
    for command in commands {
        let arguments: Vec<_> = command.split(' ').collect();
        assert_command(&arguments);
    }
}

/// Both services have the same restrictions, and the same access to the database.
#[test]
fn rotation_is_as_restricted_as_the_service() {
    let settings = |unit: &str| -> Vec<String> {
        let text = file(unit);
        let (_, rest) = text.split_once("\nUser=signet\n").unwrap();
        let rest = rest.split("\n[").next().unwrap().to_owned();
        let settings = rest.lines().filter(|line| line.contains('='));
        settings
            .filter(|line| !line.starts_with('#'))
            .map(str::to_owned)
            .collect()
    };
    let service = settings("signet.service");
    assert!(service.len() > 30, "{service:?}");
    assert_eq!(service, settings("signet-rotate.service"));
}

#[test]
fn units_are_valid_and_hardly_exposed() {
    if !has_systemd() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for unit in UNITS {
        let program = concat!("=", env!("CARGO_BIN_EXE_signet"), " ");
        let text = file(unit).replace("=/usr/bin/signet ", program);
        fs::write(folder.join(unit), text).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        command.args(arguments).current_dir(folder);
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    };
    let units = UNITS.map(|unit| format!("./{unit}"));
    for unit in &units {
        let output = run(&["verify", "--man=no", unit]);
        let faults: Vec<_> = output.lines().filter(|it| it.contains("signet")).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
    // The threshold is ten times the exposure.
    for unit in &units[..2] {
        run(&["security", "--offline=true", "--threshold=15", unit]);
    }
}
