//! One-time codes (RFC 6238): HMAC-SHA-1, 6 digits, steps of 30 s. Every authenticator app supports these parameters, and
//! some support no others.

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY},
};
use chrono::{DateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{TotpCode, base32};
use crate::entropy::{Entropy, EntropyError};

/// The seconds of one step.
const PERIOD: i64 = 30;

/// The steps by which the clock of an app may be behind or ahead (§5.2).
const SKEW: i64 = 1;

/// The secret of an authenticator app: 160 random bits (RFC 4226 §4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TotpSecret([u8; 20]);

impl Drop for TotpSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl TotpSecret {
    /// Creates a secret.
    ///
    /// # Errors
    /// The random source fails.
    pub fn fresh(entropy: &Entropy) -> Result<Self, EntropyError> {
        Ok(Self(entropy.bytes()?))
    }

    /// Returns the secret as apps read it: base32.
    pub fn text(&self) -> String {
        base32(&self.0)
    }

    /// Returns the `otpauth` URI of the secret, which a QR code shows.
    pub fn uri(&self, service: &str, account: &str) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (service, account) = (encode(service), encode(account));
        let secret = self.text();
        format!(
            "otpauth://totp/{service}:{account}?secret={secret}&issuer={service}&algorithm=SHA1&digits=6&period={PERIOD}"
        )
    }

    /// Returns the step of a code: the present one, or one whose time a clock may mistake for the present.
    pub fn step_of(&self, code: &TotpCode, now: DateTime<Utc>) -> Option<i64> {
        let present = now.timestamp().div_euclid(PERIOD);
        let mut steps = present - SKEW..=present + SKEW;
        steps.find(|step| {
            let expected = self.code(*step);
            verify_slices_are_equal(expected.as_bytes(), code.as_str().as_bytes()).is_ok()
        })
    }

    /// Computes the code of a step (RFC 4226 §5.3).
    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = tag.last().map_or(0, |last| usize::from(last & 15));
        let word = tag.get(offset..offset + 4).unwrap_or_default();
        let word = word
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc_secret() -> TotpSecret {
        TotpSecret(*b"12345678901234567890")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238 appendix B, of whose 8 digits these are the last 6.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let code = TotpCode::parse(code).unwrap();
            let step = rfc_secret().step_of(&code, at(seconds));
            assert_eq!(step, Some(seconds / 30));
        }
    }

    #[test]
    fn codes_of_the_neighbouring_steps_are_accepted() {
        let code = TotpCode::parse("287082").unwrap();
        for (seconds, step) in [
            (-1, None),
            (0, Some(1)),
            (30, Some(1)),
            (89, Some(1)),
            (90, None),
        ] {
            assert_eq!(rfc_secret().step_of(&code, at(seconds)), step, "{seconds}");
        }
    }

    #[test]
    fn uri_quotes_names() {
        let uri = rfc_secret().uri("Acme & Co", "ada+x@example.com");
        assert_eq!(
            uri,
            "otpauth://totp/Acme%20%26%20Co:ada%2Bx%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Acme%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }
}
