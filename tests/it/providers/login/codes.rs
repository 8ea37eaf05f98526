//! Authorization codes: binding, lifetime and single use (RFC 6749 §4.1.2, RFC 7636 §4.6).

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{Engine, OpenIdStub, Person, ProviderSetup, TestService, WEB};
use crate::support::{
    Browser,
    answer::Answer,
    both_engines,
    openid::s256,
    stub::{one, pairs},
    token::claims,
    upstream::{LOOPBACK, StubProvider},
};

/// Two clients, one of them with a variable loopback port.
const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    scopes = ['read', 'write']
    redirect_uris = ['https://app.example.com/back', 'http://127.0.0.1/back']

    [[clients]]
    client_id = 'other'
    redirect_uris = ['https://app.example.com/back']
";
const BACK: &str = "https://app.example.com/back";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-mor";

/// Replaces fields of a valid form; an empty value removes the field.
type Fields<'a> = &'a [(&'a str, &'a str)];

async fn service_of(engine: Engine, stub: &OpenIdStub) -> TestService {
    let trusted: ProviderSetup<'_> = ("stub", stub, "trusts_addresses = true");
    TestService::with_providers(engine, &[trusted], CLIENTS).await
}

async fn service_with_stub(stub: &OpenIdStub) -> TestService {
    service_of(Engine::Sqlite, stub).await
}

fn form(fields: Fields<'_>, changes: Fields<'_>) -> Vec<(String, String)> {
    let others = |name: &str| changes.iter().all(|(changed, _)| *changed != name);
    let kept = fields.iter().filter(|(name, _)| others(name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// An authorization request.
fn asking(changes: Fields<'_>) -> String {
    let challenge = s256(VERIFIER);
    let fields = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", BACK),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("provider", "stub"),
        ("state", "the state"),
    ];
    let mut url = url::Url::parse(&format!("{LOOPBACK}/authorize")).unwrap();
    url.query_pairs_mut().extend_pairs(form(&fields, changes));
    url.into()
}

/// The final response to an authorization request.
async fn answered(service: &TestService, stub: &OpenIdStub, changes: Fields<'_>) -> Answer {
    let browser = Browser::new(service);
    let answer = browser.visit(&asking(changes)).await;
    let location = answer.assert_status(303).header("location");
    if !location.starts_with(stub.issuer()) {
        return answer;
    }
    browser.open_callback(&stub.authorize(location)).await
}

fn parameters(answer: &Answer) -> Vec<(String, String)> {
    let (_, query) = answer.header("location").split_once('?').unwrap();
    pairs(query.as_bytes())
}

async fn code(service: &TestService, stub: &OpenIdStub, changes: Fields<'_>) -> String {
    let answer = answered(service, stub, changes).await;
    one(&parameters(&answer), "code")
        .expect("a code")
        .to_owned()
}

async fn redeem(service: &TestService, code: &str, changes: Fields<'_>) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let form = form(&fields, changes);
    let form: Vec<_> = form.iter().map(|(it, value)| (&**it, &**value)).collect();
    service.anon().post_form("/token", &form).await
}

/// The code contains its client, so `client_id` is optional.
#[tokio::test]
async fn code_exchange_needs_no_client_id() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let code = code(&service, &stub, &[]).await;
    let session = redeem(&service, &code, &[("client_id", "")]).await;
    let access = session.assert_status(200).json();
    let access = claims(access["access_token"].as_str().unwrap());
    assert_eq!(access["client_id"], "app");
}

/// Errors of the request are specific; errors of the code share one response. Neither uses up the
/// code.
#[rstest]
#[case::another_client(&[("client_id", "other")], "invalid_grant")]
#[case::nobody(&[("client_id", "nobody")], "invalid_client")]
#[case::another_uri(&[("redirect_uri", "http://127.0.0.1/back")], "invalid_grant")]
#[case::a_stranger_s_uri(&[("redirect_uri", "https://evil.example.com/")], "invalid_grant")]
#[case::spelt_otherwise(&[("redirect_uri", "https://app.example.com/back/")], "invalid_grant")]
#[case::no_uri(&[("redirect_uri", "")], "invalid_request")]
#[case::no_verifier(&[("code_verifier", "")], "invalid_request")]
#[case::another_verifier(&[("code_verifier", "b-verifier-of-forty-three-characters-or-mor")], "invalid_grant")]
#[case::a_part_of_it(&[("code_verifier", "a-verifier-of-forty-three-characters-or-mo")], "invalid_grant")]
#[case::short(&[("code_verifier", "a")], "invalid_grant")]
#[case::no_code(&[("code", "")], "invalid_request")]
#[case::another_code(&[("code", "m20260101T000000Z.AAAA")], "invalid_grant")]
#[case::another_grant(&[("grant_type", "password")], "unsupported_grant_type")]
#[case::no_grant(&[("grant_type", "")], "invalid_request")]
#[tokio::test]
async fn code_is_bound_to_client_redirect_uri_and_verifier(
    #[case] changes: Fields<'_>,
    #[case] error: &str,
) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let code = code(&service, &stub, &[]).await;
    let refused = redeem(&service, &code, changes).await;
    refused.assert_oauth_error(400, error);
    redeem(&service, &code, &[]).await.assert_status(200);
}

