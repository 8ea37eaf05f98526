//! Files in the folder `pages.templates`.

use std::{collections::BTreeSet, fs};

use super::*;

/// The templates with these files, or the problems of the files.
fn read(files: &[(&str, &str)]) -> Result<PageTemplates, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, source) in files {
        fs::write(folder.path().join(name), source).unwrap();
    }
    templates::read(folder.path(), "", &issuer()).map_err(|problems| problems.join("\n"))
}

/// A sample, rendered in English.
fn sample(templates: &PageTemplates, name: &str, text: &str) -> Response {
    let pages = samples::pages(&issuer(), text);
    let (_, page) = pages.iter().find(|(known, _)| *known == name).unwrap();
    page.render(templates, &localizer(Locale::English), &issuer())
}

#[test]
fn files_replace_templates_by_name() {
    let templates = read(&[
        (
            "forgot-password.html",
            "<form action=\"{{ action }}\" method=POST>{{ lang }} {{ host }} {{ text(\"page-forgot\") }}</form>",
        ),
        (".gitkeep", ""),
    ])
    .unwrap();
    let page = html(sample(&templates, "forgot-password", "Acme"));
    assert!(page.starts_with("<form action=\"https://auth.example.com/tenant/password/forgot?"));
    assert!(page.contains(" method=POST>en auth.example.com "), "{page}");
    assert!(!page.contains("page-forgot"), "{page}");
    let other = html(sample(&templates, "sign-up", "Acme"));
    assert_eq!(other, html(sample(&BUILT_IN, "sign-up", "Acme")));
}

#[test]
fn a_layout_can_extend_the_built_in_layout() {
    let templates = read(&[(
        "layout.html",
        "{% extends 'built-in/layout.html' %}{% block header %}<header><b>Acme</b></header>{% endblock %}",
    )])
    .unwrap();
    let built_in = html(sample(&BUILT_IN, "login", "Acme"));
    let expected = built_in.replace(
        "<header><span>auth.example.com</span></header>",
        "<header><b>Acme</b></header>",
    );
    assert_ne!(expected, built_in);
    assert_eq!(html(sample(&templates, "login", "Acme")), expected);
}

/// Only Signet's script and the style sheet of the folder are allowed, not what a template contains.
#[test]
fn a_file_cannot_loosen_the_policy() {
    let layout = "<!doctype html>\n<style>{{ style }}</style><style>p { color: red }</style>\
                  <script>alert(1)</script>{% block main %}{% endblock %}<script>{{ script }}</script>";
    let templates = read(&[("layout.html", layout)]).unwrap();
    for name in ["login", "login-link", "error-invalid-request"] {
        let policy = |templates| {
            let page = sample(templates, name, "Acme");
            header(&page, "content-security-policy").unwrap().to_owned()
        };
        assert_eq!(policy(&templates), policy(&BUILT_IN), "{name}");
    }
}

#[test]
fn the_policy_allows_the_style_sheet_of_the_folder() {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    let check = |files: &[(&str, &str)], style: &str| {
        let page = sample(&read(files).unwrap(), "login", "Acme");
        let policy = header(&page, "content-security-policy").unwrap().to_owned();
        assert!(policy.contains(&format!("; style-src 'sha256-{}';", hash(style))));
        assert_eq!(Document::of(&html(page)).texts_of("style"), [style]);
    };
    let (own, extra) = ("p { color: #123456 }\n", "main > p { margin: 0 }\n");
    let built_in = include_str!("../style.css");
    check(&[("style.css", own)], own);
    check(&[("extra.css", extra)], &format!("{built_in}{extra}"));
    check(
        &[("style.css", own), ("extra.css", extra)],
        &format!("{own}{extra}"),
    );
    // Browsers read line endings as line feeds before they hash the text.
    check(&[("style.css", "p {\r\n}\r\n\ra {}\r")], "p {\n}\n\na {}\n");
    check(
        &[
            ("style.css", own),
            ("extra.css", &extra.replace('\n', "\r\n")),
        ],
        &format!("{own}{extra}"),
    );
}

