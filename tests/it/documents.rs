//! What strangers depend on, pinned: the key set and both discovery documents.

use serde_json::{Value, json};

use crate::support::House;

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
    for path in METADATA.into_iter().chain(["/.well-known/jwks.json"]) {
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
