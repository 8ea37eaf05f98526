//! `mail.…`: what mails look like, and how they leave.

mod smtp;

use std::{convert::Infallible, path::PathBuf};

pub use self::smtp::{Sender, SmtpConfig, SmtpSecurity};
use super::reader::SettingReader;

/// What mails look like, and how they leave.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server that takes them. Without one they are printed on loopback, and nowhere else.
    pub smtp: Option<SmtpConfig>,
    /// The folder of templates that replace the built-in templates.
    pub templates: Option<PathBuf>,
}

impl MailConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        Self {
            smtp: SmtpConfig::read(reader),
            templates: reader.optional("mail.templates", |text| {
                Ok::<_, Infallible>(PathBuf::from(text))
            }),
        }
    }
}
