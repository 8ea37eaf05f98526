//! Languages: which one somebody reads, and what we say in it.
//!
//! Every sentence that people read, in mails and on pages, is in `locale/<language>/*.ftl`, in the
//! notation of Project Fluent; nothing of it is in code or templates.

mod localizer;
mod negotiation;

pub use self::localizer::{Localizer, TextArgument, Translations};

/// A language that we speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English: what is spoken to those who read none of the others.
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
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::Chinese];

    /// Its tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Chinese => "zh",
        }
    }

    /// The one of a tag, whatever the region and the script: `de-AT` reads German.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?;
        let mut all = Self::ALL.into_iter();
        all.find(|locale| locale.tag().eq_ignore_ascii_case(language))
    }
}
