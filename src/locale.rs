//! Languages: the choice of a user's language, and all texts in it.
//!
//! All texts of emails and pages are in `locale/<language>/*.ftl`, in the notation of Project
//! Fluent. Code and templates contain none.

mod localizer;
mod negotiation;

pub use self::localizer::{Localizer, TextArgument, Translations};
pub use self::negotiation::{MAX_WEIGHT, weight};

/// A supported language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English: the default for users who read none of the other languages.
    #[default]
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// Chinese, in simplified characters.
    Chinese,
}

impl Locale {
    /// All supported languages.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::Chinese];

    /// Returns the language tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Chinese => "zh",
        }
    }

    /// Returns the language of a tag. The region and the script are ignored: `de-AT` is German.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?;
        let mut all = Self::ALL.into_iter();
        all.find(|locale| locale.tag().eq_ignore_ascii_case(language))
    }
}
