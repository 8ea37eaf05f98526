//! Where a request came through, as proxies write it down: `X-Forwarded-For`, or `Forwarded`
//! (RFC 7239).
//!
//! Each proxy appends what it saw, so a line is read from its right end: what a stranger wrote
//! stands to the left of it and cannot change how it is read, not by an open quote either.

use std::{iter, net::IpAddr};

/// Which of the two the proxies write. The other is a stranger's, and is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: addresses with commas between them.
    XForwardedFor,
    /// `Forwarded`: the same as the `for` parameters of RFC 7239 §4.
    Forwarded,
}

impl ForwardedHeader {
    /// Both.
    pub const ALL: &[Self] = &[Self::XForwardedFor, Self::Forwarded];

    /// The name of the field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    /// The hops of one line, the nearest first; `None` for one that is no address.
    pub(super) fn hops(self, line: &[u8]) -> impl Iterator<Item = Option<IpAddr>> {
        let mut elements = parts(line, b',');
        iter::from_fn(move || {
            let element = elements.next()?;
            Some(match self {
                Self::XForwardedFor => address(element),
                Self::Forwarded => forwarded_for(element),
            })
        })
    }
}

/// The parts between separators that are not quoted (RFC 9110 §5.6.4), from the right.
fn parts(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let mut is_quoted = false;
        let split = text.iter().enumerate().rposition(|(at, byte)| {
            if *byte == b'"' && !(is_quoted && is_escaped(text, at)) {
                is_quoted = !is_quoted;
            }
            *byte == separator && !is_quoted
        });
        let (before, part) = match split.and_then(|at| text.split_at_checked(at)) {
            Some((before, [_, part @ ..])) => (Some(before), part),
            _ => (None, text),
        };
        rest = before;
        Some(part.trim_ascii())
    })
}

/// Whether an odd number of backslashes stands before that place.
fn is_escaped(text: &[u8], at: usize) -> bool {
    let before = text.iter().take(at).rev();
    before.take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The one `for` parameter of an element.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut nodes = parts(element, b';').filter_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = pair.split_at_checked(equals)?;
        name.eq_ignore_ascii_case(b"for").then_some(value)
    });
    let (node, None) = (nodes.next()?, nodes.next()) else {
        return None;
    };
    let node = node.strip_prefix(b"=")?;
    let unquoted = node.strip_prefix(b"\"").and_then(|n| n.strip_suffix(b"\""));
    address(unquoted.unwrap_or(node))
}

/// An address with or without a port: `node` of RFC 7239 §6, and IPv6 without brackets, as
/// `X-Forwarded-For` has it. `unknown` and obfuscated names are none.
fn address(node: &[u8]) -> Option<IpAddr> {
    let node = str::from_utf8(node).ok()?;
    if let Ok(address) = node.parse() {
        return Some(address);
    }
    let is_port = |port: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        !port.is_empty() && port.bytes().all(plain)
    };
    if let Some(bracketed) = node.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let is_whole = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse().ok().filter(|_| is_whole).map(IpAddr::V6);
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
    fn x_forwarded_for_is_a_list_of_addresses() {
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
    fn forwarded_is_a_list_of_elements_with_a_for_each() {
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
