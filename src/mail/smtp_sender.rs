//! Mails by a server: from whom they are, and how they get there.

use lettre::address::AddressError;

use super::{
    RenderedMail,
    delivery_error::{DeliveryError, DeliveryStage},
    envelope::EnvelopeBuilder,
    smtp::SmtpTransport,
};
use crate::{clock::Clock, config, connect::TlsError, entropy::Entropy};

/// Why nothing can be sent by a server, before it is asked.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSenderError {
    /// The address is none to the crate that builds mails.
    #[error("mail.from: {0}")]
    Sender(#[from] AddressError),
    /// No authority could vouch for it.
    #[error("mail.url: its certificate could not be checked: {0}")]
    Certificates(#[from] TlsError),
}

/// A server, and what mails to it begin with.
pub struct SmtpSender {
    pub(super) letterhead: EnvelopeBuilder,
    pub(super) smtp: SmtpTransport,
}

impl SmtpSender {
    /// By that server, to which we are `host`. Connects to nothing.
    ///
    /// # Errors
    /// A sender that is none, or no authority that could vouch for the server.
    pub fn new(
        config: &config::SmtpConfig,
        host: &str,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, SmtpSenderError> {
        Ok(Self {
            letterhead: EnvelopeBuilder::new(&config.from, clock, entropy)?,
            smtp: SmtpTransport::new(config, host)?,
        })
    }

    /// Sends one letter, once and at once: what the server answered.
    ///
    /// # Errors
    /// Why it did not get there, in all detail: for an operator, and for no log.
    pub async fn send(&self, letter: &RenderedMail) -> Result<String, DeliveryError> {
        let envelope = self.letterhead.envelope(letter);
        let envelope = envelope
            .map_err(|why| DeliveryError::because(DeliveryStage::Content, &why.to_string()))?;
        self.smtp.send(&envelope).await
    }
}
