//! Commands of the program: settings, output and exit codes.

mod check;
mod databases;
mod first_starts;
mod generated;
mod healthcheck;
mod init;
mod mail;
mod output;
mod pages;
mod roles;
mod suitability;
mod terminal;
mod tls;
mod user_factors;
mod user_import;
mod user_lists;
mod user_mails;
mod users;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use rstest_reuse::apply;
use serde_json::json;

use crate::support::{
    Engine, PASSWORD, TestDatabase, both_engines,
    process::{ServiceProcess, free_address, in_folder, run, signet},
};

/// The exit code and the output of a command.
pub struct CommandOutput {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for CommandOutput {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the program in that folder to its end.
pub fn run_signet(folder: &Path, arguments: &[&str], input: &str) -> CommandOutput {
    let mut command = signet(folder);
    command.args(arguments);
    run(command, input).into()
}

#[test]
fn configuration_errors_are_all_reported_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(
        folder.join("signet.toml"),
        "colour = 'red'\n[tokens]\nleeway = '2m'\n",
    )
    .unwrap();
    fs::write(
        folder.join(".env"),
        "DATABASE_URL=mysql://root:hunter2@db/x\n",
    )
    .unwrap();
    let said = run_signet(folder, &["--issuer", "http://auth.example.com"], "");
    assert_eq!(said.code, 2);
    for fault in [
        "4 settings are wrong",
        "issuer (command line): must be an https URL",
        "database.url (.env line 1, DATABASE_URL): must begin with sqlite: or postgres://",
        "tokens.leeway (signet.toml line 3): must be between 0s and 1m",
        "colour (signet.toml line 1): is not a setting",
    ] {
        assert!(said.err.contains(fault), "{}", said.err);
    }
    assert!(!said.err.contains("hunter2"));
    assert!(!folder.join("keys").exists() && !folder.join("signet.db").exists());

    fs::write(folder.join("latin-1.toml"), b"# gr\xfcn\n").unwrap();
    let latin_1 = run_signet(folder, &["--config", "latin-1.toml"], "");
    assert_eq!(latin_1.code, 2);
    let problem = "configuration (latin-1.toml): is not UTF-8 but in another encoding";
    assert!(latin_1.err.contains(problem), "{}", latin_1.err);

    let missing = run_signet(folder, &["--config", "nowhere.toml"], "");
    assert_eq!(missing.code, 2);
    assert!(
        missing.err.contains("configuration (nowhere.toml)"),
        "{}",
        missing.err
    );
}

#[test]
fn environment_file_is_read_from_the_working_folder_only() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("here");
    fs::create_dir(&folder).unwrap();
    fs::write(
        parent.path().join(".env"),
        "DATABASE_URL=mysql://elsewhere/x\n",
    )
    .unwrap();
    assert_eq!(
        run_signet(&folder, &["migrate"], "").out,
        "Applied 3 migrations.\n"
    );
    fs::write(folder.join(".env"), "DATABASE_URL=sqlite://other.db\n").unwrap();
    assert_eq!(
        run_signet(&folder, &["migrate"], "").out,
        "Applied 3 migrations.\n"
    );
    assert!(folder.join("other.db").exists());
    fs::write(folder.join(".env"), "A=it's\nDATABASE_URL='hunter2\n").unwrap();
    let said = run_signet(&folder, &["migrate"], "");
    assert_eq!(said.code, 2);
    assert!(
        said.err
            .contains("database.url (.env line 2, DATABASE_URL): has a quote that is not closed"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("hunter2"));
}

#[test]
fn environment_file_of_another_program_is_tolerated() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let foreign = "\u{feff}APP_NAME=My Great App\r\nJAVA_OPTS=-Xmx1g -Xms1g\r\nA=it's\r\na-b=c\r\n\
                   DATABASE_URL=sqlite://ab$cd$5xy.db\r\nB=\"";
    fs::write(folder.join(".env"), foreign).unwrap();
    let said = run_signet(folder, &["migrate"], "");
    assert_eq!(said.out, "Applied 3 migrations.\n", "{}", said.err);
    assert!(folder.join("ab$cd$5xy.db").exists());
}

