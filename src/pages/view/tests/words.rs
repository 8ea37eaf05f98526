//! Whether what pages say is written, in every language, and whether what is written is said.

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

/// The sentences that templates and their code name.
fn named() -> BTreeSet<String> {
    let folder = root().join("pages/view");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let texts = files
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap());
    let mut named = BTreeSet::new();
    for text in texts {
        let quoted = text.split('"').filter(|text| text.starts_with("page-"));
        let is_key = |text: &&str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        named.extend(quoted.filter(is_key).map(str::to_owned));
    }
    named
}

/// The sentences that are written, in that language.
fn written(locale: Locale) -> BTreeMap<String, String> {
    let file = root().join(format!("locale/{}/page.ftl", locale.tag()));
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(" = "));
    let lines = lines.filter(|(key, _)| key.starts_with("page-"));
    lines
        .map(|(key, says)| (key.to_owned(), says.to_owned()))
        .collect()
}

#[test]
fn what_pages_say_is_written_and_what_is_written_they_say() {
    let written: BTreeSet<_> = written(Locale::English).into_keys().collect();
    assert!(written.len() > 40);
    assert_eq!(named(), written);
}

#[test]
fn nothing_is_left_in_another_language() {
    let english = written(Locale::English);
    for locale in Locale::ALL.into_iter().filter(|it| *it != Locale::English) {
        for (key, says) in written(locale) {
            let is_word_of_both =
                locale == Locale::German && ["page-name", "page-optional"].contains(&&*key);
            assert!(is_word_of_both || says != english[&key], "{locale:?} {key}");
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
                        || (locale == Locale::German && text == "Name (optional)")
                };
                assert!(same.iter().all(is_expected), "{locale:?} {name}: {same:?}");
            }
        }
    }
}

/// A sentence that cannot be made is shown by its name.
#[test]
fn no_page_shows_the_name_of_a_sentence() {
    for (locale, name, page) in all("Acme") {
        let html = html(page);
        assert!(!html.contains("page-"), "{locale:?} {name}: {html}");
        assert!(
            !html.contains(['\u{e000}', '\u{e001}']),
            "{locale:?} {name}: {html}"
        );
    }
}
