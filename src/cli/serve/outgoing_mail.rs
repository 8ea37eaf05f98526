//! The mailer of the service.

use super::super::{CommandContext, CommandFailure};
use crate::mail::{MailRenderer, MailShutdown, Mailer, SmtpSender};

/// Creates the mailer, and the handle that finishes its queue at shutdown.
pub(super) fn mailer(
    context: &CommandContext,
    renderer: MailRenderer,
) -> Result<(Mailer, Option<MailShutdown>), CommandFailure> {
    let CommandContext {
        config,
        clock,
        entropy,
    } = context;
    let (mailer, outgoing) = match &config.mail.smtp {
        Some(smtp) => {
            let sender =
                SmtpSender::new(smtp, config.issuer.host(), clock.clone(), entropy.clone())?;
            Mailer::post(renderer, sender)
        }
        None if config.is_loopback() => Mailer::terminal(renderer),
        None => {
            tracing::warn!(
                "mail.url is not set, so no email can be sent: requests that need one are answered with 503"
            );
            return Ok((Mailer::none(), None));
        }
    };
    Ok((mailer, Some(outgoing)))
}
