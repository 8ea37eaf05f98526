//! `/` and `/.well-known/change-password`.

use serde_json::json;
use signet::client::SecretHash;

use crate::support::{
    Browser, PASSWORD, TestService,
    answer::Answer,
    browser::{ACCESS, REFRESH, WEB},
    upstream::LOOPBACK,
};

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

#[tokio::test]
async fn front_page_leads_to_the_login_and_to_a_new_account() {
    let settings = format!("issuer = '{LOOPBACK}'\npages.name = 'Acme'");
    let service = TestService::with(&settings).await;
    let page = service.anon().send("GET", "/", &[BROWSER], "").await;
    page.assert_status(200);
    let text = page.text();
    assert!(
        text.contains("<title>Your account · Acme</title>"),
        "{text}"
    );
    assert!(
        text.contains("Your account at <bdi>Acme</bdi> logs you in"),
        "{text}"
    );
    let links = page.links();
    assert_eq!(
        links,
        [
            ("Log in".to_owned(), format!("{LOOPBACK}/login")),
            ("Create account".to_owned(), format!("{LOOPBACK}/signup")),
        ]
    );
    for (_, link) in links {
        Browser::new(&service).visit(&link).await.assert_status(200);
    }
    let german = [BROWSER, ("accept-language", "de")];
    let page = service.anon().send("GET", "/", &german, "").await;
    assert!(
        page.text().contains("<h1>Ihr Konto</h1>"),
        "{}",
        page.text()
    );
}

/// The page as a browser with these cookies sees it.
async fn shown(service: &TestService, browser: &Browser<'_>, language: &str) -> Answer {
    let cookies = browser.cookies();
    let headers = [
        BROWSER,
        ("cookie", &cookies),
        ("accept-language", language),
        ("sec-fetch-site", "cross-site"),
    ];
    let page = service.anon().send("GET", "/", &headers, "").await;
    page.assert_status(200);
    // The page reads the login and renews nothing.
    assert_eq!(page.set_cookies(), [""; 0]);
    page
}

/// A client with cookies that has a home page, another one with a home page, and one without.
fn with_home_pages() -> String {
    // Confidential clients need no `client_id` in the requests of the browser.
    let confidential = format!(
        "redirect_uris = ['https://other.example.com/back']\nclient_secret_hashes = ['{}']\n",
        SecretHash::of("secret")
    );
    format!(
        "{WEB}\nname = 'Acme Web'\nhome = 'https://app.example.com/start'\n\
         [[clients]]\nclient_id = 'other'\nhome = 'https://other.example.com'\n{confidential}\
         [[clients]]\nclient_id = 'without'\n{confidential}"
    )
}

