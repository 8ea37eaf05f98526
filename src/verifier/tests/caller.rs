//! Tokens of clients that act for themselves, exchanged tokens, and tokens that are no access tokens.

use serde_json::{Value, json};

use super::{AUDIENCE, Consumer};
use crate::{
    token::{
        Access, ClientAccess, IdTokenClaims, LogoutSubject, LogoutToken,
        tests::fixture::{ISSUER, Mint, Sample, now, seconds},
    },
    verifier::{CallerClaims, Claims, Error, Forbidden, Rejected},
};

const CLAIMS: Error = Error::Rejected(Rejected::Claims);
const HEADER: Error = Error::Rejected(Rejected::Header);

fn client_access() -> ClientAccess {
    ClientAccess {
        iss: ISSUER.to_owned(),
        sub: "web".to_owned(),
        aud: AUDIENCE.to_owned(),
        exp: now() + seconds(300),
        iat: now(),
        jti: "client".to_owned(),
        client_id: "web".to_owned(),
        scope: "read write".parse().unwrap(),
        roles: vec!["reader".parse().unwrap()],
        cnf: None,
    }
}

impl Consumer {
    pub(super) fn client_token(&self) -> String {
        self.mint.tokens.mint(&client_access(), now()).unwrap()
    }

    /// Returns a token of this payload with these members replaced, or removed for null.
    fn altered(&self, mut payload: Value, changes: &Value) -> String {
        for (name, value) in changes.as_object().unwrap() {
            let members = payload.as_object_mut().unwrap();
            if value.is_null() {
                members.remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
        let header = self.mint.header::<Access>();
        self.mint.forge::<Access>(&header, &payload.to_string())
    }

    async fn caller(&self, token: &str) -> Result<CallerClaims, Error> {
        self.verifier.verify_caller(token).await
    }
}

#[tokio::test]
async fn client_token_is_accepted_where_clients_are_expected_only() {
    let consumer = Consumer::new().await;
    let token = consumer.client_token();
    assert_eq!(consumer.verify(&token).await, Err(CLAIMS));
    let caller = consumer.caller(&token).await.unwrap();
    let CallerClaims::Client(claims) = &caller else {
        panic!("{caller:?}")
    };
    assert_eq!(**claims, client_access());
    assert_eq!(claims.get("jti"), Some(&json!("client")));
    assert_eq!((caller.user(), caller.client_id()), (None, "web"));
    assert!(caller.require_scope("write read").is_ok() && caller.require_role("reader").is_ok());
    let scope = caller.require_scope("read admin");
    assert_eq!(scope, Err(Forbidden::Scope("read admin".to_owned())));
    let role = caller.require_role("admin");
    assert_eq!(role, Err(Forbidden::Role("admin".to_owned())));

    // Users are accepted as before.
    let token = consumer.token();
    let caller = consumer.caller(&token).await.unwrap();
    let user = consumer.verify(&token).await.unwrap();
    assert_eq!(caller.user(), Some(user.sub));
    assert_eq!(caller.client_id(), "web");
    assert!(caller.has_scope("read") && caller.has_role("user"));
    assert_eq!(caller, CallerClaims::User(user));
}

#[tokio::test]
async fn client_token_must_be_whole_and_valid_now() {
    let consumer = Consumer::new().await;
    let payload = serde_json::to_value(client_access()).unwrap();
    let later = (now() + seconds(60)).timestamp();
    for (changes, reason) in [
        (json!({"sub": "other"}), Rejected::Claims),
        (json!({"sid": "login"}), Rejected::Claims),
        (json!({"client_id": null}), Rejected::Claims),
        (json!({"jti": null}), Rejected::Claims),
        (json!({"roles": null}), Rejected::Claims),
        (json!({"aud": [AUDIENCE]}), Rejected::Claims),
        (json!({"nbf": "soon"}), Rejected::Claims),
        (json!({"nbf": later}), Rejected::InFuture),
        (json!({"iat": later}), Rejected::InFuture),
        (json!({"exp": now().timestamp() - 30}), Rejected::Expired),
        (
            json!({"iss": "https://other.example.com"}),
            Rejected::Issuer,
        ),
        (
            json!({"aud": "https://other.example.com"}),
            Rejected::Audience,
        ),
    ] {
        let token = consumer.altered(payload.clone(), &changes);
        let refused = consumer.caller(&token).await;
        assert_eq!(refused, Err(reason.into()), "{changes}");
    }
    let twice = payload.to_string().replacen('{', "{\"sub\":\"web\",", 1);
    let header = consumer.mint.header::<Access>();
    let token = consumer.mint.forge::<Access>(&header, &twice);
    assert_eq!(consumer.caller(&token).await, Err(CLAIMS));
    let stranger = Mint::new().tokens.mint(&client_access(), now()).unwrap();
    let unknown = consumer.caller(&stranger).await;
    assert_eq!(unknown, Err(Rejected::UnknownKey.into()));
}

#[tokio::test]
async fn actors_of_an_exchanged_token_are_listed() {
    let consumer = Consumer::new().await;
    let claims = async |act: Value| -> Result<Claims, Error> {
        let token = consumer.altered(Access::payload(), &json!({"act": act}));
        let claims = consumer.verify(&token).await;
        let caller = consumer.caller(&token).await;
        assert_eq!(caller, claims.clone().map(CallerClaims::User));
        claims
    };
    let none = claims(Value::Null).await.unwrap();
    assert_eq!(none.actors().count(), 0);
    let one = claims(json!({"sub": "gateway"})).await.unwrap();
    assert_eq!(one.actors().collect::<Vec<_>>(), ["gateway"]);
    let chain = json!({"sub": "billing", "act": {"sub": "orders", "act": {"sub": "gateway"}}});
    let chain = claims(chain).await.unwrap();
    let actors: Vec<_> = chain.actors().collect();
    assert_eq!(actors, ["billing", "orders", "gateway"]);
    for malformed in [
        json!("gateway"),
        json!({}),
        json!({"sub": 1}),
        json!(["gateway"]),
        json!({"sub": "billing", "act": "gateway"}),
        json!({"sub": "billing", "act": {"act": {"sub": "gateway"}}}),
    ] {
        assert_eq!(claims(malformed.clone()).await, Err(CLAIMS), "{malformed}");
    }
}

/// A client may have the audience of a service as its `client_id`, so `aud` alone does not distinguish ID
/// tokens, and `typ` does not where `JWT` is accepted.
#[tokio::test]
async fn id_tokens_and_logout_tokens_are_no_access_tokens() {
    let lenient = Consumer::built(Mint::new(), crate::verifier::Builder::accept_typ_jwt).await;
    let strict = Consumer::new().await;
    let access = Access::sample();
    let user = json!({"name": "Ada", "groups": ["user"]});
    let id_token = IdTokenClaims {
        iss: access.iss,
        sub: access.sub,
        aud: AUDIENCE.to_owned(),
        exp: access.exp,
        iat: access.iat,
        auth_time: access.auth_time,
        nonce: Some("nonce".to_owned()),
        acr: "1fa".to_owned(),
        amr: access.amr,
        at_hash: Some("hash".to_owned()),
        sid: access.sid,
        user: serde_json::from_value(user).unwrap(),
    };
    let ended = LogoutSubject {
        user: access.sub,
        sid: None,
    };
    let logout = LogoutToken::new(ISSUER, AUDIENCE, ended, "logout".to_owned(), now());
    let id_token = serde_json::to_value(id_token).unwrap();
    let logout = serde_json::to_value(logout).unwrap();
    for (consumer, typ, payload, expected) in [
        (&strict, "JWT", &id_token, HEADER),
        (&lenient, "JWT", &id_token, CLAIMS),
        (&strict, "logout+jwt", &logout, HEADER),
        (&lenient, "logout+jwt", &logout, HEADER),
        // With the header of an access token the claims are refused.
        (&strict, "at+jwt", &id_token, CLAIMS),
        (&strict, "at+jwt", &logout, CLAIMS),
    ] {
        let mut header = consumer.mint.header::<IdTokenClaims>();
        header["typ"] = typ.into();
        let token = consumer.mint.forge::<Access>(&header, &payload.to_string());
        assert_eq!(consumer.verify(&token).await, Err(expected), "{typ}");
        assert_eq!(consumer.caller(&token).await, Err(expected), "{typ}");
    }
}
