//! `signet mail preview` and custom mail templates.

use std::{fs, path::Path, sync::Arc};

use serde_json::json;

use super::run_signet;
use crate::support::process::{ServiceProcess, free_address};

/// The file that the command writes.
fn written(folder: &Path, arguments: &[&str], file: &str) -> String {
    let arguments = [&["mail", "preview"], arguments, &["--output", file]].concat();
    let output = run_signet(folder, &arguments, "");
    assert_eq!(
        (output.code, output.out.as_str()),
        (0, ""),
        "{}",
        output.err
    );
    fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn mails_match_the_golden_files() {
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
    // Nothing else was created, and nothing else is needed.
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn mail_list_and_preview_cover_every_mail() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let list = run_signet(folder, &["mail", "preview", "--language", "es-MX"], "");
    assert_eq!(list.code, 0);
    assert_eq!(list.out.lines().count(), 23);
    for line in list.out.lines() {
        let (name, subject) = line.split_once(' ').unwrap();
        let text = run_signet(folder, &["mail", "preview", name, "--language", "es"], "");
        let first = format!("Subject: {}\n\n", subject.trim());
        assert!(text.out.starts_with(&first), "{}", text.out);
        let html = run_signet(folder, &["mail", "preview", name, "--part", "html"], "").out;
        assert!(
            html.starts_with("<!doctype html>\n<html lang=\"en\">"),
            "{html}"
        );
    }
}

#[test]
fn preview_of_an_unknown_mail_is_rejected() {
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
        let output = run_signet(folder, &[&["mail", "preview"], arguments].concat(), "");
        assert_eq!(output.code, code, "{}", output.err);
        assert!(output.err.contains(why), "{}", output.err);
    }
}

#[test]
fn custom_templates_replace_the_built_in_mails() {
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
    let output = run_signet(folder.path(), &["mail", "preview", "confirm-sign-up"], "");
    let start = "Subject: Welcome to Acme\n\nAcme greets ada@example.com: https://";
    assert!(output.out.starts_with(start), "{}", output.out);

    let mut service = ServiceProcess::start_in(folder.clone(), free_address(), &[]);
    let sign_up = json!({"email": "ada@example.com"});
    assert_eq!(service.post("/signup", &sign_up).0, 202);
    service.printed_token();
    let printed = service.printed();
    let mail = "To: ada@example.com\nSubject: Welcome to Acme\n\nAcme greets ada@example.com: http";
    assert!(printed.contains(mail), "{printed}");
}

#[test]
fn invalid_template_stops_the_start_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("log-in.html"), "{{ link }}{{ lnik }}").unwrap();
    fs::write(folder.join("login.txt"), "{{ link }}").unwrap();
    let set = ["--set", "mail.templates=."];
    for command in [&["serve"][..], &["mail", "preview"]] {
        let output = run_signet(folder, &[&set, command].concat(), "");
        assert_eq!(output.code, 2, "{}", output.err);
        let fault = "mail.templates (command line): folder .: \"login.txt\" is not the name of a template: no email is called \"login\"";
        assert!(output.err.contains(fault), "{}", output.err);
    }
    fs::remove_file(folder.join("login.txt")).unwrap();
    let output = run_signet(folder, &[&set[..], &["serve"]].concat(), "");
    let fault = "mail.templates (command line): folder .: log-in.html, line 1: undefined value: `lnik` is undefined (log-in, en)";
    assert!(output.err.contains(fault), "{}", output.err);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}
