//! Differences between well-known providers.

use serde_json::{Map, Value, json};
use signet::clock::Clock;

use super::{CLIENT_ID, CLIENT_SECRET, NATIVE_CLIENT_ID, Person, StubKey};
use crate::support::apple::AppleTeam;

/// The dialect of a provider.
pub enum Dialect {
    /// The standard.
    OpenId,
    /// Microsoft: with a tenant id, and without a claim on email verification.
    Microsoft {
        tenant: String,
    },
    Apple(AppleTeam),
}

pub struct Paths {
    pub authorize: &'static str,
    pub token: &'static str,
    pub keys: &'static str,
    pub userinfo: Option<&'static str>,
}

impl Dialect {
    /// Creates a signing key whose `kid` contains this text.
    pub fn key(&self, name: &str) -> StubKey {
        match self {
            Self::OpenId => StubKey::es256(name),
            // There is only one RSA key, so only the `kid` changes.
            _ => StubKey::rs256(name),
        }
    }

    pub fn paths(&self) -> Paths {
        match self {
            Self::OpenId => Paths {
                authorize: "/authorize",
                token: "/token",
                keys: "/jwks",
                userinfo: Some("/userinfo"),
            },
            Self::Microsoft { .. } => Paths {
                authorize: "/oauth2/v2.0/authorize",
                token: "/oauth2/v2.0/token",
                keys: "/discovery/v2.0/keys",
                userinfo: Some("/oidc/userinfo"),
            },
            Self::Apple(_) => Paths {
                authorize: "/auth/authorize",
                token: "/auth/token",
                keys: "/auth/keys",
                userinfo: None,
            },
        }
    }

    pub fn auth_methods(&self) -> Vec<&'static str> {
        match self {
            Self::OpenId => vec!["client_secret_basic", "client_secret_post"],
            Self::Microsoft { .. } => {
                vec![
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ]
            }
            Self::Apple(_) => vec!["client_secret_post"],
        }
    }

    pub fn settings(&self, id: &str, issuer: &str, more: &str) -> String {
        let kind = if more.contains("kind =") {
            ""
        } else if let Self::Apple(_) = self {
            "kind = 'apple'\n"
        } else {
            "kind = 'oidc'\n"
        };
        let credentials = match self {
            Self::Apple(team) => team.settings(),
            _ => format!("client_secret = '{CLIENT_SECRET}'\n"),
        };
        format!(
            "[[providers]]\nid = '{id}'\n{kind}issuer = '{issuer}'\nclient_id = '{CLIENT_ID}'\n\
             {credentials}native_client_ids = ['{NATIVE_CLIENT_ID}']\n{more}\n"
        )
    }

    /// Checks a client secret.
    pub fn knows(&self, secret: &str, issuer: &str, clock: &Clock) -> Result<(), String> {
        match self {
            Self::Apple(team) => team.verify(secret, CLIENT_ID, issuer, clock.now()),
            _ if secret == CLIENT_SECRET => Ok(()),
            _ => Err("another secret".to_owned()),
        }
    }

    /// The public key as an entry of the key set.
    pub fn jwk(&self, key: &StubKey, issuer: &str) -> Value {
        let mut jwk = key.jwk();
        if let Self::Microsoft { .. } = self {
            let jwk = jwk.as_object_mut().unwrap();
            jwk.remove("alg");
            jwk.insert("x5t".to_owned(), json!(key.kid));
            jwk.insert("x5c".to_owned(), json!(["MIIC/jCCAeagAwIBAgIJ"]));
            jwk.insert(
                "cloud_instance_name".to_owned(),
                json!("microsoftonline.com"),
            );
            jwk.insert("issuer".to_owned(), json!(issuer));
        }
        jwk
    }

    /// The claims of a user for the requested scopes.
    pub fn claims(&self, person: &Person, scopes: &[String]) -> Map<String, Value> {
        let mut claims = person.more.clone();
        let mut add = |name: &str, value: Value| {
            if !value.is_null() {
                claims.entry(name).or_insert(value);
            }
        };
        let asked_for = |scope: &str| scopes.iter().any(|it| it == scope);
        if asked_for("email") {
            add("email", json!(person.email));
        }
        match self {
            Self::Microsoft { tenant } => {
                add("tid", json!(tenant));
                add("oid", json!("690222be-ff1a-4d56-abd1-7e4f7d38e474"));
                add("ver", json!("2.0"));
                add("rh", json!("0.AXcA."));
                add("preferred_username", json!(person.email));
                if asked_for("profile") {
                    add("name", json!(person.name));
                }
            }
            Self::Apple(_) => {
                add("nonce_supported", json!(true));
                if asked_for("email") {
                    // Apple writes booleans as strings.
                    let in_words = person.email_verified.as_bool().map(|it| it.to_string());
                    add("email_verified", json!(in_words));
                    let email = person.email.as_deref().unwrap_or_default();
                    if email.ends_with("@privaterelay.appleid.com") {
                        add("is_private_email", json!("true"));
                    }
                }
            }
            Self::OpenId => {
                if asked_for("email") {
                    add("email_verified", person.email_verified.clone());
                }
                if asked_for("profile") {
                    add("name", json!(person.name));
                    add("preferred_username", json!("ada"));
                }
            }
        }
        claims
    }
}
