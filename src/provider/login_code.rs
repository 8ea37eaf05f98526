//! The code beside a mailed login link, for users who read the mail on another device. The requester gets a sealed
//! challenge, without which the code does nothing.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, LoginLink, LoginLinkProvider};
use crate::{
    admission,
    coordination::SpentMarks,
    entropy::{Entropy, EntropyError},
    internal::InternalError,
    network::Network,
    second_factor::compact,
    token::{LinkRejection, SealedPurpose, SealedToken, TokenForm, TokenKind},
};

/// The characters of a code: no two of them look alike.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The number of characters, of 5 random bits each.
const LENGTH: usize = 8;

/// The number of codes that may be tried with one challenge: at one node, or at all nodes that coordinate. Bounds guessing even without rate limits.
const MAX_TRIES: usize = 5;

/// The text is no code of a mailed login link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 8 characters of 2-9 and A-Z without I and O")]
pub struct InvalidLoginCode;

/// A code of a mailed login link.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginCode(String);

impl LoginCode {
    fn fresh(entropy: &Entropy) -> Result<Self, EntropyError> {
        let bytes = entropy.bytes::<LENGTH>()?;
        // 32 characters divide the 256 values of a byte, so every character is equally likely.
        let character = |byte: u8| ALPHABET.iter().cycle().nth(byte.into());
        let characters = bytes.into_iter().filter_map(character);
        Ok(Self(characters.copied().map(char::from).collect()))
    }

    /// Parses a code. Case, spaces and hyphens do not matter.
    ///
    /// # Errors
    /// The text does not have the characters of a code.
    pub fn parse(text: &str) -> Result<Self, InvalidLoginCode> {
        let code = compact(text).ok_or(InvalidLoginCode)?.to_ascii_uppercase();
        let is_code = code.len() == LENGTH && code.bytes().all(|it| ALPHABET.contains(&it));
        is_code.then_some(Self(code)).ok_or(InvalidLoginCode)
    }

    /// Returns the code as the mail shows it, in two groups.
    pub(super) fn shown(&self) -> String {
        let (start, end) = self.0.split_at(LENGTH / 2);
        format!("{start}-{end}")
    }
}

/// Shows no content, because a code is a secret.
impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginCode([secret])")
    }
}

/// The claims of a challenge: the link beside which the code was mailed, and an HMAC of the code.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct LoginCodeChallenge {
    link: LoginLink,
    /// 1 if a mail was sent, else 0, which has the same size. Tries are counted only for a mail.
    mails: u8,
    key: String,
    mac: String,
    /// Makes challenges of one request equally long, whether or not the email has an account.
    padding: String,
}

impl SealedPurpose for LoginCodeChallenge {
    const PURPOSE: &'static str = "login-code";
}

impl LoginCodeChallenge {
    fn to(
        link: LoginLink,
        mails: u8,
        code: &LoginCode,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        let key = entropy.secret()?;
        let mac = hmac::sign(&hmac_key(&key), code.0.as_bytes());
        let mac = URL_SAFE_NO_PAD.encode(mac);
        Ok(Self {
            padding: link.padding(),
            link,
            mails,
            key,
            mac,
        })
    }

    fn is_met_by(&self, code: &LoginCode) -> bool {
        let mac = URL_SAFE_NO_PAD.decode(&self.mac).unwrap_or_default();
        hmac::verify(&hmac_key(&self.key), code.0.as_bytes(), &mac).is_ok()
    }
}

fn hmac_key(key: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())
}

/// A code that a user enters, with the challenge and the secret of the request.
#[derive(Clone, Copy)]
pub struct PresentedLoginCode<'a> {
    /// The challenge that the request for the link was answered with.
    pub challenge: &'a str,
    /// The code of the mail.
    pub code: &'a LoginCode,
    /// The secret of the request.
    pub code_verifier: Option<&'a str>,
}

