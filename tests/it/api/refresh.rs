//! Refresh: repeatable and concurrent, up to the end of the login.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::json;
use signet::identity::Epoch;

use crate::support::{Engine, TestService, both_engines, token::claims};

#[apply(both_engines)]
#[tokio::test]
async fn refresh_works_after_access_expiry_until_logout_everywhere(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up("ada@example.com").await;
    let first = ada.claims();

    service.clock.advance(TimeDelta::hours(1));
    ada.get("/session")
        .await
        .assert_problem(401, "invalid_token");
    ada.refreshed().await;
    let second = ada.claims();
    assert_eq!(second["sid"], first["sid"]);
    assert_eq!(second["auth_time"], first["auth_time"]);
    assert_ne!(second["jti"], first["jti"]);
    ada.get("/session").await.assert_status(200);

    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    let refused = ada.refresh().await;
    refused.assert_problem(401, "invalid_grant");
    assert_eq!(refused.json()["error"], "invalid_grant");
}

#[apply(both_engines)]
#[tokio::test]
async fn fifty_concurrent_refreshes_succeed(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(10));

    let answers = join_all((0..50).map(|_| ada.refresh())).await;
    let mut names = vec![];
    for answer in &answers {
        let session = claims(
            answer.assert_status(200).json()["access_token"]
                .as_str()
                .unwrap(),
        );
        assert_eq!(session["sid"], ada.claims()["sid"]);
        names.push(session["jti"].as_str().unwrap().to_owned());
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 50);
    // The shared token was not consumed and still works.
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn refresh_and_token_endpoints_give_equal_results() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let refresh_token = ada.refresh.clone().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ];
    let by_form = ada.post_form("/token", &form).await;
    let by_json = ada.refresh().await;
    let (mut by_form, mut by_json) = (by_form.assert_status(200).json(), by_json.json());
    for body in [&mut by_form, &mut by_json] {
        assert!(body["access_token"].take().is_string());
        assert!(body["refresh_token"].take().is_string());
    }
    assert_eq!(by_form, by_json);
}

#[tokio::test]
async fn unused_refresh_token_expires_after_thirty_days() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    service
        .clock
        .advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    ada.refresh().await.assert_status(200);
    service.clock.advance(TimeDelta::seconds(1));
    ada.refresh().await.assert_problem(401, "invalid_grant");
}

#[tokio::test]
async fn refreshes_never_outlive_the_login() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    let end = service.clock.now() + TimeDelta::days(90);
    let abs_exp = claims(ada.refresh.as_deref().unwrap())["abs_exp"].clone();
    assert_eq!(abs_exp, end.timestamp());

    for _ in 0..8 {
        service.clock.advance(TimeDelta::days(10));
        let answer = ada.refreshed().await.json();
        let token = claims(answer["refresh_token"].as_str().unwrap());
        assert_eq!(token["abs_exp"], abs_exp);
        assert!(token["exp"].as_i64() <= abs_exp.as_i64());
    }
    service
        .clock
        .advance(TimeDelta::days(10) - TimeDelta::seconds(60));
    let last = ada.refreshed().await.json();
    // Both tokens expire with the login.
    assert_eq!(last["expires_in"], 60);
    assert_eq!(last["refresh_expires_in"], 60);
    service.clock.advance(TimeDelta::seconds(60));
    ada.refresh().await.assert_problem(401, "invalid_grant");
}

#[apply(both_engines)]
#[tokio::test]
async fn refresh_is_rejected_after_disabling_or_an_epoch_change(engine: Engine) {
    let service = TestService::on(engine).await;
    let store = &service.app.store;
    let fresh = || Epoch::fresh(&service.app.entropy).unwrap();
    let ada = service.signed_up("ada@example.com").await;
    let id = ada.id();
    ada.refresh().await.assert_status(200);

    // Also within the same second.
    ada.set_active(false).await;
    let disabled = ada.refresh().await;
    disabled.assert_problem(401, "invalid_grant");
    ada.set_active(true).await;
    let enabled = ada.refresh().await;
    assert_eq!(enabled.comparable(), disabled.comparable());

    let ada = service.anon().logged_in("ada@example.com").await;
    ada.refresh().await.assert_status(200);
    assert!(
        store
            .replace_epoch(id, fresh(), service.clock.now())
            .await
            .unwrap()
    );
    assert_eq!(ada.refresh().await.comparable(), disabled.comparable());
}

