//! Rules for every hosted page, and languages.

use rstest::rstest;
use serde_json::json;

use super::{ADA, NEW, mailed_link, open_link_and_submit, request_login_link, service};
use crate::support::{TestService, answer::Answer, oauth_client::Login, upstream::LOOPBACK};

const PAGES: [&str; 8] = [
    "/authorize",
    "/login",
    "/signup",
    "/signup/confirm",
    "/password/forgot",
    "/password/reset",
    "/email/confirm",
    "/login/link/confirm",
];

/// A page with a client request and further parameters.
fn page_of(login: &Login<'_>, page: &str, more: &str) -> String {
    let url = login.url("");
    let (_, query) = url.split_once("/authorize").unwrap();
    format!("{page}{query}{more}")
}

async fn shown(service: &TestService, path: &str, headers: &[(&str, &str)]) -> Answer {
    let answer = service.anon().send("GET", path, headers, "").await;
    answer.assert_status(200);
    answer
}

#[rstest]
#[tokio::test]
async fn get_of_a_page_changes_nothing(#[values("", "token", "cookies")] with: &str) {
    let service = service().await;
    let ada = service.signed_up(ADA).await;
    let login = Login::new(&service);
    let link = request_login_link(&login, &service, ADA).await.unwrap();
    let moves = ada.post("/email", json!({"email": "new@example.com"}));
    moves.await.assert_status(202);
    let of_address = service.mailed_token("new@example.com").unwrap();
    let (_, of_login) = link.split_once("#token=").unwrap();
    let before = service.app.store.users(None, 10).await.unwrap();
    let mails = service.outbox.lock().unwrap().len();
    for page in PAGES {
        let token = if page == "/email/confirm" {
            &of_address
        } else {
            of_login
        };
        let more = if with == "token" {
            format!("&token={token}")
        } else {
            String::new()
        };
        let cookies = login.browser.cookies();
        let headers = [("cookie", &*cookies)];
        let headers = if with == "cookies" { &headers[..] } else { &[] };
        let answer = shown(&service, &page_of(&login, page, &more), headers).await;
        // Links to the authorization endpoint contain only the parameters of the client.
        assert!(
            page == "/authorize" || !answer.text().contains(token),
            "{page}"
        );
        assert_eq!(answer.set_cookies(), [""; 0], "{page}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-store", "{page}");
        assert_eq!(answer.header("content-language"), "en", "{page}");
        let vary = answer.header("vary").to_lowercase();
        assert!(vary.contains("accept-language"), "{page}: {vary}");
        // Forms send their origin; no path is ever sent to another site.
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{page}");
        let policy = answer.header("content-security-policy");
        for word in [
            "unsafe",
            "http",
            "*",
            "data:",
            "script-src 'self'",
            "style-src 'self'",
        ] {
            assert!(!policy.contains(word), "{page}: {policy}");
        }
        assert!(policy.contains("base-uri 'none'"), "{page}: {policy}");
        for word in [
            "src=", "<link", "@import", "url(", "<iframe", " on", "style=\"",
        ] {
            let (_, body) = answer
                .text()
                .split_once("<main>")
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .unwrap();
            let (body, _) = body.split_once("</main>").unwrap();
            let tags: Vec<_> = body
                .split('<')
                .map(|it| it.split('>').next().unwrap_or_default())
                .collect();
            assert!(!tags.iter().any(|tag| tag.contains(word)), "{page}: {word}");
        }
    }
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), before);
    assert_eq!(service.outbox.lock().unwrap().len(), mails);
    login.code(&open_link_and_submit(&login.browser, &link, &[]).await);
}

#[rstest]
#[case("de", "de-AT,de;q=0.9,en;q=0.5")]
#[case("es", "fr,es-MX;q=0.8")]
#[case("zh", "zh-CN,zh;q=0.9")]
#[case("en", "fr,nl;q=0.9")]
#[tokio::test]
async fn pages_use_the_language_of_the_browser_or_of_the_link(
    #[case] tag: &str,
    #[case] accepted: &str,
) {
    let service = service().await;
    let login = Login::new(&service);
    let html = format!("<html lang=\"{tag}\">");
    for page in PAGES {
        let by_browser = page_of(&login, page, "");
        let by_browser = shown(&service, &by_browser, &[("accept-language", accepted)]).await;
        let by_link = page_of(&login, page, &format!("&ui_locales={tag}"));
        let by_link = shown(&service, &by_link, &[("accept-language", "es-ES,de;q=0.5")]).await;
        for answer in [&by_browser, &by_link] {
            assert!(answer.text().contains(&html), "{page}: {}", answer.text());
            assert_eq!(answer.header("content-language"), tag, "{page}");
        }
        // The language of a link applies to the following pages; a browser sends its own each time.
        let (action, _) = by_link.form();
        assert!(
            action.contains(&format!("ui_locales={tag}")),
            "{page}: {action}"
        );
        for (_, href) in by_link
            .links()
            .iter()
            .filter(|(_, it)| it.starts_with(LOOPBACK))
        {
            assert!(
                href.contains(&format!("ui_locales={tag}")),
                "{page}: {href}"
            );
        }
        assert!(!by_browser.form().0.contains("ui_locales"), "{page}");
    }
}

#[rstest]
#[tokio::test]
async fn mailed_link_keeps_the_language_of_the_page(
    #[values("/signup", "/password/forgot", "/authorize")] page: &str,
    #[values("accept-language", "ui_locales")] by: &str,
) {
    let service = service().await;
    if page != "/signup" {
        service.signed_up(ADA).await;
    }
    let login = Login::new(&service);
    let mut headers = vec![
        ("origin", LOOPBACK),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let more = if by == "ui_locales" {
        "&ui_locales=de"
    } else {
        ""
    };
    if by == "accept-language" {
        headers.push(("accept-language", "de-DE,de"));
    }
    let path = page_of(&login, page, more);
    let body = "email=ada%40example.com&by=link";
    let mailed = service.anon().send("POST", &path, &headers, body).await;
    mailed.assert_status(202);
    assert!(
        mailed.text().contains("<html lang=\"de\">"),
        "{}",
        mailed.text()
    );
    let letter = service.outbox.lock().unwrap().last().unwrap().clone();
    assert_eq!(letter.locale.tag(), "de");
    assert!(letter.html.contains("lang=\"de\""), "{}", letter.html);
    let link = mailed_link(&service, ADA).unwrap();
    assert!(link.contains("?ui_locales=de&"), "{link}");
    let (page, _) = super::open_link(&login.browser, &link).await;
    assert!(
        page.text().contains("<html lang=\"de\">"),
        "{}",
        page.text()
    );
    // The target page too, with a valid or an invalid link.
    let filled = [("password", NEW)];
    let filled = if page.text().contains("id=\"password\"") {
        &filled[..]
    } else {
        &[]
    };
    let next = open_link_and_submit(&login.browser, &link, filled).await;
    assert!(
        next.text().contains("<html lang=\"de\">"),
        "{}",
        next.text()
    );
    assert_eq!(next.header("content-language"), "de");
}

/// Entered values are shown literally.
#[tokio::test]
async fn user_input_is_escaped() {
    let service = service().await;
    let login = Login::new(&service);
    let evil = "%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E";
    for page in PAGES {
        for name in ["login_hint", "ui_locales", "prompt_", "token", "email", "x"] {
            let path = page_of(&login, page, &format!("&{name}={evil}"));
            let answer = shown(&service, &path, &[]).await;
            assert!(
                !answer.text().contains("<img"),
                "{page} {name}: {}",
                answer.text()
            );
        }
    }
}
