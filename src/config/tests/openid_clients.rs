//! Settings of confidential clients, OpenID clients and roles.

use chrono::TimeDelta;

use super::{super::*, faults, load};
use crate::client::{Algorithm, Client, ClientAuthMethod, GrantType};

#[test]
fn openid_client_needs_a_key_of_its_id_token_algorithm() {
    let algorithms = |file: &str| {
        load(file, &[], FlagSettings::default())
            .unwrap()
            .keys
            .algorithms
    };
    let client = "[[clients]]\nclient_id = 'a'\nscopes = ['read', 'openid']";
    assert_eq!(algorithms(client), [Algorithm::Es256, Algorithm::Rs256]);
    let es256 = format!("{client}\nid_token_algorithm = 'ES256'");
    assert_eq!(algorithms(&es256), [Algorithm::Es256]);
    let oauth = client.replace("openid", "write");
    assert_eq!(algorithms(&oauth), [Algorithm::Es256]);
}

#[test]
fn key_is_published_until_its_last_id_token_has_expired() {
    let file = |scope: &str| {
        format!(
            "keys.retire_after = '30m'\n[[clients]]\nclient_id = 'a'\nscopes = '{scope}'\n\
             id_token_lifetime = '1h'"
        )
    };
    assert_eq!(
        faults(&file("openid")),
        "1 setting is wrong:\n  keys.retire_after (signet.toml): must be between 3940s and 3650d"
    );
}

#[test]
fn secret_verifies_for_as_long_as_a_single_sign_on_session_may_be_unused() {
    let file = "sso.idle = '20d'\ntokens.refresh_idle = '10d'";
    let keys = load(file, &[], FlagSettings::default()).unwrap().keys;
    assert_eq!(keys.secret_retire_after, TimeDelta::days(20));
}

const HASH: &str = "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";

fn client_with(lines: &str) -> Result<Client, String> {
    let file = format!("[[clients]]\nclient_id = 'a'\n{lines}");
    let config = load(&file, &[], FlagSettings::default()).map_err(|faults| faults.to_string())?;
    Ok(config.clients.get("a").unwrap().clone())
}

#[test]
fn client_with_a_secret_is_confidential() {
    let client = client_with(&format!("client_secret_hashes = ['{HASH}']")).unwrap();
    assert!(client.authentication.is_confidential());
    assert!(client.authentication.has_secret("abc"));
    assert!(
        client
            .authentication
            .accepts(ClientAuthMethod::ClientSecretPost)
    );
    assert!(client.requires_pkce);
    let narrowed = format!(
        "client_secret_hashes = '{HASH}'\nauth_method = 'client_secret_basic'\npkce = 'optional'\n\
         grants = ['client_credentials', 'token_exchange']\naudience = 'https://api'"
    );
    let client = client_with(&narrowed).unwrap();
    assert!(
        !client
            .authentication
            .accepts(ClientAuthMethod::ClientSecretPost)
    );
    assert!(!client.requires_pkce);
    assert!(client.may_use(GrantType::TokenExchange));
    assert!(!client.may_use(GrantType::RefreshToken));
    let public = client_with("").unwrap();
    assert!(!public.authentication.is_confidential());
    assert_eq!(public.grants, GrantType::DEFAULT);
}

fn assert_fault(lines: &str, setting: &str, problem: &str) {
    let faults = super::without_lines(&client_with(lines).unwrap_err());
    let expected = format!("clients[0].{setting} (signet.toml): {problem}");
    assert!(faults.contains(&expected), "{lines}:\n{faults}");
}

#[test]
fn wrong_credentials_of_a_client_are_named() {
    let hashes = format!("client_secret_hashes = ['{HASH}']");
    let uri = "jwks_uri = 'https://app.example/jwks'";
    for (lines, setting, problem) in [
        (
            "client_secret_hashes = ['abc']",
            "client_secret_hashes",
            "number 1 must be sha256:",
        ),
        (
            "client_secret_hashes = []",
            "client_secret_hashes",
            "must have 1 to 3 entries",
        ),
        (
            &format!("{hashes}\n{uri}"),
            "jwks_uri",
            "is set beside client_secret_hashes",
        ),
        (
            &format!("{hashes}\nauth_method = 'none'"),
            "auth_method",
            "must not be none",
        ),
        (
            &format!("{uri}\nauth_method = 'client_secret_post'"),
            "auth_method",
            "client_secret_post needs",
        ),
        (
            "auth_method = 'private_key_jwt'",
            "auth_method",
            "private_key_jwt needs jwks",
        ),
        (
            "auth_method = 'magic'",
            "auth_method",
            "must be one of none, client_secret_basic",
        ),
        (
            "jwks_uri = 'ftp://a'",
            "jwks_uri",
            "must be an absolute https URL",
        ),
        ("jwks = { keys = [] }", "jwks", "must be a JSON Web Key Set"),
        (
            "jwks = { keys = [{ kty = 'EC', d = 'x' }] }",
            "jwks",
            "must be a JSON Web Key Set",
        ),
    ] {
        assert_fault(lines, setting, problem);
    }
}

