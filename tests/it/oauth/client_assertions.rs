//! Clients that authenticate by `private_key_jwt` (RFC 7523 §2.2, OpenID Connect Core §9).

use std::sync::Mutex;

use axum::response::Response;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::flow::{service_with, signed, token_with};
use crate::support::{
    TestService,
    answer::Answer,
    openid::{StubKey, encode},
    redis::RedisServer,
    stub::{self, Server, StubHandler, StubRequest},
    upstream::LOOPBACK,
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The `[[clients]]` table of a client with keys from this setting.
fn client_with(keys: &str) -> String {
    format!(
        "
        [[clients]]
        client_id = 'app'
        grants = ['client_credentials']
        {keys}
        "
    )
}

/// The setting for an inline key set.
fn inline(keys: &[&StubKey]) -> String {
    let tables = keys.iter().map(|key| {
        let jwk = key.jwk();
        let members = jwk.as_object().unwrap().iter();
        let members: Vec<_> = members.map(|(name, it)| format!("{name} = {it}")).collect();
        format!("{{ {} }}", members.join(", "))
    });
    let tables: Vec<_> = tables.collect();
    format!("jwks = {{ keys = [{}] }}", tables.join(", "))
}

fn header(key: &StubKey) -> Value {
    json!({"alg": key.alg(), "typ": "JWT", "kid": key.kid})
}

/// The claims of a valid assertion.
fn valid(service: &TestService, jti: &str) -> Value {
    let now = service.clock.now().timestamp();
    json!({
        "iss": "app", "sub": "app", "aud": LOOPBACK, "jti": jti, "iat": now, "exp": now + 60,
    })
}

/// A request for a token of the client itself.
async fn present(service: &TestService, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    service.anon().post_form("/token", &form).await
}

#[tokio::test]
async fn assertion_by_an_inline_key_is_accepted_once() {
    let (ec, rsa) = (StubKey::es256("ec"), StubKey::rs256("rsa"));
    let service = service_with(&client_with(&inline(&[&ec, &rsa]))).await;
    for key in [&ec, &rsa] {
        let assertion = signed(key, &header(key), &valid(&service, &key.kid));
        present(&service, &assertion).await.assert_status(200);
        // Later in its lifetime as well.
        for _ in 0..2 {
            let again = present(&service, &assertion).await;
            again.assert_oauth_error(401, "invalid_client");
            service.clock.advance(TimeDelta::seconds(20));
        }
        // The other header and the same `jti` are the same assertion.
        let mut other = valid(&service, &key.kid);
        other["aud"] = json!(format!("{LOOPBACK}/token"));
        let again = present(&service, &signed(key, &header(key), &other)).await;
        again.assert_oauth_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn assertion_is_accepted_once_at_nodes_that_coordinate() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let key = StubKey::es256("ec");
    let settings = format!("{}{}", redis.settings(), client_with(&inline(&[&key])));
    let one = service_with(&settings).await;
    let database = one.database.share();
    let two = TestService::with_providers_in(database, &[], &settings).await;
    let assertion = signed(&key, &header(&key), &valid(&one, "1"));
    present(&one, &assertion).await.assert_status(200);
    let again = present(&two, &assertion).await;
    again.assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn issuer_and_token_endpoint_are_audiences_of_an_assertion() {
    let key = StubKey::es256("ec");
    let service = service_with(&client_with(&inline(&[&key]))).await;
    let token_endpoint = format!("{LOOPBACK}/token");
    for (jti, aud) in [
        ("1", json!(LOOPBACK)),
        ("2", json!(token_endpoint)),
        ("3", json!([LOOPBACK])),
        ("4", json!([LOOPBACK, token_endpoint])),
    ] {
        let mut claims = valid(&service, jti);
        claims["aud"] = aud;
        let assertion = signed(&key, &header(&key), &claims);
        present(&service, &assertion).await.assert_status(200);
    }
    // The client_id in the form repeats the subject.
    let assertion = signed(&key, &header(&key), &valid(&service, "5"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    service
        .anon()
        .post_form("/token", &form)
        .await
        .assert_status(200);
}

#[rstest]
#[case::issuer_of_another_client("iss", json!("spa"))]
#[case::subject_of_a_public_client("sub", json!("spa"))]
#[case::subject_of_an_unknown_client("sub", json!("unknown"))]
#[case::no_issuer("iss", Value::Null)]
#[case::no_subject("sub", Value::Null)]
#[case::other_audience("aud", json!("https://other.example.com"))]
#[case::audience_with_a_slash("aud", json!("http://127.0.0.1:8080/"))]
#[case::another_server_beside_this_one("aud", json!([LOOPBACK, "https://other.example.com"]))]
#[case::empty_audience("aud", json!([]))]
#[case::no_audience("aud", Value::Null)]
#[case::no_jti("jti", Value::Null)]
#[case::empty_jti("jti", json!(""))]
#[case::jti_of_a_number("jti", json!(1))]
#[case::no_expiry("exp", Value::Null)]
#[case::expired("exp", json!(-61))]
#[case::valid_for_more_than_five_minutes("exp", json!(400))]
#[case::issued_in_the_future("iat", json!(120))]
#[case::not_yet_valid("nbf", json!(120))]
#[tokio::test]
async fn assertion_with_a_wrong_claim_is_rejected(#[case] name: &str, #[case] value: Value) {
    let key = StubKey::es256("ec");
    let service = service_with(&client_with(&inline(&[&key]))).await;
    let mut claims = valid(&service, "1");
    // Times are relative to the clock.
    let is_time = ["exp", "iat", "nbf"].contains(&name);
    claims[name] = match value.as_i64() {
        Some(seconds) if is_time => json!(service.clock.now().timestamp() + seconds),
        _ => value,
    };
    if claims[name].is_null() {
        claims.as_object_mut().unwrap().remove(name);
    }
    present(&service, &signed(&key, &header(&key), &claims))
        .await
        .assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn assertion_may_be_valid_for_five_minutes() {
    let key = StubKey::es256("ec");
    let service = service_with(&client_with(&inline(&[&key]))).await;
    let mut claims = valid(&service, "1");
    claims["exp"] = json!(service.clock.now().timestamp() + 300);
    present(&service, &signed(&key, &header(&key), &claims))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn forged_assertion_is_rejected() {
    let (key, forged) = (StubKey::es256("ec"), StubKey::es256("ec"));
    let service = service_with(&client_with(&inline(&[&key]))).await;
    let claims = valid(&service, "1");
    let changed = |name: &str, value: Value| {
        let mut header = header(&key);
        header[name] = value;
        header
    };
    let right = signed(&key, &header(&key), &claims);
    let (message, _) = right.rsplit_once('.').unwrap();
    let none = changed("alg", json!("none")).to_string();
    let hmac = changed("alg", json!("HS256")).to_string();
    let hmac = format!("{}.{}", encode(hmac), encode(claims.to_string()));
    let hmac_signature = encode(key.hmac_by_public_key(hmac.as_bytes()));
    for assertion in [
        format!("{}.{}.", encode(&none), encode(claims.to_string())),
        format!("{hmac}.{hmac_signature}"),
        format!("{message}."),
        signed(&forged, &header(&key), &claims),
        signed(&key, &changed("kid", json!("unknown")), &claims),
        signed(&key, &changed("typ", json!("at+jwt")), &claims),
        signed(&key, &changed("alg", json!("RS256")), &claims),
        signed(&key, &changed("crit", json!(["exp"])), &claims),
        signed(&forged, &changed("jwk", forged.jwk()), &claims),
    ] {
        present(&service, &assertion)
            .await
            .assert_oauth_error(401, "invalid_client");
    }
    // None of them has used the `jti`.
    present(&service, &right).await.assert_status(200);
}

#[tokio::test]
async fn client_with_keys_has_no_other_method() {
    let key = StubKey::es256("ec");
    let service = service_with(&client_with(&inline(&[&key]))).await;
    let grant = ("grant_type", "client_credentials");
    let basic = super::flow::basic("app", "secret");
    token_with(&service, &basic, &[grant])
        .await
        .assert_oauth_error(401, "invalid_client");
    let form = [grant, ("client_id", "app")];
    service
        .anon()
        .post_form("/token", &form)
        .await
        .assert_oauth_error(401, "invalid_client");
    // An assertion without its type, of another type, and a type without an assertion.
    let assertion = signed(&key, &header(&key), &valid(&service, "1"));
    let of = |kind: &str| [("client_assertion_type", kind.to_owned())];
    let saml = of("urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
    let given = ("client_assertion", assertion.clone());
    for fields in [
        vec![given.clone()],
        [&saml[..], std::slice::from_ref(&given)].concat(),
    ] {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, it)| (*name, it.as_str()))
            .collect();
        let form = [&fields[..], &[grant]].concat();
        service
            .anon()
            .post_form("/token", &form)
            .await
            .assert_oauth_error(400, "invalid_request");
    }
    let form = [grant, ("client_assertion_type", TYPE)];
    service
        .anon()
        .post_form("/token", &form)
        .await
        .assert_oauth_error(401, "invalid_client");
}

/// The server of a client's key set.
struct KeyServer(Mutex<Vec<Value>>);

impl StubHandler for KeyServer {
    fn answer(&self, _: &StubRequest) -> Response {
        stub::json(200, &json!({"keys": *self.0.lock().unwrap()}))
    }
}

#[tokio::test]
async fn keys_are_fetched_from_jwks_uri_and_follow_a_rotation() {
    let (old, new) = (StubKey::es256("old"), StubKey::es256("new"));
    let server = Server::start(|_| KeyServer(Mutex::new(vec![old.jwk()])));
    let uri = format!("jwks_uri = 'http://{}/keys'", server.address);
    let service = service_with(&client_with(&uri)).await;
    let by = |key: &StubKey, jti: &str| signed(key, &header(key), &valid(&service, jti));
    assert_eq!(server.request_count("/keys"), 0);
    for jti in ["1", "2"] {
        present(&service, &by(&old, jti)).await.assert_status(200);
    }
    assert_eq!(server.request_count("/keys"), 1);

    *server.who.0.lock().unwrap() = vec![new.jwk()];
    service.clock.advance(TimeDelta::seconds(31));
    present(&service, &by(&new, "3")).await.assert_status(200);
    assert_eq!(server.request_count("/keys"), 2);
    let removed = present(&service, &by(&old, "4")).await;
    removed.assert_oauth_error(401, "invalid_client");
    // Assertions by unknown keys cause no further requests.
    for jti in ["5", "6", "7"] {
        let unknown = present(&service, &by(&StubKey::es256("unknown"), jti)).await;
        unknown.assert_oauth_error(401, "invalid_client");
    }
    assert_eq!(server.request_count("/keys"), 2);

    // The last key set outlives an outage of its server.
    server.stop();
    service.clock.advance(TimeDelta::minutes(6));
    present(&service, &by(&new, "8")).await.assert_status(200);
}

#[tokio::test]
async fn unreachable_jwks_uri_is_no_verdict_about_the_client() {
    let key = StubKey::es256("ec");
    let server = Server::start(|_| KeyServer(Mutex::new(vec![key.jwk()])));
    server.stop();
    let uri = format!("jwks_uri = 'http://{}/keys'", server.address);
    let service = service_with(&client_with(&uri)).await;
    let assertion = signed(&key, &header(&key), &valid(&service, "1"));
    present(&service, &assertion).await.assert_status(503);
    server.restart();
    service.clock.advance(TimeDelta::seconds(31));
    present(&service, &assertion).await.assert_status(200);
}

/// A `jti` belongs to its client.
#[tokio::test]
async fn clients_may_use_the_same_jti() {
    let key = StubKey::es256("ec");
    let table = client_with(&inline(&[&key]));
    let settings = format!("{table}\n{}", table.replace("'app'", "'other'"));
    let service = service_with(&settings).await;
    for client_id in ["app", "other"] {
        let mut claims = valid(&service, "1");
        claims["iss"] = json!(client_id);
        claims["sub"] = json!(client_id);
        let assertion = signed(&key, &header(&key), &claims);
        present(&service, &assertion).await.assert_status(200);
    }
}
