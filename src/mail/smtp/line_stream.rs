//! A connection to a server: commands, content and replies, each within its time.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    time::timeout,
};

use super::reply::{MAX_REPLY, PartialReply, SmtpReply};

/// What commands and replies travel on.
pub(super) trait SmtpStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> SmtpStream for S {}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplyError {
    /// Not within the time.
    #[error("the server does not respond in time")]
    TimedOut,
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What came is not a reply.
    #[error("the server does not speak SMTP")]
    NotSmtp,
}

/// A connection to a server.
pub(super) struct LineStream {
    stream: BufReader<Box<dyn SmtpStream>>,
    limit: Duration,
    is_sound: bool,
}

impl LineStream {
    /// A connection whose server has so long for each reply.
    pub(super) fn over(stream: Box<dyn SmtpStream>, limit: Duration) -> Self {
        Self {
            stream: BufReader::new(stream),
            limit,
            is_sound: true,
        }
    }

    /// Whether every reply has come to its end. If not, the next one would be taken for another.
    pub(super) fn is_sound(&self) -> bool {
        self.is_sound
    }

    /// The connection without what has been read of it. None where something was: it came before TLS,
    /// and would be taken for what the server says under TLS (RFC 3207 §6).
    pub(super) fn into_stream(self) -> Option<Box<dyn SmtpStream>> {
        let is_clean = self.is_sound && self.stream.buffer().is_empty();
        is_clean.then(|| self.stream.into_inner())
    }

    /// Sends a command, which ends with CRLF, and returns the reply.
    pub(super) async fn command(&mut self, command: &str) -> Result<SmtpReply, ReplyError> {
        self.send(command.as_bytes()).await
    }

    /// Sends the content of a mail and the dot after it, and returns the reply.
    pub(super) async fn content(&mut self, content: &[u8]) -> Result<SmtpReply, ReplyError> {
        self.send(&stuffed(content)).await
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

    /// Returns the next reply. Where its end does not come, but its code has, the code decides, and the
    /// connection is of no use any more.
    pub(super) async fn reply(&mut self) -> Result<SmtpReply, ReplyError> {
        let mut partial = PartialReply::default();
        let read = timeout(self.limit, read(&mut self.stream, &mut partial)).await;
        let why = match read {
            Ok(Ok(())) => return partial.whole().ok_or(ReplyError::NotSmtp),
            Ok(Err(why)) => why,
            Err(_) => ReplyError::TimedOut,
        };
        self.is_sound = false;
        match why {
            ReplyError::NotSmtp => Err(why),
            why => partial.cut().ok_or(why),
        }
    }
}

/// Reads up to the end of a reply, and not further than is allowed.
async fn read(
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
        let taken = partial.take(line, end.is_some());
        stream.consume(length);
        if taken.map_err(|_| ReplyError::NotSmtp)? {
            return Ok(());
        }
        total += length;
        if total > MAX_REPLY {
            return Err(io::Error::other("the reply of the server is too long").into());
        }
    }
}

/// The content with a dot before each dot that begins a line, and its end (RFC 5321 §4.5.2).
fn stuffed(content: &[u8]) -> Vec<u8> {
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

    const HASTY: Duration = Duration::from_millis(100);

    #[test]
    fn a_dot_never_ends_the_content() {
        for (content, wire) in [
            ("", "\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n\r\n.\r\n"),
            ("..\r\n.a", "...\r\n..a\r\n.\r\n"),
            ("a.b\r\n", "a.b\r\n\r\n.\r\n"),
            ("a\n.\nb", "a\n..\nb\r\n.\r\n"),
        ] {
            assert_eq!(stuffed(content.as_bytes()), wire.as_bytes(), "{content:?}");
        }
    }

    /// The reply to the content of a server that says that, and then nothing.
    async fn told(text: &[u8], hangs_up: bool) -> (Result<u16, ReplyError>, bool) {
        let (ours, mut server) = duplex(1 << 20);
        let mut wire = LineStream::over(Box::new(ours), HASTY);
        server.write_all(text).await.unwrap();
        if hangs_up {
            server.shutdown().await.unwrap();
        }
        let reply = wire.content(b"hello").await.map(|reply| reply.code);
        (reply, wire.is_sound())
    }

    #[tokio::test]
    async fn a_code_whose_text_never_ends_decides_and_ends_the_connection() {
        let endless = [b"250 ".as_slice(), &b"x".repeat(2 * MAX_REPLY)].concat();
        let lines = b"250-x\r\n".repeat(MAX_REPLY);
        let lines = lines.get(..100_000).unwrap();
        for text in [b"250 Ok".as_slice(), b"250", b"250-x\r\n", &endless, lines] {
            for hangs_up in [true, false] {
                let (reply, is_sound) = told(text, hangs_up).await;
                assert_eq!(reply.unwrap(), 250);
                assert!(!is_sound);
            }
        }
        let (reply, is_sound) = told(b"250\r\n", false).await;
        assert_eq!((reply.unwrap(), is_sound), (250, true));
    }

    #[tokio::test]
    async fn without_a_code_there_is_no_reply() {
        let (silent, _) = told(b"", false).await;
        assert!(matches!(silent, Err(ReplyError::TimedOut)), "{silent:?}");
        let (gone, _) = told(b"", true).await;
        assert!(matches!(gone, Err(ReplyError::Io(_))), "{gone:?}");
        let (other, _) = told(b"HTTP/1.1 400 Bad Request\r\n", false).await;
        assert!(matches!(other, Err(ReplyError::NotSmtp)), "{other:?}");
    }

    /// Slipped in behind the answer to STARTTLS.
    #[tokio::test]
    async fn what_comes_before_tls_is_not_taken_for_what_comes_under_it() {
        let slipped: [(&[u8], bool); 3] = [
            (b"220 go ahead\r\n", true),
            (b"220 go ahead\r\n250-mail\r\n250 AUTH PLAIN\r\n", false),
            (b"220 go ahead", false),
        ];
        for (text, is_clean) in slipped {
            let (ours, mut server) = duplex(1 << 10);
            server.write_all(text).await.unwrap();
            let mut wire = LineStream::over(Box::new(ours), HASTY);
            assert_eq!(wire.command("STARTTLS\r\n").await.unwrap().code, 220);
            assert_eq!(wire.into_stream().is_some(), is_clean, "{text:?}");
            let mut heard = Vec::new();
            drop(server.read_to_end(&mut heard).await);
            assert_eq!(heard, b"STARTTLS\r\n");
        }
    }
}
