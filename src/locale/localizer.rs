//! What we say, in the language of whoever reads it.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use chrono::TimeDelta;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use super::Locale;

/// What is filled in: a text, or a number that chooses between singular and plural.
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

/// A cheap handle on what we say in every language. The text of a language is parsed at its first use.
#[derive(Clone)]
pub struct Translations(Arc<[OnceLock<Bundle>; Locale::ALL.len()]>);

impl Translations {
    /// What the program itself says.
    pub fn built_in() -> Self {
        Self(Arc::default())
    }

    /// What is said to whoever reads that language.
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
        let said = bundle.format_pattern(pattern, args, &mut errors);
        errors.is_empty().then(|| said.into_owned())
    }
}

fn bundle(locale: Locale) -> Bundle {
    let language: LanguageIdentifier = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // No marks around what is filled in: it is free of text that runs the other way.
    bundle.set_use_isolating(false);
    for source in locale.sources() {
        // Tests see to it that every line of ours can be read.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source.to_owned());
        bundle.add_resource_overriding(resource);
    }
    bundle
}

impl fmt::Debug for Translations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Voices")
    }
}

/// What we say in one language.
#[derive(Debug, Clone)]
pub struct Localizer {
    locale: Locale,
    translations: Translations,
}

impl Localizer {
    /// In which.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// The sentence of that name, with nothing to fill in.
    pub fn text(&self, key: &str) -> String {
        self.language(key, None)
    }

    /// The sentence of that name, with this filled in. Nothing is escaped.
    pub fn text_with<'a>(
        &self,
        key: &str,
        args: impl IntoIterator<Item = (&'a str, TextArgument<'a>)>,
    ) -> String {
        self.language(key, Some(&args.into_iter().collect()))
    }

    /// Whether there is a text of that name.
    pub fn has_text(&self, key: &str) -> bool {
        let english = self.translations.bundle(Locale::English);
        english.is_some_and(|english| english.has_message(key))
    }

    /// A duration in the largest unit that divides it: `30 minutes`, `one hour`, `7 days`. One day is
    /// `24 hours`.
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

    /// In English where it is missing, which tests see to that it is not.
    fn language(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let said = self.translations.find(self.locale, key, args);
        let said = said.or_else(|| self.translations.find(Locale::default(), key, args));
        said.unwrap_or_else(|| key.to_owned())
    }
}

#[cfg(test)]
mod tests;
