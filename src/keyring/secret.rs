//! Master secrets and the keys derived from them (RFC 5869).

use std::fmt;

use aws_lc_rs::{
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    hmac,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::{
    CryptoError,
    file::{format_time, parse_time},
    well_known::is_known_secret,
};
use crate::config::Issuer;

/// The fewest bytes of a secret (RFC 7518 §3.2).
const LEAST_BYTES: usize = 32;

/// Separates Signet's keys from anybody else's use of the same secret.
const SALT: &[u8] = b"signet/1";

/// The purpose of the key that signs refresh tokens.
const REFRESH: &str = "refresh";

/// The purpose of what tells one secret from another.
const IDENTITY: &str = "identity";

/// 32 bytes for one purpose, wiped when dropped.
pub type DerivedKey = Zeroizing<[u8; 32]>;

/// A master secret: never used itself, only derived from.
pub struct Secret {
    kid: String,
    issuer: Issuer,
    master: Prk,
    refresh: hmac::Key,
    identity: DerivedKey,
}

impl Secret {
    /// Reads the text of a secret file: base64 of at least 32 random bytes.
    ///
    /// # Errors
    /// What is wrong, in words that never quote the text.
    pub(super) fn parse(
        text: &str,
        signs_from: DateTime<Utc>,
        issuer: &Issuer,
    ) -> Result<Self, &'static str> {
        let text = text.trim_ascii();
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim_end_matches('='))
            .or_else(|_| STANDARD.decode(text))
            .map(Zeroizing::new)
            .map_err(|_| "is not base64: `signet keys generate` creates a valid secret")?;
        if bytes.len() < LEAST_BYTES {
            return Err("is too short: a secret has at least 32 bytes");
        }
        let unhexed = unhexed(text).map(Zeroizing::new);
        if is_guessable(&bytes) || unhexed.is_some_and(|bytes| is_guessable(&bytes)) {
            return Err(
                "is well known or easily guessed: `signet keys generate` creates a valid secret",
            );
        }
        let master = Salt::new(HKDF_SHA256, SALT).extract(&bytes);
        let refresh = derive(&master, REFRESH, "HS256", issuer)?;
        Ok(Self {
            kid: format!("m{}", format_time(signs_from)),
            issuer: issuer.clone(),
            refresh: hmac::Key::new(hmac::HMAC_SHA256, refresh.as_slice()),
            identity: derive(&master, IDENTITY, "none", issuer)?,
            master,
        })
    }

    /// What tells it from another secret, whatever both are called. It is a secret itself.
    pub(super) fn identity(&self) -> &[u8] {
        self.identity.as_slice()
    }

    /// `m` and the time from which it signs.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key of this secret for one purpose and one algorithm.
    ///
    /// # Errors
    /// The cryptographic library refuses; nothing a caller could mend.
    pub fn derive(&self, purpose: &str, algorithm: &str) -> Result<DerivedKey, CryptoError> {
        derive(&self.master, purpose, algorithm, &self.issuer).map_err(|_| CryptoError)
    }

    /// HMAC-SHA-256 under the key for refresh tokens.
    pub fn sign_refresh(&self, message: &[u8]) -> impl AsRef<[u8]> + use<> {
        hmac::sign(&self.refresh, message)
    }

    /// Whether `signature` is that of `message`, in constant time.
    pub fn verifies_refresh(&self, message: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.refresh, message, signature).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The time a secret's `kid` names.
pub(super) fn signs_from(kid: &str) -> Option<DateTime<Utc>> {
    parse_time(kid.strip_prefix('m')?)
}

/// HKDF-SHA256 with info = purpose NUL algorithm NUL issuer.
fn derive(
    master: &Prk,
    purpose: &str,
    algorithm: &str,
    issuer: &Issuer,
) -> Result<DerivedKey, &'static str> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }

    let info = [
        purpose.as_bytes(),
        b"\0",
        algorithm.as_bytes(),
        b"\0",
        issuer.as_str().as_bytes(),
    ];
    let mut key = Zeroizing::new([0; 32]);
    master
        .expand(&info, Length)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .map_err(|_| "cannot be derived from")?;
    Ok(key)
}

/// Text, patterns and published examples. Random bytes fail none of these in practice.
fn is_guessable(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let is_sequence = bytes.windows(2).all(|pair| match pair {
        [a, b] => a.wrapping_add(1) == *b || b.wrapping_add(1) == *a,
        _ => false,
    });
    let filled = without_filling(bytes);
    let encoded = [bytes, filled].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    distinct < 12
        || is_text(filled)
        || is_sequence
        || encoded.iter().any(|encoded| is_known_secret(encoded))
}

