use std::fs;

use super::*;

/// Returns a renderer with these template files, or the error that names their faults.
fn renderer_with(files: &[(&str, &str)]) -> Result<MailRenderer, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, source) in files {
        fs::write(folder.path().join(name), source).unwrap();
    }
    let renderer = MailRenderer::new(Translations::built_in(), Some(folder.path()));
    renderer.map_err(|faults| {
        let faults = faults.to_string();
        faults.replace(&folder.path().display().to_string(), "folder")
    })
}

/// Renders the sample of that mail.
fn render_sample(renderer: &MailRenderer, mail: &str, locale: Locale) -> RenderedMail {
    let samples = Message::samples(locale);
    let sample = samples.iter().find(|sample| sample.kind.name() == mail);
    renderer.render(sample.unwrap())
}

#[test]
fn most_specific_file_wins_and_other_parts_stay_built_in() {
    let renderer = renderer_with(&[
        ("log-in.de.txt", "Hallo {{ to }}: {{ link }}"),
        ("log-in.txt", "Hello {{ to }}: {{ link }}"),
        ("log-in.html", "<a href=\"{{ link }}\">{{ subject }}</a>"),
        ("log-in.subject", "\n  Log in\r\nto {{ host }}\n"),
        ("layout.txt", "[{{ mail }} {{ lang }}]\n{{ link }}\n"),
        ("layout.subject", "[Acme] {{ subject }}"),
        (".gitkeep", ""),
    ])
    .unwrap();
    let german = render_sample(&renderer, "log-in", Locale::German);
    let english = render_sample(&renderer, "log-in", Locale::English);
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
    let other = render_sample(&renderer, "test", Locale::Chinese);
    assert_eq!(other.text, "[test zh]\nhttps://app.example.com\n");
    assert_eq!(other.subject, "[Acme] 来自 app.example.com 的测试邮件");
    assert!(other.html.starts_with("<!doctype html>"));
}

#[test]
fn template_can_replace_one_block_of_the_built_in_layout() {
    let renderer = renderer_with(&[
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
    let default = MailRenderer::built_in(Translations::built_in());
    let render = |renderer| render_sample(renderer, "test", Locale::English);
    let (default, custom) = (render(&default), render(&renderer));
    assert!(custom.html.contains("<b>Acme</b>"));
    let (_, after) = default.html.split_once("<div class=\"card\"").unwrap();
    assert!(custom.html.ends_with(after));
    let (before, _) = default.text.split_once("-- \n").unwrap();
    assert_eq!(custom.text, format!("{before}-- \nAcme & Co.\n"));
}

#[test]
fn values_are_always_escaped_in_html_and_never_in_text() {
    let template = "{% autoescape false %}{{ provider }}{% endautoescape %}|{{ provider }}|\
                    {% set it %}{{ provider }}{% endset %}{{ link }}";
    let renderer = renderer_with(&[
        ("confirm-account.html", template),
        ("confirm-account.txt", template),
    ])
    .unwrap();
    let [message, ..] = &hostile_messages("<i>'&/")[..] else {
        panic!("no mail");
    };
    let mail = renderer.render(message);
    let escaped = "&lt;i&gt;&#x27;&amp;/";
    assert_eq!(mail.html, [escaped; 3].join("|"));
    assert_eq!(mail.text, ["<i>'&/"; 3].join("|"));
}

#[test]
fn every_fault_is_reported_with_its_file_name() {
    let error = renderer_with(&[
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
        "mail.templates: folder folder: \"confirm-sing-up.html\" is not the name of a template: no email is called \"confirm-sing-up\"",
        "\"log-in.fr.txt\" is not the name of a template: \"fr\" is not a language that this name can have",
        "\"log-in.de-AT.txt\" is not the name of a template: \"de-AT\"",
        "\"layout.de.txt\" is not the name of a template: \"de\"",
        "no email is called \"built-in\"",
        "\"log-in.md\" is not the name of a template: it must end in .subject, .txt or .html",
        "\"README\" is not the name of a template",
        "\"a.b.c.d\" is not the name of a template",
        "reset-password.txt, line 1: syntax error: ",
    ] {
        assert!(error.contains(fault), "{fault}: {error}");
    }
}

#[test]
fn every_file_is_checked_with_every_mail_it_applies_to() {
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
        let error = renderer_with(&[(name, source)]).map(|_| ()).unwrap_err();
        assert!(error.contains(fault), "{fault}: {error}");
    }
    // A template may test for an absent variable, and a notice may omit its page.
    renderer_with(&[
        (
            "layout.html",
            "{{ link }}{% if good_for %}{{ good_for }}{% endif %}",
        ),
        ("test.txt", "It works."),
    ])
    .unwrap();
}

#[test]
fn unreadable_files_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let error_of = |path: &Path| {
        let faults = MailRenderer::new(Translations::built_in(), Some(path)).unwrap_err();
        faults.to_string()
    };
    let missing = error_of(&folder.path().join("missing"));
    assert!(
        missing.contains("the folder cannot be read: it does not exist"),
        "{missing}"
    );
    fs::write(folder.path().join("test.txt"), b"\xff").unwrap();
    fs::create_dir(folder.path().join("log-in.txt")).unwrap();
    let unreadable = error_of(folder.path());
    assert!(
        unreadable.contains("test.txt cannot be read: it is not UTF-8"),
        "{unreadable}"
    );
    assert!(
        unreadable.contains("log-in.txt cannot be read: "),
        "{unreadable}"
    );
}

/// The samples do not cover every value: if a template fails later, the mail is sent with the built-in
/// template.
#[test]
fn failing_template_falls_back_to_the_built_in_one() {
    let source = "{{ link }}{% if to != 'ada@example.com' %}{{ 1 / 0 }}{% endif %}";
    let renderer = renderer_with(&[("test.txt", source), ("test.html", source)]).unwrap();
    let mut message = Message::samples(Locale::English).pop().unwrap();
    assert_eq!(renderer.render(&message).text, "https://app.example.com");
    message.to = EmailAddress::parse("eve@example.com").unwrap();
    let default = MailRenderer::built_in(Translations::built_in()).render(&message);
    assert_eq!(renderer.render(&message).text, default.text);
    assert_eq!(renderer.render(&message).html, default.html);
}
