//! Delivery by an SMTP server: the sender's email and the transport.

use lettre::address::AddressError;

use super::{
    RenderedMail,
    delivery_error::{DeliveryError, DeliveryStage},
    envelope::EnvelopeBuilder,
    smtp::SmtpTransport,
};
use crate::{clock::Clock, config, connect::TlsError, entropy::Entropy};

/// The settings for the mail server are invalid.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSenderError {
    /// The mail library rejects the sender's email.
    #[error("mail.from: {0}")]
    Sender(#[from] AddressError),
    /// The certificate authorities cannot be loaded.
    #[error("mail.url: its certificate could not be checked: {0}")]
    Certificates(#[from] TlsError),
}

/// Builds and sends mails through one SMTP server.
pub struct SmtpSender {
    pub(super) envelope_builder: EnvelopeBuilder,
    pub(super) smtp: SmtpTransport,
}

impl SmtpSender {
    /// Returns a sender for the configured server, without connecting. `host` is the client's name in
    /// EHLO.
    ///
    /// # Errors
    /// The mail library rejects the sender's email, or the certificate authorities cannot be loaded.
    pub fn new(
        config: &config::SmtpConfig,
        host: &str,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, SmtpSenderError> {
        Ok(Self {
            envelope_builder: EnvelopeBuilder::new(&config.from, clock, entropy)?,
            smtp: SmtpTransport::new(config, host)?,
        })
    }

    /// Connects to the server and logs in, without sending a mail.
    ///
    /// # Errors
    /// The server cannot be reached, or it refuses TLS or the login.
    pub async fn check(&self) -> Result<(), DeliveryError> {
        self.smtp.check().await
    }

    /// Sends one mail without retries and returns the server's reply.
    ///
    /// # Errors
    /// The delivery failed. The error contains the server's reply: show it to the operator and do not
    /// log it.
    pub async fn send(&self, mail: &RenderedMail) -> Result<String, DeliveryError> {
        let envelope = self.envelope_builder.envelope(mail);
        let envelope = envelope
            .map_err(|error| DeliveryError::because(DeliveryStage::Content, &error.to_string()))?;
        self.smtp.send(&envelope).await
    }
}