/// The challenge is the hash of the verifier.
#[tokio::test]
async fn challenge_is_rejected_as_verifier() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let code = code(&service, &stub, &[]).await;
    let challenge = s256(VERIFIER);
    let refused = redeem(&service, &code, &[("code_verifier", &challenge)]).await;
    refused.assert_oauth_error(400, "invalid_grant");
}

/// RFC 8252 §7.3: any port at the authorization endpoint, and the same port at the token endpoint.
#[tokio::test]
async fn code_is_bound_to_the_loopback_port() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let at = |uri| [("redirect_uri", uri)];
    let sent_to = "http://127.0.0.1:51004/back";
    let code = code(&service, &stub, &at(sent_to)).await;
    for other in [
        "http://127.0.0.1/back",
        "http://127.0.0.1:51005/back",
        "http://[::1]:51004/back",
        "http://localhost:51004/back",
        "http://127.0.0.1:51004/back?x",
    ] {
        let refused = redeem(&service, &code, &at(other)).await;
        refused.assert_oauth_error(400, "invalid_grant");
    }
    redeem(&service, &code, &at(sent_to))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn code_expires_after_thirty_seconds() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    for (age, status) in [(29, 200), (30, 400), (3600, 400)] {
        let code = code(&service, &stub, &[]).await;
        service.clock.advance(TimeDelta::seconds(age));
        redeem(&service, &code, &[]).await.assert_status(status);
    }
}

/// A valid code or `state` that seems to come from the future is rejected temporarily.
#[tokio::test]
async fn code_and_state_from_the_future_return_503_and_stay_valid() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let code = code(&service, &stub, &[]).await;
    service.clock.advance(TimeDelta::seconds(-31));
    let refused = redeem(&service, &code, &[]).await;
    refused.assert_oauth_error(503, "temporarily_unavailable");
    service.clock.advance(TimeDelta::seconds(31));
    redeem(&service, &code, &[]).await.assert_status(200);

    let browser = Browser::new(&service);
    let answer = browser.visit(&asking(&[])).await;
    let callback = stub.authorize(answer.assert_status(303).header("location"));
    service.clock.advance(TimeDelta::seconds(-31));
    let refused = browser.open_callback(&callback).await;
    refused.assert_status(503);
    assert_eq!(refused.set_cookies(), Vec::<&str>::new());
    service.clock.advance(TimeDelta::seconds(31));
    let answer = browser.open_callback(&callback).await;
    answer.assert_status(303);
    assert!(one(&parameters(&answer), "code").is_some());
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_ten_concurrent_exchanges_succeeds(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = service_of(engine, &stub).await;
    let code = code(&service, &stub, &[]).await;
    let tries = (0..10).map(|_| redeem(&service, &code, &[]));
    let answers = futures_util::future::join_all(tries).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [&[200][..], &[400; 9]].concat());
    let refused = answers.iter().filter(|answer| answer.status == 400);
    for refused in refused {
        refused.assert_oauth_error(400, "invalid_grant");
    }
}

/// The documented limit: within thirty seconds, a code works once at each node.
#[tokio::test]
async fn code_works_once_at_each_node() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let second =
        TestService::with_providers_in(service.database.share(), &[trusted], CLIENTS).await;
    let code = code(&service, &stub, &[]).await;
    for node in [&service, &second] {
        redeem(node, &code, &[]).await.assert_status(200);
        let again = redeem(node, &code, &[]).await;
        again.assert_oauth_error(400, "invalid_grant");
    }
    // An eavesdropper without the verifier gets nothing at either node.
    let code = self::code(&service, &stub, &[]).await;
    redeem(&service, &code, &[]).await.assert_status(200);
    let stolen = redeem(&second, &code, &[("code_verifier", &"x".repeat(43))]).await;
    stolen.assert_oauth_error(400, "invalid_grant");
}

