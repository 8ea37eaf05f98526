//! What mails look like: `signet mail preview`, and templates of one's own.

use std::{fs, path::Path, sync::Arc};

use serde_json::json;

use super::say;
use crate::support::process::{Service, free_address};

/// What is written to a file by that command.
fn written(folder: &Path, arguments: &[&str], file: &str) -> String {
    let arguments = [&["mail", "preview"], arguments, &["--output", file]].concat();
    let said = say(folder, &arguments, "");
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn a_mail_looks_as_it_always_has() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for language in ["en", "de", "es", "zh"] {
        for part in ["txt", "html"] {
            let golden = format!("tests/golden/mail/reset-password.{language}.{part}");
            let path = format!("{}/{golden}", env!("CARGO_MANIFEST_DIR"));
            let pinned = fs::read_to_string(path).unwrap_or_default();
            let file = format!("mail.{part}");
            let seen = written(folder, &["reset-password", "--language", language], &file);
            assert!(
                seen == pinned,
                "signet mail preview reset-password --language {language} --output {golden}"
            );
        }
    }
    // Nothing else was made, and nothing else is needed.
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn every_mail_is_listed_and_can_be_seen_in_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let list = say(folder, &["mail", "preview", "--language", "es-MX"], "");
    assert_eq!(list.code, 0);
    assert_eq!(list.out.lines().count(), 16);
    for line in list.out.lines() {
        let (name, subject) = line.split_once(' ').unwrap();
        let text = say(folder, &["mail", "preview", name, "--language", "es"], "");
        let first = format!("Subject: {}\n\n", subject.trim());
        assert!(text.out.starts_with(&first), "{}", text.out);
        let html = say(folder, &["mail", "preview", name, "--part", "html"], "").out;
        assert!(
            html.starts_with("<!doctype html>\n<html lang=\"en\">"),
            "{html}"
        );
    }
}

#[test]
fn what_cannot_be_previewed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (arguments, code, why) in [
        (
            &["log-on"][..],
            2,
            "no email is called \"log-on\". Use one of confirm-sign-up, already-",
        ),
        (
            &["log-in", "--language", "fr"],
            2,
            "must be one of en, de, es, zh",
        ),
        (
            &["log-in", "--part", "pdf"],
            2,
            "[possible values: text, html]",
        ),
        (&["--output", "x"], 2, "required"),
        (
            &["log-in", "--output", "no/where"],
            1,
            "no/where cannot be written: the folder no does not exist. Create it first",
        ),
    ] {
        let said = say(folder, &[&["mail", "preview"], arguments].concat(), "");
        assert_eq!(said.code, code, "{}", said.err);
        assert!(said.err.contains(why), "{}", said.err);
    }
}

#[test]
fn mails_are_what_the_folder_of_templates_makes_of_them() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let templates = folder.path().join("mails");
    fs::create_dir(&templates).unwrap();
    let write = |name: &str, source: &str| fs::write(templates.join(name), source).unwrap();
    write("confirm-sign-up.subject", "Welcome to Acme");
    write("confirm-sign-up.txt", "Acme greets {{ to }}: {{ link }}\n");
    fs::write(
        folder.path().join("signet.toml"),
        "mail.templates = 'mails'\n",
    )
    .unwrap();
    let said = say(folder.path(), &["mail", "preview", "confirm-sign-up"], "");
    let start = "Subject: Welcome to Acme\n\nAcme greets ada@example.com: https://";
    assert!(said.out.starts_with(start), "{}", said.out);

    let mut service = Service::start_in(folder.clone(), free_address(), &[]);
    let sign_up = json!({"email": "ada@example.com"});
    assert_eq!(service.post("/signup", &sign_up).0, 202);
    service.printed_token();
    let printed = service.printed();
    let mail = "To: ada@example.com\nSubject: Welcome to Acme\n\nAcme greets ada@example.com: http";
    assert!(printed.contains(mail), "{printed}");
}

#[test]
fn a_template_that_is_wrong_is_told_at_start_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("log-in.html"), "{{ link }}{{ lnik }}").unwrap();
    fs::write(folder.join("login.txt"), "{{ link }}").unwrap();
    let set = ["--set", "mail.templates=."];
    for command in [&["serve"][..], &["mail", "preview"]] {
        let said = say(folder, &[&set, command].concat(), "");
        assert_eq!(said.code, 2, "{}", said.err);
        let fault = "mail.templates (.): \"login.txt\" is not the name of a template: no email is called \"login\"";
        assert!(said.err.contains(fault), "{}", said.err);
    }
    fs::remove_file(folder.join("login.txt")).unwrap();
    let said = say(folder, &[&set[..], &["serve"]].concat(), "");
    let fault = "mail.templates (.): log-in.html, line 1: undefined value: `lnik` is undefined (log-in, en)";
    assert!(said.err.contains(fault), "{}", said.err);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}
