//! Texts that are generated from the definition of the command line: completions, the manual page, the version.

use std::process::{Command, Stdio};

use super::run_signet;
use crate::support::process::run;

#[test]
fn completions_name_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = run_signet(folder.path(), &["completions", shell], "");
        assert_eq!(script.code, 0, "{}", script.err);
        for command in [
            "serve",
            "check",
            "healthcheck",
            "rotate",
            "dangerously-http",
        ] {
            assert!(script.out.contains(command), "{shell} {command}");
        }
    }
    let script = run_signet(folder.path(), &["completions", "bash"], "").out;
    let mut bash = Command::new("bash");
    bash.arg("-n").stdout(Stdio::null());
    let parsed = run(bash, &script);
    assert!(
        parsed.status.success(),
        "{}",
        String::from_utf8_lossy(&parsed.stderr)
    );

    let other = run_signet(folder.path(), &["completions", "powershell"], "");
    assert_eq!(other.code, 2);
    assert!(other.err.contains("bash, zsh, fish"), "{}", other.err);
}

#[test]
fn manual_page_describes_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let page = run_signet(folder.path(), &["man"], "");
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.out.contains(".TH signet 1"), "{}", page.out);
    for section in [
        "SIGNET SERVE",
        "SIGNET KEYS ROTATE",
        "SIGNET USERS LOGOUT",
        "SIGNET MAIL PREVIEW",
    ] {
        assert!(
            page.out.contains(&format!(".SH \"{section}\"")),
            "{section}"
        );
    }
}

#[test]
fn generated_texts_need_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("signet.toml"), "this is not TOML").unwrap();
    for arguments in [&["man"][..], &["completions", "fish"], &["--version"]] {
        assert_eq!(
            run_signet(folder.path(), arguments, "").code,
            0,
            "{arguments:?}"
        );
    }
}

#[test]
fn version_names_the_commit_and_the_features() {
    let folder = tempfile::tempdir().unwrap();
    let short = run_signet(folder.path(), &["-V"], "").out;
    assert_eq!(short, concat!("signet ", env!("CARGO_PKG_VERSION"), "\n"));
    let long = run_signet(folder.path(), &["--version"], "").out;
    let (first, features) = long.trim_end().split_once('\n').unwrap();
    assert!(first.starts_with(&short.trim_end().to_owned()), "{long}");
    assert!(first.ends_with(" (development build)"), "{long}");
    assert!(features.starts_with("features: service"), "{long}");
}
