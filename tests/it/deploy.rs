//! The files of `examples/deploy`. `examples/deploy/verify` checks what takes longer or needs other programs.

mod manifests;
mod metrics;
mod units;

use std::{fs, path::PathBuf};

use crate::{cli::commands::run_signet, support::process::signet};

/// A file of `examples/deploy`.
fn file(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/deploy"))
}

/// Asserts that the program has this command, without running it.
fn assert_command(arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let output = run_signet(folder.path(), &[arguments, &["--help"]].concat(), "");
    assert_eq!(output.code, 0, "{arguments:?}: {}", output.err);
}

/// In a container and in a pod, the environment sets the addresses; under systemd, nothing but the database.
#[test]
fn example_configuration_is_valid_wherever_it_is_mounted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("signet.toml"), file("signet.example.toml")).unwrap();
    fs::write(folder.join("database-url"), "postgres://signet@db/signet\n").unwrap();
    let command = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = signet(folder);
        command.args(arguments).envs(environment.iter().copied());
        command.args(["--set", "keys.folder=keys"]);
        let output = crate::support::process::run(command, "");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    };
    command(&["keys", "generate"], &[]);
    let database = ("SIGNET_DATABASE__URL_FILE", "database-url");
    let unit = command(&["check", "--offline"], &[database]);
    let issuer = "issuer https://auth.example.com, 2 clients";
    assert!(unit.contains(issuer), "{unit}");
    let container = [
        database,
        ("SIGNET_LISTEN", "0.0.0.0:8080"),
        ("SIGNET_METRICS__LISTEN", "0.0.0.0:9090"),
        ("SIGNET_HTTP__TRUSTED_PROXIES", "10.0.0.0/8"),
    ];
    command(&["check", "--offline"], &container);
}

#[test]
fn files_name_the_version_of_the_program() {
    let version = env!("CARGO_PKG_VERSION");
    for (name, text) in [
        (
            "Containerfile",
            format!("org.opencontainers.image.version=\"{version}\""),
        ),
        ("compose.yaml", format!("image: signet:{version}\n")),
        ("kustomization.yaml", format!("newTag: {version}\n")),
    ] {
        assert!(file(name).contains(&text), "{name} lacks {text:?}");
    }
}

#[test]
fn container_runs_commands_of_the_program_as_another_user_than_root() {
    let text = file("Containerfile");
    let (_, image) = text.split_once("\nFROM scratch\n").unwrap();
    assert!(!image.contains("\nRUN "), "{image}");
    let lists = |instruction: &str| -> Vec<String> {
        let (_, rest) = image.split_once(&format!("{instruction} [")).unwrap();
        let list = rest.split(']').next().unwrap();
        serde_json::from_str(&format!("[{list}]")).unwrap()
    };
    assert_eq!(lists("\nENTRYPOINT"), ["/usr/bin/signet"]);
    assert!(image.contains("\nUSER 65532:65532\n"), "{image}");
    let check = lists(" CMD");
    assert_eq!(check, ["/usr/bin/signet", "healthcheck"]);
    assert_command(&["healthcheck"]);
}
