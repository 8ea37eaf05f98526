//! Parses a provider's key set, an issuer's key set, or provider metadata, selected by the first byte. No
//! key is private, and no URL leads into a private network.

#![no_main]

use std::{cell::OnceCell, time::Duration};

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use signet::{
    client::Algorithm,
    connect::Resolver,
    fetch::{Fetcher, NetworkAccess},
    key_set::KeySet,
    provider::discovery::ProviderMetadata,
};

const ISSUER: &str = "https://id.example.com";

thread_local!(static FETCHER: OnceCell<Fetcher> = const { OnceCell::new() });

fuzz_target!(|input: &[u8]| {
    let Some((selector, text)) = input.split_first() else {
        return;
    };
    let read = match selector % 3 {
        0 => KeySet::of_provider(text),
        1 => KeySet::parse(text, Algorithm::ALL),
        _ => {
            FETCHER.with(|fetcher| {
                let new = || {
                    Fetcher::new(
                        NetworkAccess::Public,
                        Duration::from_secs(1),
                        Resolver::system(),
                    )
                    .unwrap()
                };
                let fetcher = fetcher.get_or_init(new);
                let Ok(metadata) = ProviderMetadata::read(text, ISSUER, fetcher) else {
                    return;
                };
                assert_eq!(metadata.issuer, ISSUER);
                let urls = [
                    &metadata.authorization_endpoint,
                    &metadata.token_endpoint,
                    &metadata.jwks_uri,
                ];
                for url in urls.into_iter().chain(&metadata.userinfo_endpoint) {
                    assert_eq!(url.scheme(), "https");
                    assert!(url.username().is_empty() && url.password().is_none());
                    assert!(fetcher.check_url(url).is_ok());
                }
            });
            return;
        }
    };
    let Ok(keys) = read else {
        return;
    };
    let document: Value = serde_json::from_slice(text).expect("a JSON text");
    let all = document["keys"].as_array().expect("a list of keys");
    for key in all {
        let found = key["kid"].as_str().and_then(|kid| keys.get(kid));
        let found = found.or_else(|| keys.only());
        if let Some(found) = found {
            // An invented signature verifies nothing.
            assert!(!found.verifies(b"message", ""));
            assert!(!found.verifies(b"message", &"A".repeat(86)));
        }
    }
    let is_private = |key: &Value| key.get("d").is_some();
    assert!(keys.is_empty() || !all.iter().all(is_private));
});
