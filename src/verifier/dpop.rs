//! Access tokens that are bound to a key (RFC 9449 §7).

use chrono::{DateTime, Utc};

use super::{Rejected, VerifierInner};
use crate::{
    client::KeyConfirmation,
    dpop::{Proof, ProofRejection, ProofTarget, ProofUse},
};

/// The proof of a request, and the request that it must be made for.
#[derive(Debug, Clone, Copy)]
pub struct DpopRequest<'a> {
    /// The only `DPoP` header of the request.
    pub proof: &'a str,
    /// The method of the request, such as `GET`.
    pub method: &'a str,
    /// The URL of the request without its query, under the name by which clients know this service. Never taken from
    /// `Host` or a forwarding header.
    pub url: &'a str,
}

impl VerifierInner {
    /// Checks that a bound token comes with the proof of its key, and a bearer token with none.
    pub(super) fn check_possession(
        &self,
        token: &str,
        confirmation: Option<&KeyConfirmation>,
        request: Option<DpopRequest<'_>>,
        now: DateTime<Utc>,
    ) -> Result<(), Rejected> {
        let (confirmation, request) = match (confirmation, request) {
            (None, None) => return Ok(()),
            (Some(_), None) => return Err(Rejected::BoundToken),
            (None, Some(_)) => return Err(Rejected::Unbound),
            (Some(confirmation), Some(request)) => (confirmation, request),
        };
        let target = ProofTarget {
            method: request.method,
            url: request.url,
            access_token: Some(token),
        };
        let proof = Proof::verify(request.proof, target)?;
        proof.check_key(&confirmation.jkt)?;
        if !proof.is_fresh(now) {
            return Err(ProofRejection::Stale.into());
        }
        match proof.spend(&self.seen, proof.fresh_until(), now) {
            ProofUse::First | ProofUse::Unknown => Ok(()),
            ProofUse::Repeated => Err(ProofRejection::Replayed.into()),
        }
    }
}
