//! Parameters of authorization requests, valid and invalid (OpenID Connect Core §3.1.2.1, §3.1.2.6).

use rstest::rstest;
use serde_json::json;

use super::single_sign_on::{ADA, logs_in, service_on, submits_password, url};
use crate::support::{
    Engine, TestService,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    stub::{one, pairs},
    upstream::LOOPBACK,
};

async fn service() -> TestService {
    service_on(Engine::Sqlite, "").await
}

#[rstest]
#[case::unknown_prompt("&prompt=signup", "invalid_request")]
#[case::unknown_prompt_beside_a_known_one("&prompt=login+x", "invalid_request")]
#[case::none_with_another("&prompt=none+create", "invalid_request")]
#[case::request_object("&request=e30.e30.", "request_not_supported")]
#[case::request_uri(
    "&request_uri=https%3A%2F%2Fapp.example.com%2Fr",
    "request_uri_not_supported"
)]
#[case::request_uri_of_a_pushed_request(
    "&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax",
    "request_uri_not_supported"
)]
#[case::negative_max_age("&max_age=-1", "invalid_request")]
#[case::huge_max_age("&max_age=99999999999999999999", "invalid_request")]
#[case::fragment("&response_mode=fragment", "invalid_request")]
#[case::signed_response("&response_mode=form_post.jwt", "invalid_request")]
#[tokio::test]
async fn invalid_parameters_return_an_error_to_the_client(#[case] more: &str, #[case] error: &str) {
    let service = service().await;
    let login = Login::new(&service);
    // A session at the issuer changes nothing.
    logs_in(&login, ADA).await;
    let answer = login.browser.visit(&url(&login, more)).await;
    assert_eq!(login.error(&answer).as_deref(), Some(error));
}

#[rstest]
#[case::display("&display=touch")]
#[case::unknown_display("&display=hologram")]
#[case::ui_locales("&ui_locales=xx-invalid+de")]
#[case::claims_locales("&claims_locales=fr-CA")]
#[case::claims("&claims=%7B%22id_token%22%3A%7B%22email%22%3Anull%7D%7D")]
#[case::claims_that_are_no_json("&claims=%7B")]
#[case::registration("&registration=%7B%7D")]
#[case::unknown_parameter("&a=b&utm_source=%22%3E%3Cscript%3E")]
#[case::empty_parameters("&prompt=&max_age=&id_token_hint=&acr_values=&resource=&response_mode=")]
#[tokio::test]
async fn ignored_parameters_do_no_harm(#[case] more: &str) {
    let service = service().await;
    let login = Login::new(&service);
    let page = login.browser.visit(&url(&login, more)).await;
    assert!(!page.text().contains("\"><script>"), "{}", page.text());
    let answer = submits_password(&login, &page, ADA).await;
    login.code(&answer);
    login.code(&login.browser.visit(&url(&login, more)).await);
}

#[tokio::test]
async fn oversized_claims_are_refused_by_their_length() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = url(&login, "");
    let (_, query) = asked.split_once('?').unwrap();
    let mut fields = pairs(query.as_bytes());
    fields.push(("claims".to_owned(), "x".repeat(1 << 20)));
    let action = format!("{LOOPBACK}/authorize");
    let answer = login.browser.post_cross_site(&action, &fields).await;
    answer.assert_page(413, "body_too_large");
    // A URL of this length is refused by the server: see the tests of malformed requests.
    fields.last_mut().unwrap().1.truncate(10_000);
    let answer = login.browser.post_cross_site(&action, &fields).await;
    answer.assert_page(400, "invalid_request");
    assert!(answer.text().contains("too long"), "{}", answer.text());
}

#[tokio::test]
async fn prompt_create_opens_the_sign_up_with_the_request() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = url(&login, "&scope=openid&prompt=create&nonce=n");
    let page = login.browser.visit(&asked).await;
    let (action, _) = page.assert_status(200).form();
    assert!(action.contains("/signup?"), "{action}");
    assert!(action.contains("nonce=n"), "{action}");
    // The link back leads to the login page.
    let links = page.links();
    let back = links.iter().find(|(_, url)| url.contains("/authorize?"));
    let page = login.browser.visit(&back.unwrap().1).await;
    login.code(&submits_password(&login, &page, ADA).await);
}

/// `1fa` < `mfa` < `phr`; the user has one factor.
#[rstest]
#[case::reached("1fa", true)]
#[case::one_of_them("phr+1fa", true)]
#[case::unknown("urn:example:gold+2fa", true)]
#[case::stronger("mfa", false)]
#[case::strongest("phr", false)]
#[case::stronger_beside_unknown("gold+phr", false)]
#[tokio::test]
async fn session_that_is_too_weak_leads_to_the_login_page(
    #[case] acr_values: &str,
    #[case] suffices: bool,
) {
    let service = service().await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let more = format!("&scope=openid&acr_values={acr_values}");
    let silent = format!("{}&prompt=none", url(&login, &more));
    let answer = login.browser.visit(&silent).await;
    if suffices {
        login.code(&answer);
        return;
    }
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    let page = login.browser.visit(&url(&login, &more)).await;
    let answer = submits_password(&login, &page, ADA).await;
    let error = login.error(&answer);
    assert_eq!(error.as_deref(), Some("unmet_authentication_requirements"));
}

#[tokio::test]
async fn metadata_lists_the_reachable_acr_values() {
    let service = service().await;
    let path = "/.well-known/openid-configuration";
    let metadata = service.anon().get(path).await.json();
    assert_eq!(
        metadata["acr_values_supported"],
        json!(["1fa", "mfa", "phr"])
    );
}

