mod html;
mod overrides;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use self::html::Document;
use super::*;
use crate::{identity::EmailAddress, mail::MailKind};

fn renderer() -> MailRenderer {
    MailRenderer::built_in(Translations::built_in())
}

/// Returns every sample in every language: the message, its template variables and the rendered mail.
fn rendered_samples() -> Vec<(Message, TemplateContext, RenderedMail)> {
    let renderer = renderer();
    let all = Locale::ALL.into_iter().flat_map(Message::samples);
    all.map(|message| {
        let context =
            TemplateContext::new(&message, &renderer.translations.of(message.locale), None);
        let mail = renderer.render(&message);
        (message, context, mail)
    })
    .collect()
}

#[test]
fn both_parts_contain_link_and_facts_in_every_language() {
    for (message, _, mail) in rendered_samples() {
        let label = format!("{:?} in {:?}", message.kind, message.locale);
        let facts = message.kind.facts();
        assert_eq!((&mail.to, mail.locale), (&message.to, message.locale));
        assert!(!mail.subject.is_empty(), "{label}");
        assert!(mail.text.lines().any(|line| line == facts.link), "{label}");
        let document = Document::parse(&mail.html);
        assert_eq!(document.links(), [facts.link], "{label}");
        let email = facts.address.map(EmailAddress::as_str);
        let removed = facts.removed.iter().map(String::as_str);
        for fact in [facts.provider, email].into_iter().flatten().chain(removed) {
            assert!(mail.text.contains(fact), "{label}: {fact}");
            assert!(
                document.texts().join("\n").contains(fact),
                "{label}: {fact}"
            );
        }
        let key_prefix = format!("{}-", facts.mail);
        for part in [&mail.subject, &mail.text, &mail.html] {
            let is_translated = !part.contains(&key_prefix) && !part.contains("{ $");
            assert!(is_translated, "{label}: {part}");
        }
    }
}

#[test]
fn both_parts_contain_the_same_sentences() {
    for (_, context, rendered) in rendered_samples() {
        let TemplateContext { mail, lang, .. } = context;
        let text: Vec<_> = rendered.text.split("\n\n").map(str::trim).collect();
        let footer = format!("-- \n{}", context.footer);
        let label = context.code_label.as_ref().zip(context.code.as_ref());
        let with_code = label.map(|(label, code)| format!("{label} {code}"));
        let sentences = [&context.text, &context.link].into_iter();
        let sentences = sentences.chain(&with_code);
        let sentences: Vec<_> = sentences.chain([&context.note, &footer]).collect();
        assert_eq!(text, sentences, "{mail} in {lang}");

        let (subject, host) = (&context.subject, &context.host);
        let mut shown = vec![subject, &context.preheader, host, subject, &context.text];
        shown.extend(if context.is_link {
            let (copy, link) = (&context.copy, &context.link);
            let code = context.code_label.iter().chain(&context.code);
            let code = [&context.button].into_iter().chain(code);
            code.chain([&context.note, &context.footer, copy, link])
                .collect()
        } else {
            vec![&context.note, &context.button, &context.footer]
        });
        let document = Document::parse(&rendered.html);
        assert_eq!(document.texts(), shown, "{mail} in {lang}");
        assert_eq!(document.language(), lang);
    }
}

/// The translations list every mail, so a mail without a sample is found here.
#[test]
fn every_mail_with_a_subject_has_a_sample() {
    let sentences = include_str!("../../locale/en/mail.ftl");
    let keys = sentences.lines().filter_map(|line| line.split_once(" = "));
    let subjects: Vec<_> = keys
        .filter_map(|(key, _)| key.strip_suffix("-subject"))
        .collect();
    let samples = Message::samples(Locale::English);
    let names: Vec<_> = samples.iter().map(|sample| sample.kind.name()).collect();
    assert_eq!(names, subjects);
}

#[test]
fn sentences_differ_between_languages() {
    for sample in Message::samples(Locale::English) {
        let sentences_in = |locale| {
            let context = TemplateContext::new(&sample, &renderer().translations.of(locale), None);
            [context.subject, context.text, context.note, context.footer]
        };
        let all = Locale::ALL.map(sentences_in);
        for (at, sentences) in all.iter().enumerate() {
            for others in &all[..at] {
                let mut pairs = others.iter().zip(sentences);
                assert!(pairs.all(|(other, one)| other != one), "{sentences:?}");
            }
        }
    }
}

/// Returns the code words in the first column of the table in `docs/mail.md` under that heading.
fn documented(heading: &str) -> BTreeSet<&'static str> {
    let page = include_str!("../../../docs/mail.md");
    let (_, table) = page.split_once(heading).unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn docs_list_every_mail_and_every_template_variable() {
    let samples = Message::samples(Locale::English);
    let mails = samples.iter().map(|sample| sample.kind.name());
    assert_eq!(documented("| mail | to |\n"), mails.collect());
    let context = TemplateContext::new(
        &samples[0],
        &renderer().translations.of(Locale::English),
        None,
    );
    let context = serde_json::to_value(context).unwrap();
    let variables = context.as_object().unwrap().keys().map(String::as_str);
    assert_eq!(documented("| variable | |\n"), variables.collect());
}