impl LoginLinkProvider {
    /// The sealed token of the challenge, and how long it is valid.
    pub const CODE_KIND: (TokenForm, TimeDelta) =
        (SealedToken::<LoginCodeChallenge>::FORM, Self::LIFETIME);

    /// Creates a code for a link, and the challenge for the requester. `mails` is 0 if no mail is sent, or if mails have
    /// no codes.
    pub(super) fn create_code(
        &self,
        (link, mails): (LoginLink, u8),
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(LoginCode, String), Error> {
        let code = LoginCode::fresh(&self.entropy)?;
        let challenge = LoginCodeChallenge::to(link, mails, &code, &self.entropy)?;
        let sealed = self
            .tokens
            .seal(challenge, client_id, Self::LIFETIME, now)?;
        Ok((code, sealed))
    }

    /// Opens the link beside which a code was mailed, within the limit of confirmations, for a caller that presents the
    /// secret of the request. A caller without the secret costs no try.
    ///
    /// # Errors
    /// The challenge or the code is refused, a limit is reached, or the service fails. A fault of the service is not
    /// charged.
    pub async fn open_by_code(
        &self,
        presented: PresentedLoginCode<'_>,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<LoginLink>, Error> {
        let opening = async {
            let unsealing = self
                .tokens
                .unseal::<LoginCodeChallenge>(presented.challenge, now);
            let challenge = unsealing.await?;
            let link = &challenge.claims.link;
            if !link.is_requested_with(presented.code_verifier) {
                return Err(LinkRejection::Elsewhere.into());
            }
            // Requests whose mail is suppressed cost nothing, and must not fill the memory of tries.
            if challenge.claims.mails == 0 {
                return Err(LinkRejection::WrongCode.into());
            }
            // Taken before the comparison: concurrent requests could otherwise exceed the number.
            let attempt = take_try(&self.tried_codes, &challenge, now).await?;
            if !challenge.claims.is_met_by(presented.code) {
                return Err(LinkRejection::WrongCode.into());
            }
            // The login may fail for another reason, and be repeated.
            self.tried_codes.forget(&attempt, challenge.exp).await;
            Ok(challenge.map(|claims| claims.link))
        };
        admission::open_link(&self.limits, network, Error::is_internal, opening).await
    }
}

/// Takes one of the tries of a challenge, and returns its identifier.
async fn take_try(
    tried: &SpentMarks,
    challenge: &SealedToken<LoginCodeChallenge>,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let SealedToken { jti, exp, .. } = challenge;
    for number in 0..MAX_TRIES {
        let attempt = format!("{jti}.{number}");
        match tried.spend(&attempt, *exp, now).await {
            Ok(()) => return Ok(attempt),
            Err(not_spent) => {
                if let Some(fault) = InternalError::unrecordable(not_spent) {
                    return Err(fault.into());
                }
            }
        }
    }
    Err(LinkRejection::TooManyCodes.into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_read_as_users_write_them() {
        let code = LoginCode::parse("ABCD2345").unwrap();
        assert_eq!(code.shown(), "ABCD-2345");
        for text in ["abcd-2345", " ABCD 2345 ", "a-b-c-d-2-3-4-5"] {
            assert_eq!(LoginCode::parse(text), Ok(code.clone()), "{text}");
        }
        for text in [
            "",
            "ABCD234",
            "ABCD23456",
            "ABCD234I",
            "ABCD2340",
            "ABCD234É",
        ] {
            assert_eq!(LoginCode::parse(text), Err(InvalidLoginCode), "{text}");
        }
    }

    #[test]
    fn fresh_codes_use_every_character() {
        let entropy = Entropy::system();
        let codes: Vec<_> = (0..200)
            .map(|_| LoginCode::fresh(&entropy).unwrap())
            .collect();
        for code in &codes {
            assert_eq!(LoginCode::parse(&code.shown()).as_ref(), Ok(code));
        }
        let used: HashSet<_> = codes.iter().flat_map(|code| code.0.bytes()).collect();
        assert_eq!(used.len(), ALPHABET.len());
    }
}
