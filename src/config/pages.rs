//! `pages.…`: the templates of the hosted pages.

use std::{convert::Infallible, path::PathBuf};

use super::reader::SettingReader;

/// Settings of the hosted pages.
#[derive(Debug, Clone)]
pub struct PagesConfig {
    /// The folder of templates that replace the built-in templates.
    pub templates: Option<PathBuf>,
}

impl PagesConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        Self {
            templates: reader.optional("pages.templates", |text| {
                Ok::<_, Infallible>(PathBuf::from(text))
            }),
        }
    }
}
