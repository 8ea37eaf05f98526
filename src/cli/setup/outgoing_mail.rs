//! The mailer of the service and of commands that send mail.

use crate::{
    cli::{CommandContext, CommandFailure},
    mail::{MailRenderer, MailShutdown, Mailer, SmtpSender},
};

/// Creates the mailer, and the handle that finishes its queue. Returns `None` if no mail server is configured and the
/// service is not on loopback, where mail is printed. The caller must be inside a Tokio runtime.
///
/// # Errors
/// A setting of the mail server is invalid.
pub(in crate::cli) fn mailer(
    context: &CommandContext,
    renderer: MailRenderer,
) -> Result<Option<(Mailer, MailShutdown)>, CommandFailure> {
    let CommandContext {
        config,
        clock,
        entropy,
        ..
    } = context;
    Ok(match &config.mail.smtp {
        Some(smtp) => {
            let host = config.issuer.host();
            let sender = SmtpSender::new(smtp, host, clock.clone(), entropy.clone())?;
            Some(Mailer::post(renderer, sender))
        }
        None if config.is_loopback() => Some(Mailer::terminal(renderer)),
        None => None,
    })
}
