//! The grants of a client, and whether its authorization requests need PKCE.

use super::super::{one_of, reader::SettingReader};
use crate::client::{ClientAuthentication, GrantType};

/// Reads whether authorization requests of the client need a PKCE challenge.
pub(super) fn requires_pkce(
    reader: &mut SettingReader,
    prefix: &str,
    authentication: &ClientAuthentication,
) -> bool {
    reader.value(&format!("{prefix}.pkce"), true, |text| match text {
        "required" => Ok(true),
        "optional" if authentication.is_confidential() => Ok(false),
        "optional" => Err("must be required: only a client that authenticates may omit PKCE"),
        _ => Err("must be one of required, optional"),
    })
}

/// Reads the grants of the client.
pub(super) fn grants(
    reader: &mut SettingReader,
    prefix: &str,
    authentication: &ClientAuthentication,
) -> Vec<GrantType> {
    let grants = reader.words(&format!("{prefix}.grants"), |words| {
        let grants = words
            .iter()
            .map(|word| one_of(word, GrantType::ALL, GrantType::setting));
        let grants = grants.collect::<Result<Vec<_>, _>>()?;
        if grants.is_empty() {
            return Err("must have at least one entry".to_owned());
        }
        let open = grants.iter().find(|grant| grant.needs_authentication());
        match open {
            Some(grant) if !authentication.is_confidential() => Err(format!(
                "{} needs a client that authenticates: set client_secret_hashes or jwks",
                grant.setting()
            )),
            _ => Ok(grants),
        }
    });
    grants.unwrap_or_else(|| GrantType::DEFAULT.to_vec())
}
