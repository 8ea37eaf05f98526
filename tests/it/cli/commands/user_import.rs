//! `signet users import` and `signet users export`.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{CommandOutput, run_signet};
use crate::support::process::{in_folder, run, signet};

const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuZ0Lzu7tN6dQ9fFbFUYAiCUOyL5qfP1e";

fn import(folder: &Path, arguments: &[&str]) -> CommandOutput {
    run_signet(folder, &[&["users", "import"], arguments].concat(), "")
}

fn export(folder: &Path, arguments: &[&str]) -> CommandOutput {
    run_signet(folder, &[&["users", "export"], arguments].concat(), "")
}

/// The lines of that many users, in the form of Signet.
fn many(users: usize) -> String {
    let user = |n: usize| {
        let account = json!({"type": "import", "provider": "import:own", "id": n.to_string()});
        json!({"email": format!("user{n}@example.com"), "email_verified": true, "password_hash": HASH,
            "accounts": [account]})
    };
    let rows: Vec<_> = (0..users).map(|n| user(n).to_string()).collect();
    rows.join("\n") + "\n"
}

#[test]
fn users_are_imported_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows = [
        json!({"_id": {"$oid": "1"}, "email": "ada@example.com", "email_verified": true, "passwordHash": HASH}),
        json!({"_id": {"$oid": "2"}, "email": "ADA@example.com"}),
        json!({"_id": {"$oid": "3"}, "email": "ada"}),
        json!({"_id": {"$oid": "4"}, "email": "bob@example.com", "passwordHash": "5f4dcc3b5aa765d61d8327deb882cf99"}),
        json!({"_id": {"$oid": "5"}, "email": "cem@example.com", "identities": [{"provider": "corporate", "user_id": "5"}]}),
    ];
    let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
    let text = rows.join("\n") + "\n";
    fs::write(folder.join("users.jsonl"), text + "{\"_id\"").unwrap();
    let refusals = "users.jsonl:2: email_taken\nusers.jsonl:3: invalid_email\nusers.jsonl:4: weak_hash\n\
                    users.jsonl:5: unknown_provider\nusers.jsonl:6: malformed\n";
    let arguments = ["--from", "auth0", "users.jsonl"];

    // A dry run creates no database.
    let dry = import(folder, &[&["--dry-run"], &arguments[..]].concat());
    let expected = format!("{refusals}imported: 1, unchanged: 0, refused: 5\n");
    assert_eq!((dry.code, &dry.out), (1, &expected), "{}", dry.err);
    for cause in [
        "users.jsonl:5: corporate: name it with --provider",
        "users.jsonl:6: the row is not a JSON object",
        "5 rows refused\n",
    ] {
        assert!(dry.err.contains(cause), "{}", dry.err);
    }
    assert!(!folder.join("signet.db").exists());

    let done = import(folder, &arguments);
    assert_eq!((done.code, &done.out), (1, &expected), "{}", done.err);
    let config = "[[providers]]\nid = 'work'\nkind = 'oidc'\nissuer = 'https://id.example.com'\nclient_id = 'x'\n";
    fs::write(folder.join("signet.toml"), config).unwrap();
    let named = [
        "--provider",
        "corporate=work",
        "--allow-weak",
        "--format",
        "json",
    ];
    let again = import(folder, &[&named, &arguments[..]].concat());
    let report: Value = serde_json::from_str(&again.out).unwrap();
    let refused =
        |line: u64, reason: &str| json!({"file": "users.jsonl", "line": line, "reason": reason});
    let mut malformed = refused(6, "malformed");
    malformed["detail"] = "the row is not a JSON object, or has a member twice".into();
    let refusals = [
        refused(2, "email_taken"),
        refused(3, "invalid_email"),
        malformed,
    ];
    let expected = json!({"imported": 2, "unchanged": 1, "refused": 3, "refusals": refusals});
    assert_eq!((again.code, report), (1, expected), "{}", again.err);

    let exported = export(folder, &["--output", "out.jsonl"]);
    assert_eq!(
        (exported.code, exported.out.as_str()),
        (0, ""),
        "{}",
        exported.err
    );
    let file = folder.join("out.jsonl");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(export(folder, &[]).out, text);
    let users: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let user = |email: &str| users.iter().find(|it| it["email"] == email).unwrap();
    let mut ada = user("ada@example.com").clone();
    for generated in ["id", "created_at"] {
        assert!(ada.as_object_mut().unwrap().remove(generated).is_some());
    }
    let account = json!({"type": "import", "provider": "import:auth0", "id": "1"});
    let expected = json!({"email": "ada@example.com", "email_verified": true, "role": "user",
        "disabled": false, "password_hash": HASH, "accounts": [account]});
    assert_eq!(ada, expected);
    let work = json!({"type": "oidc", "provider": "https://id.example.com", "id": "5"});
    assert_eq!(user("cem@example.com")["accounts"][1], work);
    let weak = user("bob@example.com")["password_hash"].as_str().unwrap();
    assert!(!weak.contains("5f4dcc3b"), "{weak}");

    let only = ["--from", "signet", "out.jsonl"];
    let unchanged = import(folder, &only);
    let numbers = "imported: 0, unchanged: 3, refused: 0\n";
    assert_eq!((unchanged.code, unchanged.out.as_str()), (0, numbers));
    let nowhere = export(folder, &["--output", "nowhere/out.jsonl"]);
    assert_eq!(nowhere.code, 1);
    assert!(
        nowhere
            .err
            .contains("nowhere/out.jsonl cannot be written: its folder does not exist")
    );
}

