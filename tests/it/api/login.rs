//! Login by password: one response for every cause of failure, with equal work.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;
use signet::{
    identity::{StoredVerifier, User, UserId},
    store::NewUser,
};

use crate::support::{
    Engine, PASSWORD, TestDatabase, TestService, both_engines, hash_cost,
    token::{claims, header},
};

#[apply(both_engines)]
#[tokio::test]
async fn login_by_password_creates_a_session(engine: Engine) {
    let service = TestService::on(engine).await;
    let signed_up = service.signed_up("ada@example.com").await;
    service.clock.advance(TimeDelta::hours(1));
    let ada = service.anon().logged_in("ADA@example.com").await;

    let claims = ada.claims();
    let now = service.clock.now().timestamp();
    assert_eq!(claims["iss"], "https://auth.example.com");
    assert_eq!(claims["aud"], "https://auth.example.com");
    assert_eq!(claims["sub"], signed_up.claims()["sub"]);
    assert_eq!(claims["client_id"], "default");
    assert_eq!(claims["roles"], json!(["user"]));
    assert_eq!(claims["acr"], "1fa");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims["auth_time"], now);
    assert_eq!(claims["iat"], now);
    assert_eq!(claims["exp"], now + 300);
    assert_eq!(ada.get("/session").await.assert_status(200).json(), claims);
}

/// RFC 9068 §2.2, on every route that mints tokens.
#[tokio::test]
async fn tokens_have_the_same_claims_on_every_route() {
    let service = TestService::new().await;
    let ada = service.anon();
    let confirmed = ada.sign_up("ada@example.com", PASSWORD).await;
    let login = ada.log_in("ada@example.com", PASSWORD).await;
    let refresh_token = login.json()["refresh_token"].as_str().unwrap().to_owned();
    let refreshed = ada
        .post("/refresh", json!({"refresh_token": refresh_token}))
        .await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ];
    let by_form = ada.post_form("/token", &form).await;

    for answer in [confirmed, login, refreshed, by_form] {
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        let part = |token: &str, n: usize| {
            let token = body[token].as_str().unwrap();
            [header(token), claims(token)][n]
                .as_object()
                .unwrap()
                .clone()
        };
        let names = |token: &str, n: usize| {
            let mut names: Vec<_> = part(token, n).keys().cloned().collect();
            names.sort_unstable();
            names.join(" ")
        };
        assert_eq!(names("access_token", 0), "alg kid typ");
        assert_eq!(names("refresh_token", 0), "alg kid typ");
        assert_eq!(part("access_token", 0)["typ"], "at+jwt");
        assert_eq!(part("refresh_token", 0)["typ"], "rt+jwt");
        assert_eq!(
            names("access_token", 1),
            "acr amr aud auth_time client_id epoch exp iat iss jti roles sid sub"
        );
        assert_eq!(
            names("refresh_token", 1),
            "abs_exp acr amr aud auth_time client_id epoch exp iat iss jti sid sub"
        );
        // A version 7 UUID.
        assert_eq!(
            part("access_token", 1)["sub"].as_str().unwrap().as_bytes()[14],
            b'7'
        );
        assert_eq!(
            part("refresh_token", 1)["aud"],
            "https://auth.example.com/refresh"
        );
    }
}

#[tokio::test]
async fn every_login_has_a_fresh_sid() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let sid = ada.claims()["sid"].clone();
    let again = ada.logged_in("ada@example.com").await;
    assert_ne!(again.claims()["sid"], sid);
}

