//! Clients with a key, which prove its possession by `DPoP` (RFC 9449).

use std::{
    cell::{Cell, RefCell},
    fmt,
    time::Duration,
};

use serde_json::json;
use tokio::time::Instant;

use super::{node::ISSUER, request::Exchange, world::World};
use crate::support::dpop::Prover;

/// The largest error in seconds of the clock of a client that needs no nonce: a proof is fresh for a minute, and the clock
/// of a node is wrong by 15 s at most.
const MAX_CLOCK_ERROR: i64 = 40;

/// The time for which every node accepts a proof of a right clock.
const PROOF_ACCEPTED: Duration = Duration::from_secs(5);

/// The time for which every node accepts a nonce of another node.
const NONCE_ACCEPTED: Duration = Duration::from_secs(90);

/// A client with a key, to which its refresh tokens are bound.
pub(super) struct BoundClient {
    key: Prover,
    /// The seconds by which its clock is ahead.
    ahead: i64,
    /// The last nonce of the service, and the time at which it came.
    nonce: RefCell<Option<(String, Instant)>>,
    /// The number of proofs that were made.
    made: Cell<u64>,
}

impl BoundClient {
    /// A client whose clock is right, or wrong by ten minutes.
    pub(super) fn new(world: &World) -> Self {
        Self {
            key: Prover::new(),
            ahead: [0, 20, -600, 600][world.chance.index(4)],
            nonce: RefCell::default(),
            made: Cell::default(),
        }
    }

    /// A new proof for a `POST` request to this path, with the last nonce of the service, and the moment up to which every
    /// node accepts it.
    pub(super) fn proof(&self, world: &World, path: &str) -> (String, Instant) {
        self.made.set(self.made.get() + 1);
        let now = Instant::now();
        let mut claims = json!({
            "htm": "POST",
            "htu": format!("{ISSUER}{path}"),
            "iat": world.now().timestamp() + self.ahead,
            "jti": self.made.get().to_string(),
        });
        let good_until = match &*self.nonce.borrow() {
            Some((nonce, came)) => {
                claims["nonce"] = nonce.as_str().into();
                *came + NONCE_ACCEPTED
            }
            None if self.ahead.abs() <= MAX_CLOCK_ERROR => now + PROOF_ACCEPTED,
            None => now,
        };
        (self.key.sign(&claims), good_until)
    }

    /// Keeps the nonce of an answer, if there is one. Returns whether the answer demands another proof with this nonce.
    pub(super) fn must_repeat(&self, exchange: &Exchange) -> bool {
        let Some(answer) = &exchange.answer else {
            return false;
        };
        let nonce = answer.header("dpop-nonce");
        if nonce.is_empty() {
            return false;
        }
        let is_refused = exchange.summary() == "400 use_dpop_nonce";
        if is_refused && exchange.is_good {
            exchange.fail("a fresh proof was refused");
        }
        *self.nonce.borrow_mut() = Some((nonce.to_owned(), Instant::now()));
        is_refused
    }
}

impl fmt::Debug for BoundClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundClient")
            .field("ahead", &self.ahead)
            .finish_non_exhaustive()
    }
}
