//! Whose word on an address counts, kind by kind.

use std::time::Duration;

use serde_json::{Map, json};

use super::*;
use crate::{
    clock::Clock,
    config::{Config, FlagSettings, ProviderKind, SettingSources},
    connect::Resolver,
    fetch::{Fetcher, NetworkAccess},
    json::{UniqueMembers, foreign::boolean},
};

/// A provider of that kind, which nobody asks.
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
    Upstream::new(&settings, &fetcher, &Clock::system())
}

/// An ID token that says this besides.
fn saying(claim: Option<(&str, &Value)>) -> IdToken {
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

/// Everything that somebody has called true, and what nobody means by it.
fn words() -> Vec<Value> {
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

/// Of those words, as `email_verified` about that address, those that a provider of that kind is
/// believed by; and none where it is not trusted.
#[track_caller]
fn assert_believed(kind: ProviderKind, email: &str, more: Option<(&str, &Value)>, by: &[Value]) {
    let address = EmailAddress::parse(email).unwrap();
    let id_token = saying(more);
    let [trusted, untrusted] = [true, false].map(|it| provider(kind, it));
    for word in words() {
        let said = boolean(word.clone()).unwrap_or_default();
        let is_believed = trusted.vouches(&address, said, &id_token);
        let case = format!("{kind:?} {email} {more:?} {word}");
        assert_eq!(is_believed, by.contains(&word), "{case}");
        assert!(!untrusted.vouches(&address, said, &id_token), "{case}");
    }
}

#[test]
fn a_plain_provider_says_true_or_its_text() {
    let believed = [json!(true), json!("true")];
    for kind in [ProviderKind::Oidc, ProviderKind::GitHub] {
        assert_believed(kind, "ada@example.com", None, &believed);
        // What means something elsewhere means nothing here.
        for (name, value) in [("xms_edov", json!(true)), ("hd", json!("example.com"))] {
            let more = Some((name, &value));
            assert_believed(kind, "ada@example.com", more, &believed);
        }
    }
}

#[test]
fn google_speaks_for_its_own_addresses_and_those_of_its_customers() {
    let google = ProviderKind::Google;
    let said = [json!(true), json!("true")];
    for own in ["ada@gmail.com", "ada@googlemail.com", "ADA@GMAIL.COM"] {
        assert_believed(google, own, None, &said);
    }
    for others in [
        "ada@example.com",
        "ada@gmail.com.example.com",
        "ada@mail.gmail.com",
        "ada@notgmail.com",
        "gmail.com@example.com",
    ] {
        assert_believed(google, others, None, &[]);
    }
    let domain = json!("example.com");
    let workspace = Some(("hd", &domain));
    assert_believed(google, "ada@example.com", workspace, &said);
}

#[test]
fn apple_says_it_in_a_word_or_in_a_text() {
    let both = [json!(true), json!("true")];
    assert_believed(ProviderKind::Apple, "ada@example.com", None, &both);
    let relay = "x7k@privaterelay.appleid.com";
    assert_believed(ProviderKind::Apple, relay, None, &both);
}

#[test]
fn microsoft_says_it_in_a_claim_of_its_own() {
    let microsoft = ProviderKind::Microsoft;
    let email = "ada@example.com";
    let said = [json!(true), json!("true")];
    assert_believed(microsoft, email, None, &said);
    let believed = [json!(true), json!(1), json!("1"), json!("true")];
    for word in words() {
        // That the tenant owns the domain is enough, whatever is said of the address.
        let by = if believed.contains(&word) {
            words()
        } else {
            said.to_vec()
        };
        assert_believed(microsoft, email, Some(("xms_edov", &word)), &by);
    }
}
