mod html;
mod overrides;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use self::html::Document;
use super::*;
use crate::{identity::EmailAddress, mail::MailKind};

fn writer() -> MailRenderer {
    MailRenderer::built_in(Translations::built_in())
}

/// Every mail in every language, as it is said, as it is worded and as it is written.
fn letters() -> Vec<(Message, TemplateContext, RenderedMail)> {
    let writer = writer();
    let all = Locale::ALL.into_iter().flat_map(Message::samples);
    all.map(|message| {
        let words = TemplateContext::new(&message, &writer.translations.of(message.locale));
        let letter = writer.render(&message);
        (message, words, letter)
    })
    .collect()
}

#[test]
fn every_mail_has_its_link_and_its_facts_in_both_parts_in_every_language() {
    for (message, _, letter) in letters() {
        let says = format!("{:?} in {:?}", message.kind, message.locale);
        let facts = message.kind.facts();
        assert_eq!((&letter.to, letter.locale), (&message.to, message.locale));
        assert!(!letter.subject.is_empty(), "{says}");
        assert!(letter.text.lines().any(|line| line == facts.link), "{says}");
        let document = Document::of(&letter.html);
        assert_eq!(document.links(), [facts.link], "{says}");
        let address = facts.address.map(EmailAddress::as_str);
        let removed = facts.removed.iter().map(String::as_str);
        for fact in [facts.provider, address]
            .into_iter()
            .flatten()
            .chain(removed)
        {
            assert!(letter.text.contains(fact), "{says}: {fact}");
            assert!(document.texts().join("\n").contains(fact), "{says}: {fact}");
        }
        let hidden = format!("{}-", facts.mail);
        for said in [&letter.subject, &letter.text, &letter.html] {
            let is_said = !said.contains(&hidden) && !said.contains("{ $");
            assert!(is_said, "{says}: {said}");
        }
    }
}

#[test]
fn both_parts_say_the_same_sentences() {
    for (_, words, letter) in letters() {
        let TemplateContext { mail, lang, .. } = words;
        let text: Vec<_> = letter.text.split("\n\n").map(str::trim).collect();
        let footer = format!("-- \n{}", words.footer);
        let sentences = [&words.text, &words.link, &words.note, &footer];
        assert_eq!(text, sentences, "{mail} in {lang}");

        let (subject, host) = (&words.subject, &words.host);
        let mut shown = vec![subject, &words.preheader, host, subject, &words.text];
        shown.extend(if words.is_link {
            let (copy, link) = (&words.copy, &words.link);
            vec![&words.button, &words.note, &words.footer, copy, link]
        } else {
            vec![&words.note, &words.button, &words.footer]
        });
        let document = Document::of(&letter.html);
        assert_eq!(document.texts(), shown, "{mail} in {lang}");
        assert_eq!(document.language(), lang);
    }
}

