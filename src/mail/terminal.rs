//! Mail for development: printed where the service was started.

use std::io::Write;

use tokio::sync::mpsc::Receiver;

use super::Message;

/// Prints messages until every sender is gone.
pub(super) fn print(mut messages: Receiver<Message>) {
    while let Some(message) = messages.blocking_recv() {
        let Message { to, subject, text } = &message;
        let rule = "-".repeat(72);
        let mail = format!("{rule}\nTo: {to}\nSubject: {subject}\n\n{text}{rule}\n");
        let mut out = std::io::stdout().lock();
        if out
            .write_all(mail.as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            tracing::error!("a mail was lost: standard output is closed");
        }
    }
}
