//! Tests of the URLs and IP addresses that requests may be sent to.

use std::{
    io,
    net::IpAddr,
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
};

use proptest::prelude::*;
use url::{Host, Url};

use super::{Fetcher, LONG_TIMEOUT, NetworkAccess, NotAdmitted, Resolver, loopback_client, url};
use crate::{
    fetch::resolve::TargetRules,
    network::{AllowedTargets, is_public},
};

/// Returns a resolver that returns `addresses` for every name.
pub(super) fn resolving_to(addresses: &[&str]) -> Resolver {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    Resolver::from_fn(move |_| Ok(addresses.clone()))
}

/// Returns a resolver whose look-ups last until the sender is dropped.
pub(super) fn unresponsive_resolver() -> (Sender<()>, Resolver) {
    let (held, until) = channel();
    let until = Mutex::new(until);
    let resolver = Resolver::from_fn(move |_| {
        let _ = until.lock().unwrap().recv();
        Err(io::ErrorKind::TimedOut.into())
    });
    (held, resolver)
}

fn public() -> Fetcher {
    Fetcher::new(NetworkAccess::Public, LONG_TIMEOUT, Resolver::system()).unwrap()
}

#[test]
fn public_servers_are_allowed_over_https_only() {
    for (access, fetcher) in [
        (NetworkAccess::Public, public()),
        (NetworkAccess::Loopback, loopback_client()),
    ] {
        for allowed in [
            "https://id.example",
            "https://id.example:8443/tenant?x=y",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
        ] {
            assert_eq!(
                fetcher.check_url(&url(allowed)),
                Ok(()),
                "{access:?} {allowed}"
            );
        }
        for (refused, reason) in [
            ("http://id.example/", NotAdmitted::Scheme),
            ("http://1.1.1.1/", NotAdmitted::Scheme),
            ("ftp://id.example/", NotAdmitted::Scheme),
            ("ws://id.example/", NotAdmitted::Scheme),
            ("file:///etc/passwd", NotAdmitted::Scheme),
            ("data:application/json,{}", NotAdmitted::Scheme),
            ("javascript:alert(1)", NotAdmitted::Scheme),
            ("https://ada@id.example/", NotAdmitted::UserInfo),
            ("https://:secret@id.example/", NotAdmitted::UserInfo),
            ("https://id.example/#x", NotAdmitted::Fragment),
        ] {
            assert_eq!(
                fetcher.check_url(&url(refused)),
                Err(reason),
                "{access:?} {refused}"
            );
        }
    }
}

/// The client connects to literal addresses without a look-up, so the URL check alone must refuse them.
#[test]
fn private_address_is_refused_in_every_notation() {
    let (public, loopback) = (public(), loopback_client());
    for host in [
        "10.0.0.1",
        "10.1",
        "167772161",
        "0xa000001",
        "012.0.0.1",
        "0x0a.0.0.01",
        "10.0.0.1.",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "0",
        "224.0.0.1",
        "255.255.255.255",
        "%31%30.0.0.1",
        "１０.0.0.1",
        "[::]",
        "[fd00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:a00:1]",
        "[::10.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::10.0.0.1]",
        "[2002:a00:1::1]",
        "[2001:0:a00:1::]",
    ] {
        for scheme in ["https", "http"] {
            let url = url(&format!("{scheme}://{host}/"));
            for fetcher in [&public, &loopback] {
                assert!(fetcher.check_url(&url).is_err(), "{scheme} {host}");
            }
        }
        let https = url(&format!("https://{host}/"));
        assert_eq!(
            loopback.check_url(&https),
            Err(NotAdmitted::Private),
            "{host}"
        );
    }
}

#[test]
fn loopback_urls_are_allowed_with_loopback_access_only() {
    let (public, loopback) = (public(), loopback_client());
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "127.255.255.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "LOCALHOST",
        "provider.localhost",
    ] {
        for scheme in ["http", "https"] {
            let url = url(&format!("{scheme}://{host}:8080/"));
            assert_eq!(loopback.check_url(&url), Ok(()), "{url}");
            assert!(public.check_url(&url).is_err(), "{url}");
        }
    }
    for host in [
        "localhost.example.com",
        "notlocalhost",
        "127.0.0.1.example.com",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        let url = url(&format!("http://{host}/"));
        assert_eq!(loopback.check_url(&url), Err(NotAdmitted::Scheme), "{url}");
    }
}

fn rules(access: NetworkAccess, allowed: &[&str]) -> TargetRules {
    let entries: Vec<_> = allowed.iter().map(|entry| (*entry).to_owned()).collect();
    TargetRules {
        access,
        allowed: AllowedTargets::parse(&entries).unwrap(),
    }
}

