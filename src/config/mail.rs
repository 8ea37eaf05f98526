//! `mail.…`: what mails look like, and how they leave.

mod smtp;

use std::{convert::Infallible, path::PathBuf};

pub use self::smtp::{Security, Sender, Smtp};
use super::reader::Reader;

/// What mails look like, and how they leave.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server that takes them. Without one they are printed on loopback, and nowhere else.
    pub smtp: Option<Smtp>,
    /// A folder of templates that replace ours.
    pub templates: Option<PathBuf>,
}

impl Mail {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            smtp: Smtp::read(reader),
            templates: reader.optional("mail.templates", |text| {
                Ok::<_, Infallible>(PathBuf::from(text))
            }),
        }
    }
}