#[test]
fn wrong_grants_and_openid_settings_of_a_client_are_named() {
    let hashes = format!("client_secret_hashes = ['{HASH}']");
    for (lines, setting, problem) in [
        ("pkce = 'optional'", "pkce", "must be required"),
        ("pkce = 'off'", "pkce", "must be one of required, optional"),
        (
            "grants = ['client_credentials']",
            "grants",
            "client_credentials needs a client that authenticates",
        ),
        (
            "grants = ['password']",
            "grants",
            "must be one of authorization_code",
        ),
        ("grants = []", "grants", "must have at least one entry"),
        (
            "audience = 'a'\naudiences = ['b']",
            "audiences",
            "is set beside audience",
        ),
        (
            "audiences = ['a', '']",
            "audiences",
            "number 2 must be 1 to 256",
        ),
        (
            "roles = ['editor']",
            "roles",
            "number 1 \"editor\" is not a role: define it as [roles.editor] with groups",
        ),
        (
            "roles = ['admn', 'user', 'staff']",
            "roles",
            "number 1 \"admn\" is not a role. Did you mean admin?; number 3 \"staff\" is not a role: define it as",
        ),
        (
            "id_token_lifetime = '2h'",
            "id_token_lifetime",
            "must be between 1s and 1h",
        ),
        (
            "id_token_claims = 'all'",
            "id_token_claims",
            "must be one of scopes, minimal",
        ),
        (
            "scopes = 'openid'\nbackchannel_logout_uri = 'https://a/#b'",
            "backchannel_logout_uri",
            "must be an absolute https",
        ),
        (
            "scopes = 'openid'\npost_logout_redirect_uris = ['/a']",
            "post_logout_redirect_uris",
            "number 1 must be an absolute URI",
        ),
        (
            "backchannel_logout_uri = 'https://a/logout'",
            "backchannel_logout_uri",
            "needs the scope openid",
        ),
        (
            "scopes = ['read']\npost_logout_redirect_uris = ['https://a/']",
            "post_logout_redirect_uris",
            "needs the scope openid",
        ),
        (
            &format!("{hashes}\ntransport = 'cookie'\norigins = ['http://localhost']"),
            "transport",
            "cookie is for public clients",
        ),
        (
            "grants = ['authorization_code']\ntransport = 'cookie'\norigins = ['http://localhost']",
            "transport",
            "cookie needs the grant refresh_token",
        ),
        (
            &format!("{hashes}\ngrants = ['token_exchange']"),
            "audience",
            "is required with the grant token_exchange",
        ),
        (
            "scopes = ['openid']\naudience = 'a'",
            "audience",
            "must not be a, the client_id of a client with the scope openid",
        ),
        (
            "scopes = ['openid']\naudiences = ['b', 'a']",
            "audiences",
            "must not be a, the client_id of a client with the scope openid",
        ),
        (
            "scopes = ['openid']\nmay_exchange_to = ['b', 'a']",
            "may_exchange_to",
            "must not be a, the client_id of a client with the scope openid",
        ),
    ] {
        assert_fault(lines, setting, problem);
    }
}

#[test]
fn roles_stand_for_their_groups() {
    let file = "[roles.editor]\ngroups = ['staff', 'wiki']\n[[clients]]\nclient_id = 'a'\nroles = ['editor']";
    let config = load(file, &[], FlagSettings::default()).unwrap();
    let groups = |role: &str| config.roles.groups(&role.parse().unwrap());
    assert_eq!(groups("editor"), ["staff", "wiki"]);
    assert_eq!(groups("user"), ["user"]);
    assert!(config.roles.is_known("admin") && !config.roles.is_known("other"));
    let faults = faults("[roles.Editor]\ngroups = ['a']");
    assert!(
        faults.contains("roles.Editor (signet.toml): must be"),
        "{faults}"
    );
}

#[test]
fn audience_may_be_the_client_id_of_a_client_without_id_tokens() {
    let openid =
        "[[clients]]\nclient_id = 'web'\nscopes = ['openid']\nid_token_algorithm = 'ES256'";
    let api = |audience: &str| {
        format!("{openid}\n[[clients]]\nclient_id = 'api'\naudience = '{audience}'")
    };
    let config = load(&api("api"), &[], FlagSettings::default()).unwrap();
    assert_eq!(config.clients.get("api").unwrap().audience, "api");
    // The client after it has the faulty setting.
    let faults = faults(&api("web"));
    let expected = "clients[1].audience (signet.toml): must not be web, the client_id of a client";
    assert!(faults.contains(expected), "{faults}");
}

#[test]
fn client_that_exchanges_tokens_has_its_own_audience() {
    let hashes = format!("client_secret_hashes = ['{HASH}']\ngrants = ['token_exchange']");
    for audience in [
        "audience = 'https://api'",
        "audiences = ['https://api', 'https://b']",
    ] {
        let client = client_with(&format!("{hashes}\n{audience}")).unwrap();
        assert_eq!(client.audience, "https://api");
    }
}
