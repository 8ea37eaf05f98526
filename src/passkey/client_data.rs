//! The client data: what the browser says about the ceremony (WebAuthn §5.8.1).

use serde_json::Value;

use super::PasskeyRejection;
use crate::json::{UniqueMembers, object};

/// The longest client data that is read. Browsers send some 200 bytes.
const MAX_BYTES: usize = 4096;

/// A ceremony, as the member `type` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// The registration of a passkey.
    Create,
    /// A login with a passkey.
    Get,
}

impl Ceremony {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// The members of the client data that are verified. Browsers add others.
#[derive(Debug)]
pub(super) struct ClientData {
    pub(super) ceremony: String,
    pub(super) challenge: String,
    pub(super) origin: String,
    pub(super) is_cross_origin: bool,
}

impl ClientData {
    /// Reads the client data. A repeated member is refused, because two readers could each see another value.
    pub(super) fn parse(json: &[u8]) -> Result<Self, PasskeyRejection> {
        Self::read(json).ok_or(PasskeyRejection::ClientData)
    }

    fn read(json: &[u8]) -> Option<Self> {
        if json.len() > MAX_BYTES {
            return None;
        }
        let UniqueMembers(mut members) = object(json)?;
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (ceremony, challenge) = (text("type")?, text("challenge")?);
        let origin = text("origin")?;
        let is_cross_origin = match members.get("crossOrigin") {
            None | Some(Value::Bool(false)) => members.contains_key("topOrigin"),
            Some(Value::Bool(true)) => true,
            Some(_) => return None,
        };
        Some(Self {
            ceremony,
            challenge,
            origin,
            is_cross_origin,
        })
    }
}
