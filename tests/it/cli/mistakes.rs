//! The usual mistakes of operators. Each has one message of at most six lines that names the place, the setting and the
//! remedy.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path};

use super::commands::run_signet;
use crate::support::keys::key_files;

/// The most lines of a message.
const MOST_LINES: usize = 6;

/// A mistake: its name, the configuration, the command, and the parts of the message.
type Mistake<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

const MISTAKES: &[Mistake] = &[
    (
        "typo in a key",
        "[tokens]\nleewey = '1s'\n",
        "migrate",
        &[
            "tokens.leewey (signet.toml line 2): is not a setting of Signet",
            "Did you mean tokens.leeway?",
        ],
    ),
    (
        "wrong type",
        "\n[tokens]\nleeway = ['1s']\n",
        "migrate",
        &["tokens.leeway (signet.toml line 3): must be a single value such as \"30s\""],
    ),
    (
        "missing issuer",
        "listen = '0.0.0.0:8080'\n",
        "migrate",
        &[
            "issuer (signet.toml): is required",
            "set it to an https URL such as https://auth.example.com",
        ],
    ),
    (
        "http issuer on a public host",
        "issuer = 'http://auth.example.com'\n",
        "migrate",
        &["issuer (signet.toml line 1): must be an https URL"],
    ),
    (
        "bad database URL",
        "[database]\nurl = 'mysql://root:hunter2@db/x'\n",
        "migrate",
        &["database.url (signet.toml line 2): must begin with sqlite: or postgres://"],
    ),
    (
        "duplicate client_id",
        "[[clients]]\nclient_id = 'web'\n\n[[clients]]\nclient_id = 'web'\n",
        "migrate",
        &[
            "clients[1].client_id (signet.toml line 5): is also the client_id of another client",
            "choose another name",
        ],
    ),
    (
        "unknown command",
        "",
        "serv",
        &["unrecognized subcommand 'serv'", "'serve'", "--help"],
    ),
    (
        "command of another program: start",
        "",
        "start",
        &["unrecognized subcommand 'start'", "tip: ", "signet serve"],
    ),
    (
        "command of another program: run",
        "",
        "--issuer http://localhost:8080 run",
        &["unrecognized subcommand 'run'", "tip: ", "signet serve"],
    ),
    (
        "command of another program: server",
        "",
        "server",
        &["unrecognized subcommand 'server'", "tip: ", "signet serve"],
    ),
    (
        "command of another program: version",
        "",
        "version",
        &[
            "unrecognized subcommand 'version'",
            "tip: ",
            "signet --version",
        ],
    ),
    (
        "unknown language",
        "",
        "mail preview --language xx",
        &[
            "invalid value 'xx' for '--language <TAG>'",
            "must be one of en, ",
        ],
    ),
];

/// Runs the command and compares its message.
fn assert_message(folder: &Path, (name, file, command, parts): Mistake) {
    fs::write(folder.join("signet.toml"), file).unwrap();
    let arguments: Vec<_> = command.split(' ').collect();
    let output = run_signet(folder, &arguments, "");
    let message = output.err;
    assert_ne!(output.code, 0, "{name}: {message}");
    for part in parts {
        assert!(message.contains(part), "{name}: {message}");
    }
    let lines = message.lines().count();
    assert!(lines <= MOST_LINES, "{name}: {lines} lines: {message}");
    assert!(!message.contains("hunter2"), "{name}: {message}");
}

#[test]
fn usual_mistakes_have_a_short_message_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for mistake in MISTAKES {
        assert_message(folder.path(), *mistake);
    }
}

/// `start` is the name of no command of a group either, and `signet serve` would not help there.
#[test]
fn only_an_unknown_first_command_has_the_tip_to_serve() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_signet(folder.path(), &["users", "start"], "");
    assert_eq!(output.code, 2);
    assert!(output.err.contains("unrecognized subcommand 'start'"));
    assert!(!output.err.contains("signet serve"), "{}", output.err);
}

#[test]
fn key_that_others_can_read_has_a_short_message_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run_signet(folder, &["keys", "generate"], "").code, 0);
    let [name] = key_files(&folder.join("keys"), ".secret")
        .try_into()
        .unwrap();
    let path = folder.join("keys").join(&name);
    fs::set_permissions(path, fs::Permissions::from_mode(0o604)).unwrap();
    let parts = [
        "keys.folder (signet.toml line 1): the keys cannot be used",
        &name,
        "other users can read it: run chmod o-rwx",
    ];
    let settings = "keys.folder = 'keys'\n";
    assert_message(folder, ("readable key", settings, "serve", &parts));
}

#[test]
fn port_in_use_has_a_short_message_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let file = format!("listen = '{address}'\nlog.filter = 'error'\n");
    let message = format!("listen: {address} is already in use by another program");
    let parts = [message.as_str(), "set listen to another port"];
    assert_message(folder.path(), ("port in use", &file, "serve", &parts));
}
