//! The parts of hash texts.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::HashRefusal;

/// Base64 with or without padding. Some systems leave bits of the last character set.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Encodes bytes in base64 without padding, as PHC strings have it.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes base64 of either alphabet (RFC 4648 §4 and §5).
///
/// # Errors
/// [`HashRefusal::Malformed`].
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, HashRefusal> {
    let engine = if text.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    engine.decode(text).map_err(|_| HashRefusal::Malformed)
}

/// Encodes bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |bits: u8| char::from_digit(u32::from(bits), 16).unwrap_or('0');
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

/// Decodes hexadecimal of either case.
///
/// # Errors
/// [`HashRefusal::Malformed`].
pub(super) fn from_hex(text: &str) -> Result<Vec<u8>, HashRefusal> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes
        .filter(|_| odd.is_empty())
        .ok_or(HashRefusal::Malformed)
}

/// Splits a text at every `$` into exactly `N` parts.
///
/// # Errors
/// [`HashRefusal::Malformed`].
pub(super) fn split<const N: usize>(text: &str) -> Result<[&str; N], HashRefusal> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().map_err(|_| HashRefusal::Malformed)
}

/// Parses a decimal number.
///
/// # Errors
/// [`HashRefusal::Malformed`], or [`HashRefusal::HashParameters`] if the number exceeds 32 bits.
pub(super) fn number(text: &str) -> Result<u32, HashRefusal> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HashRefusal::Malformed);
    }
    text.parse().map_err(|_| HashRefusal::HashParameters)
}

/// Named parameters: `ln=14,r=8,p=1`.
pub(super) struct NamedParameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> NamedParameters<'a> {
    /// Splits the parameters.
    ///
    /// # Errors
    /// [`HashRefusal::Malformed`]: a parameter has no value, or is repeated.
    pub(super) fn parse(text: &'a str) -> Result<Self, HashRefusal> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or(HashRefusal::Malformed)?;
            if found.iter().any(|(known, _)| *known == name) {
                return Err(HashRefusal::Malformed);
            }
            found.push((name, value));
        }
        Ok(Self(found))
    }

    /// Takes a parameter.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a str> {
        let place = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.swap_remove(place).1)
    }

    /// Takes a parameter that must be a number.
    ///
    /// # Errors
    /// [`HashRefusal::Malformed`] or [`HashRefusal::HashParameters`].
    pub(super) fn number(&mut self, name: &str) -> Result<u32, HashRefusal> {
        number(self.take(name).ok_or(HashRefusal::Malformed)?)
    }

    /// Returns an error if a parameter is left, which would change the hash in an unknown way.
    ///
    /// # Errors
    /// [`HashRefusal::Malformed`].
    pub(super) fn finish(self) -> Result<(), HashRefusal> {
        self.0
            .is_empty()
            .then_some(())
            .ok_or(HashRefusal::Malformed)
    }
}