/// Browsers replace NUL in inline texts, and hash the text after that.
#[test]
fn built_in_styles_and_scripts_contain_neither_cr_nor_nul() {
    for (name, page) in samples::pages(&issuer(), "Acme") {
        let page = html(page.render(&BUILT_IN, &localizer(Locale::English), &issuer()));
        assert!(!page.contains(['\r', '\0']), "{name}");
    }
}

#[test]
fn values_are_escaped_whatever_a_template_contains() {
    let templates = read(&[(
        "link-required.html",
        "{% autoescape false %}{{ provider }}{% endautoescape %}|{{ provider }}|\
         {% set it %}{{ provider }}{% endset %}{{ it }}|{{ provider ~ '' }}|{{ [provider]|join('') }}|\
         {{ plain_text('page-continue-with', provider=provider) }}",
    )])
    .unwrap();
    for text in ["<script>alert(1)</script>", "\" onclick=\"x", "' a='&"] {
        let page = html(sample(&templates, "link-required", text));
        let escaped = crate::templates::escape_html(text);
        assert!(page.starts_with(&format!("{escaped}|{escaped}|{escaped}|")));
        assert!(page.ends_with(&escaped), "{page}");
        assert!(!page.contains(['<', '"', '\'']), "{page}");
    }
    for source in [
        "{{ provider|safe }}",
        "{{ text('page-continue-with', provider=provider)|reverse }}",
        "{{ [text('page-continue-with', provider=provider)]|map('reverse')|join }}",
    ] {
        let fault = read(&[("link-required.html", source)]).unwrap_err();
        assert!(
            fault.contains("link-required.html, line 1: unknown filter"),
            "{fault}"
        );
    }
}

#[test]
fn every_fault_names_the_file_and_the_remedy() {
    let long = "x".repeat(1000);
    let long = format!("{{% for a in range(3000) %}}{long}{{% endfor %}}");
    for (name, source, fault) in [
        (
            "log-in.html",
            "",
            "\"log-in.html\" is not the name of a page template. Rename or remove the file; the names are \
             action-completed.html, ",
        ),
        (
            "built-in",
            "",
            "\"built-in\" is not the name of a page template",
        ),
        (
            "login.html",
            "{% if %}",
            "login.html, line 1: syntax error: unexpected end of block. Correct the file, or remove it",
        ),
        (
            "login.html",
            "\n{{ actoin }}",
            "login.html, line 2: undefined value: `actoin` is undefined (login, en). Correct the file, or \
             remove it",
        ),
        (
            "login.html",
            "{{ action }}{{ forgot }}{{ email }}",
            "login.html, line 1: undefined value: this value is not always set: check it with {% if %} \
             (login, en)",
        ),
        (
            "error.html",
            "{{ text('page-nothing') }}",
            "error.html, line 1: invalid operation: no text is called \"page-nothing\" (error-invalid-request, en)",
        ),
        (
            "error.html",
            "{{ text('page-continue-with') }}",
            "error.html, line 1: invalid operation: the text \"page-continue-with\" needs more values",
        ),
        (
            "email-field.html",
            "{{ nmae }}",
            "email-field.html, line 1: undefined value: `nmae` is undefined (login, en)",
        ),
        (
            "sign-up.html",
            "<form>",
            "sign-up.html: has no form with method=\"post\" and action=\"{{ action }}\" (sign-up, en)",
        ),
        (
            "login.html",
            "<form action=\"{{ action }}\"><form method=\"post\"><!-- <form method=\"post\" action=\"{{ action }}\"> -->",
            "login.html: has no form with method=\"post\" and action=\"{{ action }}\" (login, en)",
        ),
        (
            "link-required.html",
            "<p title={{ provider }}>",
            "link-required.html: a value is in an attribute without quotes (link-required, en). Correct the file, \
             or remove it",
        ),
        (
            "error.html",
            &long,
            "error.html: the output is longer than 2 MiB (error-invalid-request, en). Correct the file, or remove it",
        ),
        (
            "layout.html",
            "{% extends 'layout.html' %}",
            "layout.html, line 1: ",
        ),
        (
            "extra.css",
            "p {} </STYLE><script>",
            "extra.css: `</style` would end the style sheet. Correct the file, or remove it",
        ),
        (
            "style.css",
            "p {}\0",
            "style.css: contains a NUL character. Correct the file, or remove it",
        ),
    ] {
        let found = read(&[(name, source)]).map(|_| ()).unwrap_err();
        assert!(found.starts_with(fault), "{fault}: {found}");
    }
    let all = read(&[("a.html", ""), ("b", ""), ("login.html", "{{")]).unwrap_err();
    assert_eq!(all.lines().count(), 3, "{all}");
}

