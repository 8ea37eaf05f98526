//! An authenticator app, independent of the service: it computes codes from the secret that the service shows.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{ApiClient, TestService};

/// An authenticator app with one secret.
pub struct AuthenticatorApp(Vec<u8>);

impl AuthenticatorApp {
    /// Stores the secret in base32 that a user types in.
    pub fn with(secret: &str) -> Self {
        const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let values = secret
            .chars()
            .map(|digit| DIGITS.find(digit).expect("base32"));
        let values: Vec<_> = values.collect();
        // Eight digits are five bytes.
        let bytes = values.chunks_exact(8).flat_map(|digits| {
            let bits = digits.iter();
            let bits = bits.fold(0_u64, |bits, digit| {
                bits << 5 | u64::try_from(*digit).unwrap()
            });
            bits.to_be_bytes()[3..].to_vec()
        });
        Self(bytes.collect())
    }

    /// The code that the app shows (RFC 6238).
    pub fn code(&self, now: DateTime<Utc>) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let step = u64::try_from(now.timestamp()).unwrap() / 30;
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(tag.as_ref()[19] & 15);
        let word: [u8; 4] = tag.as_ref()[offset..offset + 4].try_into().unwrap();
        let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000;
        format!("{number:06}")
    }

    /// Sets up an app for the user of a session, who has logged in recently, and keeps the new tokens. The clock moves to
    /// the next code.
    pub async fn enrolled(service: &TestService, client: &mut ApiClient<'_>) -> Self {
        let begun = client.post("/me/totp", json!({})).await;
        let begun = begun.assert_status(200).json();
        let app = Self::with(begun["secret"].as_str().unwrap());
        let code = app.code(service.clock.now());
        let body = json!({"enrolment": begun["enrolment"], "code": code});
        let confirmed = client.post("/me/totp/confirm", body).await;
        client.keep(confirmed.assert_status(201));
        service.clock.advance(chrono::TimeDelta::seconds(30));
        app
    }
}

/// The continuation of a login that waits for its second factor.
pub fn continuation(problem: &Value) -> &str {
    problem["continuation"].as_str().expect("a continuation")
}
