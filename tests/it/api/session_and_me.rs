//! `/session` and `/me`, and the ways of presenting a token.

use rstest::rstest;
use serde_json::json;

use crate::support::{Engine, House};

#[rstest]
#[tokio::test]
async fn the_record_is_asked_of_the_row_and_the_session_of_the_token(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    ada.set_active(false).await;
    ada.get("/me").await.assert_problem(401, "invalid_token");
    ada.get("/session").await.assert_status(200);
}

#[tokio::test]
async fn a_token_is_presented_in_one_way() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let access = ada.access.clone().unwrap();
    let get = async |values: &[&str]| {
        let headers: Vec<_> = values
            .iter()
            .map(|value| ("authorization", *value))
            .collect();
        house.anon().send("GET", "/me", &headers, "").await
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
        &format!("Bearer {}", house.mailed_token("ada@example.com").unwrap()),
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
        let answer = house.anon().send("GET", path, &twice, "").await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.json()["code"], "invalid_request");
    }
    let by_query = format!("/me?access_token={access}");
    house
        .anon()
        .get(&by_query)
        .await
        .assert_problem(401, "missing_token");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("access_token={access}");
    let by_body = house
        .anon()
        .send("POST", "/logout/everywhere", &form, body)
        .await;
    by_body.assert_problem(401, "missing_token");
}

#[tokio::test]
async fn headers_that_name_a_person_mean_nothing() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let id = ada.id().to_string();
    for name in [
        "x-user",
        "x-forwarded-user",
        "x_forwarded_user",
        "x-auth-request-email",
    ] {
        let answer = house.anon().send("GET", "/me", &[(name, &id)], "").await;
        answer.assert_problem(401, "missing_token");
    }
}

#[tokio::test]
async fn another_audience_is_not_ours() {
    let house =
        House::with("[[clients]]\nclient_id = 'web'\naudience = 'https://api.example.com'").await;
    let ada = house.signed_up("ada@example.com").await;
    assert_eq!(ada.claims()["aud"], "https://api.example.com");
    ada.get("/me").await.assert_status(200);

    let (access, database) = (ada.access.clone(), house.database);
    let house = House::in_database(database, "[[clients]]\nclient_id = 'web'", None).await;
    let mut ada = house.anon();
    ada.access = access;
    ada.get("/me").await.assert_problem(401, "invalid_token");
    house
        .anon()
        .post("/logout", json!({}))
        .await
        .assert_status(204);
}