#[test]
fn an_unreadable_folder_or_file_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let missing = templates::read(&folder.path().join("missing"), "", &issuer()).unwrap_err();
    assert_eq!(missing, ["the folder cannot be read: it does not exist"]);
    fs::write(folder.path().join("login.html"), b"\xff").unwrap();
    let binary = templates::read(folder.path(), "", &issuer()).unwrap_err();
    assert_eq!(binary, ["login.html cannot be read: it is not UTF-8"]);
}

/// Samples cannot contain every value: a page whose file fails later is rendered by the built-in template.
#[test]
fn a_file_that_fails_later_is_replaced_by_the_built_in_template() {
    let source = "{% if provider != 'Acme' %}{{ 1 / 0 }}{% endif %}{{ provider }}";
    let templates = read(&[
        ("link-required.html", source),
        ("layout.html", "{% block main %}{% endblock %}"),
    ])
    .unwrap();
    assert_eq!(html(sample(&templates, "link-required", "Acme")), "Acme");
    let page = html(sample(&templates, "link-required", "Eve"));
    assert_eq!(page, html(sample(&BUILT_IN, "link-required", "Eve")));
}

#[test]
fn previews_are_listed_and_rendered() {
    let preview = |name| preview(&BUILT_IN, &issuer(), name, Locale::German);
    let list = preview(None).unwrap();
    assert_eq!(list.lines().count(), samples::pages(&issuer(), "").len());
    assert!(list.lines().any(|line| line.ends_with(" login-link.html")));
    let page = preview(Some("login")).unwrap();
    assert!(page.starts_with("<!doctype html>\n<html lang=\"de\">"));
    let unknown = preview(Some("log-in")).unwrap_err();
    assert!(unknown.starts_with("no page is called \"log-in\". Use one of choose-account, "));
}

/// Quoted names in a cell of a table.
fn quoted(cell: &str) -> BTreeSet<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_docs_list_every_template_and_its_variables() {
    let page = include_str!("../../../../docs/pages-and-branding.md");
    let (_, table) = page.split_once("| template | page | variables |").unwrap();
    let rows = table.lines().skip(2);
    let rows: Vec<Vec<_>> = rows
        .take_while(|row| row.starts_with('|'))
        .map(|row| row.split('|').collect())
        .collect();
    let listed: BTreeSet<_> = rows.iter().flat_map(|row| quoted(row[1])).collect();
    let templates = templates::TEMPLATES.iter().map(|(name, _)| *name);
    assert_eq!(listed, templates.collect());
    for (name, page) in samples::pages(&issuer(), "Acme") {
        let row = rows
            .iter()
            .find(|row| quoted(row[1]).contains(page.template()));
        let variables = page.variables();
        let variables = variables.iter().map(String::as_str).collect();
        assert_eq!(quoted(row.unwrap()[3]), variables, "{name}");
    }
}
