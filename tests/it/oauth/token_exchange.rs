//! Token exchange (RFC 8693), for narrower tokens only.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::flow::{
    ADA, confidential, public_session, refresh, service_with, text, token, unauthenticated,
};
use crate::support::{
    ApiClient, PASSWORD, TestService,
    answer::Answer,
    token::{claims, header},
};

const URN: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const API: &str = "https://api.example.com";
const BILLING: &str = "https://billing.example.com";

/// A service of each audience: `api` exchanges the tokens that apps send, `billing` those of `api`, and so on.
fn clients() -> String {
    let service = |id: &str, audience: &str, next: &str, more: &str| {
        let settings = format!(
            "audience = '{audience}'\nmay_exchange_to = ['{next}']\n{more}\n\
             grants = ['token_exchange', 'client_credentials']"
        );
        confidential(id, &settings)
    };
    let tables = [
        service(
            "api",
            API,
            BILLING,
            "access_lifetime = '3m'\nscopes = ['other']",
        ),
        service("billing", BILLING, "https://c.example.com", ""),
        service("c", "https://c.example.com", "https://d.example.com", ""),
        service("d", "https://d.example.com", "https://e.example.com", ""),
        // May exchange to its own audience.
        service("same", API, API, ""),
    ];
    let app = "
        [[clients]]
        client_id = 'app'
        audience = 'https://api.example.com'
        scopes = ['openid', 'read', 'write']
        id_token_algorithm = 'ES256'
        claims = { tenant = 'acme' }
    ";
    format!("{app}\n{}", tables.concat())
}

async fn service() -> TestService {
    service_with(&clients()).await
}

/// A login at the app.
async fn at_app(service: &TestService) -> ApiClient<'_> {
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "app"});
    let mut ada = service.anon();
    ada.keep(ada.post("/login", body).await.assert_status(200));
    ada
}