#[tokio::test]
async fn failed_refreshes_share_one_response() {
    let service =
        TestService::with("[[clients]]\nclient_id = 'web'\n[[clients]]\nclient_id = 'phone'").await;
    let log_in = json!({"email": "ada@example.com", "client_id": "web"});
    service
        .anon()
        .post("/signup", log_in)
        .await
        .assert_status(202);
    let sealed = service.mailed_token("ada@example.com").unwrap();
    let confirm = json!({"token": sealed, "password": crate::support::PASSWORD});
    let mut ada = service.anon();
    let confirmed = ada.post("/signup/confirm", confirm).await;
    ada.keep(&confirmed);
    let good = ada.refresh.clone().unwrap();
    let access = ada.access.clone().unwrap();
    let stolen =
        |token: &str, client_id: &str| json!({"refresh_token": token, "client_id": client_id});
    ada.post("/refresh", stolen(&good, "web"))
        .await
        .assert_status(200);

    let cut = &good[..good.len() - 2];
    let mut answers = vec![];
    for body in [
        stolen(&good, "phone"),
        stolen(&good, "unknown"),
        stolen(&access, "web"),
        stolen(&sealed, "web"),
        stolen(cut, "web"),
        stolen("", "web"),
        stolen("x.y.z", "web"),
        stolen(&"x".repeat(9_000), "web"),
    ] {
        let form: Vec<(&str, &str)> = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", body["refresh_token"].as_str().unwrap()),
            ("client_id", body["client_id"].as_str().unwrap()),
        ];
        if !form[1].1.is_empty() {
            service
                .anon()
                .post_form("/token", &form)
                .await
                .assert_oauth_error(400, "invalid_grant");
        }
        let answer = service.anon().post("/refresh", body).await;
        answer.assert_problem(401, "invalid_grant");
        answers.push(answer.comparable());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));

    // The token contains its client, so `client_id` is optional.
    let nameless = json!({"refresh_token": good});
    let answer = service.anon().post("/refresh", nameless).await;
    answer.assert_status(200);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", good.as_str()),
    ];
    let answer = service.anon().post_form("/token", &form).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn refresh_narrows_the_scope_of_one_session_only() {
    let service = TestService::with("[[clients]]\nclient_id = 'web'\nscopes = 'read write'").await;
    let ada = service.signed_up("ada@example.com").await;
    let refresh_token = ada.refresh.clone().unwrap();
    let refresh = async |scope: &str| {
        let body = json!({"refresh_token": refresh_token, "scope": scope});
        service.anon().post("/refresh", body).await
    };
    let narrowed = refresh("read").await.assert_status(200).json();
    assert_eq!(narrowed["scope"], "read");
    assert_eq!(
        claims(narrowed["access_token"].as_str().unwrap())["scope"],
        "read"
    );
    assert_eq!(
        claims(narrowed["refresh_token"].as_str().unwrap())["scope"],
        "read write"
    );
    refresh("read admin")
        .await
        .assert_field(400, "invalid_scope", "scope");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh_token),
        ("scope", "admin"),
    ];
    service
        .anon()
        .post_form("/token", &form)
        .await
        .assert_oauth_error(400, "invalid_scope");
}

#[tokio::test]
async fn role_is_read_from_the_database_at_each_mint() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    assert_eq!(ada.claims()["roles"], json!(["user"]));
    let url = service.database.url.clone();
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("UPDATE users SET role = 'admin'")
        .execute(&pool)
        .await
        .unwrap();
    ada.refreshed().await;
    assert_eq!(ada.claims()["roles"], json!(["admin"]));
}

