//! Email addresses in canonical form (RFC 5321 §4.1.2, RFC 5890).

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

/// The reason why a text is not an accepted email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmailAddress {
    /// The text has not exactly one `@` with text on both sides.
    #[error("must have the form name@domain")]
    Form,
    /// The email has more than 64 bytes before the `@`, or more than 254 in total.
    #[error("must be at most 254 characters long, with at most 64 before the @")]
    TooLong,
    /// The local part is not a plain dot-atom of ASCII.
    #[error("must have only letters, digits and !#$%&'*+-/=?^_`{{|}}~. before the @")]
    LocalPart,
    /// The domain is not a name of at least two labels.
    #[error("must have a domain name such as example.com after the @")]
    Domain,
}

/// An email address: lower-case ASCII local part, `@`, lower-case A-label domain.
///
/// Two forms of one mailbox are one value. `+tags` and dots are kept, because only the server of
/// the mailbox can interpret them. Quoted local parts, comments, IP literals and non-ASCII local
/// parts are refused, and so is a text that a mail server could decode as an encoded word.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String")]
#[sqlx(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The most bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
    pub const MAX_BYTES: usize = 254;

    /// Parses an email: normalizes it, then validates it.
    ///
    /// # Errors
    /// See [`InvalidEmailAddress`].
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        use InvalidEmailAddress::{Domain, Form, LocalPart, TooLong};

        // Longer inputs are not worth normalizing: A-labels are never shorter than what they encode
        // by more than this.
        if text.len() > 1024 {
            return Err(TooLong);
        }
        let (local, domain) = text.trim_matches(' ').rsplit_once('@').ok_or(Form)?;
        if local.is_empty() || domain.is_empty() || local.contains(['@', '\u{ff20}']) {
            return Err(Form);
        }
        // Some mail servers decode a text that looks like an encoded word (RFC 2047 §2) and deliver
        // to the decoded address.
        if !is_dot_atom(local) || local.contains("=?") {
            return Err(LocalPart);
        }
        let domain = Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| Domain)?;
        let top_level = domain.rsplit_once('.').ok_or(Domain)?.1;
        if top_level.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Domain);
        }
        if local.len() > 64 || local.len() + 1 + domain.len() > Self::MAX_BYTES {
            return Err(TooLong);
        }
        Ok(Self(format!("{}@{domain}", local.to_ascii_lowercase())))
    }

    /// Returns the canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// Returns whether a local part is a `Dot-string` of RFC 5321 §4.1.2.
fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    })
}

parsed_text!(EmailAddress, InvalidEmailAddress);

/// Shows no content, because emails do not belong in logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress([personal])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::{InvalidEmailAddress as Invalid, *};

    #[test]
    fn one_mailbox_has_one_spelling() {
        for (given, canonical) in [
            ("Ada@Example.COM", "ada@example.com"),
            (" a.b+tag@example.com ", "a.b+tag@example.com"),
            ("ada@ex\u{ff41}mple.com", "ada@example.com"),
            ("ada@m\u{fc}nchen.example", "ada@xn--mnchen-3ya.example"),
            ("ada@XN--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"),
            ("ada@fa\u{df}.example", "ada@xn--fa-hia.example"),
        ] {
            assert_eq!(EmailAddress::parse(given).unwrap().as_str(), canonical);
        }
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        for (given, reason) in [
            ("", Invalid::Form),
            ("ada", Invalid::Form),
            ("@example.com", Invalid::Form),
            ("ada@", Invalid::Form),
            ("ada@evil.example@example.com", Invalid::Form),
            ("ada\u{ff20}evil.example@example.com", Invalid::Form),
            ("ada\u{ff20}example.com", Invalid::Form),
            ("\"a b\"@example.com", Invalid::LocalPart),
            ("(comment)ada@example.com", Invalid::LocalPart),
            ("ada..b@example.com", Invalid::LocalPart),
            (".ada@example.com", Invalid::LocalPart),
            ("a,b@example.com", Invalid::LocalPart),
            ("a\r\nb@example.com", Invalid::LocalPart),
            ("a\0b@example.com", Invalid::LocalPart),
            ("\u{212a}elvin@example.com", Invalid::LocalPart),
            ("\u{131}ris@example.com", Invalid::LocalPart),
            ("stra\u{df}e@example.com", Invalid::LocalPart),
            (
                "=?utf-8?q?eve=40evil.example=3e?=@example.com",
                Invalid::LocalPart,
            ),
            ("ada@[127.0.0.1]", Invalid::Domain),
            ("ada@127.0.0.1", Invalid::Domain),
            ("ada@localhost", Invalid::Domain),
            ("ada@example.com.", Invalid::Domain),
            ("ada@ex ample.com", Invalid::Domain),
            ("ada@example.com\r\n", Invalid::Domain),
            ("\tada@example.com", Invalid::LocalPart),
            ("ada@example.com\r\nBcc: eve", Invalid::Domain),
            ("ada@-a.example", Invalid::Domain),
            ("ada@a..example", Invalid::Domain),
        ] {
            assert_eq!(EmailAddress::parse(given), Err(reason), "{given:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(EmailAddress::parse(&long), Err(Invalid::TooLong));
        let label = "a".repeat(60);
        let long = format!("a@{label}.{label}.{label}.{label}.{label}");
        assert!(EmailAddress::parse(&long).is_err());
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent_and_never_panics(text in "\\PC{0,80}|[a-zA-Z0-9.+]{1,70}@[a-zA-Z0-9\u{e4}\u{df}.-]{1,40}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().is_ascii());
                prop_assert!(address.as_str().len() <= 254);
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address.clone()));
                prop_assert!(!address.local_part().is_empty());
            }
        }

        /// Case, Unicode normal form and A-labels are forms of one email; every other difference is
        /// another mailbox.
        #[test]
        fn only_forms_of_one_mailbox_are_equal(
            local in "[a-z0-9+_-]{1,12}",
            label in "[a-z\u{e4}\u{e9}\u{f1}\u{fc}\u{df}\u{3b1}\u{3c9}\u{436}\u{65e5}]{1,8}",
            other in "[a-z0-9+_-]{1,12}",
        ) {
            let parse = |text: String| EmailAddress::parse(&text).unwrap();
            let address = parse(format!("{local}@{label}.example"));
            let upper = local.to_ascii_uppercase();
            for domain in [
                label.to_ascii_uppercase(),
                label.nfd().collect(),
                label.nfkd().collect::<String>(),
            ] {
                prop_assert_eq!(&parse(format!("{upper}@{domain}.EXAMPLE")), &address);
            }
            // A-labels are stable: conversion to Unicode and back yields the same.
            let (_, domain) = address.as_str().rsplit_once('@').unwrap();
            let (unicode, valid) = idna::domain_to_unicode(domain);
            prop_assert!(valid.is_ok());
            prop_assert_eq!(&parse(format!("{local}@{unicode}")), &address);

            let theirs = parse(format!("{other}@{label}.example"));
            prop_assert_eq!(theirs == address, other == local);
            prop_assert_ne!(parse(format!("{local}@{label}x.example")), address);
        }
    }
}
