//! The attestation object of a registration (WebAuthn §6.5.4), with the formats that name no authenticator.

use ciborium::Value;

use super::{PasskeyRejection, cbor, public_key::PublicKey};

/// An attestation object.
#[derive(Debug)]
pub(super) struct AttestationObject {
    pub(super) authenticator_data: Vec<u8>,
    statement: AttestationStatement,
}

/// An attestation statement.
#[derive(Debug)]
enum AttestationStatement {
    /// No attestation (WebAuthn §8.7).
    None,
    /// Self attestation: a signature by the new key (WebAuthn §8.2).
    Own { algorithm: i64, signature: Vec<u8> },
}

impl AttestationObject {
    /// Reads an attestation object.
    ///
    /// # Errors
    /// The object is malformed, or the statement has another format.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PasskeyRejection> {
        let (format, statement, authenticator_data) =
            Self::members(bytes).ok_or(PasskeyRejection::AttestationObject)?;
        let statement = AttestationStatement::read(&format, statement);
        Ok(Self {
            authenticator_data,
            statement: statement.ok_or(PasskeyRejection::Attestation)?,
        })
    }

    fn members(bytes: &[u8]) -> Option<(String, Value, Vec<u8>)> {
        let mut members = cbor::only_item(bytes)?.into_map().ok()?;
        let format = cbor::take(&mut members, "fmt")?.into_text().ok()?;
        let statement = cbor::take(&mut members, "attStmt")?;
        let data = cbor::take(&mut members, "authData")?.into_bytes().ok()?;
        Some((format, statement, data))
    }

    /// Returns whether the statement is valid for a message of authenticator data and client data hash.
    pub(super) fn is_valid(&self, key: &PublicKey, message: &[u8]) -> bool {
        match &self.statement {
            AttestationStatement::None => true,
            AttestationStatement::Own {
                algorithm,
                signature,
            } => *algorithm == key.algorithm.cose() && key.verifies(message, signature),
        }
    }
}

impl AttestationStatement {
    fn read(format: &str, statement: Value) -> Option<Self> {
        let mut members = statement.into_map().ok()?;
        let statement = match format {
            "none" => Self::None,
            "packed" => {
                let algorithm = cbor::take(&mut members, "alg")?.into_integer().ok()?;
                Self::Own {
                    algorithm: algorithm.try_into().ok()?,
                    signature: cbor::take(&mut members, "sig")?.into_bytes().ok()?,
                }
            }
            _ => return None,
        };
        // A certificate (`x5c`) would be of another kind of attestation, which was not requested.
        members.is_empty().then_some(statement)
    }
}
