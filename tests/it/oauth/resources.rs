//! The audience that a client requests by `resource` (RFC 8707 §2), from the authorization request to the refresh.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;

use super::single_sign_on::{ADA, submits_password, url};
use crate::support::{
    Engine, TestService,
    answer::Answer,
    both_engines,
    oauth_client::{Login, REDIRECT_URI},
    token,
    upstream::LOOPBACK,
};

const FILES: &str = "https://files.example.com";
const MAIL: &str = "https://mail.example.com";

const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    audiences = ['https://api.example.com', 'https://files.example.com', 'https://mail.example.com']
    redirect_uris = ['https://app.example.com/back']
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    audiences = ['https://api.example.com', 'https://files.example.com']
    origins = ['https://app.example.com']
    redirect_uris = ['https://app.example.com/back']
";

async fn service_on(engine: Engine) -> TestService {
    let service = TestService::with_providers(engine, &[], CLIENTS).await;
    service.signed_up_at("app", ADA).await;
    service
}

fn resource(audience: &str) -> String {
    let audience: String = url::form_urlencoded::byte_serialize(audience.as_bytes()).collect();
    format!("&resource={audience}")
}

/// Logs in with this `resource`, and returns the code.
async fn code(login: &Login<'_>, asked: Option<&str>) -> String {
    let asked = asked.map(resource).unwrap_or_default();
    let page = login.browser.visit(&url(login, &asked)).await;
    if page.status == 303 {
        return login.code(&page);
    }
    login.code(&submits_password(login, &page, ADA).await)
}

fn audience(session: &Value) -> Value {
    token::claims(session["access_token"].as_str().unwrap())["aud"].clone()
}

async fn refreshes(service: &TestService, session: &Value, asked: Option<&str>) -> Answer {
    let refresh_token = session["refresh_token"].as_str().unwrap();
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", refresh_token),
    ];
    form.extend(asked.map(|asked| ("resource", asked)));
    service.anon().post_form("/token", &form).await
}

#[apply(both_engines)]
#[tokio::test]
async fn refreshed_tokens_keep_the_audience_of_the_request(engine: Engine) {
    let service = service_on(engine).await;
    let login = Login::new(&service);
    let session = login.redeem(&code(&login, Some(FILES)).await).await;
    let session = session.assert_status(200).json();
    assert_eq!(audience(&session), FILES);
    for asked in [None, Some(FILES)] {
        let again = refreshes(&service, &session, asked).await;
        let again = again.assert_status(200).json();
        assert_eq!(audience(&again), FILES);
        let again = refreshes(&service, &again, None).await.json();
        assert_eq!(audience(&again), FILES);
    }
    for other in [MAIL, "https://api.example.com", "https://evil.example.com"] {
        let answer = refreshes(&service, &session, Some(other)).await;
        answer.assert_oauth_error(400, "invalid_target");
    }
    // The session at the issuer is for every audience.
    let session = login.redeem(&code(&login, Some(MAIL)).await).await.json();
    assert_eq!(audience(&session), MAIL);
    let session = login.redeem(&code(&login, None).await).await.json();
    assert_eq!(audience(&session), "https://api.example.com");
    // Without `resource` in the authorization request, each token request selects an audience.
    let again = refreshes(&service, &session, Some(FILES)).await.json();
    assert_eq!(audience(&again), FILES);
    let again = refreshes(&service, &again, None).await.json();
    assert_eq!(audience(&again), "https://api.example.com");
}

#[rstest]
#[case::repeated(Some(FILES), FILES, None)]
#[case::another(Some(FILES), MAIL, Some("invalid_target"))]
#[case::default_of_another(Some(FILES), "https://api.example.com", Some("invalid_target"))]
#[case::default_repeated(None, "https://api.example.com", None)]
#[case::selected(None, FILES, None)]
#[case::foreign(None, "https://evil.example.com", Some("invalid_target"))]
#[tokio::test]
async fn token_request_repeats_the_resource_or_selects_one(
    #[case] asked: Option<&str>,
    #[case] repeated: &str,
    #[case] error: Option<&str>,
) {
    let service = service_on(Engine::Sqlite).await;
    let login = Login::new(&service);
    let code = code(&login, asked).await;
    let redeem = async |resource: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", &login.verifier),
            ("resource", resource),
        ];
        service.anon().post_form("/token", &form).await
    };
    let answer = redeem(repeated).await;
    let Some(error) = error else {
        let session = answer.assert_status(200).json();
        assert_eq!(audience(&session), repeated);
        return;
    };
    answer.assert_oauth_error(400, error);
    // The refused request has not spent the code.
    let expected = asked.unwrap_or("https://api.example.com");
    redeem(expected).await.assert_status(200);
}

#[rstest]
#[case::unknown("https://evil.example.com")]
#[case::prefix("https://files.example.com/")]
#[case::relative("files")]
#[tokio::test]
async fn foreign_resource_is_an_invalid_target(#[case] asked: &str) {
    let service = service_on(Engine::Sqlite).await;
    let login = Login::new(&service);
    let answer = login.browser.visit(&url(&login, &resource(asked))).await;
    assert_eq!(login.error(&answer).as_deref(), Some("invalid_target"));
    // Only one value is supported.
    let twice = format!("{}{}", resource(FILES), resource(MAIL));
    let answer = login.browser.visit(&url(&login, &twice)).await;
    answer.assert_page(400, "invalid_request");
}

#[tokio::test]
async fn cookie_client_chooses_its_audience_too() {
    let service = service_on(Engine::Sqlite).await;
    let login = Login::new(&service);
    code(&login, None).await;
    let web = format!("{LOOPBACK}/authorize?response_type=code&client_id=web");
    let answer = login
        .browser
        .visit(&format!("{web}{}", resource(FILES)))
        .await;
    answer.assert_status(303);
    let session = login.browser.get("/session").await;
    assert_eq!(session.assert_status(200).json()["aud"], FILES);
    let answer = login
        .browser
        .visit(&format!("{web}{}", resource(MAIL)))
        .await;
    assert!(answer.header("location").contains("error=invalid_target"));
}
