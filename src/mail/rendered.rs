//! A mail as it is sent.

use std::fmt;

use crate::{identity::EmailAddress, locale::Locale};

/// A message, written out.
#[derive(Clone)]
pub struct RenderedMail {
    /// To whom.
    pub to: EmailAddress,
    /// In which language.
    pub locale: Locale,
    /// The subject line.
    pub subject: String,
    /// The text for those who read text.
    pub text: String,
    /// The same as a page.
    pub html: String,
}

/// Links are as good as passwords while they live.
impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
