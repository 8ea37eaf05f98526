//! `listen` and `http.…`: the listen address and the limits of a request.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use chrono::TimeDelta;

use super::{
    duration::{between, number},
    reader::SettingReader,
};
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
        let kib = 1024;
        let mut seconds = |setting: &str, default, least, most| {
            let range = between(TimeDelta::seconds(least), TimeDelta::minutes(most));
            let value = reader.value(setting, TimeDelta::seconds(default), range);
            value.to_std().unwrap_or_default()
        };
        let header_timeout = seconds("http.header_timeout", 15, 1, 5);
        let idle_timeout = seconds("http.idle_timeout", 75, 1, 15);
        let body_timeout = seconds("http.body_timeout", 30, 1, 5);
        let drain = seconds("http.drain", 1, 0, 5);
        let shutdown_grace = seconds("http.shutdown_grace", 10, 1, 5);
        Self {
            listen: reader.value(
                "listen",
                SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
                address,
            ),
            max_body: reader.value("http.max_body", 16 * kib, number(kib, 64 * kib)),
            max_header: reader.value("http.max_header", 16 * kib, number(8 * kib, 64 * kib)),
            proxies: proxies(reader),
            header_timeout,
            idle_timeout,
            body_timeout,
            max_connections: reader.value("http.max_connections", 4096, number(16, 65_536)),
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
    let header = |text: &str| {
        let mut all = ForwardedHeader::ALL.iter().copied();
        all.find(|header| header.as_str() == text)
            .ok_or("must be x-forwarded-for or forwarded")
    };
    let default = ForwardedHeader::XForwardedFor;
    TrustedProxies {
        trusted: trusted.unwrap_or_default(),
        header: reader.value("http.forwarded_header", default, header),
    }
}

/// Parses an IP address and a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be an address and a port such as 127.0.0.1:8080")
}
