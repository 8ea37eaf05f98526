//! The error of a failed delivery: stage, reply code, and whether a retry can succeed.

use std::fmt;

/// The stage at which a delivery failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DeliveryStage {
    /// Name resolution, the TCP connection, the greeting and the first EHLO.
    Connection,
    /// STARTTLS and the TLS handshake.
    Encryption,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO. From this stage on, a refusal concerns this mail alone.
    Recipient,
    /// DATA and the content of the mail.
    Content,
}

impl fmt::Display for DeliveryStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "connection",
            Self::Encryption => "encryption",
            Self::Login => "login",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Content => "content",
        })
    }
}

/// The error of a failed delivery.
pub struct DeliveryError {
    stage: DeliveryStage,
    /// The server's reply code, if the server has replied.
    code: Option<u16>,
    /// The cause in Signet's words or the operating system's.
    cause: String,
    /// The text of the server's reply. It may repeat an email.
    reply: Option<String>,
}

impl DeliveryError {
    /// Returns an error without a reply of the server.
    pub(super) fn because(stage: DeliveryStage, cause: &str) -> Self {
        Self {
            stage,
            code: None,
            cause: cause.to_owned(),
            reply: None,
        }
    }

    /// Returns an error for a reply whose code is not the expected one.
    pub(super) fn refused(stage: DeliveryStage, code: u16, reply: String) -> Self {
        Self {
            code: Some(code),
            reply: Some(reply),
            ..Self::because(stage, "the server refused")
        }
    }

    /// Returns whether every retry must fail: the server has refused this mail. A refusal at an earlier
    /// stage concerns the server and the settings, which can be corrected while mails wait.
    pub(super) fn is_final(&self) -> bool {
        self.stage >= DeliveryStage::Recipient && self.is_refusal()
    }

    /// Returns whether the server has replied, so that the connection accepts further commands.
    pub(super) fn has_reply(&self) -> bool {
        self.code.is_some()
    }

    /// Returns whether the server refused the user name or the password.
    pub(super) fn is_refused_login(&self) -> bool {
        self.stage == DeliveryStage::Login && self.is_refusal()
    }

    /// Returns whether the reply is a permanent failure (RFC 5321 §4.2.1).
    fn is_refusal(&self) -> bool {
        self.code.is_some_and(|code| code >= 500)
    }

    /// Logs the error, without the text of the mail and of the server's reply.
    pub(super) fn log(&self, mail: &str, tries: u32, is_lost: bool) {
        let Self { code, cause, .. } = self;
        let stage = self.stage.to_string();
        if is_lost {
            tracing::error!(mail, stage, code, cause, tries, "an email was lost");
        } else if self.is_refusal() || self.stage == DeliveryStage::Encryption {
            tracing::error!(
                mail,
                stage,
                code,
                cause,
                tries,
                "the mail server does not accept this service: no email is sent until this is corrected"
            );
        } else {
            tracing::warn!(
                mail,
                stage,
                code,
                cause,
                tries,
                "an email could not be sent and is retried later"
            );
        }
    }
}

/// Shows the whole error, with the server's reply: for the operator's terminal, not for a log.
impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.cause, self.stage)?;
        if let Some(code) = self.code {
            write!(f, ": {code}")?;
        }
        if let Some(reply) = &self.reply {
            write!(f, " {}", reply.escape_debug())?;
        }
        Ok(())
    }
}

/// Omits the server's reply, which may repeat an email.
impl fmt::Debug for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryError")
            .field("stage", &self.stage)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
impl DeliveryError {
    /// Returns an error for a reply with that code and no text.
    pub(super) fn with_code(stage: DeliveryStage, code: u16) -> Self {
        Self {
            code: Some(code),
            ..Self::because(stage, "the server refused")
        }
    }
}