/// Reading a pipe without a writer blocks forever, and `/dev/zero` never ends.
#[test]
fn environment_file_that_is_not_a_regular_file_is_ignored() {
    type Place = fn(&Path);
    let places: [Place; 4] = [
        |path| fs::create_dir(path).unwrap(),
        |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
        |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
    ];
    for place in places {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        place(&folder.join(".env"));
        let said = run_signet(folder, &["migrate"], "");
        assert_eq!(said.out, "Applied 3 migrations.\n", "{}", said.err);
        let warning = ".env is not a regular file and is ignored";
        assert!(said.err.contains(warning), "{}", said.err);
    }
}

#[test]
fn empty_variable_counts_as_unset() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = signet(folder.path());
    command.arg("migrate");
    for name in ["DATABASE_URL", "SIGNET_MAIL__URL", "SIGNET_LISTEN"] {
        command.env(name, "");
    }
    command.env("SIGNET_POSTGRESQL_SERVICE_HOST", "10.0.0.1");
    command.env("SIGNET_POSTGRESQL_PORT", "tcp://10.0.0.1:5432");
    let said: CommandOutput = run(command, "").into();
    assert_eq!(said.out, "Applied 3 migrations.\n", "{}", said.err);
    assert!(folder.path().join("signet.db").exists());
}

#[test]
fn occupied_port_is_reported_and_nothing_is_written() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let said = run_signet(folder.path(), &["serve", "--listen", &address], "");
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains(&format!("listen: {address} is already in use")),
        "{}",
        said.err
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn keys_are_not_generated_beyond_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address().to_string();
    let arguments = ["--issuer", "https://auth.example.com", "--listen", &address];
    let said = run_signet(folder.path(), &arguments, "");
    assert_eq!(said.code, 2);
    assert!(
        said.err
            .contains("keys.folder: keys contains no keys. Run `signet keys generate`"),
        "{}",
        said.err
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn unusable_keys_folder_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run_signet(folder, &["keys", "generate"], "").code, 0);
    for entry in fs::read_dir(folder.join("keys")).unwrap() {
        let path = entry.unwrap().path();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let address = free_address().to_string();
    let said = run_signet(folder, &["--listen", &address], "");
    assert_eq!(said.code, 2);
    assert_eq!(
        said.err.matches("other users can read it").count(),
        2,
        "{}",
        said.err
    );
    assert!(!folder.join("signet.db").exists());

    fs::remove_dir_all(folder.join("keys")).unwrap();
    fs::write(folder.join("keys"), "").unwrap();
    let said = run_signet(folder, &["--listen", &address], "");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("keys: is not a folder"), "{}", said.err);
}