#[test]
fn resolved_addresses_that_are_not_allowed_are_dropped() {
    let all = [
        "1.1.1.1",
        "10.0.0.1",
        "127.0.0.1",
        "::1",
        "2606:4700:4700::1111",
        "fd00::1",
    ];
    let all: Vec<IpAddr> = all.iter().map(|text| text.parse().unwrap()).collect();
    for (access, name, expected) in [
        (NetworkAccess::Public, "id.example", &[0, 4][..]),
        (NetworkAccess::Public, "localhost", &[]),
        (NetworkAccess::Loopback, "id.example", &[0, 2, 3, 4]),
        (NetworkAccess::Loopback, "localhost", &[2, 3]),
        (NetworkAccess::Loopback, "app.localhost", &[2, 3]),
    ] {
        let allowed = rules(access, &[]).allowed_addresses(name, &all);
        let expected: Vec<IpAddr> = expected.iter().map(|index: &usize| all[*index]).collect();
        assert_eq!(allowed, expected, "{access:?} {name}");
    }
}

#[test]
fn no_allowed_url_has_an_address_that_is_not_public() {
    let fetcher = public();
    let host = "[0-9a-fx.:\\[\\]%]{1,30}|[0-9]{1,10}|0x[0-9a-f]{1,8}|\\PC{1,20}";
    proptest!(ProptestConfig::with_cases(1024), |(host in host)| {
        if let Ok(url) = Url::parse(&format!("https://{host}/"))
            && fetcher.check_url(&url).is_ok()
        {
            match url.host() {
                Some(Host::Ipv4(address)) => prop_assert!(is_public(address.into())),
                Some(Host::Ipv6(address)) => prop_assert!(is_public(address.into())),
                Some(Host::Domain(name)) => prop_assert!(name.parse::<IpAddr>().is_err()),
                None => prop_assert!(false, "no host"),
            }
        }
    });
}

#[test]
fn allowed_networks_and_hosts_are_reached_over_https_alone() {
    let rules = rules(
        NetworkAccess::Public,
        &["10.0.0.0/8", "127.0.0.0/8", "gitlab.internal"],
    );
    let fetcher = public().allowing(rules.allowed.clone());
    let admits = |url: &str| fetcher.check_url(&Url::parse(url).unwrap()).is_ok();
    for url in [
        "https://10.1.2.3/",
        "https://127.0.0.1:8443/",
        "https://gitlab.internal/keys",
        "https://id.example/",
    ] {
        assert!(admits(url), "{url}");
    }
    for url in [
        "http://10.1.2.3/",
        "http://gitlab.internal/",
        "https://192.168.0.1/",
        "https://[fd00::1]/",
        "https://localhost/",
    ] {
        assert!(!admits(url), "{url}");
    }
    let private: Vec<IpAddr> = ["10.0.0.1", "192.168.0.1"]
        .map(|it| it.parse().unwrap())
        .into();
    let found = |name| rules.allowed_addresses(name, &private);
    assert_eq!(found("id.example"), &private[..1]);
    assert_eq!(found("gitlab.internal"), private);
}

/// Plain http is allowed to `localhost`, so nothing but this machine may have that name.
#[test]
fn localhost_has_loopback_addresses_only_whatever_is_allowed() {
    let allowed = ["10.0.0.0/8", "app.localhost"];
    let all = ["10.0.0.1", "1.1.1.1", "127.0.0.1"].map(|it| it.parse().unwrap());
    let found = |access, name| rules(access, &allowed).allowed_addresses(name, &all);
    for name in ["localhost", "app.localhost", "x.localhost"] {
        assert_eq!(found(NetworkAccess::Loopback, name), &all[2..], "{name}");
    }
    assert_eq!(found(NetworkAccess::Public, "app.localhost"), &all[2..]);
    assert!(found(NetworkAccess::Public, "x.localhost").is_empty());
}

#[test]
fn allowed_host_reaches_no_metadata_service() {
    let all = ["169.254.169.254", "fd00:ec2::254", "10.0.0.1", "fd00::1"];
    let all = all.map(|it| it.parse().unwrap());
    let found = |allowed: &[&str]| {
        rules(NetworkAccess::Public, allowed).allowed_addresses("gitlab.internal", &all)
    };
    assert_eq!(found(&["gitlab.internal"]), &all[2..]);
    let networks = ["gitlab.internal", "169.254.0.0/16", "fd00:ec2::/32"];
    assert_eq!(found(&networks), &all[2..]);
    let named = ["gitlab.internal", "169.254.169.254", "fd00:ec2::254"];
    assert_eq!(found(&named), all);
}
