//! The mailer of the service.

use super::super::{CommandContext, CommandFailure, setup::outgoing_mail};
use crate::mail::{MailRenderer, MailShutdown, Mailer};

/// Creates the mailer, and the handle that finishes its queue at shutdown.
pub(super) fn mailer(
    context: &CommandContext,
    renderer: MailRenderer,
) -> Result<(Mailer, Option<MailShutdown>), CommandFailure> {
    if let Some((mailer, outgoing)) = outgoing_mail::mailer(context, renderer)? {
        return Ok((mailer, Some(outgoing)));
    }
    tracing::warn!(
        "mail.url is not set, so no email can be sent: requests that send one are answered with 501"
    );
    Ok((Mailer::none(), None))
}