#[test]
fn mails_use_the_colours_of_the_pages() {
    let style = include_str!("../../pages/view/style.css");
    let (light, dark) = style
        .split_once("@media (prefers-color-scheme: dark)")
        .unwrap();
    let layout = include_str!("../templates/layout.html");
    let (sheet, inline) = layout.split_once("</style>").unwrap();
    for (part, palette) in [(sheet, dark), (inline, light)] {
        let colours: Vec<_> = part
            .match_indices('#')
            .filter_map(|(at, _)| part.get(at..at + 7))
            .collect();
        assert!(colours.len() > 8);
        for colour in colours {
            assert!(palette.contains(&format!(": {colour};")), "{colour}");
        }
    }
}

#[test]
fn html_loads_nothing_and_runs_nothing() {
    for (_, _, mail) in rendered_samples() {
        Document::parse(&mail.html).assert_is_inert();
    }
}

/// Returns mails in which an attacker has chosen every variable value.
fn hostile_messages(text: &str) -> Vec<Message> {
    let to = EmailAddress::parse("o'hara&{{to}}`=/@example.com").unwrap();
    let (link, provider) = (text.to_owned(), text.to_owned());
    let lifetime = TimeDelta::minutes(30);
    let all = [
        MailKind::ConfirmAccount {
            provider: provider.clone(),
            link: link.clone(),
            lifetime,
        },
        MailKind::AccountJoined {
            provider: provider.clone(),
            page: link.clone(),
        },
        MailKind::ConfirmAddress {
            link: link.clone(),
            lifetime,
            instead_of: to.clone(),
        },
        MailKind::AddressChanged {
            new: to.clone(),
            page: link,
            removed: vec![provider],
            removes_passkeys: false,
        },
    ];
    let message = |(locale, kind)| Message {
        to: to.clone(),
        locale,
        kind,
    };
    Locale::ALL.into_iter().zip(all).map(message).collect()
}

/// Asserts that a value changes neither the tags of the HTML part nor the lines of the text part.
fn assert_harmless(text: &str) {
    for (plain, message) in hostile_messages("x").iter().zip(hostile_messages(text)) {
        let (plain, mail) = (renderer().render(plain), renderer().render(&message));
        let document = Document::parse(&mail.html);
        assert_eq!(
            document.tags(),
            Document::parse(&plain.html).tags(),
            "{text:?}"
        );
        assert_eq!(document.links(), [text.replace(char::is_control, "")]);
        assert!(!mail.subject.contains(char::is_control), "{text:?}");
        let lines = |mail: &RenderedMail| mail.text.lines().count();
        assert_eq!(lines(&mail), lines(&plain), "{text:?}");
    }
}

#[test]
fn variable_values_are_never_markup() {
    for text in [
        "</title><script>alert(1)</script>",
        "\" onclick=\"alert(1)",
        "' style='x",
        "</p></div></body>",
        "<img src=x onerror=alert(1)>",
        "&lt;b&gt;",
        "{{ 7 * 7 }}{% include 'layout.txt' %}",
        "{ $host }",
        "<!--",
        "]]>",
        "&#x2f;/",
    ] {
        assert_harmless(text);
    }
}

#[test]
fn one_line_removes_every_line_break() {
    for text in [
        "a\r\nBcc: eve@example.com",
        "a\nb",
        "a\u{2028}b",
        "a\0b\u{85}c",
    ] {
        let line = one_line(text);
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{2028}'));
        assert!(line.starts_with("a "), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn names_and_links_do_not_change_the_structure(
        text in "(?s)[<>&\"'/={}% a-z#:;\\r\\n\u{2028}\u{202e}é-]{1,40}|\\PC{1,30}",
    ) {
        assert_harmless(&text);
    }

    #[test]
    fn emails_do_not_change_the_structure(local in "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}") {
        let email = EmailAddress::parse(&format!("{local}@example.com"));
        prop_assume!(email.is_ok(), "encoded words are not emails");
        let email = email.unwrap();
        let render = |to: &EmailAddress| renderer().render(&Message {
            to: to.clone(),
            locale: Locale::Spanish,
            kind: MailKind::AddressChangeAsked { new: to.clone(), page: "https://a.example".into() },
        });
        let (mail, plain) = (render(&email), render(&EmailAddress::parse("a@b.example").unwrap()));
        prop_assert!(mail.text.contains(email.as_str()));
        let (document, plain) = (Document::parse(&mail.html), Document::parse(&plain.html));
        prop_assert_eq!(document.tags(), plain.tags());
        prop_assert!(document.texts().join(" ").contains(email.as_str()));
    }
}
