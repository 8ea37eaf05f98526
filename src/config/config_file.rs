//! The settings of the configuration file, and the lines that they are on.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    ConfigErrors,
    raw_setting::{RawSetting, RawTable, TABLES, unreadable},
};

/// A configuration file.
#[derive(Clone, Copy)]
pub(super) struct ConfigFile<'a> {
    /// The name of the file.
    pub(super) origin: &'a str,
    /// The content of the file.
    pub(super) text: &'a str,
}

/// The settings of a configuration file.
#[derive(Debug, Default)]
pub(super) struct FileSettings {
    /// The settings by name.
    pub(super) settings: BTreeMap<String, RawSetting>,
    /// The tables of each name in [`TABLES`].
    pub(super) tables: BTreeMap<String, Vec<RawTable>>,
}

impl<'a> ConfigFile<'a> {
    /// Returns the settings of the file.
    ///
    /// # Errors
    /// The text is not TOML.
    pub(super) fn settings(self) -> Result<FileSettings, ConfigErrors> {
        // The display of the error quotes the line, which may contain a secret. Its message does not.
        let invalid = |error: toml::de::Error| {
            let line = self.line(error.span().map_or(0, |span| span.start));
            let problem = error.message().lines().collect::<Vec<_>>().join(", ");
            unreadable(self.origin, &format!("is not TOML: line {line}: {problem}"))
        };
        let table = DeTable::parse(self.text).map_err(invalid)?;
        let mut settings = FileSettings::default();
        self.add_table(&mut settings, "", table.into_inner())
            .map_err(invalid)?;
        Ok(settings)
    }

    fn add_table(
        self,
        to: &mut FileSettings,
        prefix: &str,
        table: DeTable<'a>,
    ) -> Result<(), toml::de::Error> {
        for (key, value) in table {
            let origin = self.origin_at(key.span().start);
            let name = match prefix {
                "" => key.into_inner().into_owned(),
                prefix => format!("{prefix}.{}", key.get_ref()),
            };
            let span = value.span();
            match value.into_inner() {
                DeValue::Table(inner) => self.add_table(to, &name, inner)?,
                DeValue::Array(items) if TABLES.contains(&name.as_str()) => {
                    let tables = items.into_iter().map(|item| self.raw_table(item));
                    let tables = tables.collect::<Result<_, _>>()?;
                    to.tables.insert(name, tables);
                }
                value => {
                    let value = convert(Spanned::new(span, value))?;
                    to.settings.insert(name, RawSetting { value, origin });
                }
            }
        }
        Ok(())
    }

    fn raw_table(self, item: Spanned<DeValue<'a>>) -> Result<RawTable, toml::de::Error> {
        let origin = self.origin_at(item.span().start);
        let DeValue::Table(table) = item.into_inner() else {
            return Ok(RawTable {
                settings: None,
                origin,
            });
        };
        let mut settings = BTreeMap::new();
        for (key, value) in table {
            let origin = self.origin_at(key.span().start);
            let value = convert(value)?;
            settings.insert(key.into_inner().into_owned(), RawSetting { value, origin });
        }
        Ok(RawTable {
            settings: Some(settings),
            origin,
        })
    }

    fn origin_at(self, offset: usize) -> String {
        format!("{} line {}", self.origin, self.line(offset))
    }

    /// Returns the number of the line that contains the byte at `offset`.
    fn line(self, offset: usize) -> usize {
        let before = self.text.bytes().take(offset);
        1 + before.filter(|byte| *byte == b'\n').count()
    }
}

fn convert(value: Spanned<DeValue<'_>>) -> Result<toml::Value, toml::de::Error> {
    toml::Value::deserialize(ValueDeserializer::from(value))
}
