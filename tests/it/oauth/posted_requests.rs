//! Authorization requests that pages of clients post (OpenID Connect Core §3.1.2.1).

use rstest::rstest;

use super::single_sign_on::{ADA, SSO, logs_in, service_on, submits_password, url};
use crate::support::{
    Engine, PASSWORD, TestService,
    oauth_client::Login,
    stub::{one, pairs},
    upstream::LOOPBACK,
};

type Fields = Vec<(String, String)>;

async fn service() -> TestService {
    service_on(Engine::Sqlite, "").await
}

/// The parameters of a request, with further ones.
fn fields(login: &Login<'_>, more: &str) -> Fields {
    let url = url(login, more);
    pairs(url.split_once('?').unwrap().1.as_bytes())
}

fn authorize() -> String {
    format!("{LOOPBACK}/authorize")
}

#[tokio::test]
async fn posted_request_continues_as_get_with_the_session() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = fields(
        &login,
        "&scope=openid&nonce=a%26b&claims=%7B%7D&id_token_hint=",
    );
    let answer = login.browser.post_cross_site(&authorize(), &asked).await;
    let location = answer.assert_status(303).header("location").to_owned();
    let (path, query) = location.split_once('?').unwrap();
    assert_eq!(path, authorize());
    let query = pairs(query.as_bytes());
    for (name, value) in &asked {
        let expected = Some(value.as_str()).filter(|value| !value.is_empty());
        assert_eq!(one(&query, name), expected, "{name}");
    }
    assert!(answer.set_cookies().is_empty());
    let page = login.browser.visit(&location).await;
    login.code(&submits_password(&login, &page, ADA).await);
    // The session at the issuer answers the GET.
    assert!(login.browser.cookie(SSO).is_some());
    let answer = login.browser.post_cross_site(&authorize(), &asked).await;
    let answer = login.browser.visit(answer.header("location")).await;
    login.code(&answer);
}

#[tokio::test]
async fn posted_request_of_the_issuers_own_origin_is_a_request_too() {
    let service = service().await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let asked = fields(&login, "");
    let answer = login.browser.post_form(&authorize(), &asked).await;
    let location = answer.assert_status(303).header("location");
    login.code(&login.browser.visit(location).await);
}

#[tokio::test]
async fn parameters_of_query_and_body_are_joined_unless_one_occurs_twice() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = url(&login, "");
    let more = [("prompt".to_owned(), "none".to_owned())];
    let answer = login.browser.post_cross_site(&asked, &more).await;
    let location = answer.assert_status(303).header("location");
    let answer = login.browser.visit(location).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    let twice = [("client_id".to_owned(), "other".to_owned())];
    let answer = login.browser.post_cross_site(&asked, &twice).await;
    answer.assert_page(400, "invalid_request");
}

#[tokio::test]
async fn invalid_posted_request_gets_its_error_at_once() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = fields(&login, "&prompt=hello");
    let answer = login.browser.post_cross_site(&authorize(), &asked).await;
    assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
    let mut asked = fields(&login, "");
    asked.retain(|(name, _)| name != "client_id");
    let answer = login.browser.post_cross_site(&authorize(), &asked).await;
    answer.assert_page(400, "client_id_required");
}

/// A form with a field of our own forms has to come from one of our own pages, and its values reach no URL.
#[rstest]
#[case::by(&[("by", "password"), ("email", ADA), ("password", PASSWORD)])]
#[case::without_a_button(&[("email", ADA), ("password", PASSWORD)])]
#[case::password_alone(&[("password", PASSWORD)])]
#[case::session(&[("by", "session"), ("sid", "x")])]
#[case::sid_alone(&[("sid", "x")])]
#[tokio::test]
async fn form_of_another_origin_with_an_own_field_is_refused(#[case] own: &[(&str, &str)]) {
    let service = service().await;
    let login = Login::new(&service);
    let own: Fields = own
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let in_body = [fields(&login, ""), own.clone()].concat();
    for (action, form) in [(url(&login, ""), own), (authorize(), in_body)] {
        let answer = login.browser.post_cross_site(&action, &form).await;
        answer.assert_page(403, "foreign_origin");
        assert!(answer.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn credentials_of_the_client_do_not_get_into_the_url() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = fields(&login, "&client_secret=hush-hush&client_assertion=a.b.c");
    let answer = login.browser.post_cross_site(&authorize(), &asked).await;
    let location = answer.assert_status(303).header("location");
    assert!(!location.contains("hush"), "{location}");
    assert!(!location.contains("client_assertion"), "{location}");
}

#[tokio::test]
async fn request_that_is_too_long_for_a_url_is_refused() {
    let service = service().await;
    let login = Login::new(&service);
    for (bytes, status) in [(7000, 303), (8000, 400)] {
        let asked = fields(&login, &format!("&claims={}", "x".repeat(bytes)));
        let answer = login.browser.post_cross_site(&authorize(), &asked).await;
        answer.assert_status(status);
    }
}
