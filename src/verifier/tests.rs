//! A consumer of access tokens, with a scripted issuer.

mod builder;
mod caller;
mod dpop;
mod extract;
mod forged;
mod issuer;
mod remote;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use self::issuer::Issuer;
use super::{Builder, Claims, Error, Verifier};
use crate::{
    clock::Clock,
    token::{
        Access,
        tests::fixture::{ISSUER, Mint, Sample, now},
    },
};

const AUDIENCE: &str = "https://api.example.com";

/// A clock that stands still until a test advances it.
#[derive(Clone)]
struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }
}

/// A service that verifies the tokens of a mint.
struct Consumer {
    mint: Mint,
    issuer: Issuer,
    clock: TestClock,
    verifier: Verifier,
}

impl Consumer {
    async fn new() -> Self {
        Self::of(Mint::new()).await
    }

    async fn of(mint: Mint) -> Self {
        Self::built(mint, |builder| builder).await
    }

    async fn built(mint: Mint, change: impl FnOnce(Builder) -> Builder) -> Self {
        let issuer = Issuer::start().await;
        issuer.publish(&mint);
        let clock = TestClock(Arc::new(Mutex::new(now())));
        let builder = Verifier::builder(ISSUER, AUDIENCE)
            .jwks_url(issuer.url("/keys"))
            .algorithms([mint.algorithm])
            .clock(Clock::from_fn({
                let clock = clock.clone();
                move || clock.now()
            }));
        Self {
            verifier: change(builder).build().unwrap(),
            mint,
            issuer,
            clock,
        }
    }

    /// Returns a valid token for the present time.
    fn token(&self) -> String {
        self.token_of(&self.mint)
    }

    /// Returns such a token, signed by another mint.
    fn token_of(&self, mint: &Mint) -> String {
        let later = self.clock.now() - now();
        let mut access = Access::sample();
        access.iat += later;
        access.exp += later;
        mint.tokens.mint(&access, now()).unwrap()
    }

    /// Returns a token that names an unknown key.
    fn token_by(&self, kid: &str) -> String {
        let mut header = self.mint.header::<Access>();
        header["kid"] = kid.into();
        let later = (self.clock.now() - now()).num_seconds();
        let mut payload = Access::payload();
        for time in ["iat", "exp"] {
            payload[time] = (payload[time].as_i64().unwrap() + later).into();
        }
        self.mint.forge::<Access>(&header, &payload.to_string())
    }

    async fn verify(&self, token: &str) -> Result<Claims, Error> {
        self.verifier.verify(token).await
    }

    /// Waits until all requests to the issuer have been answered.
    async fn settled(&self) {
        self.verifier.0.keys.wait_until_idle().await;
    }
}
