//! `signet init`.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use super::run_signet;
use crate::support::process::{ServiceProcess, free_address, in_folder, run};

/// The files of a folder and their texts. Those of the key folder have no text.
fn files_of(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            for key in fs::read_dir(&path).unwrap() {
                let key = key.unwrap().file_name();
                files.insert(format!("{name}/{}", key.to_str().unwrap()), String::new());
            }
        } else {
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    files
}

#[test]
fn a_development_setup_starts_as_it_was_written() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let output = run_signet(folder.path(), &["init"], "");
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.out.ends_with("Start: signet\n"), "{}", output.out);
    let files = files_of(folder.path());
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let [".env.example", es256, secret, "signet.toml"] = names[..] else {
        panic!("{names:?}");
    };
    assert!(es256.ends_with(".es256.pem") && secret.ends_with(".secret"));
    // Every setting is a comment: the defaults are those of a machine for development.
    let configuration: toml::Table = files["signet.toml"].parse().unwrap();
    assert!(
        configuration
            .values()
            .all(|it| it.as_table().unwrap().is_empty())
    );

    let check = run_signet(folder.path(), &["check"], "");
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    ServiceProcess::start_in(folder, free_address(), &[]);
}

#[test]
fn a_second_run_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run_signet(folder, &["init"], "").code, 0);
    let before = files_of(folder);
    let again = run_signet(
        folder,
        &["init", "--issuer", "https://auth.example.com"],
        "",
    );
    assert_eq!(again.code, 2);
    assert!(
        again
            .err
            .contains("signet.toml already exists: nothing was changed"),
        "{}",
        again.err
    );
    assert_eq!(files_of(folder), before);

    // Another file that the run would write stops it as well.
    fs::remove_file(folder.join("signet.toml")).unwrap();
    let before = files_of(folder);
    let third = run_signet(folder, &["init"], "");
    assert_eq!(third.code, 2);
    assert!(
        third.err.contains(".env.example already exists"),
        "{}",
        third.err
    );
    assert_eq!(files_of(folder), before);
}

#[test]
fn passwords_are_written_to_a_file_of_the_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // On a terminal, the passwords are asked for.
    let mut terminal = in_folder(Command::new("script"), folder);
    let init = format!(
        "{} init --issuer https://auth.example.com \
         --database 'postgres://signet@db.example.com/signet?sslmode=verify-full' \
         --smtp smtp://robot@mail.example.com",
        env!("CARGO_BIN_EXE_signet")
    );
    terminal.args(["-qec", &init, "/dev/null"]);
    let output = run(terminal, "hunter2\nhunter3\n");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(
        shown.contains("Password of signet@db.example.com [none]: "),
        "{shown}"
    );
    let files = files_of(folder);
    assert_eq!(
        files[".env"],
        "SIGNET_DATABASE__URL='postgres://signet:hunter2@db.example.com/signet?sslmode=verify-full'\n\
         SIGNET_MAIL__URL='smtp://robot:hunter3@mail.example.com'\n"
    );
    let mode = fs::metadata(folder.join(".env"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    for (name, text) in files.iter().filter(|(name, _)| *name != ".env") {
        assert!(!text.contains("hunter"), "{name}");
    }
    let configuration: toml::Table = files["signet.toml"].parse().unwrap();
    assert_eq!(
        configuration["issuer"].as_str(),
        Some("https://auth.example.com")
    );
    let from = configuration["mail"]["from"].as_str();
    assert_eq!(from, Some("Signet <no-reply@auth.example.com>"));
    let check = run_signet(folder, &["check", "--offline"], "");
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
}

#[test]
fn wrong_answers_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (flag, value, problem) in [
        (
            "--issuer",
            "http://auth.example.com",
            "issuer (--issuer): must be an https URL",
        ),
        ("--issuer", "auth.example.com", "issuer (--issuer): "),
        (
            "--database",
            "mysql://db/signet",
            "database.url (--database): must begin with",
        ),
        ("--smtp", "mail.example.com", "mail.url (--smtp): "),
        (
            "--database",
            "postgres://a:hunter2@db/x",
            "--database: the URL must not contain a password",
        ),
    ] {
        let output = run_signet(folder, &["init", flag, value], "");
        assert_eq!(output.code, 2, "{value}: {}", output.out);
        assert!(output.err.contains(problem), "{}", output.err);
        assert!(output.err.lines().count() <= 6);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "{value}");
    }
}
