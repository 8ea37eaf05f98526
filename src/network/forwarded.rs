//! Parses the headers in which proxies record the client address: `X-Forwarded-For` and `Forwarded`
//! (RFC 7239).
//!
//! Each proxy appends the address of its peer, so a header line is parsed from its right end. The part
//! that an untrusted client wrote is to the left, and cannot change how the rest is parsed, even with an
//! unclosed quote.

use std::{iter, net::IpAddr};

/// The header that the trusted proxies write. The other header is ignored, because clients can set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: a comma-separated list of addresses.
    XForwardedFor,
    /// `Forwarded`: a list of elements, each with the address in its `for` parameter (RFC 7239 §4).
    Forwarded,
}

impl ForwardedHeader {
    /// Both headers.
    pub const ALL: &[Self] = &[Self::XForwardedFor, Self::Forwarded];

    /// Returns the name of the header, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    /// Returns the hops of one header line, nearest first. A hop that is not an IP address is `None`.
    pub(super) fn hops(self, line: &[u8]) -> impl Iterator<Item = Option<IpAddr>> {
        let mut elements = split_from_right(line, b',');
        iter::from_fn(move || {
            let element = elements.next()?;
            Some(match self {
                Self::XForwardedFor => parse_node(element),
                Self::Forwarded => parse_forwarded_for(element),
            })
        })
    }
}

/// Splits `text` at each separator outside quoted strings (RFC 9110 §5.6.4), starting from the right.
fn split_from_right(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let mut is_quoted = false;
        let split = text.iter().enumerate().rposition(|(index, byte)| {
            if *byte == b'"' && !(is_quoted && is_escaped(text, index)) {
                is_quoted = !is_quoted;
            }
            *byte == separator && !is_quoted
        });
        let (before, part) = match split.and_then(|index| text.split_at_checked(index)) {
            Some((before, [_, part @ ..])) => (Some(before), part),
            _ => (None, text),
        };
        rest = before;
        Some(part.trim_ascii())
    })
}

/// Returns whether the byte at `index` is escaped: an odd number of backslashes precedes it.
fn is_escaped(text: &[u8], index: usize) -> bool {
    let before = text.iter().take(index).rev();
    before.take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Parses the `for` parameter of a `Forwarded` element. Returns `None` if the parameter is missing, occurs
/// twice or is not an IP address.
fn parse_forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut nodes = split_from_right(element, b';').filter_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = pair.split_at_checked(equals)?;
        name.eq_ignore_ascii_case(b"for").then_some(value)
    });
    let (node, None) = (nodes.next()?, nodes.next()) else {
        return None;
    };
    let node = node.strip_prefix(b"=")?;
    let unquoted = node
        .strip_prefix(b"\"")
        .and_then(|node| node.strip_suffix(b"\""));
    parse_node(unquoted.unwrap_or(node))
}

/// Parses an IP address with an optional port: a `node` of RFC 7239 §6, or IPv6 without brackets, as
/// used in `X-Forwarded-For`. Returns `None` for `unknown` and for obfuscated identifiers.
fn parse_node(node: &[u8]) -> Option<IpAddr> {
    let node = str::from_utf8(node).ok()?;
    if let Ok(address) = node.parse() {
        return Some(address);
    }
    let is_port = |port: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !port.is_empty() && port.bytes().all(is_allowed)
    };
    if let Some(bracketed) = node.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let is_valid = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse().ok().filter(|_| is_valid).map(IpAddr::V6);
    }
    let (address, port) = node.split_once(':')?;
    address
        .parse()
        .ok()
        .filter(|_| is_port(port))
        .map(IpAddr::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops(header: ForwardedHeader, line: &str) -> Vec<String> {
        let show = |hop: Option<IpAddr>| hop.map_or("-".to_owned(), |hop| hop.to_string());
        header.hops(line.as_bytes()).map(show).collect()
    }

    #[test]
    fn x_forwarded_for_addresses_are_parsed() {
        for (line, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            (
                "203.0.113.7, 10.0.0.1 ,10.0.0.2",
                "10.0.0.2 10.0.0.1 203.0.113.7",
            ),
            ("203.0.113.7:4711", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443,[2001:db8::2]", "2001:db8::2 2001:db8::1"),
            ("unknown, 203.0.113.7", "203.0.113.7 -"),
            ("", "-"),
            (",203.0.113.7,", "- 203.0.113.7 -"),
            ("203.0.113.7:, 203.0.113", "- -"),
            (
                "[203.0.113.7], [2001:db8::1]x, 0x7f.1, 127.1, 010.0.0.1",
                "- - - - -",
            ),
            ("203.0.113.7 203.0.113.8", "-"),
        ] {
            let hops = hops(ForwardedHeader::XForwardedFor, line).join(" ");
            assert_eq!(hops, expected, "{line}");
        }
    }

    /// RFC 7239 §4, §6 and §7.
    #[test]
    fn forwarded_for_parameters_are_parsed() {
        for (line, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            (
                "for=192.0.2.43, for=198.51.100.17",
                "198.51.100.17 192.0.2.43",
            ),
            ("for=\"192.0.2.43:47011\"", "192.0.2.43"),
            ("for=\"192.0.2.43:_x\"", "192.0.2.43"),
            (
                "for=192.0.2.43,for=\"[2001:db8::1]\";host=\"a,b;for=c\"",
                "2001:db8::1 192.0.2.43",
            ),
            ("host=\"a\\\", for=192.0.2.1\";for=192.0.2.2", "192.0.2.2"),
            ("for=192.0.2.43, for=unknown", "- 192.0.2.43"),
            ("for=\"_gazonk\"", "-"),
            ("proto=https", "-"),
            ("for=192.0.2.1;for=192.0.2.2", "-"),
            ("for=\", for=192.0.2.2", "192.0.2.2 -"),
            ("for=\\\", for=192.0.2.2", "192.0.2.2 -"),
            ("for=\"192.0.2.1", "-"),
            ("192.0.2.1", "-"),
            ("", "-"),
        ] {
            let hops = hops(ForwardedHeader::Forwarded, line).join(" ");
            assert_eq!(hops, expected, "{line}");
        }
    }
}
