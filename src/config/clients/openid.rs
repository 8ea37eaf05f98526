//! The settings of an OpenID Connect client: ID tokens and logout.

use chrono::TimeDelta;
use url::Url;

use super::{
    super::{Issuer, reader::SettingReader, web_link::https_url},
    redirect_uris,
};
use crate::client::{Algorithm, IdTokenConfig, IdTokenContent, OPENID, RedirectUri, Scope};

/// The settings that act at the logout of an OpenID session.
const LOGOUT_SETTINGS: [&str; 2] = ["post_logout_redirect_uris", "backchannel_logout_uri"];

/// Reads the properties of the client's ID tokens.
pub(super) fn id_token(
    reader: &mut SettingReader,
    prefix: &str,
    access_lifetime: TimeDelta,
) -> IdTokenConfig {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let algorithm = reader.choice(
        &name("id_token_algorithm"),
        Algorithm::ALL,
        Algorithm::as_str,
    );
    let claims = reader.choice(
        &name("id_token_claims"),
        IdTokenContent::ALL,
        IdTokenContent::as_str,
    );
    IdTokenConfig {
        algorithm: algorithm.unwrap_or(Algorithm::Rs256),
        lifetime: reader.duration_or(&name("id_token_lifetime"), access_lifetime),
        claims: claims.unwrap_or(IdTokenContent::Scopes),
    }
}

/// Reads where the client's users may go after a logout.
pub(super) fn post_logout_redirect_uris(
    reader: &mut SettingReader,
    prefix: &str,
) -> Vec<RedirectUri> {
    let setting = format!("{prefix}.post_logout_redirect_uris");
    let uris = reader.words(&setting, |words| redirect_uris(&words));
    uris.unwrap_or_default()
}

/// Reads the endpoint that is notified of logouts.
pub(super) fn backchannel_logout_uri(
    reader: &mut SettingReader,
    prefix: &str,
    issuer: &Issuer,
) -> Option<Url> {
    let setting = format!("{prefix}.backchannel_logout_uri");
    reader.optional(&setting, |text| https_url(text, issuer))
}

/// Reports settings of logout that have no effect, because only a login with the scope `openid` yields the ID token
/// that logout needs (OpenID Connect Back-Channel Logout 1.0 §2.1, RP-Initiated Logout 1.0 §2).
pub(super) fn check_logout(reader: &mut SettingReader, prefix: &str, scopes: &Scope) {
    for setting in LOGOUT_SETTINGS.map(|setting| format!("{prefix}.{setting}")) {
        if reader.is_set(&setting) && !scopes.contains(OPENID) {
            let origin = reader.origin(&setting);
            let problem = "needs the scope openid: add \"openid\" to the client's scopes, or remove this setting";
            reader.fault(&setting, &origin, problem.to_owned());
        }
    }
}
