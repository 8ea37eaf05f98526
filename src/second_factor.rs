//! Second factors: one-time codes of authenticator apps (RFC 6238) and recovery codes, and the second step of logins.
//!
//! A step of an app and a recovery code are claimed by one compare-and-swap of the user's row before tokens are minted:
//! of any number of concurrent uses on any number of nodes exactly one wins.

mod continuation;
mod error;
mod presented;
mod qr;
mod recovery_codes;
mod reseal;
mod stored_totp;
mod totp;
mod verify;

pub use self::{
    continuation::{ContinuedPage, LoginContinuation, PendingSecondFactor},
    error::{ContinuationRejection, Error, FactorRejection},
    presented::{InvalidCode, PresentedFactor, RecoveryCode, TotpCode, compact},
    qr::{QrCodeError, QrPath, qr_path, qr_svg},
    recovery_codes::RecoveryCodes,
    stored_totp::StoredTotp,
    totp::TotpSecret,
    verify::{CompletedLogin, UsedFactor},
};
use crate::{limits::Limits, mail::Mailer, store::Store, token::Tokens};

/// Asks for second factors and verifies them.
#[derive(Debug, Clone)]
pub struct SecondFactors {
    /// The users.
    pub store: Store,
    /// The tokens, which seal continuations and the secrets of apps.
    pub tokens: Tokens,
    /// The limits of wrong codes.
    pub limits: Limits,
    /// The mailer of notices.
    pub mailer: Mailer,
}

/// The alphabet of base32 (RFC 4648 §6).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Encodes bytes in base32 without padding. Every 5 bytes are 8 characters; the bytes after the last 5 are left out.
fn base32(bytes: &[u8]) -> String {
    let (chunks, _) = bytes.as_chunks::<5>();
    let digits = chunks.iter().flat_map(|chunk| {
        let bits = chunk
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8).rev().map(move |place| bits >> (5 * place) & 31)
    });
    let digit = |index: u64| ALPHABET.get(usize::try_from(index).ok()?).copied();
    digits.filter_map(digit).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10, the values without padding.
    #[test]
    fn base32_is_that_of_the_rfc() {
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(
            base32(b"12345678901234567890"),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
        assert_eq!(base32(&[0xff; 5]), "77777777");
    }
}
