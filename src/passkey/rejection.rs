//! The reasons why an authenticator's answer is refused.

/// A check that failed. For logs and metrics: responses do not distinguish the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum PasskeyRejection {
    /// The client data is not one JSON object with the required members, each given once.
    ClientData,
    /// The client data belongs to another ceremony.
    Ceremony,
    /// The client data has another challenge.
    Challenge,
    /// The client data has an origin that is not allowed.
    Origin,
    /// A frame of another origin made the request.
    CrossOrigin,
    /// The authenticator data is malformed.
    AuthenticatorData,
    /// The authenticator answered another relying party.
    RelyingParty,
    /// The user was not present.
    UserPresence,
    /// The user was not verified.
    UserVerification,
    /// The flags say that a passkey is backed up that cannot be backed up, or eligibility has changed.
    Backup,
    /// The attestation object is malformed.
    AttestationObject,
    /// The attestation statement is of another format, or is invalid.
    Attestation,
    /// The answer holds no new passkey.
    NoCredential,
    /// The credential ID is empty, too long, or differs from that of the answer.
    CredentialId,
    /// The algorithm of the key was not offered.
    Algorithm,
    /// The public key is malformed, off its curve or too short.
    PublicKey,
    /// The user handle belongs to another user.
    UserHandle,
    /// The signature is invalid.
    Signature,
}

impl PasskeyRejection {
    /// Returns the reason in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientData => "client data",
            Self::Ceremony => "ceremony",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::CrossOrigin => "cross origin",
            Self::AuthenticatorData => "authenticator data",
            Self::RelyingParty => "relying party",
            Self::UserPresence => "user presence",
            Self::UserVerification => "user verification",
            Self::Backup => "backup flags",
            Self::AttestationObject => "attestation object",
            Self::Attestation => "attestation",
            Self::NoCredential => "no credential",
            Self::CredentialId => "credential id",
            Self::Algorithm => "algorithm",
            Self::PublicKey => "public key",
            Self::UserHandle => "user handle",
            Self::Signature => "signature",
        }
    }
}
