//! Unwritable standard output and standard error: a full disk, a closed file, a closed pipe.

use std::{
    fs::File,
    net::{SocketAddr, TcpStream},
    process::{Command, ExitStatus, Stdio},
    sync::Arc,
};

use rstest::rstest;
use tempfile::TempDir;

use super::{CommandOutput, run_signet};
use crate::support::{
    PASSWORD,
    process::{ServiceProcess, free_address, in_folder, run, signet},
    wait_until,
};

/// The target of the output.
#[derive(Debug, Clone, Copy)]
enum Sink {
    FullDisk,
    Closed,
    BrokenPipe,
    /// A full pipe without a reader.
    Stalled,
}

/// The capacity of a pipe on Linux.
const PIPE: usize = 64 * 1024;

impl Sink {
    /// The program with both outputs redirected to this target.
    fn command(self, folder: &TempDir) -> Command {
        let program = env!("CARGO_BIN_EXE_signet");
        match self {
            Self::FullDisk => {
                let mut command = signet(folder.path());
                let full = || File::options().write(true).open("/dev/full").unwrap();
                command.stdout(full()).stderr(full());
                command
            }
            Self::Closed => {
                let mut shell = Command::new("sh");
                let closed = format!("exec {program} \"$@\" >&- 2>&-");
                shell.args(["-c", &closed, "sh"]);
                in_folder(shell, folder.path())
            }
            Self::BrokenPipe => {
                let mut command = signet(folder.path());
                let broken = || {
                    let (reader, writer) = std::io::pipe().unwrap();
                    drop(reader);
                    writer
                };
                command.stdout(broken()).stderr(broken());
                command
            }
            Self::Stalled => {
                let mut command = signet(folder.path());
                let full = || {
                    let (reader, mut writer) = std::io::pipe().unwrap();
                    std::io::Write::write_all(&mut writer, &vec![0; PIPE]).unwrap();
                    // Open until the test process ends.
                    std::mem::forget(reader);
                    writer
                };
                command.stdout(full()).stderr(full());
                command
            }
        }
    }
}

fn serves(address: SocketAddr) {
    wait_until("it listens", || TcpStream::connect(address).is_ok());
    for path in ["/readyz", "/livez", "/nowhere"] {
        let answer = ServiceProcess::request_at(address, &format!("GET {path} HTTP/1.1"), "");
        let status = if path == "/nowhere" { 404 } else { 200 };
        assert_eq!(answer.unwrap().0, status, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn slow_service_without_output_starts_serves_and_stops(
    #[values(Sink::FullDisk, Sink::Closed, Sink::BrokenPipe, Sink::Stalled)] sink: Sink,
) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let address = free_address();
    let mut command = sink.command(&folder);
    command.args(["serve", "--listen", &address.to_string()]);
    // A mail that cannot be printed is retried.
    command.args(["--set", "http.shutdown_grace=1s"]);
    let mut child = command.spawn().unwrap();
    serves(address);
    // The sign-up link is printed and lost.
    let head = "POST /signup HTTP/1.1\r\nContent-Type: application/json";
    let body = r#"{"email": "ada@example.com"}"#;
    let answer = ServiceProcess::request_at(address, head, body);
    assert_eq!(answer.unwrap().0, 202);
    serves(address);
    let kill = format!("kill -TERM {}", child.id());
    let killed = Command::new("sh").args(["-c", &kill]).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

fn assert_exit(sink: Sink, folder: &TempDir, arguments: &[&str], input: &str) -> ExitStatus {
    let mut command = sink.command(folder);
    command.args(arguments).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let written = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
    // The program may exit without reading its input.
    let _ = written;
    child.wait().unwrap()
}

#[rstest]
fn completed_command_succeeds_without_output(
    #[values(Sink::FullDisk, Sink::Closed, Sink::BrokenPipe)] sink: Sink,
) {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 12] = [
        &["migrate"],
        &["migrate"],
        &["keys", "generate"],
        &["keys", "generate"],
        &["keys", "rotate"],
        &["keys", "prune"],
        &["users", "create", "ada@example.com"],
        &["users", "role", "ada@example.com", "admin"],
        &["users", "disable", "ada@example.com"],
        &["users", "enable", "ada@example.com"],
        &["users", "logout", "ada@example.com"],
        &["users", "logout", "--all", "--yes"],
    ];
    for command in commands {
        let ended = assert_exit(sink, &folder, command, PASSWORD);
        assert_eq!(ended.code(), Some(0), "{command:?}");
    }
    let listed = run_signet(folder.path(), &["users", "list"], "").out;
    assert!(listed.contains("admin     ada@example.com"), "{listed}");
    let delete = ["users", "delete", "ada@example.com", "--yes"];
    let deleted = assert_exit(sink, &folder, &delete, "");
    assert_eq!(deleted.code(), Some(0));
    let listed = run_signet(folder.path(), &["users", "list"], "").out;
    assert!(!listed.contains("ada@example.com"), "{listed}");
}

/// The commands that only print.
const PRINTING: [&[&str]; 8] = [
    &["users", "list"],
    &["users", "show", "ada@example.com"],
    &["keys", "list"],
    &["keys", "jwks"],
    &["mail", "preview"],
    &["mail", "preview", "reset-password"],
    &["--help"],
    &["--version"],
];

fn with_content() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = ["users", "create", "ada@example.com"];
    assert_eq!(run_signet(folder.path(), &made, PASSWORD).code, 0);
    assert_eq!(run_signet(folder.path(), &["keys", "generate"], "").code, 0);
    folder
}

#[test]
fn printing_command_fails_without_output() {
    let folder = with_content();
    for arguments in PRINTING {
        let mut command = signet(folder.path());
        let full = File::options().write(true).open("/dev/full").unwrap();
        command.args(arguments).stdout(full).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let output: CommandOutput = child.wait_with_output().unwrap().into();
        assert_eq!(output.code, 1, "{arguments:?}");
        for part in ["standard output", "No space left", "nothing was changed"] {
            assert!(output.err.contains(part), "{arguments:?}: {}", output.err);
        }
    }
}

#[test]
fn closed_pipe_fails_no_command() {
    let folder = with_content();
    for arguments in PRINTING {
        let ended = assert_exit(Sink::BrokenPipe, &folder, arguments, "");
        assert_eq!(ended.code(), Some(0), "{arguments:?}");
    }
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_signet");
    shell.args(["-c", &format!("{program} keys list | head -n 1")]);
    let output: CommandOutput = run(in_folder(shell, folder.path()), "").into();
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_eq!(output.out.lines().count(), 1);
}
