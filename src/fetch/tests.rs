//! Servers on real sockets that answer as they are told, and names that lead where they are told.

mod addresses;
mod server;

use std::{io, time::Duration};

use http::Request;
use url::Url;

use self::{
    addresses::{names, silent},
    server::Server,
};
use super::{Error, Fetcher, MAX_BYTES, NetworkAccess, NotAdmitted, Resolver, TimedOut};
use crate::connect::innermost;

/// Longer than any test waits.
const PATIENCE: Duration = Duration::from_mins(1);

fn here() -> Fetcher {
    Fetcher::new(NetworkAccess::Loopback, PATIENCE, Resolver::system()).unwrap()
}

/// Whoever reaches what that name stands for.
fn knowing(reach: NetworkAccess, addresses: &[&str]) -> Fetcher {
    Fetcher::new(reach, PATIENCE, names(addresses)).unwrap()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// All that is said of an error, to the last cause.
fn said(error: &dyn std::error::Error) -> String {
    let causes = error.source().map(said).unwrap_or_default();
    format!("{error}: {causes}")
}

#[tokio::test]
async fn an_answer_is_an_answer_whatever_its_status() {
    for status in ["200 OK", "404 Not Found", "503 Service Unavailable"] {
        let server = Server::answering(&format!(
            "HTTP/1.1 {status}\r\ncontent-length: 2\r\netag: x\r\n\r\n{{}}"
        ))
        .await;
        let answer = here().get(&server.url("/a?b=c")).await.unwrap();
        assert!(status.starts_with(answer.status().as_str()));
        assert_eq!(answer.headers()["etag"], "x");
        assert_eq!(answer.body(), b"{}");
    }
}

#[tokio::test]
async fn who_asks_says_who_it_is_and_what_it_understands() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    here().get(&server.url("/a?b=c")).await.unwrap();
    let asked = server.asked();
    assert!(asked.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{asked}");
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        asked.contains(&format!("user-agent: signet/{version}\r\n")),
        "{asked}"
    );
    assert!(asked.contains("accept: application/json\r\n"), "{asked}");

    let request = Request::post(server.url("/token").as_str())
        .header("accept", "application/vnd.github+json")
        .header("authorization", "Basic abc")
        .body(b"code=x".to_vec())
        .unwrap();
    here().send(request).await.unwrap();
    let asked = server.asked();
    assert!(asked.starts_with("POST /token HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains("accept: application/vnd.github+json\r\n"),
        "{asked}"
    );
    assert!(!asked.contains("application/json"), "{asked}");
    assert!(asked.contains("authorization: Basic abc\r\n"), "{asked}");
    assert!(asked.ends_with("\r\n\r\ncode=x"), "{asked}");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let location = elsewhere.url("/");
        let answer =
            format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::answering(&answer).await;
        let asked = here().get(&server.url("/")).await;
        assert!(
            matches!(asked, Err(Error::Redirected)),
            "{status}: {asked:?}"
        );
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn an_answer_is_as_long_as_it_may_be_and_no_longer_whatever_it_says() {
    let full = "x".repeat(MAX_BYTES);
    let chunked = |text: &str| format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    let head = "HTTP/1.1 200 OK\r\n";
    let counted =
        |length: usize, text: &str| format!("{head}content-length: {length}\r\n\r\n{text}");
    let close = format!("{head}connection: close\r\n\r\n");
    let chunks = format!("{head}transfer-encoding: chunked\r\n\r\n");
    for fine in [
        counted(MAX_BYTES, &full),
        format!("{chunks}{}", chunked(&full)),
        format!("{close}{full}"),
    ] {
        let server = Server::answering(&fine).await;
        let answer = here().get(&server.url("/")).await.unwrap();
        assert_eq!(answer.body().len(), MAX_BYTES);
    }
    for long in [
        counted(MAX_BYTES + 1, &format!("{full}x")),
        // It says so, and says nothing more.
        counted(300 * 1024, ""),
        counted(1 << 40, ""),
        format!("{chunks}{}", chunked(&format!("{full}x"))),
        format!("{close}{full}x"),
    ] {
        let server = Server::answering(&long).await;
        let asked = here().get(&server.url("/")).await;
        assert!(matches!(asked, Err(Error::TooLong)), "{asked:?}");
    }
}

#[tokio::test]
async fn an_answer_without_end_has_one() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let server = Server::repeating(head, &chunk).await;
    let asked = here().get(&server.url("/")).await;
    assert!(matches!(asked, Err(Error::TooLong)), "{asked:?}");

    let server = Server::repeating("HTTP/1.1 200 OK\r\n", "x-a: b\r\n").await;
    let asked = here().get(&server.url("/")).await;
    assert!(matches!(asked, Err(Error::Unreachable(_))), "{asked:?}");
}

#[tokio::test]
async fn who_is_slow_is_not_waited_for() {
    let hasty = Fetcher::new(
        NetworkAccess::Loopback,
        Duration::from_millis(100),
        Resolver::system(),
    )
    .unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    for begun in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nx: y\r\n",
        head,
        &format!("{head}abc"),
    ] {
        let server = Server::hanging_after(begun).await;
        let asked = hasty.get(&server.url("/")).await;
        assert!(
            matches!(asked, Err(Error::TimedOut(_))),
            "{begun}: {asked:?}"
        );
    }
    // Nor is whoever knows what a name stands for.
    let (_held, silent) = silent();
    let hasty_there = Fetcher::new(NetworkAccess::Public, Duration::from_millis(100), silent);
    let asked = hasty_there.unwrap().get(&url("https://id.example/")).await;
    let in_time = matches!(asked, Err(Error::TimedOut(TimedOut::Name)));
    assert!(in_time, "{asked:?}");
    // Not who says a little now and then either.
    let server = Server::dripping(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "1\r\nx\r\n",
    )
    .await;
    let asked = hasty.get(&server.url("/")).await;
    assert!(matches!(asked, Err(Error::TimedOut(_))), "{asked:?}");
}

