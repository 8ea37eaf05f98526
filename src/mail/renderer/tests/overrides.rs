use std::fs;

use super::*;

/// A writer by these files; or what is wrong with them.
fn by(files: &[(&str, &str)]) -> Result<MailRenderer, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, source) in files {
        fs::write(folder.path().join(name), source).unwrap();
    }
    let writer = MailRenderer::new(Translations::built_in(), Some(folder.path()));
    writer.map_err(|faults| {
        let faults = faults.to_string();
        faults.replace(&folder.path().display().to_string(), "folder")
    })
}

fn letter(writer: &MailRenderer, mail: &str, locale: Locale) -> RenderedMail {
    let samples = Message::samples(locale);
    let sample = samples.iter().find(|sample| sample.kind.name() == mail);
    writer.render(sample.unwrap())
}

#[test]
fn the_nearest_file_wins_and_the_rest_stays_as_it_is() {
    let writer = by(&[
        ("log-in.de.txt", "Hallo {{ to }}: {{ link }}"),
        ("log-in.txt", "Hello {{ to }}: {{ link }}"),
        ("log-in.html", "<a href=\"{{ link }}\">{{ subject }}</a>"),
        ("log-in.subject", "\n  Log in\r\nto {{ host }}\n"),
        ("layout.txt", "[{{ mail }} {{ lang }}]\n{{ link }}\n"),
        ("layout.subject", "[Acme] {{ subject }}"),
        (".gitkeep", ""),
    ])
    .unwrap();
    let german = letter(&writer, "log-in", Locale::German);
    let english = letter(&writer, "log-in", Locale::English);
    assert!(
        german
            .text
            .starts_with("Hallo ada@example.com: https://app.")
    );
    assert!(
        english
            .text
            .starts_with("Hello ada@example.com: https://app.")
    );
    assert_eq!(german.subject, "Log in to app.example.com");
    assert!(
        german.html.starts_with("<a href=\"https://app.")
            && german.html.ends_with(">Log in to app.example.com</a>")
    );
    let other = letter(&writer, "test", Locale::Chinese);
    assert_eq!(other.text, "[test zh]\nhttps://app.example.com\n");
    assert_eq!(other.subject, "[Acme] 来自 app.example.com 的测试邮件");
    assert!(other.html.starts_with("<!doctype html>"));
}

#[test]
fn a_layout_can_be_ours_but_for_one_block() {
    let writer = by(&[
        (
            "layout.html",
            "{% extends 'built-in.html' %}{% block header %}<b>Acme</b>{% endblock %}",
        ),
        (
            "test.txt",
            "{% extends 'layout.txt' %}{% block footer %}Acme & Co.\n{% endblock %}",
        ),
    ])
    .unwrap();
    let (ours, theirs) = (MailRenderer::built_in(Translations::built_in()), writer);
    let write = |writer| letter(writer, "test", Locale::English);
    let (ours, theirs) = (write(&ours), write(&theirs));
    assert!(theirs.html.contains("<b>Acme</b>"));
    let (_, after) = ours.html.split_once("<div class=\"card\"").unwrap();
    assert!(theirs.html.ends_with(after));
    let (before, _) = ours.text.split_once("-- \n").unwrap();
    assert_eq!(theirs.text, format!("{before}-- \nAcme & Co.\n"));
}

#[test]
fn what_is_filled_in_is_escaped_in_html_whatever_a_template_says_and_never_in_text() {
    let template = "{% autoescape false %}{{ provider }}{% endautoescape %}|{{ provider }}|\
                    {% set it %}{{ provider }}{% endset %}{{ link }}";
    let writer = by(&[
        ("confirm-account.html", template),
        ("confirm-account.txt", template),
    ])
    .unwrap();
    let [message, ..] = &hostile("<i>'&/")[..] else {
        panic!("no mail");
    };
    let letter = writer.render(message);
    let escaped = "&lt;i&gt;&#x27;&amp;/";
    assert_eq!(letter.html, [escaped; 3].join("|"));
    assert_eq!(letter.text, ["<i>'&/"; 3].join("|"));
}

