//! The build script: records the commit that a release build is made of, for `signet --version`.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads its environment"
)]

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-env-changed=SIGNET_COMMIT");
    let commit = match env::var("SIGNET_COMMIT") {
        Ok(commit) => Some(commit),
        // Development builds are made of more than a commit, and are not built again after each one.
        Err(_) if env::var("PROFILE").as_deref() == Ok("release") => commit(),
        Err(_) => None,
    };
    println!(
        "cargo::rustc-env=SIGNET_COMMIT={}",
        commit.unwrap_or_default()
    );
}

/// Returns the checked out commit. An unpacked archive has no commit.
fn commit() -> Option<String> {
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
