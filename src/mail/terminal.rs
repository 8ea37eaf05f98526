//! Mail for development: messages are printed to standard output.

use std::{io::Write, sync::atomic::Ordering};

use tokio::sync::mpsc::Receiver;

use super::{MailCounts, Message, RenderedMail, current_renderer::CurrentRenderer};

/// Renders and prints messages until every sender is dropped. Blocks the thread.
pub(super) fn print(
    renderer: &CurrentRenderer,
    mut messages: Receiver<Message>,
    counts: &MailCounts,
) {
    while let Some(message) = messages.blocking_recv() {
        let email = renderer.render(&message);
        let RenderedMail {
            to, subject, text, ..
        } = &email;
        let rule = "-".repeat(72);
        let mail = format!("{rule}\nTo: {to}\nSubject: {subject}\n\n{text}{rule}\n");
        let mut out = std::io::stdout().lock();
        let printed = out.write_all(mail.as_bytes()).and_then(|()| out.flush());
        if let Err(error) = printed {
            counts.lost.fetch_add(1, Ordering::Relaxed);
            tracing::error!(%error, "an email was lost: standard output cannot be written");
        } else {
            counts.sent.fetch_add(1, Ordering::Relaxed);
        }
    }
}