#[tokio::test]
async fn who_is_not_there_or_says_no_http_cannot_be_reached() {
    let gone = Server::answering("").await.gone().await;
    for answer in [
        "",
        "220 smtp.example ESMTP\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
    ] {
        let server = Server::answering(answer).await;
        let asked = here().get(&server.url("/")).await;
        assert!(
            matches!(asked, Err(Error::Unreachable(_))),
            "{answer}: {asked:?}"
        );
    }
    let asked = here().get(&gone).await;
    assert!(matches!(asked, Err(Error::Unreachable(_))), "{asked:?}");
    // Nor is who speaks no TLS, or is believed by nobody.
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let asked = here()
        .get(&url(&server.url("/").as_str().replace("http", "https")))
        .await;
    assert!(matches!(asked, Err(Error::Unreachable(_))), "{asked:?}");
}

#[tokio::test]
async fn the_innermost_cause_is_named() {
    let unknown = Resolver::from_fn(|_| Err(io::Error::other("Name or service not known")));
    let unknown = Fetcher::new(NetworkAccess::Public, PATIENCE, unknown).unwrap();
    let gone = Server::answering("").await.gone().await;
    let slow = Server::hanging_after("").await;
    let plain = Server::answering("HTTP/1.1 200 OK\r\n\r\n").await;
    let plain = url(&plain.url("/").as_str().replace("http", "https"));
    let (_held, silent) = silent();
    let hasty = Fetcher::new(NetworkAccess::Loopback, Duration::from_millis(100), silent).unwrap();
    for (fetcher, url, cause) in [
        (
            &unknown,
            url("https://id.example/"),
            "Name or service not known",
        ),
        (&here(), gone, "Connection refused"),
        (&here(), plain, "InvalidContentType"),
        (
            &hasty,
            url("https://id.example/"),
            "no name server responds",
        ),
        (&hasty, slow.url("/"), "the response timed out"),
    ] {
        let error = fetcher.get(&url).await.unwrap_err();
        let said = innermost(&error).to_string();
        assert!(said.contains(cause), "{cause}: {said}");
    }
}

