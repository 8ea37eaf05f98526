//! Mails by a server: from whom they are, and how they get there.

use lettre::address::AddressError;

use super::{
    Letter,
    letterhead::Letterhead,
    smtp::Smtp,
    undelivered::{Stage, Undelivered},
};
use crate::{clock::Clock, config, connect::TlsError, entropy::Entropy};

/// Why nothing can be sent by a server, before it is asked.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The address is none to the crate that builds mails.
    #[error("mail.from: {0}")]
    Sender(#[from] AddressError),
    /// No authority could vouch for it.
    #[error("mail.url: its certificate could not be checked: {0}")]
    Certificates(#[from] TlsError),
}

/// A server, and what mails to it begin with.
pub struct Post {
    pub(super) letterhead: Letterhead,
    pub(super) smtp: Smtp,
}

impl Post {
    /// By that server, to which we are `host`. Connects to nothing.
    ///
    /// # Errors
    /// A sender that is none, or no authority that could vouch for the server.
    pub fn new(
        config: &config::Smtp,
        host: &str,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, Unusable> {
        Ok(Self {
            letterhead: Letterhead::new(&config.from, clock, entropy)?,
            smtp: Smtp::new(config, host)?,
        })
    }

    /// Sends one letter, once and at once: what the server answered.
    ///
    /// # Errors
    /// Why it did not get there, in all detail: for an operator, and for no log.
    pub async fn send(&self, letter: &Letter) -> Result<String, Undelivered> {
        let parcel = self.letterhead.parcel(letter);
        let parcel =
            parcel.map_err(|why| Undelivered::because(Stage::Content, &why.to_string()))?;
        self.smtp.send(&parcel).await
    }
}
