//! Whose forms are taken: those of our own pages, whatever they would do.

use rstest::rstest;
use serde_json::json;

use super::{ADA, NEW, asks_for_link, house, mailed_link};
use crate::support::{PASSWORD, answer::Answer, oauth_client::Login, upstream::LOOPBACK};

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
async fn a_form_of_another_page_does_nothing(#[case] headers: Headers<'_>) {
    let house = house().await;
    let ada = house.signed_up(ADA).await;
    let login = Login::new(&house);
    let anon = house.anon();
    let asked = anon.post("/signup", json!({"email": "bob@example.com"}));
    asked.await.assert_status(202);
    let of_sign_up = house.mailed_token("bob@example.com").unwrap();
    let asked = anon.post("/password/forgot", json!({"email": ADA}));
    asked.await.assert_status(202);
    let of_reset = house.mailed_token(ADA).unwrap();
    let moves = ada.post("/email", json!({"email": "new@example.com"}));
    moves.await.assert_status(202);
    let of_address = house.mailed_token("new@example.com").unwrap();
    let by_link = asks_for_link(&login, &house, ADA).await.unwrap();
    let of_login = house.mailed_token(ADA).unwrap();
    let (link_page, _) = by_link.split_once('#').unwrap();
    let authorize = login.url("");

    let before = house.app.store.users(None, 10).await.unwrap();
    let mails = house.outbox.lock().unwrap().len();
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
        login.assert_stays_out(&answer);
    }
    let after = house.app.store.users(None, 10).await.unwrap();
    assert_eq!(after, before);
    assert_eq!(house.outbox.lock().unwrap().len(), mails);
    // Every link is as good as it was.
    let link = mailed_link(&house, ADA).unwrap();
    login.code(&super::follows(&login.browser, &link, &[]).await);
    let body = json!({"token": of_reset, "password": NEW});
    let reset = anon.post("/password/reset", body);
    reset.await.assert_status(204);
}

/// Browsers that say no `Origin` say `Sec-Fetch-Site`, and the other way round.
#[rstest]
#[case(&[("origin", LOOPBACK)])]
#[case(&[("sec-fetch-site", "same-origin")])]
#[tokio::test]
async fn a_page_of_ours_is_known_by_either_word(#[case] headers: Headers<'_>) {
    let house = house().await;
    let headers = [headers, &[FORM]].concat();
    let anon = house.anon();
    let body = form(&[("email", ADA)]);
    let answer = anon.send("POST", "/signup", &headers, body).await;
    super::assert_mailed(&answer);
}

/// JSON is what no form of another page can send.
#[tokio::test]
async fn other_types_of_forms_are_not_taken() {
    let house = house().await;
    let login = Login::new(&house);
    for kind in ["text/plain", "multipart/form-data; boundary=x"] {
        for path in ["/signup", "/password/forgot", "/login/link/confirm"] {
            let headers = [("origin", LOOPBACK), ("content-type", kind)];
            let body = json!({"email": ADA}).to_string();
            let answer = house.anon().send("POST", path, &headers, body).await;
            answer.assert_problem(415, "unsupported_media_type");
        }
        let headers = [("origin", LOOPBACK), ("content-type", kind)];
        let (_, path) = login
            .url("")
            .split_once(LOOPBACK)
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let answer = house.anon().send("POST", &path, &headers, "email=a").await;
        answer.assert_page(400, "invalid_request");
    }
    assert_eq!(house.outbox.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_given_twice_is_taken_for_nothing() {
    let house = house().await;
    let headers = [("origin", LOOPBACK), FORM];
    let body = "email=ada%40example.com&email=eve%40example.com";
    for path in ["/signup", "/password/forgot"] {
        let answer = house.anon().send("POST", path, &headers, body).await;
        answer.assert_page(400, "invalid_request");
    }
    assert_eq!(house.outbox.lock().unwrap().len(), 0);
}
