//! Mail for development: printed where the service was started.

use std::{io::Write, sync::atomic::Ordering};

use tokio::sync::mpsc::Receiver;

use super::{MailCounts, MailRenderer, Message, RenderedMail};

/// Prints messages until every sender is gone.
pub(super) fn print(writer: &MailRenderer, mut messages: Receiver<Message>, tally: &MailCounts) {
    while let Some(message) = messages.blocking_recv() {
        let letter = writer.render(&message);
        let RenderedMail {
            to, subject, text, ..
        } = &letter;
        let rule = "-".repeat(72);
        let mail = format!("{rule}\nTo: {to}\nSubject: {subject}\n\n{text}{rule}\n");
        let mut out = std::io::stdout().lock();
        let printed = out.write_all(mail.as_bytes()).and_then(|()| out.flush());
        if let Err(error) = printed {
            tally.lost.fetch_add(1, Ordering::Relaxed);
            tracing::error!(%error, "an email was lost: standard output cannot be written");
        } else {
            tally.sent.fetch_add(1, Ordering::Relaxed);
        }
    }
}
