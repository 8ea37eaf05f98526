//! A connection that is read line by line.
//!
//! Whoever sits in between may send more after the answer to STARTTLS. If that were read with the
//! answer, it would be taken for what the server says under TLS (RFC 3207 §6). So nothing beyond
//! the end of a line is read before somebody asks for it: what is there then is for TLS to refuse.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// The longest line, of SMTP (RFC 5321 §4.5.3.1.5). Longer ones come in pieces.
const LINE: usize = 512;

/// A connection that is read line by line.
#[derive(Debug)]
pub(super) struct Lines(pub(super) TcpStream);

impl AsyncRead for Lines {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut seen = [0; LINE];
        let most = buf.remaining().min(LINE);
        let Some(seen) = seen.get_mut(..most) else {
            return Poll::Ready(Ok(()));
        };
        let length = ready!(self.0.poll_peek(cx, &mut ReadBuf::new(seen)))?;
        let line = seen.iter().take(length).position(|byte| *byte == b'\n');
        let length = line.map_or(length, |end| end + 1);
        let mut read = ReadBuf::new(seen.get_mut(..length).unwrap_or_default());
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut read))?;
        buf.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Lines {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, io::Write as _, net::TcpListener};

    use super::*;

    async fn read(lines: &mut Lines, most: usize) -> String {
        let mut buffer = vec![0; most];
        let mut buffer = ReadBuf::new(&mut buffer);
        poll_fn(|cx| Pin::new(&mut *lines).poll_read(cx, &mut buffer))
            .await
            .unwrap();
        String::from_utf8(buffer.filled().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn nothing_is_read_beyond_a_line() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut server, _) = listener.accept().unwrap();
        // Slipped in behind the answer to STARTTLS.
        let long = "x".repeat(600);
        let said = format!("220 go ahead\r\n250-mail\r\n250 AUTH PLAIN\r\n{long}\n");
        server.write_all(said.as_bytes()).unwrap();
        drop(server);

        let mut lines = Lines(stream);
        assert_eq!(read(&mut lines, 8192).await, "220 go ahead\r\n");
        assert_eq!(read(&mut lines, 5).await, "250-m");
        assert_eq!(read(&mut lines, 8192).await, "ail\r\n");
        assert_eq!(read(&mut lines, 8192).await, "250 AUTH PLAIN\r\n");
        assert_eq!(read(&mut lines, 8192).await, "x".repeat(LINE));
        assert_eq!(read(&mut lines, 8192).await, "x".repeat(600 - LINE) + "\n");
        assert_eq!(read(&mut lines, 8192).await, "");
    }
}