#[tokio::test]
async fn token_endpoint_follows_rfc_6749() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let refresh_token = ada.refresh.clone().unwrap();
    let anon = service.anon();
    let grant = ("grant_type", "refresh_token");
    let token = ("refresh_token", refresh_token.as_str());

    anon.post_form("/token", &[token])
        .await
        .assert_oauth_error(400, "invalid_request");
    anon.post_form("/token", &[grant])
        .await
        .assert_oauth_error(400, "invalid_request");
    let empty = [grant, ("refresh_token", "")];
    anon.post_form("/token", &empty)
        .await
        .assert_oauth_error(400, "invalid_request");
    let twice = [grant, token, token];
    anon.post_form("/token", &twice)
        .await
        .assert_oauth_error(400, "invalid_request");
    let password = [("grant_type", "password"), ("username", "ada@example.com")];
    anon.post_form("/token", &password)
        .await
        .assert_oauth_error(400, "unsupported_grant_type");
    let spaces = [grant, token, ("scope", "a  b")];
    anon.post_form("/token", &spaces)
        .await
        .assert_oauth_error(400, "invalid_scope");
    let unknown = [
        grant,
        token,
        ("audience", "x"),
        ("scope", ""),
        ("client_id", ""),
    ];
    anon.post_form("/token", &unknown).await.assert_status(200);

    let json = anon
        .post("/token", json!({"grant_type": "refresh_token"}))
        .await;
    json.assert_oauth_error(400, "invalid_request");
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let body = format!("grant_type=refresh_token&refresh_token={refresh_token}");
    let basic = async |credentials: &str, body: &str| {
        let authorization = format!("Basic {}", STANDARD.encode(credentials));
        let headers = [
            ("content-type", form),
            ("authorization", authorization.as_str()),
        ];
        let anon = service.anon();
        anon.send("POST", "/token", &headers, body.to_owned()).await
    };
    basic("default:", &body).await.assert_status(200);
    basic("de%66ault:", &body).await.assert_status(200);
    let named = format!("{body}&client_id=default");
    basic("default:", &named).await.assert_status(200);
    let other = format!("{body}&client_id=other");
    for (credentials, body, status, error) in [
        ("default:secret", &body, 401, "invalid_client"),
        ("default", &body, 401, "invalid_client"),
        (":", &body, 401, "invalid_client"),
        ("default::", &body, 401, "invalid_client"),
        ("default:", &other, 400, "invalid_request"),
        ("other:", &body, 400, "invalid_grant"),
    ] {
        let answer = basic(credentials, body).await;
        answer.assert_oauth_error(status, error);
    }
    anon.send("POST", "/token", &[("content-type", form)], body)
        .await
        .assert_status(200);
    let query = format!("/token?grant_type=refresh_token&refresh_token={refresh_token}");
    anon.post_form(&query, &[])
        .await
        .assert_oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn refresh_token_of_a_removed_client_is_rejected() {
    let web = "[[clients]]\nclient_id = 'web'";
    let service = TestService::with(web).await;
    let ada = service.signed_up("ada@example.com").await;
    let (access, refresh) = (ada.access.clone(), ada.refresh.clone());
    let TestService { database, .. } = service;
    let service =
        TestService::in_database(database, "[[clients]]\nclient_id = 'phone'", None).await;
    let mut ada = service.anon();
    (ada.access, ada.refresh) = (access, refresh);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    ada.get("/session")
        .await
        .assert_problem(401, "invalid_token");
}

#[tokio::test]
async fn sign_up_after_deletion_creates_a_different_user() {
    let service = TestService::new().await;
    let before = service.signed_up("ada@example.com").await;
    let pool = sqlx::SqlitePool::connect(&service.database.url)
        .await
        .unwrap();
    sqlx::query("DELETE FROM users")
        .execute(&pool)
        .await
        .unwrap();
    before.refresh().await.assert_problem(401, "invalid_grant");
    before.get("/me").await.assert_problem(401, "invalid_token");

    let after = service.signed_up("ada@example.com").await;
    assert_ne!(after.claims()["sub"], before.claims()["sub"]);
    before.refresh().await.assert_problem(401, "invalid_grant");
    before.get("/me").await.assert_problem(401, "invalid_token");
}