/// A browser cannot post a form to an app, and a code must not take another way than the client requested.
#[rstest]
#[case::private_use_scheme("com.example.app:/back", true)]
#[case::loopback("http://127.0.0.1:1234/back", false)]
#[tokio::test]
async fn form_post_needs_a_redirect_uri_of_the_web(
    #[case] redirect_uri: &str,
    #[case] is_refused: bool,
) {
    let native = "[[clients]]
        client_id = 'native'
        redirect_uris = ['com.example.app:/back', 'http://127.0.0.1/back']";
    let service = service_on(Engine::Sqlite, native).await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let to = url::form_urlencoded::byte_serialize(redirect_uri.as_bytes()).collect::<String>();
    let asked = url(&login, "&response_mode=form_post")
        .replace("client_id=app", "client_id=native")
        .replace("https%3A%2F%2Fapp.example.com%2Fback", &to);
    let answer = login.browser.visit(&asked).await;
    if is_refused {
        answer.assert_status(303);
        let location = answer.header("location");
        assert!(location.starts_with(redirect_uri), "{location}");
        assert!(location.contains("error=invalid_request"), "{location}");
    } else {
        let (action, fields) = answer.assert_status(200).form();
        assert_eq!(action, redirect_uri);
        assert_eq!(fields[0].0, "code");
    }
}

#[rstest]
#[case::login_page("")]
#[case::account_page("&prompt=select_account")]
#[tokio::test]
async fn cancel_answers_by_the_requested_response_mode(#[case] more: &str) {
    let service = service().await;
    let login = Login::new(&service);
    if !more.is_empty() {
        logs_in(&login, ADA).await;
    }
    let asked = url(&login, &format!("&response_mode=form_post&nonce=n{more}"));
    let page = login.browser.visit(&asked).await;
    let links = page.assert_status(200).links();
    let (_, cancel) = links.iter().find(|(says, _)| says == "Cancel").unwrap();
    assert!(!cancel.contains("error="), "{cancel}");
    let answer = login.browser.visit(cancel).await;
    let (action, fields) = answer.assert_status(200).form();
    assert_eq!(action, crate::support::oauth_client::REDIRECT_URI);
    let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["error", "error_description", "state", "iss"]);
    assert_eq!(answer.field("error"), "access_denied");
    // Another reason than those of the pages is ignored.
    let forged = cancel.replace("cancel=user", "cancel=hello");
    assert_ne!(&forged, cancel);
    let page = login.browser.visit(&forged).await;
    assert!(!page.text().contains("access_denied"));
}

/// The URL of a request, with another value of a parameter. Without a value, the parameter is left out.
fn with(url: &str, name: &str, value: Option<&str>) -> String {
    let (path, query) = url.split_once('?').unwrap();
    let mut fields = pairs(query.as_bytes());
    fields.retain(|(it, _)| it != name);
    fields.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    format!("{path}?{query}")
}

/// OpenID Connect Core §3.1.2.1 requires a `redirect_uri`, RFC 6749 §3.1.2.3 does not.
#[tokio::test]
async fn openid_request_needs_a_redirect_uri() {
    let service = service().await;
    let login = Login::new(&service);
    for scope in [
        "&scope=openid",
        "&scope=read+openid",
        "&scope=openid&prompt=none",
    ] {
        let asked = with(&url(&login, scope), "redirect_uri", None);
        let page = login.browser.visit(&asked).await;
        page.assert_page(400, "invalid_request");
        assert!(
            page.text()
                .contains("redirect_uri: is required with the scope openid"),
            "{}",
            page.text()
        );
    }
    for scope in ["", "&scope=read"] {
        let asked = with(&url(&login, scope), "redirect_uri", None);
        let page = login.browser.visit(&asked).await;
        login.code(&submits_password(&login, &page, ADA).await);
        login.browser.drop_cookie("signet-8080-sso");
    }
}

#[rstest]
#[tokio::test]
async fn state_has_at_most_2048_characters(#[values("", "stub")] provider: &str) {
    let stub = OpenIdStub::start();
    let upstreams = [("stub", &stub as _, "trusts_addresses = true")];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, OAUTH_CLIENT).await;
    service.signed_up(ADA).await;
    stub.person(Person::new("ada-at-the-provider", ADA));
    let login = Login::new(&service);
    let longest = "s".repeat(2048);
    let asked = with(&login.url(provider), "state", Some(&longest));
    let answer = if provider.is_empty() {
        let page = login.browser.visit(&asked).await;
        submits_password(&login, &page, ADA).await
    } else {
        login.browser.log_in_through(&stub, &asked).await
    };
    let returned = answer.assert_status(303).header("location");
    let returned = pairs(returned.split_once('?').unwrap().1.as_bytes());
    assert_eq!(one(&returned, "state"), Some(&*longest));
    assert!(one(&returned, "code").is_some());

    let asked = with(&asked, "state", Some(&format!("{longest}s")));
    let answer = login.browser.visit(&asked).await;
    let returned = answer.assert_status(303).header("location");
    let returned = pairs(returned.split_once('?').unwrap().1.as_bytes());
    assert_eq!(one(&returned, "error"), Some("invalid_request"));
    assert_eq!(
        one(&returned, "error_description"),
        Some("state must be at most 2048 printable ASCII characters")
    );
    assert_eq!(one(&returned, "state"), None);
}
