//! Connects to a host that has several IP addresses (RFC 8305).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{net::TcpStream, time::sleep};

/// The time between the start of an attempt and the start of the next one (RFC 8305 §5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The maximum number of addresses that are tried. A name server can return any number.
const MAX_ADDRESSES: usize = 16;

/// Connects to the first address that accepts the connection.
///
/// Addresses are tried in the given order, alternating between the address families (RFC 8305 §4). The
/// next attempt starts as soon as one fails, or after 250 ms while none has finished. The first 16
/// addresses are tried. The caller sets the overall timeout.
///
/// # Errors
/// Every attempt failed: the error of the attempt that failed last. An empty list of addresses is
/// [`io::ErrorKind::NotFound`].
pub async fn race(addresses: &[IpAddr], port: u16) -> io::Result<TcpStream> {
    let mut remaining = interleave_families(addresses)
        .into_iter()
        .take(MAX_ADDRESSES)
        .peekable();
    let mut attempts = FuturesUnordered::new();
    let mut last_error = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    loop {
        match remaining.next() {
            Some(address) => attempts.push(TcpStream::connect(SocketAddr::new(address, port))),
            None if attempts.is_empty() => return Err(last_error),
            None => {}
        }
        let has_next = remaining.peek().is_some();
        tokio::select! {
            biased;
            Some(attempt) = attempts.next() => match attempt {
                Ok(stream) => {
                    // Requests are small, and the service waits for the response to each one. Nagle's
                    // algorithm would only delay them.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Err(error) => last_error = error,
            },
            () = sleep(ATTEMPT_DELAY), if has_next => {}
        }
    }
}

/// Returns the addresses alternating between IPv4 and IPv6, starting with the family of the first.
fn interleave_families(addresses: &[IpAddr]) -> Vec<IpAddr> {
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
