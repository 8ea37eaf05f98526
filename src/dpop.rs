//! `DPoP` (RFC 9449): a client proves, by a signed JWT in the header `DPoP`, that it has the key to which its tokens are
//! bound. A stolen token is useless without that key.
//!
//! Nothing is stored in the database. A nonce is derived from the secret and the time, so that every node accepts the
//! nonces of the others. Proofs that were used are remembered in the memory of one node.

mod limits;
#[cfg(feature = "service")]
mod nonce;
mod presented;
mod proof;
#[cfg(feature = "service")]
mod proof_error;
mod proof_use;
#[cfg(feature = "service")]
mod proof_verifier;
mod rejection;

pub use self::{
    limits::MAX_PROOF_BYTES,
    presented::PresentedProof,
    proof::{Proof, ProofTarget},
    proof_use::ProofUse,
    rejection::ProofRejection,
};
#[cfg(feature = "service")]
pub use self::{
    nonce::{NonceError, NonceStep, Nonces},
    proof_error::{NonceReason, PossessionError, ProofError},
    proof_verifier::{Possession, ProofVerifier, TokenBinding},
};
pub use crate::key_set::ProofAlgorithm;

#[cfg(test)]
#[cfg(feature = "service")] // with the library that signs its proofs
pub(crate) mod tests;