/// A disabled user, a user without a password, an unknown email, and a wrong password.
#[tokio::test]
async fn failed_logins_share_one_response_one_read_and_one_hash() {
    let service = TestService::new().await;
    let store = &service.app.store;
    service.signed_up("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;
    let now = service.clock.now();
    let entropy = &service.app.entropy;
    bob.set_active(false).await;
    // A verifier that no password matches, as for a user without a usable password.
    let id = UserId::new(now, entropy).unwrap();
    let eve = User::new(id, "eve@example.com".parse().unwrap(), None, now, entropy).unwrap();
    let unusable = StoredVerifier::new("!".to_owned());
    store
        .create_user(&NewUser::with_password(eve, unusable, now, entropy).unwrap())
        .await
        .unwrap();

    let mut answers = vec![];
    for (email, password) in [
        ("ada@example.com", "not her password"),
        ("bob@example.com", PASSWORD),
        ("bob@example.com", "not his password"),
        ("eve@example.com", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("nobody@example.com", "x"),
    ] {
        let hashed = service.app.hasher.performed();
        let answer = service.anon().log_in(email, password).await;
        answer.assert_problem(401, "invalid_credentials");
        assert_eq!(answer.json()["error"], "access_denied");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"signet\"");
        assert_eq!(service.app.hasher.performed(), hashed + 1, "{email}");
        answers.push(answer.comparable());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn password_is_normalized_before_comparison() {
    let service = TestService::new().await;
    let composed = "caf\u{e9} at the corner of it";
    service
        .anon()
        .sign_up("ada@example.com", composed)
        .await
        .assert_status(201);
    let log_in = async |password: &str| {
        service
            .anon()
            .log_in("ada@example.com", password)
            .await
            .status
    };
    assert_eq!(log_in(composed).await, 200);
    assert_eq!(log_in("cafe\u{301} at the corner of it").await, 200);
    assert_eq!(log_in("Caf\u{e9} at the corner of it").await, 401);
    assert_eq!(log_in(" caf\u{e9} at the corner of it").await, 401);
    assert_eq!(log_in("caf\u{e9} at the corner of it\0").await, 401);
}

#[tokio::test]
async fn long_passwords_are_compared_in_full() {
    let service = TestService::new().await;
    let keys = "\u{1f511}\u{1f40e}\u{1f50b}\u{1f4ce}\u{1f511}\u{1f511}\u{1f40e}".repeat(10);
    let long: String = keys.chars().take(64).collect::<String>() + "!";
    service
        .anon()
        .sign_up("ada@example.com", &long)
        .await
        .assert_status(201);
    service
        .anon()
        .log_in("ada@example.com", &long)
        .await
        .assert_status(200);
    let other = long.replace('!', "?");
    service
        .anon()
        .log_in("ada@example.com", &other)
        .await
        .assert_status(401);

    let longest = "x y".repeat(341) + "z";
    service
        .anon()
        .sign_up("bob@example.com", &longest)
        .await
        .assert_status(201);
    let hashed = service.app.hasher.performed();
    let too_long = service
        .anon()
        .log_in("bob@example.com", &(longest + "z"))
        .await;
    too_long.assert_field(422, "invalid_field", "password");
    assert_eq!(service.app.hasher.performed(), hashed);
}

#[tokio::test]
async fn login_narrows_but_never_widens_the_scope() {
    let service = TestService::with(
        "[[clients]]\nclient_id = 'web'\nscopes = ['read', 'write']\n\
         [[clients]]\nclient_id = 'phone'",
    )
    .await;
    let sign_up = json!({"email": "ada@example.com", "client_id": "web"});
    service
        .anon()
        .post("/signup", sign_up)
        .await
        .assert_status(202);
    let token = service.mailed_token("ada@example.com").unwrap();
    let confirm = json!({"token": token, "password": PASSWORD});
    let confirmed = service.anon().post("/signup/confirm", confirm).await;
    assert_eq!(confirmed.assert_status(201).json()["scope"], "read write");

    let log_in = async |client_id: &str, scope: &str| {
        let mut body = json!({"email": "ada@example.com", "password": PASSWORD});
        body["client_id"] = json!(client_id);
        body["scope"] = json!(scope);
        service.anon().post("/login", body).await
    };
    let narrowed = log_in("web", "read").await;
    assert_eq!(narrowed.assert_status(200).json()["scope"], "read");
    let refreshable = log_in("web", "offline_access read").await;
    assert_eq!(refreshable.assert_status(200).json()["scope"], "read");
    let all = log_in("web", "offline_access").await;
    assert_eq!(all.assert_status(200).json()["scope"], "read write");
    log_in("web", "read admin")
        .await
        .assert_field(400, "invalid_scope", "scope");
    log_in("phone", "read")
        .await
        .assert_field(400, "invalid_scope", "scope");
    log_in("web", "read  write")
        .await
        .assert_field(422, "invalid_field", "scope");
    log_in("evil", "read")
        .await
        .assert_field(400, "unknown_client", "client_id");
    service
        .anon()
        .log_in("ada@example.com", PASSWORD)
        .await
        .assert_field(400, "client_id_required", "client_id");
}

#[apply(both_engines)]
#[tokio::test]
async fn login_rehashes_after_the_hash_cost_rises(engine: Engine) {
    let database = TestDatabase::on(engine).await;
    let old = hash_cost(8, 1);
    let service = TestService::in_database(database, "", Some(old)).await;
    service.signed_up("ada@example.com").await;
    let email = "ada@example.com".parse().unwrap();
    let stored = async |service: &TestService| {
        let found = service
            .app
            .store
            .user_with_password(&email)
            .await
            .unwrap()
            .unwrap();
        found.verifier.unwrap().expose().to_owned()
    };
    assert!(
        stored(&service)
            .await
            .starts_with("$argon2id$v=19$m=8,t=1,p=1$")
    );

    let TestService { database, .. } = service;
    let new = hash_cost(16, 2);
    let service = TestService::in_database(database, "", Some(new)).await;
    service
        .anon()
        .log_in("ada@example.com", "not her password")
        .await
        .assert_status(401);
    assert!(stored(&service).await.contains("m=8,t=1"));
    service.anon().logged_in("ada@example.com").await;
    assert!(
        stored(&service)
            .await
            .starts_with("$argon2id$v=19$m=16,t=2,p=1$")
    );
    // The earlier session continues, because the password is unchanged.
    let before = stored(&service).await;
    service.anon().logged_in("ada@example.com").await;
    assert_eq!(stored(&service).await, before);
}

#[tokio::test]
async fn full_hash_queue_returns_503() {
    let settings = "password.workers = 1\npassword.queue = 1";
    let slow = hash_cost(64 * 1024, 4);
    let database = TestDatabase::on(Engine::Sqlite).await;
    let service = TestService::in_database(database, settings, Some(slow)).await;
    let anon = service.anon();
    let answers =
        futures_util::future::join_all((0..6).map(|_| anon.log_in("nobody@example.com", PASSWORD)))
            .await;
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 503)
        .collect();
    assert!(!refused.is_empty());
    for answer in refused {
        answer.assert_problem(503, "overloaded");
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
    }
    assert!(answers.iter().any(|answer| answer.status == 401));
    anon.log_in("nobody@example.com", PASSWORD)
        .await
        .assert_status(401);
}

/// With one thread and one connection, a login that held either while hashing would block
/// everybody.
#[tokio::test]
async fn other_requests_are_served_during_a_password_check() {
    let slow = hash_cost(64 * 1024, 8);
    let service = TestService::new().await;
    let refresh_token = service.signed_up("ada@example.com").await.refresh;
    let settings = "database.connections = 1";
    let service = TestService::in_database(service.database, settings, Some(slow)).await;
    let mut tab = service.anon();
    tab.refresh = refresh_token;

    let anon = service.anon();
    let login = std::pin::pin!(anon.log_in("nobody@example.com", PASSWORD));
    let refresh = std::pin::pin!(tab.refresh());
    let first = futures_util::future::select(login, refresh).await;
    assert!(
        matches!(first, futures_util::future::Either::Right(_)),
        "login came first"
    );
}
