//! `/session` and `/me`, and bearer authentication.

use rstest_reuse::apply;
use serde_json::json;

use crate::support::{Engine, TestService, both_engines};

#[apply(both_engines)]
#[tokio::test]
async fn me_reads_the_database_and_session_the_token(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    ada.set_active(false).await;
    ada.get("/me").await.assert_problem(401, "invalid_token");
    ada.get("/session").await.assert_status(200);
}

#[tokio::test]
async fn authorization_header_must_hold_one_bearer_token() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let access = ada.access.clone().unwrap();
    let get = async |values: &[&str]| {
        let headers: Vec<_> = values
            .iter()
            .map(|value| ("authorization", *value))
            .collect();
        service.anon().send("GET", "/me", &headers, "").await
    };
    let bearer = format!("Bearer {access}");
    get(&[&bearer]).await.assert_status(200);
    get(&[&format!("bearer {access}")]).await.assert_status(200);

    let missing = get(&[]).await;
    missing.assert_problem(401, "missing_token");
    assert_eq!(
        missing.header("www-authenticate"),
        "Bearer realm=\"signet\""
    );
    for other in [
        "Basic YWRhOng=",
        &access,
        "",
        "Digest x",
        &format!("Token {access}"),
    ] {
        assert_eq!(
            get(&[other]).await.comparable(),
            missing.comparable(),
            "{other}"
        );
    }

    let mut refused = vec![];
    for bad in [
        "Bearer",
        "Bearer ",
        &format!("Bearer \t{access}"),
        &format!("Bearer {access} "),
        &format!("Bearer {access},{access}"),
        &format!("Bearer {access}, Basic x"),
        &format!("Bearer \"{access}\""),
        &format!("Bearer {}", ada.refresh.as_deref().unwrap()),
        &format!(
            "Bearer {}",
            service.mailed_token("ada@example.com").unwrap()
        ),
        &format!("Bearer {}", &access[..access.len() - 1]),
    ] {
        let answer = get(&[bad]).await;
        answer.assert_problem(401, "invalid_token");
        let challenge = "Bearer realm=\"signet\", error=\"invalid_token\"";
        assert_eq!(answer.header("www-authenticate"), challenge);
        refused.push(answer.comparable());
    }
    assert!(refused.iter().all(|answer| *answer == refused[0]));
    // RFC 9110 §11.4: 1*SP.
    get(&[&format!("Bearer  {access}")])
        .await
        .assert_status(200);
    get(&[&format!("Bearer\t{access}")])
        .await
        .assert_status(401);

    let twice = [
        ("authorization", bearer.as_str()),
        ("authorization", bearer.as_str()),
    ];
    for path in ["/me", "/session"] {
        let answer = service.anon().send("GET", path, &twice, "").await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.json()["code"], "invalid_request");
    }
    let by_query = format!("/me?access_token={access}");
    service
        .anon()
        .get(&by_query)
        .await
        .assert_problem(401, "missing_token");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("access_token={access}");
    let by_body = service
        .anon()
        .send("POST", "/logout/everywhere", &form, body)
        .await;
    by_body.assert_problem(401, "missing_token");
}

#[tokio::test]
async fn identity_headers_are_ignored() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let id = ada.id().to_string();
    for name in [
        "x-user",
        "x-forwarded-user",
        "x_forwarded_user",
        "x-auth-request-email",
    ] {
        let answer = service.anon().send("GET", "/me", &[(name, &id)], "").await;
        answer.assert_problem(401, "missing_token");
    }
}

#[tokio::test]
async fn token_for_another_audience_is_rejected() {
    let service =
        TestService::with("[[clients]]\nclient_id = 'web'\naudience = 'https://api.example.com'")
            .await;
    let ada = service.signed_up("ada@example.com").await;
    assert_eq!(ada.claims()["aud"], "https://api.example.com");
    ada.get("/me").await.assert_status(200);

    let (access, database) = (ada.access.clone(), service.database);
    let service = TestService::in_database(database, "[[clients]]\nclient_id = 'web'", None).await;
    let mut ada = service.anon();
    ada.access = access;
    ada.get("/me").await.assert_problem(401, "invalid_token");
    service
        .anon()
        .post("/logout", json!({}))
        .await
        .assert_status(204);
}
