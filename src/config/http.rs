//! `listen` and `http.…`: the listen address and the limits of a request.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use super::reader::SettingReader;
use crate::network::{ForwardedHeader, TrustedProxies};

/// The listen address and the limits of a request.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// The IP address and port to listen on.
    pub listen: SocketAddr,
    /// The largest request body, in bytes.
    pub max_body: usize,
    /// The largest header section of a request, in bytes.
    pub max_header: usize,
    /// The proxies whose forwarding header is trusted.
    pub proxies: TrustedProxies,
    /// The time limit for a header section, and for the first request of a new connection.
    pub header_timeout: Duration,
    /// The idle timeout: the time that a connection stays open between a response and the next
    /// request.
    pub idle_timeout: Duration,
    /// The time limit for a request body.
    pub body_timeout: Duration,
    /// The connection limit: the most simultaneous connections.
    pub max_connections: usize,
    /// The time for which requests are still accepted after the stop signal, so that load balancers
    /// can notice.
    pub drain: Duration,
    /// The time that responses in flight have after `drain`.
    pub shutdown_grace: Duration,
}

impl HttpConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let mut duration = |setting: &str| reader.duration(setting).to_std().unwrap_or_default();
        let header_timeout = duration("http.header_timeout");
        let idle_timeout = duration("http.idle_timeout");
        let body_timeout = duration("http.body_timeout");
        let drain = duration("http.drain");
        let shutdown_grace = duration("http.shutdown_grace");
        let listen = reader.declared("listen", address);
        Self {
            listen: listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            max_body: reader.number("http.max_body"),
            max_header: reader.number("http.max_header"),
            proxies: proxies(reader),
            header_timeout,
            idle_timeout,
            body_timeout,
            max_connections: reader.number("http.max_connections"),
            drain,
            shutdown_grace,
        }
    }
}

fn proxies(reader: &mut SettingReader) -> TrustedProxies {
    let trusted = reader.words("http.trusted_proxies", |words| {
        let ranges = words.iter().map(|word| TrustedProxies::parse(word));
        ranges.collect::<Result<Vec<_>, _>>()
    });
    let header = reader.choice("http.forwarded_header", ForwardedHeader::ALL, |it| {
        it.as_str()
    });
    TrustedProxies {
        trusted: trusted.unwrap_or_default(),
        header: header.unwrap_or(ForwardedHeader::XForwardedFor),
    }
}

/// Parses an IP address and a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be an address and a port such as 127.0.0.1:8080")
}