#[test]
fn wrong_calls_import_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("users"), many(1)).unwrap();
    fs::write(folder.join("empty"), "\n").unwrap();
    fs::write(folder.join("header.csv"), "id,primary_email_address\n").unwrap();
    std::os::unix::fs::symlink("users", folder.join("link")).unwrap();
    let config = "[[providers]]\nid = 'microsoft'\nkind = 'microsoft'\ntenant = 'common'\nclient_id = 'x'\nclient_secret = 'x'\n";
    fs::write(folder.join("signet.toml"), config).unwrap();
    for (arguments, problem) in [
        (&["users"][..], "--from"),
        (&["--from", "signet"], "<FILE>"),
        (
            &["--from", "cognito", "users"],
            "possible values: auth0, firebase, supabase",
        ),
        (
            &["--from", "signet", "--format", "xml", "users"],
            "possible values: text, json",
        ),
        (
            &["--from", "signet", "--provider", "x", "users"],
            "must be NAME=ID",
        ),
        (
            &["--from", "signet", "--provider", "x=y", "users"],
            "--provider x=y: no provider of [[providers]] has the id y",
        ),
        (
            &["--from", "signet", "--provider", "x=microsoft", "users"],
            "Microsoft cannot be imported",
        ),
        (
            &["--from", "signet", "--hash-config", "users", "users"],
            "--hash-config: is an option of --from firebase only",
        ),
        (
            &["--from", "auth0", "--pepper-file", "users", "users"],
            "--pepper-file: is an option of --from devise only",
        ),
        (
            &["--from", "firebase", "--hash-config", "empty", "users"],
            "--hash-config empty: algorithm is missing",
        ),
        (
            &["--from", "firebase", "--hash-config", "gone", "users"],
            "--hash-config gone: cannot be read",
        ),
        (
            &["--from", "devise", "--pepper-file", "empty", "users"],
            "--pepper-file empty: is empty",
        ),
        (&["--from", "signet", "users", "gone"], "gone: "),
        (&["--from", "signet", "users", "."], ".: "),
        (&["--from", "signet", "empty"], "empty: contains no users"),
        (
            &["--from", "clerk", "header.csv"],
            "header.csv: contains no users",
        ),
        (
            &["--from", "signet", "users", "./users"],
            "./users: is named twice",
        ),
        (
            &["--from", "signet", "users", "link"],
            "link: is named twice",
        ),
    ] {
        let refused = import(folder, arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {}", refused.err);
        assert!(
            refused.err.contains(problem),
            "{arguments:?}: {}",
            refused.err
        );
        assert_eq!(refused.out, "", "{arguments:?}");
    }
    assert!(!folder.join("signet.db").exists());
}

#[test]
fn files_in_other_forms_are_refused_with_their_cause() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("users"), many(1)).unwrap();
    fs::write(folder.join("foreign.csv"), "ID,user_email\n".repeat(100)).unwrap();
    let foreign = import(folder, &["--from", "signet", "foreign.csv"]);
    let numbers = "foreign.csv:100: malformed\nimported: 0, unchanged: 0, refused: 100\n";
    assert_eq!(foreign.code, 2, "{}", foreign.err);
    assert!(foreign.out.ends_with(numbers), "{}", foreign.out);
    let problem = "foreign.csv: the first 100 rows are malformed (the row is not a JSON object";
    assert!(foreign.err.contains(problem), "{}", foreign.err);
    assert!(foreign.err.contains("check that --from"), "{}", foreign.err);

    fs::write(folder.join("array.json"), format!("[{}]", many(1))).unwrap();
    let array = import(folder, &["--from", "signet", "array.json", "users"]);
    let expected = "array.json:1: malformed\nimported: 1, unchanged: 0, refused: 1\n";
    assert_eq!((array.code, array.out.as_str()), (1, expected));
    let problem = "array.json:1: the file is a JSON array, but JSON Lines";
    assert_eq!(array.err.matches(problem).count(), 1, "{}", array.err);
    let json = ["--from", "signet", "--format", "json", "array.json"];
    let report: Value = serde_json::from_str(&import(folder, &json).out).unwrap();
    let detail = report["refusals"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("the file is a JSON array, but"));
    fs::write(folder.join("none.json"), "[]").unwrap();
    let none = import(folder, &["--from", "signet", "none.json"]);
    assert_eq!(none.code, 2, "{}", none.err);
    assert!(none.err.contains("none.json: contains no users"));

    // A name of a provider with control characters is escaped.
    let kratos = json!({"id": "1", "traits": {"email": "a@example.com"}, "credentials": {"oidc": {"config":
        {"providers": [{"provider": "\u{1b}[2J\u{7}"}]}}}});
    let rows = format!("{kratos}\n").repeat(100);
    fs::write(folder.join("escapes.jsonl"), rows).unwrap();
    let escaped = import(folder, &["--from", "kratos", "escapes.jsonl"]);
    assert_eq!(escaped.code, 2, "{}", escaped.err);
    assert!(escaped.err.contains("first 100 rows are malformed"));
    assert!(
        !escaped.err.contains(['\u{1b}', '\u{7}']),
        "{}",
        escaped.err
    );
}

