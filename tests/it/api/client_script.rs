//! `/client.js`: the headers of the module, of its types and of its versions.

use crate::support::TestService;

#[tokio::test]
async fn every_page_may_load_the_module_and_its_types() {
    let issuer = "issuer = 'https://example.com/auth/v1'\n";
    let service = TestService::with(issuer).await;
    let anon = service.anon();
    for (path, media_type) in [
        ("/auth/v1/client.js", "text/javascript; charset=utf-8"),
        (
            "/auth/v1/client.d.ts",
            "application/typescript; charset=utf-8",
        ),
    ] {
        let headers = [("origin", "https://anywhere.example")];
        let answer = anon.send("GET", path, &headers, "").await;
        answer.assert_status(200);
        assert!(answer.text().contains("createClient"), "{path}");
        assert_eq!(answer.header("content-type"), media_type);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        let current = [("if-none-match", answer.header("etag"))];
        anon.send("GET", path, &current, "")
            .await
            .assert_status(304);
    }
    let module = anon.get("/auth/v1/client.js").await;
    assert_eq!(module.header("x-typescript-types"), "/auth/v1/client.d.ts");
}

#[tokio::test]
async fn version_of_the_module_is_kept_for_a_year() {
    let service = TestService::new().await;
    let module = service.anon().get("/client.js").await;
    let version = module.header("content-location");
    assert!(
        version.starts_with("/client/") && version.len() == 54,
        "{version}"
    );
    let answer = service.anon().get(version).await;
    assert_eq!(answer.assert_status(200).body, module.body);
    let immutable = "public, max-age=31536000, immutable";
    assert_eq!(answer.header("cache-control"), immutable);
    assert_eq!(answer.header("access-control-allow-origin"), "*");

    // A script of another version is never answered as this one, and its absence is not kept.
    for other in ["/client/x.js", "/client/%ff", "/client/"] {
        let answer = service.anon().get(other).await;
        answer.assert_problem(404, "not_found");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}