#[test]
fn unreadable_keys_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = folder.join("keys");
    fs::create_dir(&keys).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o000)).unwrap();
    // Root can read every file, so another user runs the command.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.join("signet");
    fs::copy(env!("CARGO_BIN_EXE_signet"), &program).unwrap();
    let is_root = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&program).unwrap()) == 0;
    let command = if is_root {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&program);
        command
    } else {
        Command::new(&program)
    };
    let mut command = in_folder(command, folder);
    command.args(["--listen", &free_address().to_string()]);
    let said: CommandOutput = run(command, "").into();
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err
            .contains("keys: this process has no permission to read it"),
        "{}",
        said.err
    );
    assert!(!folder.join("signet.db").exists());
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn published_test_keys_are_rejected_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("keys")).unwrap();
    for suffix in ["es256.pem", "rs256.pem", "eddsa.pem", "secret"] {
        let name = format!("20260101T000000Z.{suffix}");
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/0.1.0");
        let path = folder.join("keys").join(&name);
        fs::copy(Path::new(golden).join(name), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let said = run_signet(folder, &["--listen", &free_address().to_string()], "");
    assert_eq!(said.code, 2);
    assert_eq!(said.err.matches("known").count(), 4, "{}", said.err);
}

#[apply(both_engines)]
#[tokio::test]
async fn program_signs_up_logs_in_and_refreshes(engine: Engine) {
    let database = TestDatabase::on(engine).await;
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let environment = [("DATABASE_URL", database.url.as_str())];
    let mut command = signet(folder.path());
    command.arg("migrate").envs(environment);
    assert!(run(command, "").status.success());

    let mut service = ServiceProcess::start_in(folder, free_address(), &environment);
    let session = service.sign_up("ada@example.com", PASSWORD);
    let access = session["access_token"].as_str().unwrap();
    assert_eq!(service.get("/me", access).0, 200);
    let refresh = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(service.post("/refresh", &refresh).0, 200);
    let login = json!({"email": "ada@example.com", "password": PASSWORD});
    assert_eq!(service.post("/login", &login).0, 200);
}

#[test]
fn listen_is_shown_where_it_has_an_effect_and_checked_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (command, is_shown) in [
        (&[][..], true),
        (&["serve"], true),
        (&["migrate"], false),
        (&["keys", "list"], false),
        (&["users"], false),
        (&["users", "logout"], false),
    ] {
        let help = run_signet(folder, &[command, &["--help"]].concat(), "").out;
        assert_eq!(help.contains("--listen <ADDRESS>"), is_shown, "{help}");
    }
    for command in [
        &["--listen", "nonsense", "users", "list"][..],
        &["users", "--listen", "nonsense", "list"],
        &["users", "list", "--listen", "nonsense"],
        &["--listen", "127.0.0.1:0", "migrate", "--listen", "nonsense"],
    ] {
        let output = run_signet(folder, command, "");
        assert_eq!(output.code, 2, "{}", output.err);
        let fault = "listen (command line): must be an address and a port";
        assert!(output.err.contains(fault), "{}", output.err);
    }
}

#[test]
fn help_matches_the_golden_files() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, golden, pinned) in [
        (
            &["--help"][..],
            "help.txt",
            include_str!("../../golden/help.txt"),
        ),
        (
            &["keys", "--help"],
            "help.keys.txt",
            include_str!("../../golden/help.keys.txt"),
        ),
        (
            &["keys", "generate", "--help"],
            "help.keys.generate.txt",
            include_str!("../../golden/help.keys.generate.txt"),
        ),
        (
            &["mail", "--help"],
            "help.mail.txt",
            include_str!("../../golden/help.mail.txt"),
        ),
        (
            &["mail", "preview", "--help"],
            "help.mail.preview.txt",
            include_str!("../../golden/help.mail.preview.txt"),
        ),
        (
            &["mail", "send", "--help"],
            "help.mail.send.txt",
            include_str!("../../golden/help.mail.send.txt"),
        ),
        (
            &["pages", "preview", "--help"],
            "help.pages.preview.txt",
            include_str!("../../golden/help.pages.preview.txt"),
        ),
        (
            &["users", "--help"],
            "help.users.txt",
            include_str!("../../golden/help.users.txt"),
        ),
        (
            &["users", "list", "--help"],
            "help.users.list.txt",
            include_str!("../../golden/help.users.list.txt"),
        ),
        (
            &["users", "invite", "--help"],
            "help.users.invite.txt",
            include_str!("../../golden/help.users.invite.txt"),
        ),
        (
            &["users", "email", "--help"],
            "help.users.email.txt",
            include_str!("../../golden/help.users.email.txt"),
        ),
        (
            &["users", "password", "--help"],
            "help.users.password.txt",
            include_str!("../../golden/help.users.password.txt"),
        ),
        (
            &["users", "delete", "--help"],
            "help.users.delete.txt",
            include_str!("../../golden/help.users.delete.txt"),
        ),
    ] {
        let help = run_signet(folder.path(), arguments, "").out;
        assert_eq!(help, pinned, "tests/golden/{golden}");
    }
}