/// The bytes of hexadecimal digits, which can be read as base64 as well.
fn unhexed(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let byte = |pair: &[u8; 2]| {
        let digits = str::from_utf8(pair).ok()?;
        let is_hex = pair.iter().all(u8::is_ascii_hexdigit);
        u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    pairs.iter().map(byte).collect()
}

/// Without what is put behind a text to end it, or to make it long enough.
fn without_filling(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., 0 | b' ' | b'\t' | b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Whether the bytes are a text of any script, in UTF-8 or in UTF-16.
///
/// Of a hundred million secrets of 32 random bytes, one is UTF-8, and most of those have control
/// characters.
fn is_text(bytes: &[u8]) -> bool {
    let is_printed = |text: &str| text.chars().all(|c| !c.is_control() || c.is_whitespace());
    if str::from_utf8(bytes).is_ok_and(is_printed) {
        return true;
    }
    let (pairs, _) = bytes.as_chunks::<2>();
    let has_text = |place: fn(&[u8; 2]) -> [u8; 2]| {
        // Letters of nearly every alphabet are below U+0700, which random pairs seldom all are.
        let mut units = pairs.iter().map(place);
        units.all(|[high, low]| high < 7 && (high > 0 || low >= 0x20 || low.is_ascii_whitespace()))
    };
    has_text(|[high, low]| [*high, *low]) || has_text(|[low, high]| [*high, *low])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Secret, &'static str> {
        let issuer = Issuer::parse("https://auth.example.com").unwrap();
        Secret::parse(text, DateTime::UNIX_EPOCH, &issuer)
    }

    fn random() -> [u8; 32] {
        std::array::from_fn(|i| u8::try_from(i * 37 % 251).unwrap())
    }

    #[test]
    fn both_alphabets_and_a_final_newline_are_read() {
        let url_safe = URL_SAFE_NO_PAD.encode(random());
        let standard = STANDARD.encode(random());
        let derived = |text: &str| *parse(text).unwrap().derive("p", "a").unwrap();
        assert_eq!(derived(&url_safe), derived(&format!("{standard}\n")));
    }

    #[test]
    fn short_and_well_known_secrets_are_refused_without_being_quoted() {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        for bad in [
            String::new(),
            "not base64 !".to_owned(),
            encode(&random()[..31]),
            encode(&[0; 32]),
            encode(&[7; 64]),
            encode(&std::array::from_fn::<u8, 32, _>(|i| {
                u8::try_from(i).unwrap()
            })),
            encode(b"a-string-secret-at-least-256-bits-long"),
            // RFC 7520 §3.5.
            "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg".to_owned(),
        ] {
            let problem = parse(&bad).unwrap_err();
            assert!(bad.is_empty() || !problem.contains(&bad));
        }
    }

    #[test]
    fn each_purpose_algorithm_and_issuer_has_its_own_key() {
        let text = URL_SAFE_NO_PAD.encode(random());
        let secret = parse(&text).unwrap();
        let key = secret.derive("purpose", "XC20P").unwrap();
        assert_ne!(key, secret.derive("purpos", "eXC20P").unwrap());
        assert_ne!(key, secret.derive("purpose", "HS256").unwrap());
        let other = Issuer::parse("https://auth.example.org").unwrap();
        let other = Secret::parse(&text, DateTime::UNIX_EPOCH, &other).unwrap();
        assert_ne!(key, other.derive("purpose", "XC20P").unwrap());
    }

    #[test]
    fn a_secret_prints_as_its_kid_alone() {
        let text = URL_SAFE_NO_PAD.encode(random());
        let printed = format!("{:?}", parse(&text).unwrap());
        assert_eq!(printed, "Secret { kid: \"m19700101T000000Z\", .. }");
    }

    #[test]
    fn a_text_of_any_script_is_no_secret() {
        let refused = |bytes: &[u8]| parse(&URL_SAFE_NO_PAD.encode(bytes)).is_err();
        for text in [
            "correct horse battery staple, and more",
            "правильная лошадь батарея скоба",
            "zwölf Boxkämpfer jagen Viktor quer über",
            "正确的马电池订书钉以及更多的字",
            "パスワードを入力してください、お願いします",
            "🐎🔋📎🔑🐎🔋📎🔐🔒🧲🧷🪝🧨",
        ] {
            let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
                text.encode_utf16().flat_map(to_bytes).collect()
            };
            assert!(refused(text.as_bytes()), "{text}");
            assert!(refused(format!("{text}\n").as_bytes()), "{text}");
            assert!(
                refused(format!("\u{feff}{text}\0\0\0").as_bytes()),
                "{text}"
            );
            if text.chars().all(|c| c < '\u{700}') {
                assert!(refused(&utf_16(u16::to_le_bytes)), "{text}");
                assert!(refused(&utf_16(u16::to_be_bytes)), "{text}");
            }
        }
    }

    #[test]
    fn a_well_known_secret_is_refused_in_every_spelling() {
        for known in [
            "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        ] {
            let bytes = URL_SAFE_NO_PAD.decode(known).unwrap();
            let line = [&bytes[..], b"\n"].concat();
            let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let hex = hex.concat();
            for spelling in [
                known.to_owned(),
                format!("  {known}==\r\n"),
                STANDARD.encode(&bytes),
                STANDARD.encode(&line),
                // The published text itself, encoded once more, and its digits.
                URL_SAFE_NO_PAD.encode(known),
                STANDARD.encode(format!("{known}\n")),
                STANDARD.encode(&hex),
                hex,
            ] {
                assert!(parse(&spelling).is_err(), "{spelling}");
            }
        }
    }

    proptest! {
        #[test]
        fn random_bytes_are_a_secret(bytes in prop::collection::vec(any::<u8>(), 32..64)) {
            // What proptest makes on purpose, such as zeros, is refused with reason.
            let distinct: std::collections::BTreeSet<_> = bytes.iter().collect();
            prop_assume!(distinct.len() > 20 && bytes.iter().any(|byte| *byte > 0xf7));
            prop_assert!(parse(&URL_SAFE_NO_PAD.encode(&bytes)).is_ok());
        }

        #[test]
        fn no_text_panics_and_none_is_quoted(text in "\\PC{0,60}|([A-Za-z0-9_-]{4}){5,22}[AQgw]?\n?") {
            match parse(&text) {
                Ok(_) => prop_assert!(text.trim().trim_end_matches('=').len() * 3 / 4 >= LEAST_BYTES),
                Err(said) => {
                    let mut words = text.split_whitespace().filter(|word| word.len() > 12);
                    prop_assert!(words.all(|word| !said.contains(word)));
                }
            }
        }
    }
}
