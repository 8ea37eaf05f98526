//! Single sign-on at the authorization endpoint (OpenID Connect Core §3.1.2.1).

use axum::body::Body;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::{CHALLENGE, Login, REDIRECT_URI},
    token,
    upstream::LOOPBACK,
};

pub(super) const ADA: &str = "ada@example.com";
pub(super) const BOB: &str = "bob@example.com";
pub(super) const SSO: &str = "signet-8080-sso";

pub(super) const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    scopes = ['openid', 'read']
    redirect_uris = ['https://app.example.com/back']
    [[clients]]
    client_id = 'other'
    scopes = ['openid', 'read']
    redirect_uris = ['https://app.example.com/back']
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
    redirect_uris = ['https://app.example.com/welcome']
";

pub(super) async fn service_on(engine: Engine, settings: &str) -> TestService {
    let service = TestService::with_providers(engine, &[], &format!("{settings}\n{CLIENTS}")).await;
    for email in [ADA, BOB] {
        service.signed_up_at("app", email).await;
    }
    service
}

async fn service() -> TestService {
    service_on(Engine::Sqlite, "").await
}

/// The URL of a request for a login, with further parameters.
pub(super) fn url(login: &Login<'_>, more: &str) -> String {
    format!("{}{more}", login.url(""))
}

