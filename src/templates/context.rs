//! The values and functions that a template can use.

use std::collections::BTreeMap;

use minijinja::{
    Error, ErrorKind, Value, context,
    value::{Kwargs, Serde},
};
use serde::Serialize;

use super::escape_html;
use crate::locale::{Localizer, TextArgument};

/// The values and functions of one rendering.
#[derive(Debug, Clone)]
pub struct Context {
    values: Value,
    added: BTreeMap<&'static str, Value>,
}

impl Context {
    /// The fields of `values`, a struct or a map.
    pub fn new(values: &impl Serialize) -> Self {
        Self {
            values: Value::from(Serde(values)),
            added: BTreeMap::new(),
        }
    }

    /// Adds markup of Signet, which is not escaped.
    #[must_use]
    pub fn with_markup(mut self, name: &'static str, markup: &str) -> Self {
        let markup = Value::from_safe_string(markup.to_owned());
        self.added.insert(name, markup);
        self
    }

    /// Adds a value, which is escaped.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &impl Serialize) -> Self {
        self.added.insert(name, Value::from(Serde(value)));
        self
    }

    /// Adds the texts of the locale files:
    ///
    /// - `lang`, the language tag, and `host`, the name or the host of the service, which every text can contain,
    /// - `text(key, name=value, …)`: the text as HTML, each value escaped and in a `<bdi>` (HTML §4.5.24),
    /// - `plain_text(key, name=value, …)`: the text alone, for titles, buttons and attributes,
    /// - `date(value)`: a date such as `2026-01-31` in words.
    ///
    /// A number chooses between singular and plural. A value that is `None` is left out.
    #[must_use]
    pub fn with_texts(mut self, localizer: &Localizer, host: &str) -> Self {
        let function = |writes: fn(&Pieces) -> Value| {
            let (localizer, host) = (localizer.clone(), host.to_owned());
            Value::from_function(move |key: &str, values: Kwargs| {
                Pieces::new(&localizer, &host, key, &values).map(|pieces| writes(&pieces))
            })
        };
        self.added.extend([
            ("lang", Value::from(localizer.locale().tag())),
            ("host", Value::from(host)),
            (
                "text",
                function(|pieces| Value::from_safe_string(pieces.html())),
            ),
            ("plain_text", function(|pieces| Value::from(pieces.plain()))),
            ("date", date_function(localizer.clone())),
        ]);
        self
    }

    /// The names of the fields.
    #[cfg(test)]
    pub fn names(&self) -> Vec<String> {
        let names = self.values.try_iter().into_iter().flatten();
        names.map(|name| name.to_string()).collect()
    }

    /// The text of that name.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.values.get_attr(name).ok()?;
        value.as_str().map(str::to_owned)
    }

    pub(super) fn value(&self) -> Value {
        let values = self.values.clone();
        if self.added.is_empty() {
            return values;
        }
        context! { ..Value::from(self.added.clone()), ..values }
    }
}

/// Returns the function `date`.
fn date_function(localizer: Localizer) -> Value {
    Value::from_function(move |date: &str| {
        let date = date.parse().map_err(|_| {
            let problem = format!("date: {date:?} must be a date such as 2026-01-31");
            Error::new(ErrorKind::InvalidOperation, problem)
        });
        date.map(|date| localizer.date(date))
    })
}

/// The first of the characters that stand for values while Fluent formats a text. They are of private use, so no
/// text of a locale file contains them. Values are inserted afterwards and never parsed.
const FIRST_MARK: char = '\u{e000}';

/// A text of a locale file, split where values are inserted.
struct Pieces {
    text: String,
    /// The mark and the value.
    values: Vec<(char, String)>,
}

impl Pieces {
    fn new(localizer: &Localizer, host: &str, key: &str, given: &Kwargs) -> Result<Self, Error> {
        let error = |detail: String| Error::new(ErrorKind::InvalidOperation, detail);
        if !localizer.has_text(key) {
            return Err(error(format!("no text is called {key:?}")));
        }
        let mut values = vec![(FIRST_MARK, host.to_owned())];
        let mut arguments = vec![("host", TextArgument::from(FIRST_MARK.to_string()))];
        for (name, mark) in given.args().zip((FIRST_MARK..).skip(1)) {
            let value: Value = given.get(name)?;
            let argument = if let Some(number) = value.as_i64().filter(|_| value.is_number()) {
                TextArgument::from(number)
            } else if value.is_none() {
                continue;
            } else {
                values.push((mark, value.to_string()));
                TextArgument::from(mark.to_string())
            };
            arguments.push((name, argument));
        }
        let text = localizer.text_with(key, arguments);
        if text == key {
            return Err(error(format!("the text {key:?} needs more values")));
        }
        Ok(Self { text, values })
    }

    /// Each part of the text, and the value after it.
    fn parts(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let is_mark = |c| self.values.iter().any(|(mark, _)| *mark == c);
        self.text.split_inclusive(is_mark).map(|part| {
            let mut values = self.values.iter();
            values
                .find_map(|(mark, value)| Some((part.strip_suffix(*mark)?, Some(value.as_str()))))
                .unwrap_or((part, None))
        })
    }

    fn plain(&self) -> String {
        let parts = self.parts();
        parts
            .flat_map(|(text, value)| [text, value.unwrap_or_default()])
            .collect()
    }

    fn html(&self) -> String {
        let parts = self.parts().map(|(text, value)| {
            let value = value.map(|value| format!("<bdi>{}</bdi>", escape_html(value)));
            escape_html(text) + &value.unwrap_or_default()
        });
        parts.collect()
    }
}