/// Each mail has sentences and each sentence a mail, so none is forgotten among the samples.
#[test]
fn there_is_a_sample_of_every_mail_that_has_a_subject() {
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
fn languages_are_not_mixed() {
    for sample in Message::samples(Locale::English) {
        let said = |locale| {
            let words = TemplateContext::new(&sample, &writer().translations.of(locale));
            [words.subject, words.text, words.note, words.footer]
        };
        let all = Locale::ALL.map(said);
        for (at, sentences) in all.iter().enumerate() {
            for others in &all[..at] {
                let mut pairs = others.iter().zip(sentences);
                assert!(pairs.all(|(other, one)| other != one), "{sentences:?}");
            }
        }
    }
}

/// What the README names in the first column of the table under that heading.
fn named(heading: &str) -> BTreeSet<&'static str> {
    let readme = include_str!("../../../README.md");
    let (_, table) = readme.split_once(heading).unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn the_readme_names_every_mail_and_whatever_templates_can_show() {
    let samples = Message::samples(Locale::English);
    let mails = samples.iter().map(|sample| sample.kind.name());
    assert_eq!(named("| mail | to |\n"), mails.collect());
    let words = TemplateContext::new(&samples[0], &writer().translations.of(Locale::English));
    let words = serde_json::to_value(words).unwrap();
    let variables = words.as_object().unwrap().keys().map(String::as_str);
    assert_eq!(named("| variable | |\n"), variables.collect());
}

#[test]
fn mails_look_like_the_pages() {
    let style = include_str!("../../pages/view/style.css");
    let (day, night) = style
        .split_once("@media (prefers-color-scheme: dark)")
        .unwrap();
    let layout = include_str!("../templates/layout.html");
    let (sheet, inline) = layout.split_once("</style>").unwrap();
    for (part, palette) in [(sheet, night), (inline, day)] {
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
fn nothing_is_loaded_and_nothing_runs() {
    for (_, _, letter) in letters() {
        Document::of(&letter.html).assert_is_inert();
    }
}

/// A mail in which everything that is filled in was chosen by somebody hostile.
fn hostile(text: &str) -> Vec<Message> {
    let to = EmailAddress::parse("o'hara&{{to}}`=/@example.com").unwrap();
    let (link, provider) = (text.to_owned(), text.to_owned());
    let good_for = TimeDelta::minutes(30);
    let all = [
        MailKind::ConfirmAccount {
            provider: provider.clone(),
            link: link.clone(),
            good_for,
        },
        MailKind::AccountJoined {
            provider: provider.clone(),
            page: link.clone(),
        },
        MailKind::ConfirmAddress {
            link: link.clone(),
            good_for,
            instead_of: to.clone(),
        },
        MailKind::AddressChanged {
            new: to.clone(),
            page: link,
            removed: vec![provider],
        },
    ];
    let message = |(locale, says)| Message {
        to: to.clone(),
        locale,
        kind: says,
    };
    Locale::ALL.into_iter().zip(all).map(message).collect()
}

fn assert_harmless(text: &str) {
    for (plain, message) in hostile("x").iter().zip(hostile(text)) {
        let (plain, letter) = (writer().render(plain), writer().render(&message));
        let document = Document::of(&letter.html);
        assert_eq!(
            document.tags(),
            Document::of(&plain.html).tags(),
            "{text:?}"
        );
        assert_eq!(document.links(), [text.replace(char::is_control, "")]);
        assert!(!letter.subject.contains(char::is_control), "{text:?}");
        let lines = |letter: &RenderedMail| letter.text.lines().count();
        assert_eq!(lines(&letter), lines(&plain), "{text:?}");
    }
}

#[test]
fn what_others_wrote_is_never_markup() {
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
fn a_subject_is_one_line_whatever_comes_in() {
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
    fn no_name_and_no_link_changes_what_a_mail_is_made_of(
        text in "(?s)[<>&\"'/={}% a-z#:;\\r\\n\u{2028}\u{202e}é-]{1,40}|\\PC{1,30}",
    ) {
        assert_harmless(&text);
    }

    #[test]
    fn no_address_does(local in "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}") {
        let address = EmailAddress::parse(&format!("{local}@example.com"));
        prop_assume!(address.is_ok(), "encoded words are none");
        let address = address.unwrap();
        let write = |to: &EmailAddress| writer().render(&Message {
            to: to.clone(),
            locale: Locale::Spanish,
            kind: MailKind::AddressChangeAsked { new: to.clone(), page: "https://a.example".into() },
        });
        let (letter, plain) = (write(&address), write(&EmailAddress::parse("a@b.example").unwrap()));
        prop_assert!(letter.text.contains(address.as_str()));
        let (document, plain) = (Document::of(&letter.html), Document::of(&plain.html));
        prop_assert_eq!(document.tags(), plain.tags());
        prop_assert!(document.texts().join(" ").contains(address.as_str()));
    }
}
