//! The machine-readable list of token kinds (`x-token-kinds`): the properties that distinguish each kind.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    client::{Algorithm, Client},
    config::Config,
    oauth::{Codes, SingleSignOn},
    profile,
    provider::{LoginLinkProvider, PasskeyProvider, sealed_kinds},
    second_factor::SecondFactors,
    token::{
        Access, IdTokenClaims, LOGOUT_TYP, LogoutToken, Refresh, SignUp, SsoSession, TokenForm,
        TokenKind,
    },
};

/// Returns each kind with its distinguishing properties and its lifetime, which is the longest of all clients.
pub(super) fn all(config: &Config) -> Value {
    let clients = || config.clients.iter();
    let longest = |of: fn(&Client) -> TimeDelta| {
        let lifetimes = clients().map(|client| of(client).num_seconds());
        lifetimes.max().unwrap_or_default()
    };
    let audiences: BTreeSet<_> = clients().map(|client| client.audience.as_str()).collect();
    let published = config.clients.access_token_algorithms();
    let published: BTreeSet<_> = published.into_iter().map(Algorithm::as_str).collect();
    let refresh = BTreeSet::from([config.issuer.endpoint("/refresh")]);
    let typs: BTreeSet<_> = clients().map(|client| client.typ.as_str()).collect();
    let algorithms = |form| match form {
        TokenForm::Published => json!({ "typ": typs, "algorithms": published }),
        TokenForm::Identity => json!({ "typ": ["JWT"], "algorithms": published }),
        TokenForm::Logout => json!({ "typ": [LOGOUT_TYP], "algorithms": published }),
        TokenForm::Derived { typ } => json!({ "typ": [typ], "algorithms": ["HS256"] }),
        TokenForm::Sealed { .. } => json!({ "typ": [], "algorithms": ["XChaCha20-Poly1305"] }),
    };
    let kind = |form: TokenForm, audience: Value, lifetime: i64| {
        let mut kind = algorithms(form);
        if let Value::Object(kind) = &mut kind {
            kind.insert("kind".to_owned(), form.kind().into());
            kind.insert("audience".to_owned(), audience);
            kind.insert("lifetime".to_owned(), lifetime.into());
        }
        kind
    };
    let sealed =
        |(form, lifetime): (TokenForm, TimeDelta)| kind(form, json!([]), lifetime.num_seconds());
    let link_lifetime = config.tokens.sign_up_lifetime;
    let signed = [
        kind(
            Access::FORM,
            json!(audiences),
            longest(|client| client.access_lifetime),
        ),
        kind(
            Refresh::FORM,
            json!(refresh),
            longest(|client| client.refresh_idle),
        ),
    ];
    // Tokens for the clients themselves: none without such a client.
    let for_clients = |form: TokenForm, clients: &[&Client], lifetime: TimeDelta| {
        let audiences: BTreeSet<_> = clients.iter().map(|it| it.client_id.as_str()).collect();
        let algorithms: BTreeSet<_> = clients
            .iter()
            .map(|it| it.id_token.algorithm.as_str())
            .collect();
        let mut kind = kind(form, json!(audiences), lifetime.num_seconds());
        if let Value::Object(members) = &mut kind {
            members.insert("algorithms".to_owned(), json!(algorithms));
        }
        (!clients.is_empty()).then_some(kind)
    };
    let openid: Vec<_> = clients().filter(|client| client.is_openid()).collect();
    let lifetimes = openid.iter().map(|client| client.id_token.lifetime);
    let lifetime = lifetimes.max().unwrap_or_default();
    let id_token = for_clients(IdTokenClaims::FORM, &openid, lifetime);
    let notified = clients().filter(|client| client.backchannel_logout_uri.is_some());
    let notified: Vec<_> = notified.collect();
    let logout_token = for_clients(LogoutToken::FORM, &notified, LogoutToken::LIFETIME);
    let of_logins = sealed_kinds(link_lifetime);
    let of_mails = [
        (SignUp::FORM, link_lifetime),
        LoginLinkProvider::KIND,
        LoginLinkProvider::CODE_KIND,
    ];
    let are_passkeys_on = config.passkeys.rp_id().is_some();
    let of_passkeys = PasskeyProvider::KINDS
        .into_iter()
        .chain([profile::PASSKEY_KIND, profile::OFFER_KIND])
        .filter(|_| are_passkeys_on);
    let all = of_mails
        .into_iter()
        .chain(profile::SEALED_KINDS)
        .chain([Codes::KIND, SingleSignOn::HINT_KIND, SecondFactors::KIND])
        .chain(
            config
                .sso
                .is_enabled
                .then_some((SsoSession::FORM, config.sso.idle)),
        )
        .chain(of_logins)
        .chain(of_passkeys);
    signed
        .into_iter()
        .chain(id_token)
        .chain(logout_token)
        .chain(all.map(sealed))
        .collect()
}
