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

/// The shortest secret, in bytes (RFC 7518 §3.2).
const MIN_BYTES: usize = 32;

/// The HKDF salt, which separates Signet's keys from other uses of the same secret.
const SALT: &[u8] = b"signet/1";

/// The purpose of the key that signs refresh tokens.
const REFRESH: &str = "refresh";

/// The purpose of the bytes by which two secrets are compared.
const IDENTITY: &str = "identity";

/// A key of 32 bytes for one purpose, wiped when dropped.
pub type DerivedKey = Zeroizing<[u8; 32]>;

/// A master secret. It is never used directly: keys are derived from it.
pub struct Secret {
    kid: String,
    issuer: Issuer,
    master: Prk,
    refresh: hmac::Key,
    identity: DerivedKey,
}

impl Secret {
    /// Parses the text of a secret file: base64 of at least 32 random bytes.
    ///
    /// # Errors
    /// Describes the fault, and never quotes the text.
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
        if bytes.len() < MIN_BYTES {
            return Err("is too short: a secret has at least 32 bytes");
        }
        let from_hex = decode_hex(text).map(Zeroizing::new);
        if is_guessable(&bytes) || from_hex.is_some_and(|bytes| is_guessable(&bytes)) {
            return Err(
                "is well known or easily guessed: `signet keys generate` creates a valid secret",
            );
        }
        let master = Salt::new(HKDF_SHA256, SALT).extract(&bytes);
        let of_issuer = issuer.as_str();
        let refresh = derive(&master, REFRESH, "HS256", of_issuer)?;
        Ok(Self {
            kid: format!("m{}", format_time(signs_from)),
            issuer: issuer.clone(),
            refresh: hmac::Key::new(hmac::HMAC_SHA256, refresh.as_slice()),
            identity: derive(&master, IDENTITY, "none", of_issuer)?,
            master,
        })
    }

    /// Returns bytes that differ for different secrets, whatever their file names are. The bytes are
    /// secret.
    pub(super) fn identity(&self) -> &[u8] {
        self.identity.as_slice()
    }

    /// Returns the key id: `m` and the time from which the secret signs.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Derives the key of this secret for one purpose and one algorithm.
    ///
    /// # Errors
    /// The cryptographic library fails. A caller cannot correct this.
    pub fn derive(&self, purpose: &str, algorithm: &str) -> Result<DerivedKey, CryptoError> {
        let issuer = self.issuer.as_str();
        derive(&self.master, purpose, algorithm, issuer).map_err(|_| CryptoError)
    }

    /// Derives the key of this secret for stored data, which another issuer has to read as well.
    ///
    /// # Errors
    /// The cryptographic library fails. A caller cannot correct this.
    pub fn derive_at_rest(
        &self,
        purpose: &str,
        algorithm: &str,
    ) -> Result<DerivedKey, CryptoError> {
        derive(&self.master, purpose, algorithm, "").map_err(|_| CryptoError)
    }

    /// Computes the HMAC-SHA-256 of `message` with the key for refresh tokens.
    pub fn sign_refresh(&self, message: &[u8]) -> impl AsRef<[u8]> + use<> {
        hmac::sign(&self.refresh, message)
    }

    /// Returns true if `signature` is the HMAC of `message`. Compares in constant time.
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

/// Returns the time that the `kid` of a secret contains.
pub(super) fn signs_from(kid: &str) -> Option<DateTime<Utc>> {
    parse_time(kid.strip_prefix('m')?)
}

/// Derives a key by HKDF-SHA256 with info = purpose NUL algorithm NUL issuer.
fn derive(
    master: &Prk,
    purpose: &str,
    algorithm: &str,
    issuer: &str,
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
        issuer.as_bytes(),
    ];
    let mut key = Zeroizing::new([0; 32]);
    master
        .expand(&info, Length)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .map_err(|_| "cannot be derived from")?;
    Ok(key)
}

/// Returns true for text, patterns and published examples. Random bytes are accepted in practice.
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
    let trimmed = trim_padding(bytes);
    let encoded = [bytes, trimmed].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    distinct < 12
        || is_text(trimmed)
        || is_sequence
        || encoded.iter().any(|encoded| is_known_secret(encoded))
}

/// Decodes hexadecimal digits, which are valid base64 as well.
fn decode_hex(text: &str) -> Option<Vec<u8>> {
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

/// Removes trailing NULs and white space, which end a text or pad it to the required length.
fn trim_padding(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., 0 | b' ' | b'\t' | b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Returns true if the bytes are text of any script, in UTF-8 or UTF-16.
///
/// One of a hundred million secrets of 32 random bytes is valid UTF-8, and most of those contain control
/// characters.
fn is_text(bytes: &[u8]) -> bool {
    let is_printed = |text: &str| text.chars().all(|c| !c.is_control() || c.is_whitespace());
    if str::from_utf8(bytes).is_ok_and(is_printed) {
        return true;
    }
    let (pairs, _) = bytes.as_chunks::<2>();
    let has_text = |place: fn(&[u8; 2]) -> [u8; 2]| {
        // Letters of nearly every alphabet are below U+0700. Random pairs of bytes seldom all are.
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
    fn both_base64_alphabets_and_a_final_newline_are_accepted() {
        let url_safe = URL_SAFE_NO_PAD.encode(random());
        let standard = STANDARD.encode(random());
        let derived = |text: &str| *parse(text).unwrap().derive("p", "a").unwrap();
        assert_eq!(derived(&url_safe), derived(&format!("{standard}\n")));
    }

    #[test]
    fn short_and_well_known_secrets_are_rejected_without_being_quoted() {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        for invalid in [
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
            let problem = parse(&invalid).unwrap_err();
            assert!(invalid.is_empty() || !problem.contains(&invalid));
        }
    }

    #[test]
    fn purpose_algorithm_and_issuer_change_the_derived_key() {
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
    fn debug_output_contains_only_the_kid() {
        let text = URL_SAFE_NO_PAD.encode(random());
        let printed = format!("{:?}", parse(&text).unwrap());
        assert_eq!(printed, "Secret { kid: \"m19700101T000000Z\", .. }");
    }

    #[test]
    fn text_of_any_script_is_rejected() {
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
    fn well_known_secret_is_rejected_in_every_encoding() {
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
                // The published text encoded once more, and its hexadecimal digits.
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
        fn random_bytes_are_accepted(bytes in prop::collection::vec(any::<u8>(), 32..64)) {
            // Proptest also generates patterns such as zeros, which are rightly refused.
            let distinct: std::collections::BTreeSet<_> = bytes.iter().collect();
            prop_assume!(distinct.len() > 20 && bytes.iter().any(|byte| *byte > 0xf7));
            prop_assert!(parse(&URL_SAFE_NO_PAD.encode(&bytes)).is_ok());
        }

        #[test]
        fn arbitrary_text_never_panics_and_is_never_quoted(text in "\\PC{0,60}|([A-Za-z0-9_-]{4}){5,22}[AQgw]?\n?") {
            match parse(&text) {
                Ok(_) => prop_assert!(text.trim().trim_end_matches('=').len() * 3 / 4 >= MIN_BYTES),
                Err(problem) => {
                    let mut words = text.split_whitespace().filter(|word| word.len() > 12);
                    prop_assert!(words.all(|word| !problem.contains(word)));
                }
            }
        }
    }
}
