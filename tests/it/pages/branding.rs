//! The name and the logo of the service and of its clients.

use std::{fs, path::Path};

use serde_json::json;

use crate::support::{
    Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::{Login, OAUTH_CLIENT},
    upstream::LOOPBACK,
};

const ADA: &str = "ada@example.com";

/// An SVG that tries to run scripts and to load an image.
const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><style>rect{fill:red}</style>\
                   <script>alert(1)</script><image href='https://evil.example/x'/></svg>";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// A service with a name and a logo, and a client with a name, a logo and a home page.
async fn branded(folder: &Path) -> TestService {
    let (svg, png) = (folder.join("logo.svg"), folder.join("logo.png"));
    fs::write(&svg, SVG).unwrap();
    fs::write(&png, PNG).unwrap();
    let service = format!(
        "pages.name = 'Acme ID'\npages.logo = '{}'\npages.privacy_url = 'https://acme.example/privacy'\n\
         pages.terms_url = 'https://acme.example/terms'\n",
        svg.display()
    );
    let client = format!(
        "name = 'Acme <Web>'\nlogo = '{}'\nhome = 'https://app.example.com/start?a=1&b=2'\n",
        png.display()
    );
    let settings = format!("{service}{OAUTH_CLIENT}\n{client}");
    TestService::with_providers(Engine::Sqlite, &[], &settings).await
}

fn assert_image(answer: &Answer, media_type: &str, bytes: &[u8]) {
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), media_type);
    assert_eq!(
        answer.header("content-security-policy"),
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    );
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.body, bytes);
}

#[tokio::test]
async fn logos_are_served_as_images_that_run_no_script() {
    let folder = tempfile::tempdir().unwrap();
    let service = branded(folder.path()).await;
    let anon = service.anon();
    for path in ["/logo", "/favicon.ico"] {
        let logo = anon.get(path).await;
        assert_image(&logo, "image/svg+xml", SVG.as_bytes());
        let etag = logo.header("etag").to_owned();
        let again = anon
            .send("GET", path, &[("if-none-match", &etag)], "")
            .await;
        again.assert_status(304);
        assert!(again.body.is_empty());
    }
    assert_image(&anon.get("/logo/app").await, "image/png", PNG);
    // Requests do not read the files.
    fs::remove_file(folder.path().join("logo.svg")).unwrap();
    anon.get("/logo").await.assert_status(200);
    for path in ["/logo/other", "/logo/%ff", "/logo/app/x"] {
        anon.get(path).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn service_without_a_logo_has_a_neutral_icon() {
    let service = TestService::new().await;
    let icon = service.anon().get("/favicon.ico").await;
    icon.assert_status(200);
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    assert!(icon.text().starts_with("<svg "));
    for path in ["/logo", "/logo/default"] {
        let answer = service.anon().get(path).await;
        answer.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn login_page_shows_the_names_and_logos_of_service_and_client() {
    let folder = tempfile::tempdir().unwrap();
    let service = branded(folder.path()).await;
    let login = Login::new(&service);
    let page = login.browser.visit(&login.url("")).await;
    let text = page.text();
    assert!(text.contains("<title>Log in · Acme ID</title>"), "{text}");
    let header =
        format!("<header><img src=\"{LOOPBACK}/logo\" alt=\"\"><span>Acme ID</span></header>");
    assert!(text.contains(&header), "{text}");
    let client = format!(
        "<img class=\"mark\" src=\"{LOOPBACK}/logo/app\" alt=\"\" height=\"24\"> \
         You’re logging in to <bdi>Acme &#60;Web&#62;</bdi>."
    );
    assert!(text.contains(&client), "{text}");
    assert!(
        page.header("content-security-policy")
            .contains("img-src 'self'")
    );
    let sign_up = login.url("").replace("/authorize?", "/signup?");
    let text = login.browser.visit(&sign_up).await.text();
    let client = "an account to use <bdi>Acme &#60;Web&#62;</bdi>.";
    assert!(text.contains(client), "{text}");
    let accepted = "accept the terms and privacy policy of <bdi>Acme ID</bdi>.";
    assert!(text.contains(accepted), "{text}");
    // Without a client, the user logs in to the service.
    let page = login.browser.visit("/login").await;
    let text = page.text();
    assert!(text.contains("logging in to <bdi>Acme ID</bdi>"), "{text}");
}

#[tokio::test]
async fn flows_end_with_a_link_to_the_home_page_of_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let service = branded(folder.path()).await;
    let ada = service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let home = "https://app.example.com/start?a=1&b=2";

    let fields = [("email", ADA), ("password", PASSWORD)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser
        .post_form("/login", &fields)
        .await
        .assert_status(200);
    let page = browser.visit("/end-session?client_id=app").await;
    let logged_out = browser.post_form(&page.form().0, &page.form().1).await;
    let targets: Vec<_> = logged_out
        .links()
        .into_iter()
        .map(|(_, href)| href)
        .collect();
    let foot = ["https://acme.example/privacy", "https://acme.example/terms"];
    let expected = [home, foot[0], foot[1]];
    assert_eq!(targets, expected, "{}", logged_out.text());

    let change = json!({"email": "new@example.com"});
    ada.post("/email", change).await.assert_status(202);
    let token = service.mailed_token("new@example.com").unwrap();
    let path = format!("{LOOPBACK}/email/confirm?client_id=app");
    let form = [("token".to_owned(), token)];
    let changed = browser.post_form(&path, &form).await;
    changed.assert_status(200);
    let link = ("Continue to Acme &#60;Web&#62;".to_owned(), home.to_owned());
    assert_eq!(changed.links()[0], link);
}

#[tokio::test]
async fn mails_name_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let service = branded(folder.path()).await;
    let body = json!({"email": ADA, "client_id": "app"});
    service
        .anon()
        .post("/signup", body)
        .await
        .assert_status(202);
    let mail = service.outbox.lock().unwrap().last().unwrap().clone();
    assert!(mail.subject.contains("Acme ID"), "{}", mail.subject);
    assert!(mail.text.contains("Acme ID") && mail.html.contains("Acme ID"));
}
