//! The front door as README describes it.

use super::{Beside, Engine, House, OpenIdStub};
use crate::{
    readme::section,
    support::{
        Browser,
        stub::{one, pairs},
        upstream::{LOOPBACK, Upstream},
    },
};

/// The client of README's own request.
const WEB: &str = "
    [[clients]]
    client_id = 'web'
    redirect_uris = ['https://app.example.com/callback']
";

async fn house_beside(stub: &OpenIdStub) -> House {
    let trusted: Beside<'_> = (
        "google",
        stub,
        "name = 'One of Ours'\ntrusts_addresses = true",
    );
    let house = House::beside(Engine::Sqlite, &[trusted], WEB).await;
    house.unwrap()
}

/// README's request, at this house.
fn written_request() -> String {
    let text = section("The front door");
    let (_, rest) = text
        .split_once("https://auth.example.com/authorize?")
        .unwrap();
    let request = rest.split("\n```").next().unwrap();
    let request: String = request.split_whitespace().collect();
    format!("{LOOPBACK}/authorize?{request}")
}

#[tokio::test]
async fn the_request_that_is_written_there_is_a_good_one() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let browser = Browser::new(&house);
    // Without a provider a page asks by which.
    let page = browser.visits(&written_request()).await;
    let text = page.assert_status(200).text();
    assert!(text.contains("One of Ours"), "{text}");
    let links = text.split("href=\"").skip(1);
    let mut links = links.filter_map(|it| it.split('"').next()?.split_once("/authorize?"));
    let (_, link) = links.next().unwrap_or_else(|| panic!("{text}"));
    let link = link.replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(one(&pairs(link.as_bytes()), "provider"), Some("google"));
    for url in [
        format!("/authorize?{link}"),
        format!("{}&provider=google", written_request()),
        // In short.
        written_request().replace("/authorize?response_type=code", "/login/google?"),
    ] {
        let sent = browser.visits(&url).await;
        let location = sent.assert_status(303).header("location");
        assert!(location.starts_with(stub.issuer()), "{location}");
        let answer = browser.comes_back(&stub.authorize(location)).await;
        let location = answer.header("location");
        let (uri, _) = location.split_once('?').unwrap();
        assert_eq!(uri, "https://app.example.com/callback", "{location}");
    }
}

/// Whatever nobody can be told is shown. Two values of one name are none: which one was meant?
#[tokio::test]
async fn who_cannot_be_answered_is_shown_a_page() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let browser = Browser::new(&house);
    let good = written_request() + "&provider=google";
    for (url, status) in [
        (good.replace("client_id=web", "client_id=nobody"), 400),
        (good.replace("app.example.com", "evil.example.com"), 400),
        (format!("{good}&client_id=web"), 400),
        (format!("{good}&state=another"), 400),
        (good.replace("/authorize", "/login/nobody"), 404),
    ] {
        let shown = browser.visits(&url).await;
        shown.assert_status(status);
        assert_eq!(shown.header("location"), "", "{url}");
        assert!(shown.header("content-type").starts_with("text/html"));
    }
    // Everything else goes back to the client.
    let answer = browser.visits(&good.replace("google", "nobody")).await;
    let (_, told) = answer
        .assert_status(303)
        .header("location")
        .split_once('?')
        .unwrap();
    let told = pairs(told.as_bytes());
    assert_eq!(one(&told, "error"), Some("invalid_request"));
    assert_eq!(one(&told, "state"), Some("af0ifjsldkj"));
}
