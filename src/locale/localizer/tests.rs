use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Returns the messages of a language and the arguments of each.
fn messages(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for source in locale.sources() {
        let read = FluentResource::try_new(source.to_owned());
        assert!(read.is_ok(), "{locale:?}: {:?}", read.err().map(|it| it.1));
        let mut current = None;
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                let before = found.insert(key.to_owned(), BTreeSet::new());
                assert_eq!(before, None, "{locale:?} says {key} twice");
                current = Some(key.to_owned());
            }
            let variables = line.split('$').skip(1).map(|rest| {
                let is_name = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
                rest.chars().take_while(is_name).collect()
            });
            if let Some(variables_of) = current.as_ref().and_then(|key| found.get_mut(key)) {
                variables_of.extend(variables);
            }
        }
    }
    found
}

#[test]
fn all_languages_have_the_same_messages_and_arguments() {
    let english = messages(Locale::English);
    assert!(english.len() > 2);
    for locale in Locale::ALL {
        assert_eq!(messages(locale), english, "{locale:?}");
    }
}

#[test]
fn durations_are_formatted_in_the_largest_unit() {
    let translations = Translations::built_in();
    let said = |locale, seconds| {
        translations
            .of(locale)
            .duration(TimeDelta::seconds(seconds))
    };
    assert_eq!(said(Locale::English, 60), "one minute");
    assert_eq!(said(Locale::English, 30 * 60), "30 minutes");
    assert_eq!(said(Locale::English, 86_400), "24 hours");
    assert_eq!(said(Locale::English, 2 * 86_400), "2 days");
    assert_eq!(said(Locale::German, 7 * 86_400), "7 Tage");
    assert_eq!(said(Locale::English, 36 * 3600), "36 hours");
    assert_eq!(said(Locale::German, 3600), "eine Stunde");
    assert_eq!(said(Locale::German, 90 * 60), "90 Minuten");
    assert_eq!(said(Locale::Spanish, 90), "90 segundos");
    assert_eq!(said(Locale::Chinese, 30 * 60), "30 分钟");
}

#[test]
fn dates_are_in_the_order_and_words_of_the_language() {
    let translations = Translations::built_in();
    let said = |locale, year, month, day| {
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        translations.of(locale).date(date)
    };
    assert_eq!(said(Locale::English, 2026, 11, 29), "November 29, 2026");
    assert_eq!(said(Locale::German, 2026, 3, 1), "1. März 2026");
    assert_eq!(said(Locale::Spanish, 2026, 1, 5), "5 de enero de 2026");
    assert_eq!(said(Locale::Chinese, 2026, 12, 31), "2026年12月31日");
    // Each month has its own name, and no number is grouped.
    for locale in Locale::ALL {
        let months = (1..=12).map(|month| said(locale, 12_345, month, 10));
        let months: BTreeSet<_> = months.collect();
        assert_eq!(months.len(), 12, "{months:?}");
        assert!(months.iter().all(|it| it.contains("12345")), "{months:?}");
    }
}

#[test]
fn missing_texts_fall_back_to_the_key() {
    let localizer = Translations::built_in().of(Locale::German);
    assert_eq!(localizer.text("no-such-thing"), "no-such-thing");
}

#[test]
fn languages_are_parsed_at_first_use() {
    let translations = Translations::built_in();
    let parsed = || Locale::ALL.map(|locale| translations.0[locale as usize].get().is_some());
    assert_eq!(parsed(), [false; 4]);
    translations
        .of(Locale::German)
        .duration(TimeDelta::hours(1));
    assert_eq!(parsed(), [false, true, false, false]);
}
