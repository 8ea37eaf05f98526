//! The authorization endpoint as `docs/clients.md` describes it.

use super::{Engine, OpenIdStub, ProviderSetup, TestService};
use crate::{
    docs::section,
    support::{
        Browser,
        stub::{one, pairs},
        upstream::{LOOPBACK, StubProvider},
    },
};

/// The client in the documented request.
const WEB: &str = "
    [[clients]]
    client_id = 'web'
    redirect_uris = ['https://app.example.com/callback']
";

async fn service_with_stub(stub: &OpenIdStub) -> TestService {
    let trusted: ProviderSetup<'_> = (
        "google",
        stub,
        "name = 'One of Ours'\ntrusts_addresses = true",
    );
    TestService::with_providers(Engine::Sqlite, &[trusted], WEB).await
}

/// The documented request at this service.
fn documented_request() -> String {
    let text = section("clients", "Authorization endpoint");
    let (_, rest) = text
        .split_once("https://auth.example.com/authorize?")
        .unwrap();
    let request = rest.split("\n```").next().unwrap();
    let request: String = request.split_whitespace().collect();
    format!("{LOOPBACK}/authorize?{request}")
}

#[tokio::test]
async fn documented_authorization_request_works() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let browser = Browser::new(&service);
    // Without a provider, a page offers the choice.
    let page = browser.visit(&documented_request()).await;
    let text = page.assert_status(200).text();
    assert!(text.contains("One of Ours"), "{text}");
    let links = text.split("href=\"").skip(1);
    let mut links = links.filter_map(|it| it.split('"').next()?.split_once("/authorize?"));
    let (_, link) = links.next().unwrap_or_else(|| panic!("{text}"));
    let link = link.replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(one(&pairs(link.as_bytes()), "provider"), Some("google"));
    for url in [
        format!("/authorize?{link}"),
        format!("{}&provider=google", documented_request()),
        // The short form.
        documented_request().replace("/authorize?response_type=code", "/login/google?"),
    ] {
        let sent = browser.visit(&url).await;
        let location = sent.assert_status(303).header("location");
        assert!(location.starts_with(stub.issuer()), "{location}");
        let answer = browser.open_callback(&stub.authorize(location)).await;
        let location = answer.header("location");
        let (uri, _) = location.split_once('?').unwrap();
        assert_eq!(uri, "https://app.example.com/callback", "{location}");
    }
}

/// Errors without a valid redirect show a page. Duplicate parameters are ambiguous, so they count
/// as missing.
#[tokio::test]
async fn errors_without_a_valid_redirect_show_a_page() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let browser = Browser::new(&service);
    let good = documented_request() + "&provider=google";
    for (url, status) in [
        (good.replace("client_id=web", "client_id=nobody"), 400),
        (good.replace("app.example.com", "evil.example.com"), 400),
        (format!("{good}&client_id=web"), 400),
        (format!("{good}&state=another"), 400),
        (good.replace("/authorize", "/login/nobody"), 404),
    ] {
        let shown = browser.visit(&url).await;
        shown.assert_status(status);
        assert_eq!(shown.header("location"), "", "{url}");
        assert!(shown.header("content-type").starts_with("text/html"));
    }
    // Other errors are returned to the client.
    let answer = browser.visit(&good.replace("google", "nobody")).await;
    let (_, told) = answer
        .assert_status(303)
        .header("location")
        .split_once('?')
        .unwrap();
    let told = pairs(told.as_bytes());
    assert_eq!(one(&told, "error"), Some("invalid_request"));
    assert_eq!(one(&told, "state"), Some("af0ifjsldkj"));
}
