//! `mail.…`: how mail is written.

use std::{convert::Infallible, path::PathBuf};

use super::reader::Reader;

/// How mail is written.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// A folder of templates that replace ours.
    pub templates: Option<PathBuf>,
}

impl Mail {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            templates: reader.optional("mail.templates", |text| {
                Ok::<_, Infallible>(PathBuf::from(text))
            }),
        }
    }
}
