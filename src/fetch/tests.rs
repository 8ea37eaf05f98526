//! Tests with servers on loopback sockets that send scripted responses, and with resolvers that return
//! chosen IP addresses.

mod addresses;
mod server;

use std::{io, time::Duration};

use http::Request;
use url::Url;

use self::{
    addresses::{resolving_to, unresponsive_resolver},
    server::Server,
};
use super::{
    Error, Fetcher, MAX_BYTES, NetworkAccess, NotAdmitted, Resolver, TimedOut, UnsentRequests,
};
use crate::connect::innermost;

/// A timeout that no test reaches.
const LONG_TIMEOUT: Duration = Duration::from_mins(1);

/// A client that may also send requests to this machine.
fn loopback_client() -> Fetcher {
    Fetcher::new(NetworkAccess::Loopback, LONG_TIMEOUT, Resolver::system()).unwrap()
}

/// A client whose resolver returns `addresses` for every name.
fn client_resolving_to(access: NetworkAccess, addresses: &[&str]) -> Fetcher {
    Fetcher::new(access, LONG_TIMEOUT, resolving_to(addresses)).unwrap()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// Returns the messages of an error and of all its sources.
fn full_message(error: &dyn std::error::Error) -> String {
    let causes = error.source().map(full_message).unwrap_or_default();
    format!("{error}: {causes}")
}

#[tokio::test]
async fn response_with_any_status_is_returned() {
    for status in ["200 OK", "404 Not Found", "503 Service Unavailable"] {
        let server = Server::responding(&format!(
            "HTTP/1.1 {status}\r\ncontent-length: 2\r\netag: x\r\n\r\n{{}}"
        ))
        .await;
        let response = loopback_client().get(&server.url("/a?b=c")).await.unwrap();
        assert!(status.starts_with(response.status().as_str()));
        assert_eq!(response.headers()["etag"], "x");
        assert_eq!(response.body(), b"{}");
    }
}

#[tokio::test]
async fn request_has_user_agent_and_accept_headers() {
    let server = Server::responding("HTTP/1.1 204 No Content\r\n\r\n").await;
    loopback_client().get(&server.url("/a?b=c")).await.unwrap();
    let received = server.request();
    assert!(
        received.starts_with("GET /a?b=c HTTP/1.1\r\n"),
        "{received}"
    );
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        received.contains(&format!("user-agent: signet/{version}\r\n")),
        "{received}"
    );
    assert!(
        received.contains("accept: application/json\r\n"),
        "{received}"
    );

    let request = Request::post(server.url("/token").as_str())
        .header("accept", "application/vnd.github+json")
        .header("authorization", "Basic abc")
        .body(b"code=x".to_vec())
        .unwrap();
    loopback_client().send(request).await.unwrap();
    let received = server.request();
    assert!(
        received.starts_with("POST /token HTTP/1.1\r\n"),
        "{received}"
    );
    assert!(
        received.contains("accept: application/vnd.github+json\r\n"),
        "{received}"
    );
    assert!(!received.contains("application/json"), "{received}");
    assert!(
        received.contains("authorization: Basic abc\r\n"),
        "{received}"
    );
    assert!(received.ends_with("\r\n\r\ncode=x"), "{received}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::responding("HTTP/1.1 204 No Content\r\n\r\n").await;
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let location = elsewhere.url("/");
        let answer =
            format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::responding(&answer).await;
        let result = loopback_client().get(&server.url("/")).await;
        assert!(
            matches!(result, Err(Error::Redirected)),
            "{status}: {result:?}"
        );
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn body_longer_than_the_limit_is_rejected() {
    let full = "x".repeat(MAX_BYTES);
    let chunked = |text: &str| format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    let head = "HTTP/1.1 200 OK\r\n";
    let with_length =
        |length: usize, text: &str| format!("{head}content-length: {length}\r\n\r\n{text}");
    let close = format!("{head}connection: close\r\n\r\n");
    let chunks = format!("{head}transfer-encoding: chunked\r\n\r\n");
    for allowed in [
        with_length(MAX_BYTES, &full),
        format!("{chunks}{}", chunked(&full)),
        format!("{close}{full}"),
    ] {
        let server = Server::responding(&allowed).await;
        let response = loopback_client().get(&server.url("/")).await.unwrap();
        assert_eq!(response.body().len(), MAX_BYTES);
    }
    for too_long in [
        with_length(MAX_BYTES + 1, &format!("{full}x")),
        // Only the announced length exceeds the limit: the body is never sent.
        with_length(300 * 1024, ""),
        with_length(1 << 40, ""),
        format!("{chunks}{}", chunked(&format!("{full}x"))),
        format!("{close}{full}x"),
    ] {
        let server = Server::responding(&too_long).await;
        let result = loopback_client().get(&server.url("/")).await;
        assert!(matches!(result, Err(Error::TooLong)), "{result:?}");
    }
}

#[tokio::test]
async fn endless_body_or_head_is_aborted() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let server = Server::repeating(head, &chunk).await;
    let result = loopback_client().get(&server.url("/")).await;
    assert!(matches!(result, Err(Error::TooLong)), "{result:?}");

    let server = Server::repeating("HTTP/1.1 200 OK\r\n", "x-a: b\r\n").await;
    let result = loopback_client().get(&server.url("/")).await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
}

#[tokio::test]
async fn slow_server_or_name_server_times_out() {
    let impatient = Fetcher::new(
        NetworkAccess::Loopback,
        Duration::from_millis(100),
        Resolver::system(),
    )
    .unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    for sent in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nx: y\r\n",
        head,
        &format!("{head}abc"),
    ] {
        let server = Server::hanging_after(sent).await;
        let result = impatient.get(&server.url("/")).await;
        assert!(
            matches!(result, Err(Error::TimedOut(_))),
            "{sent}: {result:?}"
        );
    }
    // The name server does not respond.
    let (_held, unresponsive) = unresponsive_resolver();
    let unresolved = Fetcher::new(
        NetworkAccess::Public,
        Duration::from_millis(100),
        unresponsive,
    );
    let result = unresolved.unwrap().get(&url("https://id.example/")).await;
    let has_timed_out = matches!(result, Err(Error::TimedOut(TimedOut::Name)));
    assert!(has_timed_out, "{result:?}");
    // The server sends a few bytes now and then.
    let server = Server::dripping(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "1\r\nx\r\n",
    )
    .await;
    let result = impatient.get(&server.url("/")).await;
    assert!(matches!(result, Err(Error::TimedOut(_))), "{result:?}");
}