/// Fills in the login form.
pub(super) async fn submits_password(login: &Login<'_>, page: &Answer, email: &str) -> Answer {
    page.assert_status(200);
    let (action, _) = page.form();
    let fields = [("email", email), ("password", PASSWORD), ("by", "password")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    login.browser.post_form(&action, &fields).await
}

/// Logs in on the login page, and redeems the code.
pub(super) async fn logs_in(login: &Login<'_>, email: &str) -> Value {
    let page = login.browser.visit(&url(login, "&scope=openid")).await;
    let answer = submits_password(login, &page, email).await;
    redeemed(login, &answer).await
}

/// Redeems the code of an answer.
pub(super) async fn redeemed(login: &Login<'_>, answer: &Answer) -> Value {
    let session = login.redeem(&login.code(answer)).await;
    session.assert_status(200).json()
}

pub(super) fn id_token(session: &Value) -> &str {
    session["id_token"].as_str().unwrap()
}

/// The claims that identify the login.
fn login_of(session: &Value) -> [Value; 4] {
    let claims = token::claims(id_token(session));
    ["sub", "auth_time", "amr", "sid"].map(|name| claims[name].clone())
}

#[tokio::test]
async fn login_on_a_page_sets_the_cookie_and_json_login_does_not() {
    let service = service().await;
    let login = Login::new(&service);
    login.browser.keep(&login.browser.log_in(ADA).await);
    assert_eq!(login.browser.cookie(SSO), None);

    let page = login.browser.visit(&url(&login, "")).await;
    let answer = submits_password(&login, &page, ADA).await;
    let cookies = answer.set_cookies();
    let cookie = cookies.iter().find(|line| line.starts_with(SSO)).unwrap();
    for attribute in [
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
        "; Max-Age=43200",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[tokio::test]
async fn session_logs_in_at_every_client_without_a_page() {
    let service = service().await;
    let login = Login::new(&service);
    let first = logs_in(&login, ADA).await;
    service.clock.advance(TimeDelta::hours(11));
    let before = login.browser.cookie(SSO).unwrap();
    for more in [
        "",
        "&prompt=none",
        "&prompt=consent",
        "&acr_values=phr+1fa",
        "&acr_values=urn:example:gold",
        "&max_age=90000",
        "&display=popup",
    ] {
        let more = format!("&scope=openid+offline_access{more}");
        let answer = login.browser.visit(&url(&login, &more)).await;
        assert_eq!(
            login_of(&redeemed(&login, &answer).await),
            login_of(&first),
            "{more}"
        );
    }
    // The idle time begins again.
    assert_ne!(login.browser.cookie(SSO).unwrap(), before);
    service.clock.advance(TimeDelta::hours(11));
    let other = url(&login, "").replace("client_id=app", "client_id=other");
    let code = login.code(&login.browser.visit(&other).await);
    login
        .redeem(&code)
        .await
        .assert_oauth_error(400, "invalid_grant");
    // The session of the issuer is also that of the client with cookies.
    let web = format!("{LOOPBACK}/authorize?response_type=code&client_id=web");
    let answer = login.browser.visit(&web).await;
    answer.assert_status(303);
    assert!(
        answer
            .header("location")
            .starts_with("https://app.example.com/welcome?")
    );
    let session = login.browser.get("/session").await;
    session.assert_status(200);

    service.clock.advance(TimeDelta::hours(12));
    login
        .browser
        .visit(&url(&login, ""))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn session_ends_at_its_absolute_lifetime() {
    let settings = "sso.idle = '1h'\nsso.absolute = '90m'";
    let service = service_on(Engine::Sqlite, settings).await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    service.clock.advance(TimeDelta::minutes(50));
    login.code(&login.browser.visit(&url(&login, "")).await);
    service.clock.advance(TimeDelta::minutes(40));
    login
        .browser
        .visit(&url(&login, ""))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn disabled_single_sign_on_sets_no_cookie() {
    let service = service_on(Engine::Sqlite, "sso.enabled = false").await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    assert_eq!(login.browser.cookie(SSO), None);
    login
        .browser
        .visit(&url(&login, ""))
        .await
        .assert_status(200);
}

#[rstest]
#[case::silent("&prompt=none", "login_required")]
#[case::none_with_others("&prompt=none+login", "invalid_request")]
#[case::unknown("&prompt=hello", "invalid_request")]
#[case::silent_link("&prompt=none&intent=link", "interaction_required")]
#[case::forged_hint("&id_token_hint=x.y.z", "invalid_request")]
#[case::empty_max_age("&max_age=x", "invalid_request")]
#[tokio::test]
async fn errors_go_to_the_client(#[case] more: &str, #[case] error: &str) {
    let service = service().await;
    let login = Login::new(&service);
    let answer = login.browser.visit(&url(&login, more)).await;
    assert_eq!(login.error(&answer).as_deref(), Some(error));
}

#[rstest]
#[case::prompt_login("&prompt=login", false)]
#[case::max_age("&max_age=59", false)]
#[case::max_age_now("&max_age=0", false)]
#[case::silent_max_age("&max_age=59&prompt=none", true)]
#[tokio::test]
async fn new_authentication_is_enforced(#[case] more: &str, #[case] is_silent: bool) {
    let service = service().await;
    let login = Login::new(&service);
    let [sub, earlier, _, sid] = login_of(&logs_in(&login, ADA).await);
    service.clock.advance(TimeDelta::minutes(1));
    let more = format!("&scope=openid{more}");
    let page = login.browser.visit(&url(&login, &more)).await;
    if is_silent {
        assert_eq!(login.error(&page).as_deref(), Some("login_required"));
        return;
    }
    let answer = submits_password(&login, &page, ADA).await;
    let [again, later, _, new_sid] = login_of(&redeemed(&login, &answer).await);
    assert_eq!(again, sub);
    assert_eq!(later.as_i64().unwrap(), earlier.as_i64().unwrap() + 60);
    // The session in this browser goes on.
    assert_eq!(new_sid, sid);
}

#[tokio::test]
async fn max_age_counts_to_the_second() {
    let service = service().await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    service.clock.advance(TimeDelta::seconds(60));
    let silent = url(&login, "&prompt=none&max_age=60");
    login.code(&login.browser.visit(&silent).await);
    service.clock.advance(TimeDelta::seconds(1));
    let answer = login.browser.visit(&silent).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
}

#[tokio::test]
async fn hint_of_another_user_needs_a_login() {
    let service = service().await;
    let login = Login::new(&service);
    let bob = logs_in(&login, BOB).await;
    let login = Login::new(&service);
    let ada = logs_in(&login, ADA).await;
    // Expired hints are accepted.
    service.clock.advance(TimeDelta::hours(2));
    let hinted = |session: &Value, more: &str| {
        url(
            &login,
            &format!("&scope=openid&id_token_hint={}{more}", id_token(session)),
        )
    };
    let answer = login.browser.visit(&hinted(&ada, "&prompt=none")).await;
    assert_eq!(login_of(&redeemed(&login, &answer).await), login_of(&ada));
    for more in ["", "&prompt=none"] {
        let answer = login.browser.visit(&hinted(&bob, more)).await;
        assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    }
    let page = login.browser.visit(&hinted(&bob, "&prompt=login")).await;
    let answer = submits_password(&login, &page, ADA).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    let access = ada["access_token"].as_str().unwrap();
    let access = url(&login, &format!("&id_token_hint={access}"));
    let answer = login.browser.visit(&access).await;
    assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn account_page_continues_or_leads_to_the_login_page() {
    let service = service().await;
    let login = Login::new(&service);
    let ada = logs_in(&login, ADA).await;
    let asked = url(&login, "&scope=openid&prompt=select_account");
    let page = login.browser.visit(&asked).await;
    page.assert_status(200);
    assert!(
        page.text().contains("Continue as ada@example.com"),
        "{}",
        page.text()
    );
    let (action, mut fields) = page.form();
    fields.push(("by".to_owned(), "session".to_owned()));
    let answer = login.browser.post_form(&action, &fields).await;
    assert_eq!(login_of(&redeemed(&login, &answer).await), login_of(&ada));
    // Another site cannot press the button.
    let foreign = login.browser.post_cross_site(&action, &fields).await;
    foreign.assert_page(403, "foreign_origin");

    let (_, other) = page
        .links()
        .into_iter()
        .find(|(says, _)| says == "Use another account")
        .unwrap();
    let at_login = login.browser.visit(&other).await;
    let answer = submits_password(&login, &at_login, BOB).await;
    assert_ne!(
        login_of(&redeemed(&login, &answer).await)[0],
        login_of(&ada)[0]
    );
    // The page that was shown for Ada does not continue as Bob.
    let again = login.browser.post_form(&action, &fields).await;
    again.assert_status(200);
    assert!(again.text().contains("Continue as bob@example.com"));
}

#[tokio::test]
async fn prompt_create_opens_sign_up() {
    let service = service().await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let page = login.browser.visit(&url(&login, "&prompt=create")).await;
    page.assert_status(200);
    assert!(page.form().0.contains("/signup?"), "{}", page.text());
}

#[tokio::test]
async fn native_app_needs_a_confirmation() {
    let settings = "[[clients]]
        client_id = 'app'
        redirect_uris = ['com.example.app:/back']";
    let service = TestService::with(settings).await;
    service.signed_up(ADA).await;
    let browser = service.anon();
    let path = format!(
        "/authorize?response_type=code&client_id=app&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let own = [
        ("origin", "https://auth.example.com"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", ADA), ("password", PASSWORD), ("by", "password")])
        .finish();
    let logged_in = browser.send("POST", &path, &own, Body::from(form)).await;
    logged_in.assert_status(303);
    let cookies = logged_in.set_cookies();
    let cookie = cookies
        .iter()
        .find(|it| it.starts_with("__Host-signet-sso="))
        .unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let visit = [("cookie", cookie), ("sec-fetch-site", "cross-site")];
    let page = browser.send("GET", &path, &visit, Body::empty()).await;
    page.assert_status(200);
    assert!(
        page.text()
            .contains("Continue only if you started this yourself.")
    );
    let silent = format!("{path}&prompt=none");
    let answer = browser.send("GET", &silent, &visit, Body::empty()).await;
    assert!(
        answer
            .header("location")
            .contains("error=interaction_required")
    );
}

#[rstest]
#[tokio::test]
async fn end_of_all_sessions_ends_the_session_at_the_issuer(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("everywhere", "disabled", "password")] end: &str,
) {
    let service = service_on(engine, "").await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let silent = url(&login, "&prompt=none");
    let answer = login.browser.visit(&silent).await;
    let ada = login.finish(&answer).await;
    match end {
        "everywhere" => {
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204);
        }
        "disabled" => ada.set_active(false).await,
        _ => {
            let body =
                json!({"current_password": PASSWORD, "new_password": "a brand new pass phrase"});
            ada.send_json("PUT", "/password", body)
                .await
                .assert_status(200);
        }
    }
    let answer = login.browser.visit(&silent).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    login
        .browser
        .visit(&url(&login, ""))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn logout_of_the_cookie_client_ends_the_session_in_this_browser() {
    let service = service().await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let sealed = login.browser.cookie(SSO).unwrap();
    let web = format!("{LOOPBACK}/authorize?response_type=code&client_id=web");
    login.browser.visit(&web).await.assert_status(303);
    let logged_out = login.browser.post("/logout", json!({})).await;
    login.browser.keep(logged_out.assert_status(204));
    assert_eq!(login.browser.cookie(SSO), None);
    // A late answer may bring the cookie back.
    let silent = url(&login, "&prompt=none");
    login
        .browser
        .jar
        .lock()
        .unwrap()
        .insert(SSO.to_owned(), sealed);
    let answer = login.browser.visit(&silent).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    // Longer than the login of the client would have lasted.
    let refreshes = |login: &Login<'_>| login.browser.cookie("signet-8080-out").is_some();
    assert!(refreshes(&login));
}

#[tokio::test]
async fn form_post_posts_the_response_to_the_client() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = url(&login, "&scope=openid&response_mode=form_post");
    let page = login.browser.visit(&asked).await;
    let first = submits_password(&login, &page, ADA).await;
    let again = login.browser.visit(&asked).await;
    for answer in [first, again] {
        answer.assert_status(200);
        assert!(answer.text().contains("document.forms[0].submit()"));
        let (action, fields) = answer.form();
        assert_eq!(action, REDIRECT_URI);
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "state", "iss"]);
        login.redeem(&answer.field("code")).await.assert_status(200);
    }
    let error = format!("{asked}&max_age=0&prompt=none");
    let error = login.browser.visit(&error).await;
    assert_eq!(error.field("error"), "login_required");
    let unknown = login
        .browser
        .visit(&url(&login, "&response_mode=fragment"))
        .await;
    assert_eq!(login.error(&unknown).as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn metadata_lists_response_modes_and_prompts() {
    let service = service().await;
    let metadata = service
        .anon()
        .get("/.well-known/openid-configuration")
        .await
        .json();
    assert_eq!(
        metadata["response_modes_supported"],
        json!(["query", "form_post"])
    );
    let prompts = json!(["none", "login", "consent", "select_account", "create"]);
    assert_eq!(metadata["prompt_values_supported"], prompts);
}
