//! Why a letter did not get where it should, and whether there is hope.

use std::fmt;

/// How far a delivery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DeliveryStage {
    /// To the server, and its greeting.
    Connection,
    /// To TLS.
    Encryption,
    /// To who we are.
    Login,
    /// To from whom mails are.
    Sender,
    /// To whom this one is. From here on it is about this one.
    Recipient,
    /// To what it says.
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

/// Why a letter did not get there.
pub struct DeliveryError {
    stage: DeliveryStage,
    code: Option<u16>,
    /// In our words, or those of this machine.
    cause: String,
    /// In the server's: it may repeat whatever it was told.
    answer: Option<String>,
}

impl DeliveryError {
    /// For a reason of ours.
    pub(super) fn because(stage: DeliveryStage, cause: &str) -> Self {
        Self {
            stage,
            code: None,
            cause: cause.to_owned(),
            answer: None,
        }
    }

    /// Because the server answered with such a code.
    pub(super) fn refused(stage: DeliveryStage, code: u16, answer: String) -> Self {
        Self {
            code: Some(code),
            answer: Some(answer),
            ..Self::because(stage, "the server refused")
        }
    }

    /// Whether no try will ever get further: the server has judged this very letter. What is said
    /// before that is about the server and us, and can be mended while letters wait.
    pub(super) fn is_final(&self) -> bool {
        self.stage >= DeliveryStage::Recipient && self.is_refusal()
    }

    /// Whether the server has answered, and can be spoken to again.
    pub(super) fn is_answer(&self) -> bool {
        self.code.is_some()
    }

    /// Whether the server refused the user or the password.
    pub(super) fn is_refused_login(&self) -> bool {
        self.stage == DeliveryStage::Login && self.is_refusal()
    }

    fn is_refusal(&self) -> bool {
        self.code.is_some_and(|code| code >= 500)
    }

    /// Puts it on record, without a word of the letter or of the server.
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

/// What an operator is told who asks: all of it.
impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.cause, self.stage)?;
        if let Some(code) = self.code {
            write!(f, ": {code}")?;
        }
        if let Some(answer) = &self.answer {
            write!(f, " {}", answer.escape_debug())?;
        }
        Ok(())
    }
}

/// Servers repeat addresses.
impl fmt::Debug for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undelivered")
            .field("stage", &self.stage)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
impl DeliveryError {
    /// What a server would have answered.
    pub(super) fn answered(stage: DeliveryStage, code: u16) -> Self {
        Self {
            code: Some(code),
            ..Self::because(stage, "the server refused")
        }
    }
}
