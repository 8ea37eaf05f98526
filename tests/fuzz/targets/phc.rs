//! Checks passwords against any stored text, and reads it as a hash of other systems. Each check ends, and soon.

#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use signet::{
    config::{Config, FlagSettings, HashCost, SettingSources},
    entropy::Entropy,
    identity::StoredVerifier,
    network::Network,
    password::{FirebaseParameters, ForeignHash, Hasher, PasswordCheck, PresentedPassword},
};
use tokio::runtime::{self, Runtime};

struct Pool {
    hasher: Hasher,
    password: PresentedPassword,
    runtime: Runtime,
}

impl Pool {
    fn new() -> Self {
        let sources = SettingSources::new(("", ""), [], FlagSettings::default()).unwrap();
        let mut settings = Config::load(sources).unwrap().password;
        settings.cost = HashCost {
            memory_kib: 8,
            iterations: 1,
            parallelism: 1,
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        Self {
            hasher: Hasher::new(&settings, Entropy::system()).unwrap(),
            password: PresentedPassword::parse("password").unwrap(),
            runtime: runtime.unwrap(),
        }
    }
}

/// Returns the last value of that parameter, or its default.
fn parameter(text: &str, name: &str, default: u64) -> u64 {
    let parts = text.split(['$', ',']);
    let values = parts.filter_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    values
        .last()
        .map_or(default, |value| value.parse().unwrap_or(u64::MAX))
}

thread_local!(static POOL: OnceCell<Pool> = const { OnceCell::new() });

fuzz_target!(|text: &str| {
    let [m, t, p] =
        [("m", 19_456), ("t", 2), ("p", 1)].map(|(name, default)| parameter(text, name, default));
    let _ = ForeignHash::parse(text);
    let _ = ForeignHash::aspnet(text);
    let _ = ForeignHash::keycloak(text, text);
    let _ = ForeignHash::auth0_custom(text);
    let _ = FirebaseParameters::parse(text);
    // No key opens sealed parameters here, and bcrypt is slow at any cost but the lowest.
    if text.starts_with("$signet-sealed$") || (text.contains("$2") && !text.contains("$04$")) {
        return;
    }
    let is_argon2 = text.contains("$argon2");
    let names = ["i", "ln", "r", if is_argon2 { "r" } else { "p" }];
    let costs = names.map(|name| parameter(text, name, 0));
    if text.contains("rounds=") || text.contains("$P$") || costs.iter().any(|cost| *cost > 16) {
        return;
    }
    let is_excessive = is_argon2 && (m > 1024 * 1024 || t > 64 || p > 255);
    // Accepted costs that take long would only slow the fuzzer down.
    if is_argon2 && !is_excessive && m.saturating_mul(t) > 256 {
        return;
    }
    POOL.with(|pool| {
        let pool = pool.get_or_init(Pool::new);
        let verifier = StoredVerifier::new(text.to_owned());
        let place = pool.hasher.reserve(Network::UNKNOWN).expect("a place");
        let check = place.check(pool.password.clone(), Some(&verifier));
        let checked = pool.runtime.block_on(check);
        let checked = checked.expect("no stored text is a fault of the service");
        assert!(
            !is_excessive || checked == PasswordCheck::Unusable,
            "{text:?}: {checked:?}"
        );
    });
});
