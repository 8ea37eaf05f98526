//! What one well-known provider does otherwise than the next.

use serde_json::{Map, Value, json};
use signet::clock::Clock;

use super::{CLIENT_ID, CLIENT_SECRET, NATIVE_CLIENT_ID, Person, StubKey};
use crate::support::apple::AppleTeam;

/// How a provider speaks.
pub enum Dialect {
    /// As the standard does.
    OpenId,
    /// As Microsoft does: a directory's tenant, and not a word on whether it verified an address.
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
    /// A key that signs, with that in its name.
    pub fn key(&self, name: &str) -> StubKey {
        match self {
            Self::OpenId => StubKey::es256(name),
            // There is but one RSA key: a new name must do.
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

    /// Whether whoever sent that secret is the client.
    pub fn knows(&self, secret: &str, issuer: &str, clock: &Clock) -> Result<(), String> {
        match self {
            Self::Apple(team) => team.verify(secret, CLIENT_ID, issuer, clock.now()),
            _ if secret == CLIENT_SECRET => Ok(()),
            _ => Err("another secret".to_owned()),
        }
    }

    /// One of the key set.
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

    /// What is said of a person, as far as it was asked for.
    pub fn claims(&self, person: &Person, scopes: &[String]) -> Map<String, Value> {
        let mut claims = person.more.clone();
        let mut say = |name: &str, value: Value| {
            if !value.is_null() {
                claims.entry(name).or_insert(value);
            }
        };
        let asked_for = |scope: &str| scopes.iter().any(|it| it == scope);
        if asked_for("email") {
            say("email", json!(person.email));
        }
        match self {
            Self::Microsoft { tenant } => {
                say("tid", json!(tenant));
                say("oid", json!("690222be-ff1a-4d56-abd1-7e4f7d38e474"));
                say("ver", json!("2.0"));
                say("rh", json!("0.AXcA."));
                say("preferred_username", json!(person.email));
                if asked_for("profile") {
                    say("name", json!(person.name));
                }
            }
            Self::Apple(_) => {
                say("nonce_supported", json!(true));
                if asked_for("email") {
                    // Apple says so in words.
                    let in_words = person.email_verified.as_bool().map(|it| it.to_string());
                    say("email_verified", json!(in_words));
                    let email = person.email.as_deref().unwrap_or_default();
                    if email.ends_with("@privaterelay.appleid.com") {
                        say("is_private_email", json!("true"));
                    }
                }
            }
            Self::OpenId => {
                if asked_for("email") {
                    say("email_verified", person.email_verified.clone());
                }
                if asked_for("profile") {
                    say("name", json!(person.name));
                    say("preferred_username", json!("ada"));
                }
            }
        }
        claims
    }
}