#[tokio::test]
async fn front_page_shows_who_is_logged_in_and_leads_to_the_apps() {
    let service = TestService::with(&with_home_pages()).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    for (language, who, onward) in [
        (
            "en",
            "Logged in as <bdi>ada@example.com</bdi>",
            "Continue to",
        ),
        (
            "de",
            "Angemeldet als <bdi>ada@example.com</bdi>",
            "Weiter zu",
        ),
        (
            "es",
            "Sesión iniciada como <bdi>ada@example.com</bdi>",
            "Continuar a",
        ),
        ("zh", "当前登录：<bdi>ada@example.com</bdi>", "继续前往"),
    ] {
        let page = shown(&service, &browser, language).await;
        assert!(page.text().contains(who), "{}", page.text());
        let apps = [
            ("other", "https://other.example.com/"),
            ("Acme Web", "https://app.example.com/start"),
        ];
        let apps = apps.map(|(name, home)| (format!("{onward} {name}"), home.to_owned()));
        assert_eq!(page.links(), apps);
    }

    // The refresh cookie alone is a login as well.
    let access = browser.drop_cookie(ACCESS).unwrap();
    let page = shown(&service, &browser, "en").await;
    assert!(page.text().contains("ada@example.com"), "{}", page.text());
    browser.set_cookie(ACCESS, access);

    let (action, fields) = page.form();
    assert_eq!(action, "https://auth.example.com/end-session");
    let cookies = browser.cookies();
    let headers = [
        ("cookie", &*cookies),
        ("origin", "https://auth.example.com"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let out = service
        .anon()
        .send("POST", "/end-session", &headers, body)
        .await;
    browser.keep(out.assert_status(200));
    let page = shown(&service, &browser, "en").await;
    assert!(page.text().contains("Create account"), "{}", page.text());
}

#[tokio::test]
async fn front_page_shows_no_login_that_has_ended() {
    let service = TestService::with(&with_home_pages()).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    let of_ada = [ACCESS, REFRESH].map(|name| (name, browser.cookie(name).unwrap()));

    // A response in flight sets the cookies again after a logout of this browser.
    browser.keep(browser.post("/logout", json!({})).await.assert_status(204));
    for (name, value) in &of_ada {
        browser.set_cookie(name, value);
    }
    let page = shown(&service, &browser, "en").await;
    assert!(!page.text().contains("ada@example.com"), "{}", page.text());

    // A logout everywhere in another browser.
    let [one, other] = [0, 1].map(|_| Browser::logged_in(&service, "ada@example.com"));
    let (one, other) = (one.await, other.await);
    other
        .post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    let page = shown(&service, &one, "en").await;
    assert!(!page.text().contains("ada@example.com"), "{}", page.text());

    // Forged cookies.
    let forged = Browser::new(&service);
    forged.set_cookie(ACCESS, "x.y.z");
    let page = shown(&service, &forged, "en").await;
    assert!(page.text().contains("Create account"), "{}", page.text());
}

/// Without a client with cookies, the cookies of an earlier configuration are ignored.
#[tokio::test]
async fn front_page_without_a_client_with_cookies_says_nothing_of_a_login() {
    let mut service = TestService::with(&with_home_pages()).await;
    let cookies = {
        let browser = Browser::signed_up(&service, "ada@example.com").await;
        browser.cookies()
    };
    service.reload("[[clients]]\nclient_id = 'app'\n").unwrap();
    let headers = [BROWSER, ("cookie", &*cookies)];
    let page = service.anon().send("GET", "/", &headers, "").await;
    page.assert_status(200);
    assert!(page.text().contains("Create account"), "{}", page.text());
    assert!(!page.text().contains("ada@example.com"), "{}", page.text());
}

#[tokio::test]
async fn front_page_shows_the_user_of_a_session_at_the_issuer() {
    let service = TestService::with(&format!("issuer = '{LOOPBACK}'")).await;
    let browser = Browser::new(&service);
    service.signed_up("ada@example.com").await;
    let form = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("by", "password"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let url = format!("{LOOPBACK}/login");
    browser.post_form(&url, &form).await.assert_status(200);
    let page = shown(&service, &browser, "en").await;
    assert!(page.text().contains("ada@example.com"), "{}", page.text());
}

#[tokio::test]
async fn front_page_offers_only_what_the_service_can_do() {
    let mut service = TestService::with("sso.enabled = false").await;
    service.disable_mail();
    let page = service.anon().send("GET", "/", &[BROWSER], "").await;
    page.assert_status(200);
    assert!(page.links().is_empty(), "{}", page.text());
    assert!(
        page.text().contains("open the app you want to use"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn clients_of_the_api_get_the_documents_of_the_service() {
    for path in ["", "/tenant"] {
        let issuer = format!("https://auth.example.com{path}");
        let service = TestService::with(&format!("issuer = '{issuer}'")).await;
        let document = json!({
            "name": "auth.example.com",
            "issuer": issuer,
            "openid_configuration": format!("{issuer}/.well-known/openid-configuration"),
            "openapi": "https://auth.example.com/openapi.json",
        });
        for at in [format!("{path}/"), path.to_owned()] {
            if at.is_empty() {
                continue;
            }
            let answer = service.anon().get(&at).await;
            answer.assert_status(200);
            assert!(answer.header("vary").contains("accept"));
            assert_eq!(answer.json(), document, "{at}");
        }
        let answer = service.anon().get("/.well-known/change-password").await;
        answer.assert_status(303);
        assert_eq!(
            answer.header("location"),
            format!("{issuer}/password/forgot")
        );
    }
}

#[tokio::test]
async fn password_managers_find_the_page_that_changes_a_password() {
    let mut service = TestService::with(&format!("issuer = '{LOOPBACK}'")).await;
    let browser = Browser::new(&service);
    let answer = browser.visit("/.well-known/change-password").await;
    answer.assert_status(303);
    let target = answer.header("location").to_owned();
    assert_eq!(target, format!("{LOOPBACK}/password/forgot"));
    browser.visit(&target).await.assert_status(200);
    // The address that must not exist tells password managers that statuses are reliable.
    let path = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200";
    service
        .anon()
        .send("GET", path, &[BROWSER], "")
        .await
        .assert_status(404);
    service.disable_mail();
    let answer = service.anon().get("/.well-known/change-password").await;
    assert_eq!(answer.header("location"), format!("{LOOPBACK}/login"));
}
