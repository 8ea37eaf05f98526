//! The authenticator data: what the authenticator signs (WebAuthn §6.1).

use super::{MAX_CREDENTIAL_ID, PasskeyRejection, cbor};

/// The flags of the authenticator data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const USER_PRESENT: u8 = 1;
    const USER_VERIFIED: u8 = 1 << 2;
    const BACKUP_ELIGIBLE: u8 = 1 << 3;
    const BACKED_UP: u8 = 1 << 4;
    const HAS_CREDENTIAL: u8 = 1 << 6;
    const HAS_EXTENSIONS: u8 = 1 << 7;

    /// UP: the user was present.
    pub const fn is_user_present(self) -> bool {
        self.0 & Self::USER_PRESENT != 0
    }

    /// UV: the authenticator verified the user, by biometrics or a PIN.
    pub const fn is_user_verified(self) -> bool {
        self.0 & Self::USER_VERIFIED != 0
    }

    /// BE: the passkey may be backed up.
    pub const fn is_backup_eligible(self) -> bool {
        self.0 & Self::BACKUP_ELIGIBLE != 0
    }

    /// BS: the passkey is backed up.
    pub const fn is_backed_up(self) -> bool {
        self.0 & Self::BACKED_UP != 0
    }
}

/// A new credential, with its public key in COSE (WebAuthn §6.5.1).
#[derive(Debug)]
pub(super) struct AttestedCredential<'a> {
    pub(super) aaguid: [u8; 16],
    pub(super) id: &'a [u8],
    pub(super) public_key: &'a [u8],
}

/// The parsed authenticator data.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    pub(super) rp_id_hash: [u8; 32],
    pub(super) flags: Flags,
    pub(super) count: u32,
    pub(super) credential: Option<AttestedCredential<'a>>,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads the whole data. Bytes after it are refused.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, PasskeyRejection> {
        Self::read(bytes).ok_or(PasskeyRejection::AuthenticatorData)
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk()?;
        let ([flags], rest) = rest.split_first_chunk()?;
        let (count, mut rest) = rest.split_first_chunk()?;
        let mut credential = None;
        if flags & Flags::HAS_CREDENTIAL != 0 {
            let attested;
            (attested, rest) = AttestedCredential::read(rest)?;
            credential = Some(attested);
        }
        if flags & Flags::HAS_EXTENSIONS != 0 {
            let extensions;
            (extensions, rest) = cbor::first_item(rest)?;
            extensions.as_map()?;
        }
        rest.is_empty().then_some(Self {
            rp_id_hash: *rp_id_hash,
            flags: Flags(*flags),
            count: u32::from_be_bytes(*count),
            credential,
        })
    }
}

impl<'a> AttestedCredential<'a> {
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (aaguid, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length > MAX_CREDENTIAL_ID {
            return None;
        }
        let (id, key) = rest.split_at_checked(length)?;
        let (_, rest) = cbor::first_item(key)?;
        let (public_key, rest) = key.split_at_checked(key.len().checked_sub(rest.len())?)?;
        let credential = Self {
            aaguid: *aaguid,
            id,
            public_key,
        };
        Some((credential, rest))
    }
}
