//! A connection to an SMTP server: it sends commands and content and reads replies, each within a time
//! limit.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    time::timeout,
};

use super::reply::{MAX_REPLY_BYTES, PartialReply, SmtpReply};

/// A byte stream for SMTP: TCP, or TLS over TCP.
pub(super) trait SmtpStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> SmtpStream for S {}

/// No reply was received.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplyError {
    /// The time limit has passed.
    #[error("the server does not respond in time")]
    TimedOut,
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The received bytes are not an SMTP reply.
    #[error("the server does not speak SMTP")]
    NotSmtp,
}

/// A connection to an SMTP server.
pub(super) struct LineStream {
    stream: BufReader<Box<dyn SmtpStream>>,
    /// The time limit of each write and of each reply.
    limit: Duration,
    /// False after an incomplete reply.
    is_usable: bool,
}

impl LineStream {
    /// Returns a connection with a time limit for each write and for each reply.
    pub(super) fn new(stream: Box<dyn SmtpStream>, limit: Duration) -> Self {
        Self {
            stream: BufReader::new(stream),
            limit,
            is_usable: true,
        }
    }

    /// Returns whether every reply was read to its end. After an incomplete reply, its rest would be
    /// taken for the next reply.
    pub(super) fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// Returns the stream below, or `None` if the last reply was incomplete or more bytes followed it:
    /// they were sent before TLS and would be taken for a reply under TLS (RFC 3207 §6).
    pub(super) fn into_stream(self) -> Option<Box<dyn SmtpStream>> {
        let is_clean = self.is_usable && self.stream.buffer().is_empty();
        is_clean.then(|| self.stream.into_inner())
    }

    /// Sends a command, which ends with CRLF, and returns the reply.
    pub(super) async fn command(&mut self, command: &str) -> Result<SmtpReply, ReplyError> {
        self.send(command.as_bytes()).await
    }

    /// Sends the content of a mail and the dot after it, and returns the reply.
    pub(super) async fn content(&mut self, content: &[u8]) -> Result<SmtpReply, ReplyError> {
        self.send(&dot_stuffed(content)).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<SmtpReply, ReplyError> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        timeout(self.limit, sent)
            .await
            .map_err(|_| ReplyError::TimedOut)??;
        self.reply().await
    }

    /// Reads the next reply. If its code was received but its end was not, the code applies, and the
    /// connection is no longer usable.
    pub(super) async fn reply(&mut self) -> Result<SmtpReply, ReplyError> {
        let mut partial = PartialReply::default();
        let read = timeout(self.limit, read_reply(&mut self.stream, &mut partial)).await;
        let error = match read {
            Ok(Ok(())) => return partial.into_complete().ok_or(ReplyError::NotSmtp),
            Ok(Err(error)) => error,
            Err(_) => ReplyError::TimedOut,
        };
        self.is_usable = false;
        match error {
            ReplyError::NotSmtp => Err(error),
            error => partial.into_truncated().ok_or(error),
        }
    }
}

/// Reads a reply up to its end, at most about [`MAX_REPLY_BYTES`].
async fn read_reply(
    stream: &mut BufReader<Box<dyn SmtpStream>>,
    partial: &mut PartialReply,
) -> Result<(), ReplyError> {
    let mut total = 0;
    loop {
        let bytes = stream.fill_buf().await?;
        if bytes.is_empty() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(bytes.len(), |end| end + 1);
        let line = bytes.get(..length).unwrap_or_default();
        let is_complete = partial.push(line, end.is_some());
        stream.consume(length);
        if is_complete.map_err(|_| ReplyError::NotSmtp)? {
            return Ok(());
        }
        total += length;
        if total > MAX_REPLY_BYTES {
            return Err(io::Error::other("the reply of the server is too long").into());
        }
    }
}

/// Returns the content with a dot before each line that begins with a dot, and the end of the content
/// (RFC 5321 §4.5.2).
fn dot_stuffed(content: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(content.len() + 64);
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    stuffed.extend_from_slice(b"\r\n.\r\n");
    stuffed
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    const TIME_LIMIT: Duration = Duration::from_millis(100);

    #[test]
    fn lines_that_begin_with_a_dot_are_escaped() {
        for (content, encoded) in [
            ("", "\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n\r\n.\r\n"),
            ("..\r\n.a", "...\r\n..a\r\n.\r\n"),
            ("a.b\r\n", "a.b\r\n\r\n.\r\n"),
            ("a\n.\nb", "a\n..\nb\r\n.\r\n"),
        ] {
            assert_eq!(
                dot_stuffed(content.as_bytes()),
                encoded.as_bytes(),
                "{content:?}"
            );
        }
    }

    /// Returns the reply that is read from a server which sends `text` and then stays silent or hangs up,
    /// and whether the connection is still usable.
    async fn reply_to_content(text: &[u8], hangs_up: bool) -> (Result<u16, ReplyError>, bool) {
        let (client, mut server) = duplex(1 << 20);
        let mut stream = LineStream::new(Box::new(client), TIME_LIMIT);
        server.write_all(text).await.unwrap();
        if hangs_up {
            server.shutdown().await.unwrap();
        }
        let reply = stream.content(b"hello").await.map(|reply| reply.code);
        (reply, stream.is_usable())
    }

    #[tokio::test]
    async fn incomplete_reply_counts_by_its_code_and_ends_the_connection() {
        let endless = [b"250 ".as_slice(), &b"x".repeat(2 * MAX_REPLY_BYTES)].concat();
        let lines = b"250-x\r\n".repeat(MAX_REPLY_BYTES);
        let lines = lines.get(..100_000).unwrap();
        for text in [b"250 Ok".as_slice(), b"250", b"250-x\r\n", &endless, lines] {
            for hangs_up in [true, false] {
                let (reply, is_usable) = reply_to_content(text, hangs_up).await;
                assert_eq!(reply.unwrap(), 250);
                assert!(!is_usable);
            }
        }
        let (reply, is_usable) = reply_to_content(b"250\r\n", false).await;
        assert_eq!((reply.unwrap(), is_usable), (250, true));
    }

    #[tokio::test]
    async fn reply_without_a_code_is_an_error() {
        let (silent, _) = reply_to_content(b"", false).await;
        assert!(matches!(silent, Err(ReplyError::TimedOut)), "{silent:?}");
        let (gone, _) = reply_to_content(b"", true).await;
        assert!(matches!(gone, Err(ReplyError::Io(_))), "{gone:?}");
        let (other, _) = reply_to_content(b"HTTP/1.1 400 Bad Request\r\n", false).await;
        assert!(matches!(other, Err(ReplyError::NotSmtp)), "{other:?}");
    }

    /// The bytes are injected after the reply to STARTTLS.
    #[tokio::test]
    async fn bytes_before_the_tls_handshake_are_refused() {
        let cases: [(&[u8], bool); 3] = [
            (b"220 go ahead\r\n", true),
            (b"220 go ahead\r\n250-mail\r\n250 AUTH PLAIN\r\n", false),
            (b"220 go ahead", false),
        ];
        for (text, is_clean) in cases {
            let (client, mut server) = duplex(1 << 10);
            server.write_all(text).await.unwrap();
            let mut stream = LineStream::new(Box::new(client), TIME_LIMIT);
            assert_eq!(stream.command("STARTTLS\r\n").await.unwrap().code, 220);
            assert_eq!(stream.into_stream().is_some(), is_clean, "{text:?}");
            let mut received = Vec::new();
            drop(server.read_to_end(&mut received).await);
            assert_eq!(received, b"STARTTLS\r\n");
        }
    }
}