/// A name server may name any number of addresses, and swallow what is sent to most of them.
#[tokio::test]
async fn the_next_address_is_tried_and_none_out_of_reach() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let by_name = url(&server
        .url("/")
        .as_str()
        .replace("127.0.0.1", "app.localhost"));
    // 127.0.0.2 refuses; the private ones would swallow everything, and are not tried.
    let fetcher = knowing(
        NetworkAccess::Loopback,
        &[
            "10.0.0.1",
            "192.168.0.1",
            "fd00::1",
            "127.0.0.2",
            "127.0.0.1",
        ],
    );
    fetcher.get(&by_name).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn what_is_said_of_an_error_says_nothing_of_what_was_asked() {
    let gone = Server::answering("").await.gone().await;
    let slow = Server::hanging_after("").await;
    let broken = Server::answering("x").await;
    let redirects = Server::answering("HTTP/1.1 302 X\r\nlocation: /hush\r\n\r\n").await;
    let hasty = Fetcher::new(
        NetworkAccess::Loopback,
        Duration::from_millis(100),
        Resolver::system(),
    )
    .unwrap();
    for mut url in [
        gone,
        slow.url("/hush"),
        broken.url("/hush"),
        redirects.url("/hush"),
        url("https://10.0.0.1/hush"),
        url("https://hush:hush@id.example/"),
        url("https://id.example/#hush"),
        url("http://id.example/hush"),
    ] {
        url.set_query(Some("code=hush"));
        let request = Request::post(url.as_str())
            .header("authorization", "hush")
            .body(b"client_secret=hush".to_vec());
        let asks = [hasty.get(&url).await, hasty.send(request.unwrap()).await];
        for error in asks.into_iter().map(Result::unwrap_err) {
            let said = format!("{} {error:?}", said(&error));
            assert!(!said.contains("hush"), "{url}: {said}");
        }
    }
}

#[tokio::test]
async fn this_machine_is_asked_by_its_names_where_we_are_on_it() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let by_name = url(&server.url("/").as_str().replace("127.0.0.1", "localhost"));
    // The machine's own resolver knows that name.
    here().get(&by_name).await.unwrap();
    let app = url(&by_name.as_str().replace("localhost", "app.localhost"));
    let fetcher = knowing(
        NetworkAccess::Loopback,
        &["10.0.0.1", "127.0.0.1", "1.1.1.1"],
    );
    fetcher.get(&app).await.unwrap();
    assert_eq!(server.connections(), 2);

    let nobody = Fetcher::new(NetworkAccess::Public, PATIENCE, Resolver::system()).unwrap();
    for url in [server.url("/"), by_name, app] {
        let asked = nobody.get(&url).await;
        let refused = matches!(asked, Err(Error::NotAdmitted(NotAdmitted::Scheme)));
        assert!(refused, "{url}: {asked:?}");
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_public_name_that_leads_into_a_private_network_leads_nowhere() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let port = server.url("/").port().unwrap();
    let url = url(&format!("https://id.example:{port}/"));
    for (reach, addresses) in [
        (NetworkAccess::Public, &["127.0.0.1"][..]),
        (
            NetworkAccess::Public,
            &["::1", "::ffff:127.0.0.1", "10.0.0.1", "fd00::1"],
        ),
        (NetworkAccess::Public, &["169.254.169.254"]),
        (NetworkAccess::Public, &["64:ff9b::7f00:1", "2002:7f00:1::"]),
        (NetworkAccess::Public, &[]),
        (
            NetworkAccess::Loopback,
            &["10.0.0.1", "100.64.0.1", "fe80::1"],
        ),
    ] {
        let asked = knowing(reach, addresses).get(&url).await;
        let refused = matches!(asked, Err(Error::NotAdmitted(NotAdmitted::Private)));
        assert!(refused, "{addresses:?}: {asked:?}");
    }
    assert_eq!(server.connections(), 0);
    // On this machine it would be connected to, and speaks no TLS.
    let asked = knowing(NetworkAccess::Loopback, &["127.0.0.1"])
        .get(&url)
        .await;
    assert!(matches!(asked, Err(Error::Unreachable(_))), "{asked:?}");
    assert_eq!(server.connections(), 1);
}
