//! `signet users list`: filters, pages and formats.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{CommandOutput, run_signet};
use crate::support::{
    PASSWORD,
    process::{in_folder, run},
};

/// A folder with three users, and their IDs. IDs of one second are in no order.
fn three_users() -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for arguments in [
        &[
            "ada@example.com",
            "--name",
            "=Ada, \"the\" first",
            "--verified",
        ][..],
        &["bob@example.org", "--role", "editor"],
        &["=1+1@example.com"],
    ] {
        let create = [&["users", "create"], arguments].concat();
        let created = run_signet(folder.path(), &create, PASSWORD);
        assert_eq!(created.code, 0, "{}", created.err);
        ids.push(created.out.split_whitespace().next().unwrap().to_owned());
    }
    let disabled = run_signet(folder.path(), &["users", "disable", "bob@example.org"], "");
    assert_eq!(disabled.code, 0);
    (folder, ids)
}

fn list(folder: &Path, arguments: &[&str]) -> CommandOutput {
    run_signet(folder, &[&["users", "list"], arguments].concat(), "")
}

/// The IDs of the listed users.
fn listed(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = list(folder, &[arguments, &["--format", "json"]].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    let lines = output.out.lines();
    let users = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    users
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn users_are_listed_by_filters_and_pages() {
    let (folder, ids) = three_users();
    let folder = folder.path();
    let [ada, bob, sum] = [&ids[0], &ids[1], &ids[2]];
    let mut sorted: Vec<_> = ids.iter().collect();
    sorted.sort();
    let [first, second, third] = [sorted[0], sorted[1], sorted[2]];
    let none: [&String; 0] = [];
    for (arguments, expected) in [
        (&[][..], &[ada, bob, sum][..]),
        (&["--email", "ADA@example.com"], &[ada]),
        (&["--email", "*@Example.com"], &[ada, sum]),
        (&["--email", "b*"], &[bob]),
        (&["--role", "editor"], &[bob]),
        (&["--disabled"], &[bob]),
        (&["--enabled"], &[ada, sum]),
        (&["--created-after", "2026-01-01"], &[ada, bob, sum]),
        (&["--created-after", "2999-01-01T00:00:00Z"], &none),
        (&["--created-before", "2026-01-01"], &none),
        (&["--limit", "2"], &[first, second]),
        (&["--limit", "2", "--after", second], &[third]),
        (&["--limit", "1", "--after", first], &[second]),
        (&["--after", third], &none),
    ] {
        let mut expected = expected.to_vec();
        expected.sort();
        let found = listed(folder, arguments);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{arguments:?}");
    }
    for (arguments, problem) in [
        (&["--email", "ada"][..], "as in '*ada*'"),
        (&["--disabled", "--enabled"], "cannot be used with"),
        (&["--created-after", "yesterday"], "must be a date such as"),
        (&["--limit", "0"], "invalid value"),
        (&["--after", "bob"], "invalid value"),
        (&["--format", "xml"], "possible values: table, json, csv"),
    ] {
        let refused = list(folder, arguments);
        assert_eq!(refused.code, 2, "{arguments:?}");
        assert!(refused.err.contains(problem), "{}", refused.err);
    }
}

#[test]
fn lists_have_the_documented_formats() {
    let (folder, ids) = three_users();
    let folder = folder.path();
    let created = |id: &str| {
        let shown = run_signet(folder, &["users", "show", id], "").out;
        let line = shown.lines().find(|it| it.starts_with("created_at"));
        let time = line.unwrap().split_whitespace().nth(1).unwrap().to_owned();
        time.replace("+00:00", "Z")
    };
    let times: Vec<_> = ids.iter().map(|id| created(id)).collect();
    let day = |index: usize| &times[index][..10];
    let in_order = |lines: [String; 3]| {
        let mut lines: Vec<_> = ids.iter().zip(lines).collect();
        lines.sort();
        let lines = lines
            .into_iter()
            .map(|(id, line)| [id, line.as_str()].concat());
        lines.collect::<Vec<_>>().concat()
    };
    let table = list(folder, &[]).out;
    let rows = in_order([
        format!(
            "  active    verified    {}  user      ada@example.com\n",
            day(0)
        ),
        format!(
            "  disabled  unverified  {}  editor    bob@example.org\n",
            day(1)
        ),
        format!(
            "  active    unverified  {}  user      =1+1@example.com\n",
            day(2)
        ),
    ]);
    let header =
        "ID                                    STATE     VERIFIED    CREATED     ROLE      EMAIL\n";
    assert_eq!(table, format!("{header}{rows}"));

    let csv = list(folder, &["--format", "csv", "--enabled"]).out;
    let (t0, t2) = (&times[0], &times[2]);
    let records = in_order([
        format!(",ada@example.com,{t0},\"'=Ada, \"\"the\"\" first\",,user,true,{t0},{t0}\r\n"),
        String::new(),
        format!(",'=1+1@example.com,,,,user,true,{t2},{t2}\r\n"),
    ]);
    let header = "id,email,email_verified,name,image,role,is_active,created_at,updated_at\r\n";
    assert_eq!(csv, format!("{header}{}", records.replace(&ids[1], "")));

    let one = list(folder, &["--format", "json", "--email", "ada*"]).out;
    let expected = json!({
        "id": ids[0], "name": "=Ada, \"the\" first", "email": "ada@example.com",
        "email_verified": t0, "image": null, "role": "user", "is_active": true,
        "created_at": t0, "updated_at": t0,
    });
    assert_eq!(one.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&one).unwrap(), expected);
}

/// Another program has written the name.
#[test]
fn control_characters_are_escaped_in_every_format() {
    let (folder, _) = three_users();
    let folder = folder.path();
    let sql = "UPDATE users SET name = 'A' || char(27) || '[2J' || char(10) || char(8238)";
    let script =
        "import sqlite3, sys; c = sqlite3.connect('signet.db'); c.execute(sys.argv[1]); c.commit()";
    let mut python = in_folder(Command::new("python3"), folder);
    python.args(["-c", script, sql]);
    assert!(run(python, "").status.success());
    for (format, name) in [
        ("json", r#""name":"A\u001b[2J\n\u202e""#),
        ("csv", r",A\u{1b}[2J\n\u{202e},"),
    ] {
        let output = list(folder, &["--format", format, "--limit", "1"]).out;
        assert!(output.contains(name), "{output:?}");
    }
}

/// More users than a page holds are listed once each, and a reader that has enough ends the list.
#[test]
fn many_users_are_streamed() {
    let (folder, _) = three_users();
    let folder = folder.path();
    // IDs in the order of numbers.
    let script = "
import sqlite3, uuid
c = sqlite3.connect('signet.db')
row = c.execute('SELECT * FROM users LIMIT 1').fetchone()
for n in range(1234):
    c.execute('INSERT INTO users VALUES (?,?,?,?,?,?,?,?,?,?,?)',
              (uuid.UUID(int=n + 1).bytes, None, f'u{n}@many.example', *row[3:]))
c.commit()";
    let mut python = in_folder(Command::new("python3"), folder);
    python.args(["-c", script]);
    assert!(run(python, "").status.success());
    let found = listed(folder, &["--email", "*@many.example"]);
    assert_eq!(found.len(), 1234);
    assert!(found.is_sorted());
    assert_eq!(listed(folder, &["--limit", "1001"]).len(), 1001);

    let program = env!("CARGO_BIN_EXE_signet");
    let mut shell = in_folder(Command::new("sh"), folder);
    shell.args([
        "-c",
        &format!("{program} users list | head -n 1 > head.txt"),
    ]);
    let output: CommandOutput = run(shell, "").into();
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    let head = fs::read_to_string(folder.join("head.txt")).unwrap();
    assert!(head.starts_with("ID "), "{head}");
}
