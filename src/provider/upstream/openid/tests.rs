//! Whose word on an address is believed.

use std::time::Duration;

use serde_json::json;
use url::Url;

use super::*;
use crate::{
    config::{Config, Flags, Sources},
    fetch::{Fetcher, Reach},
    json::Members,
};

const TENANT: &str = "kind = 'microsoft'\ntenant = '72f988bf-86f1-41af-91ab-2d7cd011db47'";
const OWN: &str = "kind = 'oidc'\nissuer = 'https://id.example.com'";

/// The only provider of a configuration with that in its table.
fn provider(settings: &str) -> Upstream {
    let text = format!(
        "issuer = 'https://auth.example.com'\n[[providers]]\nid = 'it'\nclient_id = 'signet'\n\
         client_secret = 'secret'\n{settings}"
    );
    let sources = Sources::new(("", &text), [], Flags::default()).unwrap();
    let config = Config::load(sources).unwrap_or_else(|faults| panic!("{faults}"));
    let url = Url::parse("https://unasked.example.com/").unwrap();
    Upstream {
        settings: config.providers.iter().next().unwrap().clone(),
        redirect_uri: url.clone(),
        dialect: Dialect::GitHub {
            web: url.clone(),
            api: url,
        },
        fetcher: Fetcher::new(Reach::Public, Duration::from_secs(1)).unwrap(),
    }
}

fn is_believed(settings: &str, email: &str, claims: &Value) -> bool {
    let id_token = IdToken {
        iss: String::new(),
        sub: "sub".to_owned(),
        aud: vec![],
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
        extra: Members(claims.as_object().unwrap().clone()),
    };
    let verified = claims.get("email_verified").unwrap_or(&Value::Null);
    let email = EmailAddress::parse(email).unwrap();
    provider(settings).vouches(&email, verified, &id_token)
}

/// A tenant that is trusted says by its own claim that an address is of a domain which it owns.
#[test]
fn a_tenant_of_microsoft_s_is_believed_by_its_own_claim() {
    let trusted = format!("{TENANT}\ntrusts_addresses = true");
    let email = "ada@example.com";
    for (claims, expected) in [
        (json!({}), false),
        (json!({"xms_edov": true}), true),
        (json!({"xms_edov": 1}), true),
        (json!({"xms_edov": "1"}), true),
        (json!({"xms_edov": "true"}), true),
        (json!({"xms_edov": false}), false),
        (json!({"xms_edov": 0}), false),
        (json!({"xms_edov": "0"}), false),
        (json!({"xms_edov": [true]}), false),
        (json!({"email_verified": true}), true),
        (json!({"email_verified": "true"}), false),
    ] {
        assert_eq!(is_believed(&trusted, email, &claims), expected, "{claims}");
        // Nobody else's claim of that name means anything, and no other tenant is asked.
        assert!(!is_believed(TENANT, email, &claims), "{claims}");
        let of_another = format!("{OWN}\ntrusts_addresses = true");
        let is_verified = claims == json!({"email_verified": true});
        assert_eq!(is_believed(&of_another, email, &claims), is_verified);
    }
}

#[test]
fn google_is_believed_for_its_own_addresses() {
    let google = "kind = 'google'";
    let verified = json!({"email_verified": true});
    let hosted = json!({"email_verified": true, "hd": "example.com"});
    for (email, claims, expected) in [
        ("ada@gmail.com", &verified, true),
        ("ada@googlemail.com", &verified, true),
        ("ada@example.com", &hosted, true),
        ("ada@example.com", &verified, false),
        ("ada@not-gmail.com", &verified, false),
        ("ada@gmail.com", &json!({}), false),
        ("ada@gmail.com", &json!({"email_verified": "true"}), false),
        ("ada@example.com", &json!({"hd": "example.com"}), false),
    ] {
        assert_eq!(
            is_believed(google, email, claims),
            expected,
            "{email} {claims}"
        );
        let distrusted = format!("{google}\ntrusts_addresses = false");
        assert!(!is_believed(&distrusted, email, claims));
    }
}
