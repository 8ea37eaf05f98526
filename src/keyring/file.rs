//! Names of key files: `20261120T120000Z.es256.pem`, `20261120T120000Z.secret`.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::client::Algorithm;

/// The time in a file name: ISO 8601 basic format, UTC, whole seconds.
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// The kind of a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// A private key that signs access tokens.
    Key(Algorithm),
    /// A master secret that keys of refresh and sealed tokens are derived from.
    Secret,
}

impl KeyKind {
    /// Returns the kinds that a service needs whose clients use these algorithms: a key of each, and a
    /// secret.
    pub fn needed_for(algorithms: &[Algorithm]) -> Vec<Self> {
        let keys = algorithms.iter().map(|algorithm| Self::Key(*algorithm));
        keys.chain([Self::Secret]).collect()
    }

    /// Returns the name of one file of this kind, for messages: `EdDSA key`, or `secret`.
    pub(super) fn noun(self) -> String {
        match self {
            Self::Key(algorithm) => format!("{algorithm} key"),
            Self::Secret => "secret".to_owned(),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(algorithm) => algorithm.fmt(f),
            Self::Secret => f.write_str("secret"),
        }
    }
}

/// The name of a key file, which holds all that the schedule depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyFileName {
    /// The time from which it signs.
    pub signs_from: DateTime<Utc>,
    /// The kind of the file.
    pub kind: KeyKind,
}

impl KeyFileName {
    /// Joins the names of these files with spaces.
    pub fn names(files: impl IntoIterator<Item = Self>) -> String {
        let names: Vec<_> = files.into_iter().map(|file| file.to_string()).collect();
        names.join(" ")
    }
}

/// The file name is not a valid key file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not named like 20261120T120000Z.es256.pem or 20261120T120000Z.secret")]
pub struct KeyFileNameError;

impl FromStr for KeyFileName {
    type Err = KeyFileNameError;

    fn from_str(name: &str) -> Result<Self, KeyFileNameError> {
        let (time, suffix) = name.split_once('.').ok_or(KeyFileNameError)?;
        let signs_from = parse_time(time).ok_or(KeyFileNameError)?;
        let kind = match suffix {
            "secret" => KeyKind::Secret,
            key => {
                let tag = key.strip_suffix(".pem").ok_or(KeyFileNameError)?;
                KeyKind::Key(Algorithm::of_file_tag(tag).ok_or(KeyFileNameError)?)
            }
        };
        Ok(Self { signs_from, kind })
    }
}

impl fmt::Display for KeyFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = format_time(self.signs_from);
        match self.kind {
            KeyKind::Key(algorithm) => write!(f, "{time}.{}.pem", algorithm.file_tag()),
            KeyKind::Secret => write!(f, "{time}.secret"),
        }
    }
}

/// Parses the time of a file name. Each time has one accepted spelling, and leap seconds are refused.
pub(super) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let time = NaiveDateTime::parse_from_str(text, TIME_FORMAT)
        .ok()?
        .and_utc();
    let is_whole = time.timestamp_subsec_nanos() == 0;
    (is_whole && format_time(time) == text).then_some(time)
}

/// Formats the time of a file name.
pub(super) fn format_time(time: DateTime<Utc>) -> String {
    time.format(TIME_FORMAT).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_parsed_and_formatted() {
        for name in [
            "20261120T120000Z.es256.pem",
            "20261120T120000Z.rs256.pem",
            "20261120T120000Z.eddsa.pem",
            "20261120T120000Z.secret",
        ] {
            assert_eq!(name.parse::<KeyFileName>().unwrap().to_string(), name);
        }
        for name in [
            "",
            "README.md",
            "20261120T120000Z",
            "20261120T120000Z.pem",
            "20261120T120000Z.rs256",
            "20261120T120000Z.ES256.pem",
            "20261120T120000Z.ed25519.pem",
            "20261120T120000Z.rs384.pem",
            "20261120T120000.secret",
            "20261320T120000Z.secret",
            "2026112T120000Z.secret",
            "20261120T120060Z.secret",
            "20261120T120000Z.secret.tmp",
        ] {
            assert_eq!(name.parse::<KeyFileName>(), Err(KeyFileNameError), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_rejected_or_formats_to_itself(name in "\\PC{0,40}|[0-9]{8}T[0-9]{6}Z\\.(secret|(es256|rs256|eddsa)\\.pem)") {
            if let Ok(file) = name.parse::<KeyFileName>() {
                prop_assert_eq!(file.to_string(), name);
            }
        }
    }
}