/// The causes of refusals, and roles that are not configured.
#[test]
fn report_names_causes_and_unknown_roles() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows = json!([
        {"id": 1, "encrypted_password": ""},
        {"id": 2, "encrypted_password": null, "email": "x@example.com", "created_at": "once"},
        {"encrypted_password": ""},
        {"id": 4, "email": "x@example.com", "password": "pbkdf2_sha256$1$s$x"}
    ]);
    let rows = rows.to_string();
    fs::write(
        folder.join("identities.json"),
        "[{},{\"id\": 1, \"traits\": 7}]",
    )
    .unwrap();
    fs::write(folder.join("users.json"), rows).unwrap();
    let arguments = ["--from", "devise", "--format", "json", "users.json"];
    let refused = import(folder, &arguments);
    let report: Value = serde_json::from_str(&refused.out).unwrap();
    let refusals: Vec<_> = report["refusals"].as_array().unwrap().iter().collect();
    let details: Vec<_> = refusals.iter().map(|it| &it["detail"]).collect();
    let expected = [
        "element 1: the email is missing",
        "element 2: created_at is not a time",
        "element 3: id is missing",
        "element 4: encrypted_password is missing",
    ];
    assert_eq!(details, expected, "{}", refused.err);
    assert!(
        refused.err.contains("4 rows refused, and none can be read"),
        "{}",
        refused.err
    );
    let kratos = import(folder, &["--from", "kratos", "identities.json"]);
    let expected = "identities.json:1: element 2: traits is not an object";
    assert!(kratos.err.contains(expected), "{}", kratos.err);
    let lines: Vec<_> = kratos.out.lines().take(2).collect();
    let expected = ["(element 1)", "(element 2)"];
    let expected = expected.map(|element| format!("identities.json:1: malformed {element}"));
    assert_eq!(lines, expected);

    let user = |n: u8, role: &str| {
        let account = json!({"type": "oidc", "provider": "google", "id": n.to_string()});
        json!({"email": format!("u{n}@example.com"), "role": role, "accounts": [account]})
            .to_string()
    };
    let rows = [user(1, "admn"), user(2, "admn"), user(3, "admin")];
    fs::write(folder.join("users.jsonl"), rows.join("\n")).unwrap();
    let imported = import(folder, &["--from", "signet", "users.jsonl"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    let warned = "the role admn is not configured";
    assert_eq!(imported.err.matches(warned).count(), 1, "{}", imported.err);
    let warned = "the provider google is not configured";
    assert_eq!(imported.err.matches(warned).count(), 1, "{}", imported.err);
    assert!(imported.err.contains("no imported user has a password"));
    assert!(
        imported.err.contains("Did you mean admin?"),
        "{}",
        imported.err
    );
}

/// A killed import is completed by the next one.
#[test]
fn killed_import_is_completed_when_it_is_repeated() {
    const USERS: usize = 12_000;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("users.jsonl"), many(USERS)).unwrap();
    assert_eq!(run_signet(folder, &["migrate"], "").code, 0);
    let stored = || {
        let script = "import sqlite3; c = sqlite3.connect('signet.db'); print(*c.execute('SELECT COUNT(*) FROM users').fetchone())";
        let mut python = in_folder(Command::new("python3"), folder);
        python.args(["-c", script]);
        let counted = run(python, "").stdout;
        String::from_utf8(counted)
            .unwrap()
            .trim()
            .parse::<usize>()
            .unwrap()
    };
    let mut first = signet(folder);
    first.args(["users", "import", "--from", "signet", "users.jsonl"]);
    let mut first = first.stdout(Stdio::null()).spawn().unwrap();
    let limit = Instant::now() + Duration::from_mins(1);
    while stored() == 0 && first.try_wait().unwrap().is_none() {
        assert!(Instant::now() < limit, "the first rows are stored");
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let before = stored();
    assert!(
        before > 0 && before < USERS && before.is_multiple_of(1000),
        "{before}"
    );

    let second = import(folder, &["--from", "signet", "users.jsonl"]);
    let expected = format!(
        "imported: {}, unchanged: {before}, refused: 0\n",
        USERS - before
    );
    assert_eq!((second.code, second.out), (0, expected), "{}", second.err);
}
