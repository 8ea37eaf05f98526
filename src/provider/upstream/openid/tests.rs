//! The emails that each kind of provider is trusted to verify.

use std::time::Duration;

use serde_json::{Map, json};

use super::*;
use crate::{
    clock::Clock,
    config::{Config, FlagSettings, ProviderKind, SettingSources},
    connect::Resolver,
    coordination::SpentMarks,
    fetch::{Fetcher, NetworkAccess},
    json::{UniqueMembers, foreign::boolean},
};

/// A provider of that kind, to which no request is sent.
fn provider(kind: ProviderKind, trusts_addresses: bool) -> Upstream {
    let text = "issuer = 'https://auth.example.com'
        [[providers]]
        id = 'it'
        kind = 'oidc'
        issuer = 'https://provider.example.com'
        client_id = 'us'
        client_secret = 'a secret between the two of us'";
    let sources = SettingSources::new(("", text), [], FlagSettings::default()).unwrap();
    let config = Config::load(sources).unwrap_or_else(|faults| panic!("{faults}"));
    let mut settings = config.providers.iter().next().unwrap().clone();
    settings.kind = kind;
    settings.trusts_addresses = trusts_addresses;
    let fetcher = Fetcher::new(
        NetworkAccess::Public,
        Duration::from_secs(1),
        Resolver::system(),
    )
    .unwrap();
    Upstream::new(&settings, &fetcher, &Clock::system(), SpentMarks::default())
}

/// An ID token with an additional claim.
fn id_token_with(claim: Option<(&str, &Value)>) -> IdToken {
    let extra: Map<_, _> = claim
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    IdToken {
        iss: "https://provider.example.com".to_owned(),
        sub: "4711".to_owned(),
        aud: vec!["us".to_owned()],
        azp: None,
        exp: DateTime::UNIX_EPOCH,
        iat: DateTime::UNIX_EPOCH,
        nbf: None,
        auth_time: None,
        nonce: None,
        at_hash: None,
        email: None,
        email_verified: None,
        name: None,
        picture: None,
        extra: UniqueMembers(extra),
    }
}

/// Values that some provider sends as true, and values that none does.
fn values() -> Vec<Value> {
    vec![
        json!(true),
        json!("true"),
        json!(1),
        json!("1"),
        json!(false),
        json!("false"),
        json!(0),
        json!("0"),
        json!("TRUE"),
        json!("yes"),
        json!(1.5),
        json!([true]),
        json!({"ada@example.com": true}),
        Value::Null,
    ]
}

/// Asserts which values of `email_verified` a provider of that kind is trusted with. An untrusted provider is
/// trusted with none.
#[track_caller]
fn assert_trusted(kind: ProviderKind, email: &str, more: Option<(&str, &Value)>, by: &[Value]) {
    let email_address = EmailAddress::parse(email).unwrap();
    let id_token = id_token_with(more);
    let [trusted, untrusted] = [true, false].map(|it| provider(kind, it));
    for value in values() {
        let is_verified = boolean(value.clone()).unwrap_or_default();
        let is_trusted = trusted.is_verified_email(&email_address, is_verified, &id_token);
        let case = format!("{kind:?} {email} {more:?} {value}");
        assert_eq!(is_trusted, by.contains(&value), "{case}");
        assert!(
            !untrusted.is_verified_email(&email_address, is_verified, &id_token),
            "{case}"
        );
    }
}

#[test]
fn plain_provider_sends_a_boolean_or_its_text() {
    let accepted = [json!(true), json!("true")];
    for kind in [ProviderKind::Oidc, ProviderKind::GitHub] {
        assert_trusted(kind, "ada@example.com", None, &accepted);
        // The claims of other kinds of provider have no effect.
        for (name, value) in [("xms_edov", json!(true)), ("hd", json!("example.com"))] {
            let more = Some((name, &value));
            assert_trusted(kind, "ada@example.com", more, &accepted);
        }
    }
}

#[test]
fn google_verifies_its_own_domains_and_workspace_domains() {
    let google = ProviderKind::Google;
    let booleans = [json!(true), json!("true")];
    for own in ["ada@gmail.com", "ada@googlemail.com", "ADA@GMAIL.COM"] {
        assert_trusted(google, own, None, &booleans);
    }
    for others in [
        "ada@example.com",
        "ada@gmail.com.example.com",
        "ada@mail.gmail.com",
        "ada@notgmail.com",
        "gmail.com@example.com",
    ] {
        assert_trusted(google, others, None, &[]);
    }
    let domain = json!("example.com");
    let workspace = Some(("hd", &domain));
    assert_trusted(google, "ada@example.com", workspace, &booleans);
}

#[test]
fn apple_sends_a_boolean_or_its_text() {
    let both = [json!(true), json!("true")];
    assert_trusted(ProviderKind::Apple, "ada@example.com", None, &both);
    let relay = "x7k@privaterelay.appleid.com";
    assert_trusted(ProviderKind::Apple, relay, None, &both);
}

#[test]
fn microsoft_also_verifies_by_its_domain_owner_claim() {
    let microsoft = ProviderKind::Microsoft;
    let email = "ada@example.com";
    let booleans = [json!(true), json!("true")];
    assert_trusted(microsoft, email, None, &booleans);
    let accepted = [json!(true), json!(1), json!("1"), json!("true")];
    for value in values() {
        // The ownership of the domain suffices, whatever `email_verified` is.
        let by = if accepted.contains(&value) {
            values()
        } else {
            booleans.to_vec()
        };
        assert_trusted(microsoft, email, Some(("xms_edov", &value)), &by);
    }
}
