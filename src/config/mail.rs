//! `mail.…`: mail templates and the SMTP server.

mod smtp;

use std::{convert::Infallible, path::PathBuf};

pub use self::smtp::{Sender, SmtpConfig, SmtpSecurity};
use super::reader::SettingReader;

/// Settings of email.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The SMTP server. Without one, emails are printed if the service is on loopback, and not sent
    /// otherwise.
    pub smtp: Option<SmtpConfig>,
    /// Set if a code is mailed beside each login link.
    pub login_codes: bool,
    /// The folder of templates that replace the built-in ones.
    pub templates: Option<PathBuf>,
}

impl MailConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        Self {
            smtp: SmtpConfig::read(reader),
            login_codes: reader.boolean("mail.login_codes"),
            templates: reader.optional("mail.templates", |text| {
                Ok::<_, Infallible>(PathBuf::from(text))
            }),
        }
    }
}