#[tokio::test]
async fn closed_port_or_malformed_response_is_unreachable() {
    let gone = Server::responding("").await.stop().await;
    for answer in [
        "",
        "220 smtp.example ESMTP\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
    ] {
        let server = Server::responding(answer).await;
        let result = loopback_client().get(&server.url("/")).await;
        assert!(
            matches!(result, Err(Error::Unreachable(_))),
            "{answer}: {result:?}"
        );
    }
    let result = loopback_client().get(&gone).await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
    // A server without TLS cannot be reached over https.
    let server = Server::responding("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let result = loopback_client()
        .get(&url(&server.url("/").as_str().replace("http", "https")))
        .await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
}

#[tokio::test]
async fn error_names_the_root_cause() {
    let unknown = Resolver::from_fn(|_| Err(io::Error::other("Name or service not known")));
    let unknown = Fetcher::new(NetworkAccess::Public, LONG_TIMEOUT, unknown).unwrap();
    let gone = Server::responding("").await.stop().await;
    let slow = Server::hanging_after("").await;
    let plain = Server::responding("HTTP/1.1 200 OK\r\n\r\n").await;
    let plain = url(&plain.url("/").as_str().replace("http", "https"));
    let (_held, unresponsive) = unresponsive_resolver();
    let impatient = Fetcher::new(
        NetworkAccess::Loopback,
        Duration::from_millis(100),
        unresponsive,
    )
    .unwrap();
    for (fetcher, url, cause) in [
        (
            &unknown,
            url("https://id.example/"),
            "Name or service not known",
        ),
        (&loopback_client(), gone, "Connection refused"),
        (&loopback_client(), plain, "InvalidContentType"),
        (
            &impatient,
            url("https://id.example/"),
            "no name server responds",
        ),
        (&impatient, slow.url("/"), "the response timed out"),
    ] {
        let error = fetcher.get(&url).await.unwrap_err();
        let message = innermost(&error).to_string();
        assert!(message.contains(cause), "{cause}: {message}");
    }
}

/// A name server can return any number of addresses, most of which may drop packets.
#[tokio::test]
async fn next_allowed_address_is_tried_after_a_refusal() {
    let server = Server::responding("HTTP/1.1 204 No Content\r\n\r\n").await;
    let by_name = url(&server
        .url("/")
        .as_str()
        .replace("127.0.0.1", "app.localhost"));
    // 127.0.0.2 refuses the connection. Private addresses would drop every packet, and are not tried.
    let fetcher = client_resolving_to(
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
async fn error_messages_contain_nothing_of_the_request() {
    let gone = Server::responding("").await.stop().await;
    let slow = Server::hanging_after("").await;
    let broken = Server::responding("x").await;
    let redirects = Server::responding("HTTP/1.1 302 X\r\nlocation: /hush\r\n\r\n").await;
    let impatient = Fetcher::new(
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
        let results = [
            impatient.get(&url).await,
            impatient.send(request.unwrap()).await,
        ];
        for error in results.into_iter().map(Result::unwrap_err) {
            let message = format!("{} {error:?}", full_message(&error));
            assert!(!message.contains("hush"), "{url}: {message}");
        }
    }
}

#[tokio::test]
async fn loopback_access_allows_localhost_names_over_http() {
    let server = Server::responding("HTTP/1.1 204 No Content\r\n\r\n").await;
    let by_name = url(&server.url("/").as_str().replace("127.0.0.1", "localhost"));
    // The system resolver resolves this name.
    loopback_client().get(&by_name).await.unwrap();
    let app = url(&by_name.as_str().replace("localhost", "app.localhost"));
    let fetcher = client_resolving_to(
        NetworkAccess::Loopback,
        &["10.0.0.1", "127.0.0.1", "1.1.1.1"],
    );
    fetcher.get(&app).await.unwrap();
    assert_eq!(server.connections(), 2);

    let public = Fetcher::new(NetworkAccess::Public, LONG_TIMEOUT, Resolver::system()).unwrap();
    for url in [server.url("/"), by_name, app] {
        let result = public.get(&url).await;
        let refused = matches!(result, Err(Error::NotAdmitted(NotAdmitted::Scheme)));
        assert!(refused, "{url}: {result:?}");
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn public_name_that_resolves_to_private_addresses_is_refused() {
    let server = Server::responding("HTTP/1.1 204 No Content\r\n\r\n").await;
    let port = server.url("/").port().unwrap();
    let url = url(&format!("https://id.example:{port}/"));
    for (access, addresses) in [
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
        let result = client_resolving_to(access, addresses).get(&url).await;
        let refused = matches!(result, Err(Error::NotAdmitted(NotAdmitted::Private)));
        assert!(refused, "{addresses:?}: {result:?}");
    }
    assert_eq!(server.connections(), 0);
    let refused = UnsentRequests::default();
    let counting = client_resolving_to(NetworkAccess::Public, &["10.0.0.1"]);
    let counting = counting.counting_in(refused.clone());
    for url in [&url, &super::tests::url("https://10.0.0.1/")] {
        counting.separate().get(url).await.unwrap_err();
    }
    assert_eq!(refused.get(), 2);
    // With loopback access the client connects, and the handshake fails because the server has no TLS.
    let result = client_resolving_to(NetworkAccess::Loopback, &["127.0.0.1"])
        .get(&url)
        .await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
    assert_eq!(server.connections(), 1);
}
