//! The public documents: the key set and both discovery documents.

use axum::http::Uri;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestService, token::header};

const METADATA: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// The public documents.
fn public() -> impl Iterator<Item = &'static str> {
    let others = ["/.well-known/jwks.json", "/openapi.json"];
    METADATA.into_iter().chain(others)
}

/// The discovery documents match the golden files, and their URLs exist.
async fn assert_metadata(service: &TestService, paths: &[&str], golden: &str) {
    let golden: Value = serde_json::from_str(golden).unwrap();
    let mut bodies = vec![];
    for path in paths {
        let answer = service.anon().get(path).await;
        assert_eq!(answer.assert_status(200).json(), golden);
        bodies.push(answer.body);
    }
    assert!(bodies.windows(2).all(|two| two[0] == two[1]));

    // Every URL in the document is served, and every grant type is supported.
    let issuer: Uri = golden["issuer"].as_str().unwrap().parse().unwrap();
    let origin = format!("https://{}", issuer.host().unwrap());
    for (member, url) in golden.as_object().unwrap() {
        if member.ends_with("_endpoint") || member.ends_with("_uri") {
            let path = url.as_str().unwrap().strip_prefix(&origin).unwrap();
            assert_ne!(service.anon().get(path).await.status, 404, "{member}");
        }
    }
    let token_endpoint = golden["token_endpoint"].as_str().unwrap();
    for grant in golden["grant_types_supported"].as_array().unwrap() {
        let form = [("grant_type", grant.as_str().unwrap())];
        let path = token_endpoint.strip_prefix(&origin).unwrap();
        let answer = service.anon().post_form(path, &form).await;
        answer.assert_oauth_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn discovery_documents_match_the_golden_files() {
    let service = TestService::with("[[clients]]\nclient_id = 'web'\nscopes = 'write read'").await;
    let golden = include_str!("../../golden/metadata.json");
    assert_metadata(&service, &METADATA, golden).await;
}

#[tokio::test]
async fn issuer_with_a_path_serves_documents_at_both_locations() {
    let clients = ["RS256", "EdDSA", "ES256"]
        .map(|alg| format!("[[clients]]\nclient_id = '{alg}'\nalgorithm = '{alg}'\n"));
    let issuer = "issuer = 'https://example.com/auth/v1'\n";
    let service = TestService::with(&format!("{issuer}{}", clients.concat())).await;
    let paths = METADATA.map(|path| [format!("/auth/v1{path}"), format!("{path}/auth/v1")]);
    let paths: Vec<_> = paths.iter().flatten().map(String::as_str).collect();
    let golden = include_str!("../../golden/metadata.path.json");
    assert_metadata(&service, &paths, golden).await;
}

/// No redirect and no login, for any `Accept` header.
#[tokio::test]
async fn public_documents_need_no_authentication_and_never_redirect() {
    let service = TestService::new().await;
    for path in public() {
        let anon = service.anon();
        let plain = anon.get(path).await;
        let mut expected = plain.assert_status(200).comparable();
        for (name, value) in [
            ("accept", "text/html"),
            ("accept", "application/jwk-set+json"),
            ("accept-encoding", "br, gzip"),
            ("authorization", "Bearer x.y.z"),
            ("authorization", "Basic !"),
            ("cookie", "__Host-signet-access=x; __Host-signet-access=y"),
            ("origin", "null"),
            ("if-none-match", "nonsense"),
            ("if-modified-since", "Sat, 01 Jan 2050 00:00:00 GMT"),
            ("range", "bytes=0-1"),
        ] {
            let answer = anon.send("GET", path, &[(name, value)], "").await;
            assert_eq!(answer.comparable(), expected, "{path}: {name}: {value}");
        }
        assert_eq!(plain.header("location"), "");
        anon.send("POST", path, &[], "").await.assert_status(405);

        // HEAD returns the headers of GET.
        let head = anon.send("HEAD", path, &[], "").await;
        assert_eq!(head.header("content-length"), plain.body.len().to_string());
        expected.1.retain(|(name, _)| name != "content-length");
        let (status, mut headers, body) = head.comparable();
        headers.retain(|(name, _)| name != "content-length");
        assert_eq!((status, headers), (expected.0, expected.1));
        assert_eq!(body, "");
    }
}

/// AWS ALB accepts URLs of up to 256 characters.
#[tokio::test]
async fn longest_issuer_keeps_urls_within_256_characters() {
    let issuer = format!(
        "https://{}.example",
        ["i".repeat(61), "j".repeat(61), "k".repeat(60)].join(".")
    );
    assert_eq!(issuer.len(), 200);
    let service = TestService::with(&format!("issuer = '{issuer}'")).await;
    let metadata = service.anon().get(METADATA[0]).await.json();
    let urls = metadata
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_str);
    let urls: Vec<_> = urls.filter(|it| it.starts_with("https:")).collect();
    assert_eq!(urls.len(), 5);
    assert!(urls.iter().all(|url| url.len() <= 256), "{urls:?}");
}

#[tokio::test]
async fn public_documents_are_cacheable_and_have_etags() {
    let service = TestService::new().await;
    let kept_and_shared = [
        ("cache-control", "public, max-age=300"),
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "etag"),
    ];
    for path in public() {
        let answer = service.anon().get(path).await;
        assert_eq!(answer.header("content-type"), "application/json");
        for (name, value) in kept_and_shared {
            assert_eq!(answer.header(name), value);
        }
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
            let unchanged = service.anon().send("GET", path, &headers, "").await;
            unchanged.assert_status(304);
            assert_eq!(unchanged.body, b"");
            assert_eq!(unchanged.header("etag"), etag);
            for (name, value) in kept_and_shared {
                assert_eq!(unchanged.header(name), value);
            }
        }
        let headers = [("if-none-match", "\"x\"")];
        service
            .anon()
            .send("GET", path, &headers, "")
            .await
            .assert_status(200);
    }
}

