//! Commands on a terminal: questions, passwords without echo and progress.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::run_signet;
use crate::support::{
    PASSWORD,
    process::{ServiceProcess, in_folder},
};

/// A shell command whose three streams are one terminal.
struct Terminal {
    child: Child,
    shown: String,
}

impl Terminal {
    fn start(folder: &Path, arguments: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_signet");
        let mut command = in_folder(Command::new("script"), folder);
        command.args(["-qec", &format!("{program} {arguments}"), "/dev/null"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self {
            child: command.spawn().unwrap(),
            shown: String::new(),
        }
    }

    /// Reads until the terminal shows a text that was not shown before, and enters a line.
    fn answer(&mut self, prompt: &str, line: &str) {
        let from = self.shown.len();
        let output = self.child.stdout.as_mut().unwrap();
        while !self.shown[from..].contains(prompt) {
            let mut byte = [0];
            assert_eq!(output.read(&mut byte).unwrap(), 1, "{}", self.shown);
            self.shown.push(char::from(byte[0]));
        }
        // A prompt for a password is shown shortly before the echo is switched off.
        thread::sleep(Duration::from_millis(500));
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// Waits for the end. Returns the exit code and all that was shown.
    fn end(mut self) -> (i32, String) {
        let mut output = self.child.stdout.take().unwrap();
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        self.shown.push_str(&String::from_utf8_lossy(&rest));
        (self.child.wait().unwrap().code().unwrap(), self.shown)
    }
}

fn create(folder: &Path, email: &str) {
    let created = run_signet(folder, &["users", "create", email], PASSWORD);
    assert_eq!(created.code, 0, "{}", created.err);
}

fn exists(folder: &Path, email: &str) -> bool {
    run_signet(folder, &["users", "show", email], "").code == 0
}

#[test]
fn deletion_and_logout_of_all_ask_first() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder, "ada@example.com");
    let delete = "users delete ada@example.com";
    for no in ["", "n", "nonsense"] {
        let mut terminal = Terminal::start(folder, delete);
        terminal.answer("and all their data? [y/N] ", no);
        let (code, shown) = terminal.end();
        assert_eq!(code, 1, "{shown}");
        assert!(shown.contains("Delete ada@example.com ("), "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
        assert!(exists(folder, "ada@example.com"));
    }
    let mut terminal = Terminal::start(folder, "users logout --all");
    terminal.answer("End all sessions of all users? [y/N] ", "y");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("All sessions of all 1 users have ended."),
        "{shown}"
    );

    let mut terminal = Terminal::start(folder, delete);
    terminal.answer("[y/N] ", "yes");
    assert_eq!(terminal.end().0, 0);
    assert!(!exists(folder, "ada@example.com"));

    // One user can log in again, so that logout does not ask.
    create(folder, "bob@example.com");
    assert_eq!(
        Terminal::start(folder, "users logout bob@example.com")
            .end()
            .0,
        0
    );
    assert_eq!(
        Terminal::start(folder, "users delete bob@example.com --yes")
            .end()
            .0,
        0
    );
    assert!(!exists(folder, "bob@example.com"));
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_deleted_or_ended() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder, "ada@example.com");
    for arguments in [
        &["users", "delete", "ada@example.com"][..],
        &["users", "logout", "--all"],
    ] {
        let refused = run_signet(folder, arguments, "y\n");
        assert_eq!((refused.code, refused.out.as_str()), (2, ""));
        let problem = "cannot be undone, and there is no terminal to ask on: add --yes";
        assert!(refused.err.contains(problem), "{}", refused.err);
    }
    assert!(exists(folder, "ada@example.com"));
}

#[test]
fn password_is_read_from_the_terminal_without_echo() {
    let service = ServiceProcess::start(&[]);
    let folder = service.folder.path();
    create(folder, "ada@example.com");
    let (password, set) = ("a rather new passphrase", "users password ada@example.com");
    let mut terminal = Terminal::start(folder, set);
    terminal.answer("Password: ", password);
    terminal.answer("Repeat password: ", "something else");
    let (code, shown) = terminal.end();
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("the passwords do not match"), "{shown}");

    let mut terminal = Terminal::start(folder, set);
    terminal.answer("Password: ", password);
    terminal.answer("Repeat password: ", password);
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("ada@example.com has a new password"),
        "{shown}"
    );
    assert!(!shown.contains(password), "{shown}");
    let login = serde_json::json!({"email": "ada@example.com", "password": password});
    assert_eq!(service.post("/login", &login).0, 200);
}

#[test]
fn progress_is_shown_on_a_terminal_only() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder, "ada@example.com");
    let to_file = Terminal::start(folder, "users list --format csv > users.csv");
    let (code, shown) = to_file.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Listed users: "), "{shown:?}");
    let csv = fs::read_to_string(folder.join("users.csv")).unwrap();
    assert_eq!(csv.lines().count(), 2);
    assert!(!csv.contains("Listed"), "{csv}");

    let to_terminal = Terminal::start(folder, "users list").end().1;
    assert!(!to_terminal.contains("Listed users"), "{to_terminal:?}");
    let piped = run_signet(folder, &["users", "list"], "");
    assert_eq!((piped.code, piped.err.as_str()), (0, ""));
}
