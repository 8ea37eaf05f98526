//! Forms are accepted from own pages only.

use rstest::rstest;
use serde_json::json;

use super::{ADA, NEW, mailed_link, request_login_link, service};
use crate::support::{Browser, PASSWORD, answer::Answer, oauth_client::Login, upstream::LOOPBACK};

type Headers<'a> = &'a [(&'a str, &'a str)];

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

#[rstest]
#[case::of_a_stranger(&[("origin", "https://evil.example.com"), ("sec-fetch-site", "cross-site")])]
#[case::of_nobody(&[("origin", "null")])]
#[case::of_another_port(&[("origin", "http://127.0.0.1:8081"), ("sec-fetch-site", "same-site")])]
#[case::of_an_app(&[("origin", "https://app.example.com")])]
#[case::of_a_stranger_who_says_otherwise(&[("origin", "https://evil.example.com"), ("sec-fetch-site", "same-origin")])]
#[case::without_a_word(&[])]
#[case::of_the_same_site(&[("sec-fetch-site", "same-site")])]
#[case::of_another_site(&[("sec-fetch-site", "cross-site")])]
#[case::of_a_bookmark(&[("sec-fetch-site", "none")])]
#[tokio::test]
async fn form_from_another_site_is_rejected(#[case] headers: Headers<'_>) {
    let service = service().await;
    let ada = service.signed_up(ADA).await;
    let login = Login::new(&service);
    let anon = service.anon();
    let asked = anon.post("/signup", json!({"email": "bob@example.com"}));
    asked.await.assert_status(202);
    let of_sign_up = service.mailed_token("bob@example.com").unwrap();
    let asked = anon.post("/password/forgot", json!({"email": ADA}));
    asked.await.assert_status(202);
    let of_reset = service.mailed_token(ADA).unwrap();
    let moves = ada.post("/email", json!({"email": "new@example.com"}));
    moves.await.assert_status(202);
    let of_address = service.mailed_token("new@example.com").unwrap();
    let by_link = request_login_link(&login, &service, ADA).await.unwrap();
    let of_login = service.mailed_token(ADA).unwrap();
    let (link_page, _) = by_link.split_once('#').unwrap();
    let authorize = login.url("");

    let before = service.app.store.users(None, 10).await.unwrap();
    let mails = service.outbox.lock().unwrap().len();
    let cookies = login.browser.cookies();
    let all = [headers, &[FORM, ("cookie", &*cookies)]].concat();
    let posts = async |url: &str, fields: &[(&str, &str)]| -> Answer {
        let path = url.strip_prefix(LOOPBACK).unwrap_or(url);
        anon.send("POST", path, &all, form(fields)).await
    };
    let password = [("email", ADA), ("password", PASSWORD), ("by", "password")];
    for (url, fields) in [
        (&*authorize, &password[..]),
        (&authorize, &[("email", ADA), ("by", "link")]),
        ("/login", &password),
        ("/login", &[("email", ADA), ("by", "link")]),
        ("/signup", &[("email", "eve@example.com")]),
        ("/password/forgot", &[("email", ADA)]),
        (
            "/signup/confirm",
            &[("token", &of_sign_up), ("password", NEW)],
        ),
        (
            "/password/reset",
            &[("token", &of_reset), ("password", NEW)],
        ),
        ("/email/confirm", &[("token", &of_address)]),
        (link_page, &[("token", &of_login)]),
    ] {
        let answer = posts(url, fields).await;
        answer.assert_page(403, "foreign_origin");
        assert!(answer.text().contains("We couldn’t accept this form"));
        login.assert_not_logged_in(&answer);
    }
    let after = service.app.store.users(None, 10).await.unwrap();
    assert_eq!(after, before);
    assert_eq!(service.outbox.lock().unwrap().len(), mails);
    // Every link still works.
    let link = mailed_link(&service, ADA).unwrap();
    login.code(&super::open_link_and_submit(&login.browser, &link, &[]).await);
    let body = json!({"token": of_reset, "password": NEW});
    let reset = anon.post("/password/reset", body);
    reset.await.assert_status(204);
}

/// A browser sends `Origin`, `Sec-Fetch-Site`, or both.
#[rstest]
#[case(&[("origin", LOOPBACK)])]
#[case(&[("sec-fetch-site", "same-origin")])]
#[tokio::test]
async fn origin_or_sec_fetch_site_identifies_own_pages(#[case] headers: Headers<'_>) {
    let service = service().await;
    let headers = [headers, &[FORM]].concat();
    let anon = service.anon();
    let body = form(&[("email", ADA)]);
    let answer = anon.send("POST", "/signup", &headers, body).await;
    super::assert_mailed(&answer);
}

/// A form of another page cannot send JSON.
#[tokio::test]
async fn other_form_content_types_are_rejected() {
    let service = service().await;
    let login = Login::new(&service);
    for kind in ["text/plain", "multipart/form-data; boundary=x"] {
        for path in [
            "/signup",
            "/password/forgot",
            "/login",
            "/login/link/confirm",
        ] {
            let headers = [("origin", LOOPBACK), ("content-type", kind)];
            let body = json!({"email": ADA}).to_string();
            let answer = service.anon().send("POST", path, &headers, body).await;
            answer.assert_problem(415, "unsupported_media_type");
        }
        let headers = [("origin", LOOPBACK), ("content-type", kind)];
        let (_, path) = login
            .url("")
            .split_once(LOOPBACK)
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let answer = service
            .anon()
            .send("POST", &path, &headers, "email=a")
            .await;
        answer.assert_page(400, "invalid_request");
    }
    assert_eq!(service.outbox.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn duplicate_form_fields_are_rejected() {
    let service = service().await;
    let headers = [("origin", LOOPBACK), FORM];
    let body = "email=ada%40example.com&email=eve%40example.com";
    for path in ["/signup", "/password/forgot", "/login"] {
        let answer = service.anon().send("POST", path, &headers, body).await;
        answer.assert_page(400, "invalid_request");
    }
    assert_eq!(service.outbox.lock().unwrap().len(), 0);
}

/// The page says at once that the way is closed, and its form is refused in the same words.
#[rstest]
#[case("en", "Not available here")]
#[case("de", "Hier nicht verfügbar")]
#[case("es", "No disponible aquí")]
#[case("zh", "此处不可用")]
#[tokio::test]
async fn service_without_a_mail_server_says_that_it_sends_no_emails(
    #[case] tag: &str,
    #[case] heading: &str,
) {
    let mut service = service().await;
    service.disable_mail();
    let browser = Browser::new(&service);
    for path in ["/signup", "/password/forgot"] {
        let path = format!("{path}?ui_locales={tag}");
        let form = [("email".to_owned(), ADA.to_owned())];
        for answer in [
            browser.visit(&path).await,
            browser.post_form(&path, &form).await,
        ] {
            answer.assert_page(501, "mail_not_configured");
            let text = answer.text();
            assert!(text.contains(&format!("<h1>{heading}</h1>")), "{text}");
            assert!(!text.contains("<form"), "{text}");
        }
    }
}
