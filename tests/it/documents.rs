//! What strangers depend on, pinned: the key set and both discovery documents.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{House, PASSWORD};

const METADATA: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

#[tokio::test]
async fn both_discovery_documents_say_exactly_what_is_served() {
    let house = House::with("[[clients]]\nclient_id = 'web'\nscopes = 'write read'").await;
    let golden: Value = serde_json::from_str(include_str!("../golden/metadata.json")).unwrap();
    let mut bodies = vec![];
    for path in METADATA {
        let answer = house.anon().get(path).await;
        assert_eq!(answer.assert_status(200).json(), golden);
        bodies.push(answer.body);
    }
    assert_eq!(bodies[0], bodies[1]);

    // Every URL in it answers, and every grant is known.
    for (member, url) in golden.as_object().unwrap() {
        if member.ends_with("_endpoint") || member.ends_with("_uri") {
            let path = url
                .as_str()
                .unwrap()
                .strip_prefix("https://auth.example.com")
                .unwrap();
            assert_ne!(house.anon().get(path).await.status, 404, "{member}");
        }
    }
    for grant in golden["grant_types_supported"].as_array().unwrap() {
        let form = [("grant_type", grant.as_str().unwrap())];
        house
            .anon()
            .post_form("/token", &form)
            .await
            .assert_oauth_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn public_documents_may_be_kept_and_compared() {
    let house = House::new().await;
    let others = ["/.well-known/jwks.json", "/openapi.json"];
    for path in METADATA.into_iter().chain(others) {
        let answer = house.anon().get(path).await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let etag = answer.header("etag").to_owned();
        assert!(
            etag.starts_with('"') && etag.ends_with('"') && etag.len() > 20,
            "{etag}"
        );

        for known in [
            etag.clone(),
            format!("\"x\", {etag}"),
            format!("W/{etag}"),
            "*".to_owned(),
        ] {
            let headers = [("if-none-match", known.as_str())];
            let unchanged = house.anon().send("GET", path, &headers, "").await;
            unchanged.assert_status(304);
            assert_eq!(unchanged.body, b"");
            assert_eq!(unchanged.header("etag"), etag);
            assert_eq!(unchanged.header("cache-control"), "public, max-age=300");
        }
        let headers = [("if-none-match", "\"x\"")];
        house
            .anon()
            .send("GET", path, &headers, "")
            .await
            .assert_status(200);
    }
}

#[tokio::test]
async fn the_key_set_has_the_form_that_every_consumer_reads() {
    let house = House::new().await;
    let answer = house.anon().get("/.well-known/jwks.json").await;
    let jwks = answer.assert_status(200).json();
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let mut key = keys[0].clone();
    for (member, length) in [("kid", 43), ("x", 43), ("y", 43)] {
        assert_eq!(key[member].take().as_str().unwrap().len(), length);
    }
    assert_eq!(
        key,
        json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": null, "x": null, "y": null})
    );
    assert_eq!(jwks.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn each_client_has_its_algorithm_and_the_documents_say_which() {
    let clients = ["RS256", "EdDSA", "ES256"]
        .map(|alg| format!("[[clients]]\nclient_id = '{alg}'\nalgorithm = '{alg}'\n"));
    let house = House::with(&clients.concat()).await;
    let metadata = house.anon().get(METADATA[0]).await.json();
    let advertised = &metadata["id_token_signing_alg_values_supported"];
    assert_eq!(advertised, &json!(["ES256", "EdDSA", "RS256"]));
    house.anon().get("/readyz").await.assert_status(200);

    let jwks = house.anon().get("/.well-known/jwks.json").await.json();
    let keys = jwks["keys"].as_array().unwrap();
    for (key, members) in keys.iter().zip([
        json!({"kty": "EC", "alg": "ES256", "crv": "P-256", "x": 43, "y": 43}),
        json!({"kty": "RSA", "alg": "RS256", "n": 342, "e": "AQAB"}),
        json!({"kty": "OKP", "alg": "EdDSA", "crv": "Ed25519", "x": 43}),
    ]) {
        let mut key = key.clone();
        assert_eq!(key["use"], "sig");
        assert_eq!(key["kid"].as_str().unwrap().len(), 43);
        // Of what is random, the length.
        for (member, expected) in members.as_object().unwrap() {
            if expected.is_number() {
                key[member] = json!(key[member].as_str().unwrap().len());
            }
        }
        let key = key.as_object_mut().unwrap();
        key.retain(|member, _| member != "use" && member != "kid");
        assert_eq!(json!(key), members);
    }
    assert_eq!(keys.len(), 3);

    let mut ada = house.anon();
    let body = json!({"email": "ada@example.com", "client_id": "ES256"});
    ada.post("/signup", body).await.assert_status(202);
    let token = house.mailed_token("ada@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    ada.post("/signup/confirm", body).await.assert_status(201);
    for algorithm in ["ES256", "RS256", "EdDSA"] {
        let body =
            json!({"email": "ada@example.com", "password": PASSWORD, "client_id": algorithm});
        let session = ada.post("/login", body).await;
        session.assert_status(200);
        ada.keep(&session);
        let header = ada.access.as_deref().unwrap().split('.').next().unwrap();
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!(header["alg"], algorithm);
        ada.get("/session").await.assert_status(200);
        ada.get("/me").await.assert_status(200);
    }
}