#[test]
fn whatever_is_wrong_with_a_file_is_said_with_its_name() {
    let said = by(&[
        ("confirm-sing-up.html", ""),
        ("log-in.fr.txt", ""),
        ("log-in.de-AT.txt", ""),
        ("layout.de.txt", ""),
        ("built-in.txt", ""),
        ("log-in.md", ""),
        ("README", ""),
        ("a.b.c.d", ""),
        ("reset-password.txt", "{% if %}"),
    ])
    .unwrap_err();
    for fault in [
        "9 settings are wrong:",
        "mail.templates (folder): \"confirm-sing-up.html\" is not the name of a template: no email is called \"confirm-sing-up\"",
        "\"log-in.fr.txt\" is not the name of a template: \"fr\" is not a language that this name can have",
        "\"log-in.de-AT.txt\" is not the name of a template: \"de-AT\"",
        "\"layout.de.txt\" is not the name of a template: \"de\"",
        "no email is called \"built-in\"",
        "\"log-in.md\" is not the name of a template: it must end in .subject, .txt or .html",
        "\"README\" is not the name of a template",
        "\"a.b.c.d\" is not the name of a template",
        "reset-password.txt, line 1: syntax error: ",
    ] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
}

#[test]
fn every_file_is_tried_with_every_mail_that_it_is_for() {
    for (name, source, fault) in [
        (
            "log-in.txt",
            "{{ link }}{{ lnik }}",
            "log-in.txt, line 1: undefined value",
        ),
        (
            "log-in.txt",
            "{{ link }}\n{{ provider }}",
            "log-in.txt, line 2: undefined value: this value is not always set",
        ),
        (
            "layout.html",
            "{{ link }}{{ good_for }}",
            "layout.html, line 1: undefined value: this value is not always set",
        ),
        (
            "log-in.html",
            "{{ link|safe }}",
            "log-in.html, line 1: unknown filter",
        ),
        (
            "log-in.html",
            "{% include 'layout.txt' %}{{ link }}",
            "log-in.html, line 1: template not found",
        ),
        (
            "log-in.html",
            "{% extends 'log-in.html' %}",
            "log-in.html, line 1: ",
        ),
        (
            "log-in.zh.txt",
            "{% if lang == 'zh' %}{{ 1 / 0 }}{% endif %}{{ link }}",
            "log-in.zh.txt, line 1: ",
        ),
        (
            "log-in.html",
            "Hello",
            "log-in.html: does not show the whole link (log-in, en)",
        ),
        (
            "log-in.es.txt",
            "{{ link[:9] }}",
            "log-in.es.txt: does not show the whole link (log-in, es)",
        ),
        (
            "layout.txt",
            "{{ text }}",
            "layout.txt: does not show the whole link (confirm-sign-up, en)",
        ),
        ("test.subject", " \r\n", "test.subject: is empty (test, en)"),
    ] {
        let said = by(&[(name, source)]).map(|_| ()).unwrap_err();
        assert!(said.contains(fault), "{fault}: {said}");
    }
    // What one mail lacks can be asked about, and a notice need not show its page.
    by(&[
        (
            "layout.html",
            "{{ link }}{% if good_for %}{{ good_for }}{% endif %}",
        ),
        ("test.txt", "It works."),
    ])
    .unwrap();
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let said = |path: &Path| {
        let faults = MailRenderer::new(Translations::built_in(), Some(path)).unwrap_err();
        faults.to_string()
    };
    let missing = said(&folder.path().join("missing"));
    assert!(
        missing.contains("the folder cannot be read: it does not exist"),
        "{missing}"
    );
    fs::write(folder.path().join("test.txt"), b"\xff").unwrap();
    fs::create_dir(folder.path().join("log-in.txt")).unwrap();
    let unread = said(folder.path());
    assert!(
        unread.contains("test.txt cannot be read: it is not UTF-8"),
        "{unread}"
    );
    assert!(unread.contains("log-in.txt cannot be read: "), "{unread}");
}

/// Samples cannot show everything: where a template fails later on, the mail is sent all the same.
#[test]
fn a_template_that_fails_for_somebody_alone_is_passed_over() {
    let source = "{{ link }}{% if to != 'ada@example.com' %}{{ 1 / 0 }}{% endif %}";
    let writer = by(&[("test.txt", source), ("test.html", source)]).unwrap();
    let mut message = Message::samples(Locale::English).pop().unwrap();
    assert_eq!(writer.render(&message).text, "https://app.example.com");
    message.to = EmailAddress::parse("eve@example.com").unwrap();
    let ours = MailRenderer::built_in(Translations::built_in()).render(&message);
    assert_eq!(writer.render(&message).text, ours.text);
    assert_eq!(writer.render(&message).html, ours.html);
}
