//! The texts of pages exist in every language, and no text is unused.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{all, document::Document, html, localizer, pages};
use crate::locale::Locale;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The keys of the texts that templates and views use.
fn used() -> BTreeSet<String> {
    let folders = ["pages/view", "pages/admin"].map(|folder| root().join(folder));
    let files = folders
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|file| file.unwrap().path());
    let texts = files
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap());
    let mut used = BTreeSet::new();
    for text in texts {
        let quoted = text.split('"').filter(|text| text.starts_with("page-"));
        let is_key = |text: &&str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        used.extend(quoted.filter(is_key).map(str::to_owned));
    }
    used
}

/// The texts of a locale file, by key.
fn defined(locale: Locale) -> BTreeMap<String, String> {
    let file = root().join(format!("locale/{}/page.ftl", locale.tag()));
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(" = "));
    let lines = lines.filter(|(key, _)| key.starts_with("page-"));
    lines
        .map(|(key, text)| (key.to_owned(), text.to_owned()))
        .collect()
}

#[test]
fn every_text_in_use_is_defined_and_every_defined_text_is_in_use() {
    let defined: BTreeSet<_> = defined(Locale::English).into_keys().collect();
    assert!(defined.len() > 40);
    assert_eq!(used(), defined);
}

#[test]
fn pages_contain_no_text_in_another_language() {
    let english = defined(Locale::English);
    for locale in Locale::ALL.into_iter().filter(|it| *it != Locale::English) {
        for (key, text) in defined(locale) {
            let words_of_both = [
                "page-name",
                "page-code",
                "page-optional",
                "page-account-passkeys",
                "page-admin-apps",
                "page-admin-event-app",
                "page-admin-status",
                "page-admin-factor-passkey",
            ];
            let is_word_of_both = locale == Locale::German && words_of_both.contains(&&*key);
            assert!(is_word_of_both || text != english[&key], "{locale:?} {key}");
        }
        for ((name, ours), (_, theirs)) in pages(&localizer(locale), "Acme")
            .into_iter()
            .zip(pages(&localizer(Locale::English), "Acme"))
        {
            let (ours, theirs) = (Document::of(&html(ours)), Document::of(&html(theirs)));
            for said in ["h1", "p", "button", "label"] {
                let theirs = theirs.texts_of(said);
                let same: Vec<_> = ours
                    .texts_of(said)
                    .into_iter()
                    .filter(|it| theirs.contains(it))
                    .collect();
                // Messages for developers are English. Some German words are the English ones.
                let is_expected = |text: &String| {
                    text.starts_with("This is a title.")
                        || (locale == Locale::German
                            && ["Name (optional)", "Code"].contains(&text.as_str()))
                };
                assert!(same.iter().all(is_expected), "{locale:?} {name}: {same:?}");
            }
        }
    }
}

/// The localizer returns the key of a text that it cannot format.
#[test]
fn no_page_shows_the_key_of_a_text() {
    for (locale, name, page) in all("Acme") {
        let html = html(page);
        assert!(!html.contains("page-"), "{locale:?} {name}: {html}");
        assert!(
            !html.contains(['\u{e000}', '\u{e001}']),
            "{locale:?} {name}: {html}"
        );
    }
}
