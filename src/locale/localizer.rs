//! Localized texts.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use chrono::{Datelike, NaiveDate, TimeDelta};
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use super::Locale;

/// An argument of a text: a text, or a number that selects singular or plural.
pub type TextArgument<'a> = fluent_bundle::FluentValue<'a>;

type Bundle = FluentBundle<FluentResource>;

macro_rules! sources {
    ($language:literal) => {
        [
            include_str!(concat!($language, "/common.ftl")),
            include_str!(concat!($language, "/mail.ftl")),
            include_str!(concat!($language, "/page.ftl")),
        ]
    };
}

impl Locale {
    const fn sources(self) -> [&'static str; 3] {
        match self {
            Self::English => sources!("en"),
            Self::German => sources!("de"),
            Self::Spanish => sources!("es"),
            Self::Chinese => sources!("zh"),
        }
    }
}

/// A cheap handle to the texts of all languages. A language is parsed at its first use.
#[derive(Clone)]
pub struct Translations(Arc<[OnceLock<Bundle>; Locale::ALL.len()]>);

impl Translations {
    /// Returns the texts that are compiled into the program.
    pub fn built_in() -> Self {
        Self(Arc::default())
    }

    /// Returns the localizer of a language.
    pub fn of(&self, locale: Locale) -> Localizer {
        Localizer {
            locale,
            translations: self.clone(),
        }
    }

    fn bundle(&self, locale: Locale) -> Option<&Bundle> {
        let index = Locale::ALL.iter().position(|one| *one == locale)?;
        Some(self.0.get(index)?.get_or_init(|| bundle(locale)))
    }

    fn find(&self, locale: Locale, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle = self.bundle(locale)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

fn bundle(locale: Locale) -> Bundle {
    let language: LanguageIdentifier = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // Isolation marks around arguments are not needed: the texts contain none in the other
    // direction.
    bundle.set_use_isolating(false);
    for source in locale.sources() {
        // Unit tests ensure that every file parses.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source.to_owned());
        bundle.add_resource_overriding(resource);
    }
    bundle
}

impl fmt::Debug for Translations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Translations")
    }
}

/// The texts of one language.
#[derive(Debug, Clone)]
pub struct Localizer {
    locale: Locale,
    translations: Translations,
}

impl Localizer {
    /// Returns the language.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// Returns the text of a key without arguments.
    pub fn text(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// Returns the text of a key with arguments. Nothing is escaped.
    pub fn text_with<'a>(
        &self,
        key: &str,
        args: impl IntoIterator<Item = (&'a str, TextArgument<'a>)>,
    ) -> String {
        self.format(key, Some(&args.into_iter().collect()))
    }

    /// Returns whether a text with this key exists.
    pub fn has_text(&self, key: &str) -> bool {
        let english = self.translations.bundle(Locale::English);
        english.is_some_and(|english| english.has_message(key))
    }

    /// Formats a duration in the largest unit that divides it: `30 minutes`, `one hour`, `7 days`.
    /// One day is `24 hours`.
    pub fn duration(&self, duration: TimeDelta) -> String {
        let seconds = duration.num_seconds();
        let (unit, count) = match seconds {
            seconds if seconds % 86_400 == 0 && seconds > 86_400 => ("days", seconds / 86_400),
            seconds if seconds % 3600 == 0 => ("hours", seconds / 3600),
            seconds if seconds % 60 == 0 => ("minutes", seconds / 60),
            seconds => ("seconds", seconds),
        };
        self.text_with(unit, [("count", TextArgument::from(count))])
    }

    /// Formats a date in words, in the usual order: `January 31, 2026`, `31. Januar 2026`.
    pub fn date(&self, date: NaiveDate) -> String {
        let parts = [
            ("day", date.day().into()),
            ("month", date.month().into()),
            ("year", date.year().into()),
        ];
        self.text_with("date", parts)
    }

    /// Falls back to English and then to the key. Unit tests ensure that no text is missing.
    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let text = self.translations.find(self.locale, key, args);
        let text = text.or_else(|| self.translations.find(Locale::default(), key, args));
        text.unwrap_or_else(|| key.to_owned())
    }
}

#[cfg(test)]
mod tests;
