//! Forward-auth by proxies, configured as `docs/forward-auth.md` says.

use std::{net::SocketAddr, thread};

use rstest::rstest;
use rstest_reuse::{apply, template};
use serde_json::json;

use crate::support::{
    PASSWORD,
    http_browser::HttpBrowser,
    issuer::Issuer,
    process::{ServiceProcess, free_address},
    reverse_proxy::{ProxyKind, ReverseProxy},
};

const SCRIPT: [(&str, &str); 2] = [("Accept", "*/*"), ("Sec-Fetch-Mode", "cors")];

/// A spoofed user, as every client can send it. Many applications read an underscore or a dot as a hyphen.
const SPOOFED: [(&str, &str); 13] = [
    ("Remote-User", "mallory"),
    ("remote-user", "mallory"),
    ("Remote-Email", "mallory@example.com"),
    ("Remote-Name", "mallory"),
    ("Remote-Groups", "mallory"),
    ("Remote_User", "mallory"),
    ("remote_USER", "mallory"),
    ("Remote_Email", "mallory@example.com"),
    ("REMOTE_NAME", "mallory"),
    ("Remote_groups", "mallory"),
    ("Remote.User", "mallory"),
    ("remote.email", "mallory@example.com"),
    ("Remote.Groups", "mallory"),
];

fn issuer_for(kind: ProxyKind, proxy: SocketAddr) -> Issuer {
    let on_refused = match kind {
        ProxyKind::Nginx | ProxyKind::NewNginx => "401",
        ProxyKind::Caddy | ProxyKind::Traefik | ProxyKind::Envoy | ProxyKind::Haproxy => "redirect",
    };
    Issuer::start(&format!(
        "
        http.trusted_proxies = ['127.0.0.1']

        [policies.staff]
        origins = ['http://{proxy}']
        on_refused = '{on_refused}'

        [[clients]]
        client_id = 'web'
        transport = 'cookie'
        claims = {{ email = '$email', email_verified = '$email_verified', name = '$name' }}
        "
    ))
}

/// Logs Ada in, and returns the `Cookie` header of her browser.
fn log_in(issuer: &Issuer) -> String {
    let body = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let head = format!(
        "POST /login HTTP/1.1\r\nContent-Type: application/json\r\nOrigin: {}",
        issuer.url
    );
    let (status, head, body) =
        ServiceProcess::request_at(issuer.service.address, &head, &body).unwrap();
    assert_eq!(status, 200, "{body}");
    let pairs: Vec<_> = set_cookies(&head)
        .into_iter()
        .map(|(pair, _)| pair)
        .collect();
    assert_eq!(pairs.len(), 2, "{head}");
    pairs.join("; ")
}

/// The pair and the attributes of each cookie of the service in a response.
fn set_cookies(head: &str) -> Vec<(String, String)> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let lines = lines.filter(|(name, value)| {
        name.eq_ignore_ascii_case("set-cookie") && value.starts_with("signet-")
    });
    let split = |value: &str| {
        let (pair, attributes) = value.split_once("; ").unwrap();
        (pair.to_owned(), attributes.to_owned())
    };
    lines.map(|(_, value)| split(value)).collect()
}

/// Checks the request that the application has received: it has Ada's identity once, or none.
#[track_caller]
fn assert_identity(received: &str, is_ada: bool) {
    assert!(!received.contains("mallory"), "{received}");
    let users = received
        .lines()
        .filter_map(|line| line.strip_prefix("remote-user: "));
    let users: Vec<_> = users.filter(|user| !user.trim().is_empty()).collect();
    assert_eq!(users.len(), usize::from(is_ada), "{received}");
    assert_eq!(
        received.contains("remote-email: ada@example.com\r\n"),
        is_ada,
        "{received}"
    );
    assert_eq!(
        received.contains("remote-groups: user\r\n"),
        is_ada,
        "{received}"
    );
}

/// The cookies that the application has received.
fn cookies_at_application(received: &str) -> Vec<&str> {
    let lines = received
        .lines()
        .filter_map(|line| line.strip_prefix("cookie: "));
    let cookies = lines.flat_map(|line| line.split(';')).map(str::trim);
    cookies.filter(|cookie| !cookie.is_empty()).collect()
}

