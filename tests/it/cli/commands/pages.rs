//! `signet pages preview` and custom page templates.

use std::{fs, sync::Arc};

use super::run_signet;
use crate::support::process::{ServiceProcess, free_address};

#[test]
fn page_list_and_preview_cover_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let list = run_signet(folder, &["pages", "preview"], "");
    assert_eq!(list.code, 0, "{}", list.err);
    assert!(list.out.lines().count() > 40);
    let line = list.out.lines().find(|line| line.starts_with("login "));
    assert!(line.unwrap().ends_with(" login.html"), "{}", list.out);
    for (name, language) in [
        ("login", "en"),
        ("error-invalid-request", "de"),
        ("mail-sent", "zh"),
    ] {
        let arguments = ["pages", "preview", name, "--language", language];
        let page = run_signet(folder, &arguments, "").out;
        let start = format!("<!doctype html>\n<html lang=\"{language}\">");
        assert!(page.starts_with(&start), "{page}");
    }
    let file = ["pages", "preview", "login", "--output", "login.html"];
    let written = run_signet(folder, &file, "");
    assert_eq!((written.code, written.out.as_str()), (0, ""));
    assert!(
        fs::read_to_string(folder.join("login.html"))
            .unwrap()
            .ends_with("</html>")
    );
    // Neither a database nor keys are needed or created.
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn invalid_previews_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code, reason) in [
        (
            &["log-in"][..],
            2,
            "no page is called \"log-in\". Use one of choose-account, ",
        ),
        (
            &["login", "--language", "fr"],
            2,
            "must be one of en, de, es, zh",
        ),
        (&["--output", "x"], 2, "required"),
        (
            &["login", "--output", "no/where"],
            1,
            "no/where cannot be written",
        ),
    ] {
        let arguments = [&["pages", "preview"], arguments].concat();
        let refused = run_signet(folder.path(), &arguments, "");
        assert_eq!(refused.code, code, "{}", refused.err);
        assert!(refused.err.contains(reason), "{}", refused.err);
    }
}

#[test]
fn custom_templates_replace_the_built_in_pages() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    let layout = "{% extends 'built-in/layout.html' %}\
                  {% block header %}<header>Acme</header>{% endblock %}";
    fs::write(pages.join("layout.html"), layout).unwrap();
    fs::write(pages.join("extra.css"), "header { color: #123456 }\n").unwrap();
    let settings = "pages.templates = 'pages'\n";
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let preview = run_signet(folder.path(), &["pages", "preview", "login-landing"], "");
    assert_eq!(preview.code, 0, "{}", preview.err);
    let service = ServiceProcess::start_in(folder.clone(), free_address(), &[]);
    let page = service.get("/login", "").1;
    for shown in [preview.out.as_str(), page.as_str()] {
        assert!(shown.contains("<header>Acme</header>"), "{shown}");
        assert!(
            shown.contains("header { color: #123456 }\n</style>"),
            "{shown}"
        );
    }
}

#[test]
fn invalid_template_stops_the_start_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let set = ["--set", "pages.templates=."];
    let long = format!(
        "{{% for i in range(9000) %}}{}{{% endfor %}}",
        "x".repeat(999)
    );
    for (file, source, fault) in [
        (
            "log-in.html",
            "{{ action }}",
            "pages.templates (command line): folder .: \"log-in.html\" is not the name of a page template. Rename or remove the file",
        ),
        (
            "login.html",
            "{{ action }",
            "pages.templates (command line): folder .: login.html, line 1: syntax error: ",
        ),
        (
            "login.html",
            "{{ actoin }}",
            "pages.templates (command line): folder .: login.html, line 1: undefined value: `actoin` is undefined (login, en). Correct the \
             file, or remove it to use the built-in one",
        ),
        (
            "login.html",
            &long,
            "pages.templates (command line): folder .: login.html: the output is longer than 2 MiB (login, en). Correct the file",
        ),
    ] {
        fs::write(folder.join(file), source).unwrap();
        for command in [&["serve"][..], &["pages", "preview"]] {
            let refused = run_signet(folder, &[&set, command].concat(), "");
            assert_eq!(refused.code, 2, "{}", refused.err);
            assert!(refused.err.contains(fault), "{}", refused.err);
        }
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
        fs::remove_file(folder.join(file)).unwrap();
    }
}
