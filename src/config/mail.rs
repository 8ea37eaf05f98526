//! `mail.…`: the templates of mails, and the server that sends them.

mod smtp;

use std::{convert::Infallible, path::PathBuf};

pub use self::smtp::{Sender, SmtpConfig, SmtpSecurity};
use super::reader::SettingReader;

/// Settings of mails.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server that sends mails. Without one, mails are printed on a loopback issuer and cannot be sent on others.
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
