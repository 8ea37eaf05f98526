//! A sentence as a page shows it.

use std::fmt::{self, Display};

use askama::filters::{Html, HtmlSafe, escape};

use crate::{
    config::Issuer,
    locale::{Localizer, TextArgument},
};

/// What stands in a sentence for what is filled in: characters that nobody has a meaning for, and so
/// no sentence of ours has. What is filled in is never looked at again.
const HOST: char = '\u{e000}';
const NAMED: char = '\u{e001}';

/// A sentence of a page, escaped, with what is filled in set apart: a name may run the other way
/// (HTML §4.5.24).
pub(super) struct LocalizedText {
    sentence: String,
    host: String,
    named: String,
}

impl LocalizedText {
    /// The sentence of that name, in which `$host` is ours, and this named.
    pub(super) fn naming(
        localizer: &Localizer,
        issuer: &Issuer,
        key: &str,
        (name, value): (&str, String),
    ) -> Self {
        let (host, named) = (HOST.to_string(), NAMED.to_string());
        let args = [("host", host.as_str()), (name, named.as_str())];
        Self {
            sentence: localizer.text_with(
                key,
                args.map(|(name, mark)| (name, TextArgument::from(mark))),
            ),
            host: issuer.host().to_owned(),
            named: value,
        }
    }

    /// The same as mere text, for where there can be no other: in a title, and on a button.
    pub(super) fn plain(&self) -> String {
        let pieces = self.pieces();
        pieces
            .flat_map(|(text, filled)| [text, filled.unwrap_or_default()])
            .collect()
    }

    /// The words, each with what is filled in after them.
    fn pieces(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let pieces = self.sentence.split_inclusive([HOST, NAMED]);
        pieces.map(|piece| {
            let filled = |mark, value| Some((piece.strip_suffix(mark)?, Some(value)));
            let filled = filled(HOST, &*self.host).or_else(|| filled(NAMED, &*self.named));
            filled.unwrap_or((piece, None))
        })
    }
}

impl Display for LocalizedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (text, filled) in self.pieces() {
            let Ok(text) = escape(text, Html);
            write!(f, "{text}")?;
            if let Some(value) = filled {
                let Ok(value) = escape(value, Html);
                write!(f, "<bdi>{value}</bdi>")?;
            }
        }
        Ok(())
    }
}

/// What is filled in is escaped, and so is all else.
impl HtmlSafe for LocalizedText {}