#[tokio::test]
async fn key_set_has_the_required_members() {
    let service = TestService::new().await;
    let answer = service.anon().get("/.well-known/jwks.json").await;
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
async fn discovery_documents_list_the_algorithm_of_each_client() {
    let clients = ["RS256", "EdDSA", "ES256"]
        .map(|alg| format!("[[clients]]\nclient_id = '{alg}'\nalgorithm = '{alg}'\n"));
    let service = TestService::with(&clients.concat()).await;
    let metadata = service.anon().get(METADATA[0]).await.json();
    let advertised = &metadata["id_token_signing_alg_values_supported"];
    assert_eq!(advertised, &json!(["ES256", "EdDSA", "RS256"]));
    service.anon().get("/readyz").await.assert_status(200);

    let jwks = service.anon().get("/.well-known/jwks.json").await.json();
    let keys = jwks["keys"].as_array().unwrap();
    for (key, members) in keys.iter().zip([
        json!({"kty": "EC", "alg": "ES256", "crv": "P-256", "x": 43, "y": 43}),
        json!({"kty": "RSA", "alg": "RS256", "n": 342, "e": "AQAB"}),
        json!({"kty": "OKP", "alg": "EdDSA", "crv": "Ed25519", "x": 43}),
    ]) {
        let mut key = key.clone();
        assert_eq!(key["use"], "sig");
        assert_eq!(key["kid"].as_str().unwrap().len(), 43);
        // The length of a random value.
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

    let mut ada = service.anon();
    let body = json!({"email": "ada@example.com", "client_id": "ES256"});
    ada.post("/signup", body).await.assert_status(202);
    let token = service.mailed_token("ada@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    ada.post("/signup/confirm", body).await.assert_status(201);
    for algorithm in ["ES256", "RS256", "EdDSA"] {
        let body =
            json!({"email": "ada@example.com", "password": PASSWORD, "client_id": algorithm});
        let session = ada.post("/login", body).await;
        session.assert_status(200);
        ada.keep(&session);
        let header = header(ada.access.as_deref().unwrap());
        assert_eq!(header["alg"], algorithm);
        ada.get("/session").await.assert_status(200);
        ada.get("/me").await.assert_status(200);
    }
}
