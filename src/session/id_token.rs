//! The ID token of a session.

use super::user_claims::user_claims;
use crate::{
    client::{Client, IdTokenContent},
    config::RolesConfig,
    identity::User,
    json::UniqueMembers,
    token::{Access, IdTokenClaims, at_hash},
};

/// The claims of the ID token that accompanies an access token (OpenID Connect Core §2, §12.2).
pub(super) fn claims(
    client: &Client,
    user: &User,
    roles: &RolesConfig,
    (access, access_token): (&Access, &str),
    nonce: Option<String>,
) -> IdTokenClaims {
    let content = match client.id_token.claims {
        IdTokenContent::Scopes => user_claims(&access.scope, user, roles),
        IdTokenContent::Minimal => serde_json::Map::new(),
    };
    IdTokenClaims {
        iss: access.iss.clone(),
        sub: access.sub,
        aud: client.client_id.clone(),
        exp: access.iat + client.id_token.lifetime,
        iat: access.iat,
        auth_time: access.auth_time,
        nonce,
        acr: access.acr.as_str().to_owned(),
        amr: access.amr.clone(),
        at_hash: Some(at_hash(client.id_token.algorithm, access_token)),
        sid: access.sid.clone(),
        user: UniqueMembers(content),
    }
}
