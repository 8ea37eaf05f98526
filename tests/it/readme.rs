//! The README and `docs/getting-started.md`: their transcripts work as they stand.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use crate::{
    docs::{blocks, readme, section, section_of},
    support::{process::ServiceProcess, requirements},
};

/// Runs the commands of a section beside a new service, and types the mailed token when the commands ask for it.
/// Returns the output of each block, or nothing on a machine without PyJWT.
fn run_transcript(section: &'static str) -> Option<Vec<String>> {
    let python = requirements::python_with_pyjwt()?;
    let mut service = ServiceProcess::start(&[]);
    let address = service.address.to_string();
    // The Python of the virtual environment replaces a machine with PyJWT.
    let script = blocks(section, "bash")
        .join("\necho; echo '--'\n")
        .replace("127.0.0.1:8080", &address);
    let script = script.replace("python3 verify.py", &format!("{python} verify.py"));

    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(shell.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    let mut outputs = vec![block_output(&mut lines)];
    let token = service.printed_token();
    writeln!(shell.stdin.take().unwrap(), "{token}").unwrap();
    while outputs.len() < blocks(section, "bash").len() {
        outputs.push(block_output(&mut lines));
    }
    assert!(shell.wait().unwrap().success());
    Some(outputs)
}

fn block_output(lines: &mut impl Iterator<Item = String>) -> String {
    let lines: Vec<_> = lines.take_while(|line| line != "--").collect();
    lines.join("\n")
}

#[test]
fn readme_transcript_works() {
    let section = section_of(readme(), "Five requests to a verified token");
    let Some(outputs) = run_transcript(section) else {
        return;
    };
    let [
        requested,
        typed,
        signed_up,
        logged_in,
        session,
        refreshed,
        verified,
    ] = <[String; 7]>::try_from(outputs).unwrap();
    assert!(requested.starts_with("HTTP/1.1 202"), "{requested}");
    assert_eq!(typed.trim(), "");
    assert!(signed_up.contains("\"access_token\""), "{signed_up}");
    assert!(logged_in.contains("\"refresh_token\""), "{logged_in}");
    assert!(session.contains("\"sid\""), "{session}");
    assert!(refreshed.contains("\"access_token\""), "{refreshed}");
    assert!(verified.contains("'client_id': 'default'"), "{verified}");
}

#[test]
fn getting_started_transcript_works() {
    let Some(outputs) = run_transcript(section("getting-started", "Try it")) else {
        return;
    };
    let [
        requested,
        typed,
        signed_up,
        logged_in,
        session,
        refreshed,
        verified,
        ended,
    ] = <[String; 8]>::try_from(outputs).unwrap();
    assert!(requested.starts_with("HTTP/1.1 202"), "{requested}");
    assert_eq!(typed.trim(), "");
    assert!(signed_up.contains("\"access_token\""), "{signed_up}");
    assert!(logged_in.contains("\"refresh_token\""), "{logged_in}");
    assert!(
        session.contains("\"sid\"") && session.contains("ada@example.com"),
        "{session}"
    );
    assert_eq!(refreshed.matches("\"access_token\"").count(), 3);
    assert!(verified.contains("'client_id': 'default'"), "{verified}");
    assert!(ended.starts_with("HTTP/1.1 204"), "{ended}");
}
