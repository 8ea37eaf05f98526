//! The headers of `DPoP` (RFC 9449).

use axum::http::{HeaderMap, HeaderName, HeaderValue, request::Parts};

use crate::{config::Issuer, dpop::PresentedProof};

/// The header of a proof (§4.1).
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The header of a nonce (§8).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Reads the proof of a request. The URL that the proof must name is that of the issuer and the route: never one that
/// the request names, such as by `Host` or a forwarding header.
pub(crate) fn presented_proof(parts: &Parts, issuer: &Issuer) -> PresentedProof {
    let lines = parts.headers.get_all(DPOP).iter();
    PresentedProof::new(lines.map(HeaderValue::as_bytes), || {
        let url = issuer.endpoint(parts.uri.path());
        (parts.method.as_str().to_owned(), url)
    })
}

/// Adds the nonce for the next proof (§8.2).
pub(crate) fn set_nonce(headers: &mut HeaderMap, nonce: Option<&str>) {
    if let Some(Ok(nonce)) = nonce.map(HeaderValue::from_str) {
        headers.insert(DPOP_NONCE, nonce);
    }
}
