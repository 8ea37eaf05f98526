//! Connecting to a host with several addresses (RFC 8305).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{net::TcpStream, time::sleep};

/// The time that an attempt has before the next address is tried as well (RFC 8305 §5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The most addresses that are tried: a name server decides how many there are.
const MAX_ADDRESSES: usize = 16;

/// Connects to the first of the addresses that accepts. They are tried in their order, the families in
/// turn (RFC 8305 §4): the next one at once when an attempt fails, and after 250 ms when it hangs. The
/// caller bounds the whole time.
///
/// # Errors
/// The error of the attempt that failed last.
pub async fn race(addresses: &[IpAddr], port: u16) -> io::Result<TcpStream> {
    let mut rest = interleaved(addresses)
        .into_iter()
        .take(MAX_ADDRESSES)
        .peekable();
    let mut attempts = FuturesUnordered::new();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    loop {
        match rest.next() {
            Some(address) => attempts.push(TcpStream::connect(SocketAddr::new(address, port))),
            None if attempts.is_empty() => return Err(last),
            None => {}
        }
        let has_next = rest.peek().is_some();
        tokio::select! {
            biased;
            Some(attempt) = attempts.next() => match attempt {
                Ok(stream) => {
                    // Requests are small, and each is waited for.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Err(error) => last = error,
            },
            () = sleep(ATTEMPT_DELAY), if has_next => {}
        }
    }
}

/// The addresses with the two families in turn, beginning with the family of the first.
fn interleaved(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let is_first_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .iter()
        .copied()
        .partition(|address| address.is_ipv6() == is_first_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut all = Vec::with_capacity(addresses.len());
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return all;
        }
        all.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests;
