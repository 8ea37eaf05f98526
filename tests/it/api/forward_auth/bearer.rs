//! Requests with bearer tokens.

use serde_json::json;
use signet::{
    client::Acr, identity::LoginStep, network::Network, password::PresentedPassword,
    session::SignIn,
};

use super::{ADA, POLICIES, SCRIPT, ask, ask_for, identity};
use crate::support::{Browser, PASSWORD, TestService, browser::ACCESS};

const CLIENTS: &str = "
    [policies.api]
    clients = ['app']

    [[clients]]
    client_id = 'app'
    scopes = ['read']
";

/// A client with credentials, and a policy that lists it.
const SERVER: &str = "
    [policies.listed]
    clients = ['server']

    [[clients]]
    client_id = 'server'
    client_secret_hashes = ['sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0']
";

/// Signs up in a browser, at a service with several clients.
async fn signed_up(service: &TestService) -> Browser<'_> {
    let browser = Browser::new(service);
    let asked = json!({"email": ADA, "client_id": "web"});
    browser.post("/signup", asked).await.assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    browser.keep(
        browser
            .post("/signup/confirm", body)
            .await
            .assert_status(201),
    );
    browser
}

#[tokio::test]
async fn bearer_token_is_admitted_alone_and_by_the_clients_of_the_policy() {
    let service = TestService::with(&format!("{POLICIES}{CLIENTS}")).await;
    let browser = signed_up(&service).await;
    let mut app = service.anon();
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "app"});
    app.keep(app.post("/login", body).await.assert_status(200));
    let bearer = format!("Bearer {}", app.access.clone().unwrap());
    let token = ("authorization", bearer.as_str());
    for policy in ["any", "api"] {
        let answer = ask(&service, policy, &[token]).await;
        answer.assert_status(200);
        assert_eq!(identity(&answer)[0], app.id().to_string());
    }
    // A cookie is of another client than those of the policy, and a cookie's token is no bearer token.
    let answer = ask_for(&service, &browser, "api", &SCRIPT).await;
    answer.assert_problem(401, "missing_token");
    assert!(!answer.headers.contains_key("location"));
    let access = browser.cookie(ACCESS).unwrap();
    let stolen = format!("Bearer {access}");
    let answer = ask(&service, "any", &[("authorization", &stolen)]).await;
    answer.assert_problem(401, "invalid_token");

    let answer = ask_for(&service, &browser, "any", &[token]).await;
    answer.assert_problem(400, "invalid_request");
    // Credentials of another scheme are for the application.
    let answer = ask_for(
        &service,
        &browser,
        "any",
        &[("authorization", "Basic YTpi")],
    )
    .await;
    answer.assert_status(200);
    for bad in ["Bearer", "Bearer x.y.z", "Bearer a b"] {
        let answer = ask(&service, "any", &[("authorization", bad)]).await;
        answer.assert_problem(401, "invalid_token");
    }
}

/// A relying party that receives a token at a login must not act for the user elsewhere.
#[tokio::test]
async fn token_of_a_client_with_credentials_is_admitted_only_if_the_client_is_listed() {
    let service = TestService::with(&format!("{POLICIES}{SERVER}")).await;
    Browser::signed_up(&service, ADA).await;
    let (app, now) = (&service.app, service.clock.now());
    let password = PresentedPassword::parse(PASSWORD).unwrap();
    let email = ADA.parse().unwrap();
    let verified = app
        .passwords
        .verify(&email, password, (Network::UNKNOWN, Acr::OneFactor), now);
    let LoginStep::Done(verified) = verified.await.unwrap().next(true) else {
        panic!("one factor suffices");
    };
    let client = app.config.clients.get("server").unwrap();
    let session = app
        .sessions
        .sign_in_with(&verified, client, SignIn::default(), now);
    let bearer = format!("Bearer {}", session.unwrap().access_token);
    let token = [("authorization", bearer.as_str())];
    ask(&service, "any", &token)
        .await
        .assert_problem(403, "not_allowed");
    ask(&service, "listed", &token).await.assert_status(200);
}