/// Reuse of a code revokes nothing, because only the holder of the verifier can have used it.
#[tokio::test]
async fn reused_code_keeps_the_first_session() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let code = code(&service, &stub, &[]).await;
    let mut ada = service.anon();
    ada.keep(&redeem(&service, &code, &[]).await);
    redeem(&service, &code, &[]).await.assert_status(400);
    ada.get("/me").await.assert_status(200);
    let fields = [("refresh_token", ada.refresh.as_deref().unwrap())];
    let fields = [
        &fields[..],
        &[("grant_type", "refresh_token"), ("client_id", "app")],
    ]
    .concat();
    let refreshed = service.anon().post_form("/token", &fields).await;
    refreshed.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn code_of_a_disabled_deleted_or_logged_out_user_is_rejected(
    #[values("disabled", "deleted", "ended")] fate: &str,
    engine: Engine,
) {
    let stub = OpenIdStub::start();
    let service = service_of(engine, &stub).await;
    let mut ada = service.anon();
    let before = code(&service, &stub, &[]).await;
    ada.keep(&redeem(&service, &before, &[]).await);
    let code = code(&service, &stub, &[]).await;
    match fate {
        "disabled" => ada.set_active(false).await,
        "deleted" => drop(
            ada.send_json("DELETE", "/me", json!({}))
                .await
                .assert_status(204),
        ),
        _ => drop(
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204),
        ),
    }
    let refused = redeem(&service, &code, &[]).await;
    refused.assert_oauth_error(400, "invalid_grant");
    if fate == "disabled" {
        // Enabling the user does not revive the code.
        ada.set_active(true).await;
        let refused = redeem(&service, &code, &[]).await;
        refused.assert_oauth_error(400, "invalid_grant");
    }
    // A new login works.
    let again = self::code(&service, &stub, &[]).await;
    redeem(&service, &again, &[]).await.assert_status(200);
}

/// A database outage does not use up the code.
#[apply(both_engines)]
#[tokio::test]
async fn database_outage_leaves_the_code_unused(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = service_of(engine, &stub).await;
    let code = code(&service, &stub, &[]).await;
    service
        .database
        .execute("ALTER TABLE users RENAME TO away")
        .await;
    let failed = redeem(&service, &code, &[]).await;
    failed.assert_status(503);
    assert_ne!(failed.header("retry-after"), "");
    service
        .database
        .execute("ALTER TABLE away RENAME TO users")
        .await;
    redeem(&service, &code, &[]).await.assert_status(200);
}

#[tokio::test]
async fn code_grants_the_requested_scope() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    for (asked, granted) in [
        ("", "read write"),
        ("read", "read"),
        ("write read", "read write"),
        // A scope outside the client's scopes is ignored (OpenID Connect Core 1.0 §3.1.2.1).
        ("openid profile read", "read"),
        ("offline_access", "read write"),
        ("admin", "read write"),
    ] {
        let code = code(&service, &stub, &[("scope", asked)]).await;
        let session = redeem(&service, &code, &[]).await.assert_status(200).json();
        assert_eq!(session["scope"], granted, "{asked}");
        // The scope parameter of the token request is not part of this grant (RFC 6749 §4.1.3).
        let code = self::code(&service, &stub, &[("scope", asked)]).await;
        let session = redeem(&service, &code, &[("scope", "read write admin")]).await;
        assert_eq!(session.assert_status(200).json()["scope"], granted);
    }
}

/// RFC 9207: every response identifies its issuer, including errors.
#[rstest]
#[case::a_code(&[])]
#[case::to_link(&[("intent", "link")])]
#[case::no_challenge(&[("code_challenge", "")])]
#[case::plain(&[("code_challenge_method", "plain")])]
#[case::another_type(&[("response_type", "token")])]
#[case::no_such_provider(&[("provider", "nobody")])]
#[case::no_scope(&[("scope", "a  b")])]
#[case::unseen(&[("prompt", "none")])]
#[tokio::test]
async fn authorization_responses_contain_iss(#[case] changes: Fields<'_>) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let answer = answered(&service, &stub, changes).await;
    answer.assert_status(303);
    assert!(answer.header("location").starts_with(&format!("{BACK}?")));
    let told = parameters(&answer);
    assert_eq!(one(&told, "iss"), Some(LOOPBACK));
    assert_eq!(one(&told, "state"), Some("the state"));
    let is_good = changes.is_empty() || changes == [("intent", "link")];
    assert_eq!(one(&told, "code").is_some(), is_good);
    assert_eq!(one(&told, "error").is_some(), !is_good);
}

/// A cookie client gets cookies and no code in a URL; accounts are linked by a code nevertheless.
#[tokio::test]
async fn cookie_client_gets_codes_for_linking_only() {
    let stub = OpenIdStub::start();
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = TestService::with_providers(Engine::Sqlite, &[trusted], WEB).await;
    let back = "http://localhost:5173/back";
    let web = [("client_id", "web"), ("redirect_uri", back)];
    let with_challenge = answered(&service, &stub, &web).await;
    let without = [
        &web[..],
        &[("code_challenge", ""), ("code_challenge_method", "")],
    ]
    .concat();
    for answer in [with_challenge, answered(&service, &stub, &without).await] {
        let told = parameters(&answer);
        assert_eq!(one(&told, "code"), None);
        assert_eq!(one(&told, "iss"), Some(LOOPBACK));
        assert!(answer.set_cookies().len() >= 2);
    }
    stub.person(Person::new("another", "ada@elsewhere.example"));
    let linking = [&web[..], &[("intent", "link")]].concat();
    let code = code(&service, &stub, &linking).await;
    let refused = redeem(&service, &code, &web).await;
    refused.assert_oauth_error(400, "invalid_grant");
}
