//! A rendered mail.

use std::fmt;

use crate::{identity::EmailAddress, locale::Locale};

/// A message whose subject and parts are rendered.
#[derive(Clone)]
pub struct RenderedMail {
    /// The recipient's email.
    pub to: EmailAddress,
    /// The language of the mail.
    pub locale: Locale,
    /// The subject line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part, with the same content.
    pub html: String,
}

/// Omits both parts: a valid link is as powerful as a password.
impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedMail")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