async fn exchange(
    service: &TestService,
    client_id: &str,
    subject: &str,
    more: &[(&str, &str)],
) -> Answer {
    let form = [
        ("grant_type", URN),
        ("subject_token", subject),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    token(service, client_id, &[&form[..], more].concat()).await
}

/// The token that an exchange for this audience returns.
async fn exchanged(
    service: &TestService,
    client_id: &str,
    subject: &str,
    audience: &str,
) -> String {
    let answer = exchange(service, client_id, subject, &[("audience", audience)]).await;
    text(&answer.assert_status(200).json(), "access_token").to_owned()
}

#[tokio::test]
async fn service_obtains_a_token_for_another_audience() {
    let service = service().await;
    let ada = at_app(&service).await;
    let subject = ada.access.clone().unwrap();
    let before = claims(&subject);
    assert_eq!(before["tenant"], "acme");
    service.clock.advance(TimeDelta::seconds(10));
    let answer = exchange(&service, "api", &subject, &[("audience", BILLING)]).await;
    let body = answer.assert_status(200).json();
    let access_token = text(&body, "access_token").to_owned();
    let expected = json!({
        "access_token": access_token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer",
        "expires_in": 180, "scope": "read write",
    });
    assert_eq!(body, expected);
    let now = service.clock.now().timestamp();
    let after = claims(&access_token);
    let mut expected = before.clone();
    expected["aud"] = json!(BILLING);
    expected["client_id"] = json!("api");
    expected["iat"] = json!(now);
    expected["exp"] = json!(now + 180);
    expected["jti"] = after["jti"].clone();
    expected["scope"] = json!("read write");
    expected["act"] = json!({"sub": "api"});
    // The claims of the app are for its own audience.
    expected.as_object_mut().unwrap().remove("tenant");
    assert_eq!(after, expected);
    assert_ne!(after["jti"], before["jti"]);
    assert_eq!(header(&access_token)["typ"], "at+jwt");
    // `resource` and the type of JWTs are other spellings.
    let form = [
        ("grant_type", URN),
        ("subject_token", subject.as_str()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("requested_token_type", ACCESS_TOKEN),
        ("resource", BILLING),
    ];
    token(&service, "api", &form).await.assert_status(200);
}

#[tokio::test]
async fn scope_never_widens() {
    let service = service().await;
    let ada = at_app(&service).await;
    let subject = ada.access.clone().unwrap();
    let with = |scope| [("audience", BILLING), ("scope", scope)];
    let narrowed = exchange(&service, "api", &subject, &with("read")).await;
    let narrowed = narrowed.assert_status(200).json();
    assert_eq!(narrowed["scope"], "read");
    // `other` is a scope of the exchanging client, and not one of the subject.
    for scope in ["other", "read other", "admin"] {
        exchange(&service, "api", &subject, &with(scope))
            .await
            .assert_oauth_error(400, "invalid_scope");
    }
    // A login is not passed on: no ID token, no userinfo.
    let openid = exchange(&service, "api", &subject, &with("openid read")).await;
    assert_eq!(openid.assert_status(200).json()["scope"], "read");
    // A second exchange has the scope of the first at most.
    let second = [("audience", "https://c.example.com"), ("scope", "write")];
    let subject = text(&narrowed, "access_token");
    exchange(&service, "billing", subject, &second)
        .await
        .assert_oauth_error(400, "invalid_scope");
    let token = exchanged(&service, "billing", subject, "https://c.example.com").await;
    assert_eq!(claims(&token)["scope"], "read");
}

#[tokio::test]
async fn result_never_outlives_the_subject() {
    let service = service().await;
    let ada = at_app(&service).await;
    let subject = ada.access.clone().unwrap();
    let exp = &claims(&subject)["exp"];
    // The default lifetime of access tokens is five minutes, that of `api` is three.
    service.clock.advance(TimeDelta::minutes(4));
    let first = exchanged(&service, "api", &subject, BILLING).await;
    assert_eq!(claims(&first)["exp"], *exp);
    let second = exchanged(&service, "billing", &first, "https://c.example.com").await;
    assert_eq!(claims(&second)["exp"], *exp);
    // From this second on, without leeway.
    service.clock.advance(TimeDelta::minutes(1));
    for (client_id, subject, audience) in [
        ("api", &subject, BILLING),
        ("billing", &first, "https://c.example.com"),
    ] {
        exchange(&service, client_id, subject, &[("audience", audience)])
            .await
            .assert_oauth_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn chain_has_at_most_three_actors() {
    let service = service().await;
    let ada = at_app(&service).await;
    let mut subject = ada.access.clone().unwrap();
    let mut chain = Value::Null;
    for (client_id, audience) in [
        ("api", BILLING),
        ("billing", "https://c.example.com"),
        ("c", "https://d.example.com"),
    ] {
        subject = exchanged(&service, client_id, &subject, audience).await;
        chain = if chain.is_null() {
            json!({"sub": client_id})
        } else {
            json!({"sub": client_id, "act": chain})
        };
        assert_eq!(claims(&subject)["act"], chain);
    }
    let more = [("audience", "https://e.example.com")];
    exchange(&service, "d", &subject, &more)
        .await
        .assert_oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn audience_is_one_that_the_client_may_exchange_to() {
    let service = service().await;
    let ada = at_app(&service).await;
    let subject = ada.access.clone().unwrap();
    for audience in [
        API,
        "https://c.example.com",
        "https://other.example.com",
        "billing",
    ] {
        exchange(&service, "api", &subject, &[("audience", audience)])
            .await
            .assert_oauth_error(400, "invalid_target");
    }
    // The subject is for another service.
    let more = [("audience", "https://c.example.com")];
    exchange(&service, "billing", &subject, &more)
        .await
        .assert_oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn only_access_tokens_of_users_are_subjects() {
    let service = service().await;
    let ada = at_app(&service).await;
    let subject = ada.access.clone().unwrap();
    let grant = [("grant_type", "client_credentials")];
    let own = token(&service, "same", &grant)
        .await
        .assert_status(200)
        .json();
    let of_spa = public_session(&service, &[("scope", "openid")]).await;
    let (head, signature) = subject.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for subject in [
        ada.refresh.as_deref().unwrap(),
        text(&own, "access_token"),
        text(&of_spa, "id_token"),
        text(&of_spa, "access_token"),
        &forged,
        "a.b.c",
    ] {
        exchange(&service, "api", subject, &[("audience", BILLING)])
            .await
            .assert_oauth_error(400, "invalid_request");
    }
}

#[rstest]
#[case::actor_token(&[("actor_token", "a.b.c"), ("audience", BILLING)])]
#[case::no_audience(&[])]
#[case::audience_and_resource(&[("audience", BILLING), ("resource", BILLING)])]
#[case::refresh_token_as_result(&[
    ("audience", BILLING),
    ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
])]
#[tokio::test]
async fn unsupported_parameter_is_rejected(#[case] more: &[(&str, &str)]) {
    let service = service().await;
    let ada = at_app(&service).await;
    exchange(&service, "api", ada.access.as_deref().unwrap(), more)
        .await
        .assert_oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn type_of_the_subject_is_required_and_known() {
    let service = service().await;
    let ada = at_app(&service).await;
    let form = [
        ("grant_type", URN),
        ("subject_token", ada.access.as_deref().unwrap()),
        ("audience", BILLING),
    ];
    let of_id_tokens = (
        "subject_token_type",
        "urn:ietf:params:oauth:token-type:id_token",
    );
    for form in [&form[..], &[&form[..], &[of_id_tokens]].concat()] {
        token(&service, "api", form)
            .await
            .assert_oauth_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn public_client_exchanges_nothing() {
    let service = service().await;
    let ada = at_app(&service).await;
    let form = [
        ("grant_type", URN),
        ("subject_token", ada.access.as_deref().unwrap()),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", BILLING),
    ];
    unauthenticated(&service, &form)
        .await
        .assert_oauth_error(401, "invalid_client");
    let form = [&form[..], &[("client_id", "app")]].concat();
    unauthenticated(&service, &form)
        .await
        .assert_oauth_error(400, "unauthorized_client");
}

#[tokio::test]
async fn ended_session_obtains_nothing() {
    let service = service().await;
    let ada = at_app(&service).await;
    let subject = ada.access.clone().unwrap();
    ada.set_active(false).await;
    exchange(&service, "api", &subject, &[("audience", BILLING)])
        .await
        .assert_oauth_error(400, "invalid_request");
}

/// Routes about the user need the user's own token: one that a service obtained by an exchange would get a
/// session that outlives it.
#[tokio::test]
async fn exchanged_token_is_no_session() {
    let service = service().await;
    let ada = at_app(&service).await;
    let token = exchanged(&service, "same", ada.access.as_deref().unwrap(), API).await;
    let mut actor = service.anon();
    actor.access = Some(token);
    for path in ["/session", "/me", "/me/accounts", "/userinfo"] {
        actor.get(path).await.assert_problem(401, "invalid_token");
    }
    let accounts = ada.get("/me/accounts").await.json();
    let account = text(&accounts["accounts"][0], "id").to_owned();
    let new = "another long pass phrase";
    for (method, path, body) in [
        ("PATCH", "/me", json!({"name": "Eve"})),
        ("DELETE", "/me", json!({"password": PASSWORD})),
        (
            "DELETE",
            &format!("/me/accounts/{account}"),
            json!({"password": PASSWORD}),
        ),
        (
            "PUT",
            "/password",
            json!({"current_password": PASSWORD, "new_password": new}),
        ),
        (
            "POST",
            "/email",
            json!({"email": "eve@example.com", "password": PASSWORD}),
        ),
        ("POST", "/logout/everywhere", json!({})),
    ] {
        actor
            .send_json(method, path, body)
            .await
            .assert_problem(401, "invalid_token");
    }
    ada.get("/me").await.assert_status(200);
    let form = [
        &refresh(ada.refresh.as_deref().unwrap())[..],
        &[("client_id", "app")],
    ]
    .concat();
    unauthenticated(&service, &form).await.assert_status(200);
}
