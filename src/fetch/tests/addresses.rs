//! By which addresses anybody may be asked.

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

use super::{Fetcher, NetworkAccess, NotAdmitted, PATIENCE, Resolver, here, url};
use crate::{fetch::resolve, network::is_public};

/// Every name stands for these.
pub(super) fn names(addresses: &[&str]) -> Resolver {
    let addresses: Vec<IpAddr> = addresses.iter().map(|it| it.parse().unwrap()).collect();
    Resolver::from_fn(move |_| Ok(addresses.clone()))
}

/// No look-up ends before the sender is dropped.
pub(super) fn silent() -> (Sender<()>, Resolver) {
    let (held, until) = channel();
    let until = Mutex::new(until);
    let resolver = Resolver::from_fn(move |_| {
        let _ = until.lock().unwrap().recv();
        Err(io::ErrorKind::TimedOut.into())
    });
    (held, resolver)
}

fn public() -> Fetcher {
    Fetcher::new(NetworkAccess::Public, PATIENCE, Resolver::system()).unwrap()
}

#[test]
fn anybody_is_asked_over_https() {
    for (reach, fetcher) in [
        (NetworkAccess::Public, public()),
        (NetworkAccess::Loopback, here()),
    ] {
        for good in [
            "https://id.example",
            "https://id.example:8443/tenant?x=y",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
        ] {
            assert_eq!(fetcher.admits(&url(good)), Ok(()), "{reach:?} {good}");
        }
        for (bad, why) in [
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
            assert_eq!(fetcher.admits(&url(bad)), Err(why), "{reach:?} {bad}");
        }
    }
}

/// Literals are connected to without a question to any resolver, so they are judged as they are.
#[test]
fn no_private_address_is_asked_however_it_is_spelt() {
    let (public, here) = (public(), here());
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
            for fetcher in [&public, &here] {
                assert!(fetcher.admits(&url).is_err(), "{scheme} {host}");
            }
        }
        let https = url(&format!("https://{host}/"));
        assert_eq!(here.admits(&https), Err(NotAdmitted::Private), "{host}");
    }
}

#[test]
fn this_machine_is_asked_only_by_who_is_on_it() {
    let (public, here) = (public(), here());
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
            assert_eq!(here.admits(&url), Ok(()), "{url}");
            assert!(public.admits(&url).is_err(), "{url}");
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
        assert_eq!(here.admits(&url), Err(NotAdmitted::Scheme), "{url}");
    }
}

#[test]
fn of_a_names_addresses_those_within_reach_are_left() {
    let all = [
        "1.1.1.1",
        "10.0.0.1",
        "127.0.0.1",
        "::1",
        "2606:4700:4700::1111",
        "fd00::1",
    ];
    let all: Vec<IpAddr> = all.iter().map(|it| it.parse().unwrap()).collect();
    for (reach, name, left) in [
        (NetworkAccess::Public, "id.example", &[0, 4][..]),
        (NetworkAccess::Public, "localhost", &[0, 4]),
        (NetworkAccess::Loopback, "id.example", &[0, 2, 3, 4]),
        (NetworkAccess::Loopback, "localhost", &[2, 3]),
        (NetworkAccess::Loopback, "app.localhost", &[2, 3]),
    ] {
        let found = resolve::admitted(reach, name, &all);
        let left: Vec<IpAddr> = left.iter().map(|at: &usize| all[*at]).collect();
        assert_eq!(found, left, "{reach:?} {name}");
    }
}

#[test]
fn no_text_leads_to_an_address_that_is_not_public() {
    let fetcher = public();
    let host = "[0-9a-fx.:\\[\\]%]{1,30}|[0-9]{1,10}|0x[0-9a-f]{1,8}|\\PC{1,20}";
    proptest!(ProptestConfig::with_cases(1024), |(host in host)| {
        if let Ok(url) = Url::parse(&format!("https://{host}/"))
            && fetcher.admits(&url).is_ok()
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