/// Starts Signet, and a proxy before it and an application. `None` if the machine lacks the proxy.
fn start(kind: ProxyKind) -> Option<(Issuer, ReverseProxy)> {
    let address = free_address();
    let issuer = issuer_for(kind, address);
    let proxy = ReverseProxy::start(kind, address, issuer.service.address)?;
    Some((issuer, proxy))
}

#[template]
#[rstest]
#[case::nginx(ProxyKind::Nginx)]
#[case::new_nginx(ProxyKind::NewNginx)]
#[case::caddy(ProxyKind::Caddy)]
#[case::traefik(ProxyKind::Traefik)]
#[case::envoy(ProxyKind::Envoy)]
#[case::haproxy(ProxyKind::Haproxy)]
fn every_proxy(#[case] kind: ProxyKind) {}

#[apply(every_proxy)]
fn documented_proxy_sends_users_to_the_login_and_back(kind: ProxyKind) {
    let Some((issuer, proxy)) = start(kind) else {
        return;
    };
    let address = proxy.address;
    // A script learns that it is not logged in; a page redirects to the login, which returns to it.
    let (status, head, _) = proxy.send("GET", "/api", &SCRIPT);
    assert_eq!(status, 401, "{head}\n{}", proxy.printed());
    let mut web = HttpBrowser::default();
    web.shares_cookies_across_ports = true;
    let page = web.open(&format!("http://{address}/wiki?page=a%20b"));
    assert!(
        page.url.as_str().starts_with(&issuer.url),
        "{page:?}\n{}",
        proxy.printed()
    );
    let back = web.submit(
        &page,
        &[("email", "ada@example.com"), ("password", PASSWORD)],
    );
    assert_eq!(
        back.url.as_str(),
        format!("http://{address}/wiki?page=a%20b")
    );
    assert_eq!(back.status, 200, "{}", proxy.printed());
    assert_identity(&back.body, true);
}

#[apply(every_proxy)]
fn documented_proxy_removes_a_spoofed_identity(kind: ProxyKind) {
    let Some((issuer, proxy)) = start(kind) else {
        return;
    };
    // A spoofed identity never arrives, neither with a session nor without one.
    let cookies = log_in(&issuer);
    let session = ("Cookie", cookies.as_str());
    let spoofed = |more: &[(&'static str, &'static str)]| {
        let all = SPOOFED.iter().chain(&SCRIPT).chain(more);
        all.copied().collect::<Vec<_>>()
    };
    let mut headers: Vec<(&str, &str)> = spoofed(&[]);
    headers.push(session);
    let (status, _, received) = proxy.send("GET", "/api", &headers);
    assert_eq!(status, 200, "{}", proxy.printed());
    assert_identity(&received, true);
    let preflight = [
        ("Origin", "https://elsewhere.example.com"),
        ("Access-Control-Request-Method", "GET"),
    ];
    let (status, _, received) = proxy.send("OPTIONS", "/api", &spoofed(&preflight));
    assert_eq!(status, 200, "{}", proxy.printed());
    assert_identity(&received, false);
    let as_preflight = [
        preflight[0],
        preflight[1],
        ("X-Forwarded-Method", "OPTIONS"),
        ("X-Forwarded-Uri", "/"),
        ("X-Forwarded-For", "127.0.0.1"),
    ];
    let (status, _, received) = proxy.send("GET", "/api", &spoofed(&as_preflight));
    assert_eq!(status, 401, "{received}");

    // No hop-by-hop header removes the identity, and no other protocol passes the proxy.
    let removing = [
        session,
        SCRIPT[0],
        SCRIPT[1],
        ("Connection", "Remote-User, Remote-Groups"),
    ];
    let (status, _, received) = proxy.send("GET", "/api", &removing);
    assert_eq!(status, 200, "{}", proxy.printed());
    assert_identity(&received, true);
    let h2c = [
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
    ];
    let with_session = [&h2c[..], &[session, SCRIPT[0], SCRIPT[1]]].concat();
    let requests = [
        ("GET", with_session),
        ("OPTIONS", [&h2c[..], &preflight].concat()),
    ];
    for (method, headers) in requests {
        let (_, _, received) = proxy.send(method, "/api", &headers);
        let changes = received.contains("upgrade: h2c") && received.contains("http2-settings:");
        assert!(!changes, "{received}");
    }
}

#[apply(every_proxy)]
fn documented_proxy_removes_the_cookies_of_signet(kind: ProxyKind) {
    let Some((issuer, proxy)) = start(kind) else {
        return;
    };
    let cookies = log_in(&issuer);
    // The application keeps its own cookies alone.
    let all = format!(
        "a=b; {cookies}; __Host-signet-access=x; c=d,e; __Secure-signet-refresh=y; mysignet-f=g; signet-h"
    );
    let session = ("Cookie", all.as_str());
    let (status, _, received) = proxy.send("GET", "/api", &[SCRIPT[0], SCRIPT[1], session]);
    assert_eq!(status, 200, "{}", proxy.printed());
    let own = ["a=b", "c=d,e", "mysignet-f=g"];
    if kind == ProxyKind::Traefik {
        let cookies = cookies_at_application(&received);
        assert!(own.iter().all(|it| cookies.contains(it)), "{received}");
    } else {
        assert_eq!(cookies_at_application(&received), own, "{received}");
    }
}

#[apply(every_proxy)]
fn documented_proxy_forwards_cookies_after_an_expiry_and_closes_without_signet(kind: ProxyKind) {
    let Some((issuer, proxy)) = start(kind) else {
        return;
    };
    let cookies = log_in(&issuer);
    // Scripts after an expiry: no 401, and each gets whole cookies.
    let refresh = cookies.split("; ").find(|it| it.contains("-refresh="));
    let session = ("Cookie", refresh.unwrap());
    let answers = thread::scope(|scope| {
        let ask = || proxy.send("GET", "/api", &[SCRIPT[0], SCRIPT[1], session]);
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        let answers = asked.into_iter().map(|asked| asked.join().unwrap());
        answers.collect::<Vec<_>>()
    });
    for (status, head, received) in &answers {
        assert_eq!(*status, 200, "{head}\n{}", proxy.printed());
        assert_identity(received, true);
        assert!(head.to_lowercase().contains("set-cookie: app=1"), "{head}");
        // A shared cache must not store the cookies.
        if !matches!(kind, ProxyKind::Traefik | ProxyKind::Envoy) {
            assert!(head.contains("no-store"), "{head}");
        }
        let cookies = set_cookies(head);
        // nginx before 1.23 forwards the first cookie alone.
        let expected = if kind == ProxyKind::Nginx { 1 } else { 2 };
        assert_eq!(cookies.len(), expected, "{head}");
        for ((pair, attributes), name) in cookies.iter().zip(["-access=", "-refresh="]) {
            assert!(pair.contains(name), "{head}");
            assert_eq!(attributes.matches("Max-Age=").count(), 1, "{head}");
            assert!(
                attributes.contains("Path=/") && !attributes.contains(','),
                "{head}"
            );
        }
    }
    let (access, _) = &set_cookies(&answers[0].1)[0];
    let session = ("Cookie", access.as_str());
    let (status, _, received) = proxy.send("GET", "/api", &[SCRIPT[0], SCRIPT[1], session]);
    assert_eq!(status, 200, "{}", proxy.printed());
    assert_identity(&received, true);
    let fresh = proxy.send("GET", "/api", &[SCRIPT[0], SCRIPT[1], session]);
    assert!(!fresh.1.contains("no-store"), "{}", fresh.1);

    // Without Signet no request reaches the application.
    drop(issuer);
    let (status, _, received) = proxy.send("GET", "/api", &[SCRIPT[0], SCRIPT[1], session]);
    assert!((400..600).contains(&status), "{status}: {received}");
    assert!(!received.contains("get /api"), "{received}");
}
