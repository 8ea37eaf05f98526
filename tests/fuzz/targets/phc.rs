//! Stored passwords: whatever is in the database, a check of it ends, and soon.

#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use signet::{
    config::{Config, Cost, Flags, Sources},
    entropy::Entropy,
    identity::Verifier,
    network::Network,
    password::{Checked, Hasher, PresentedPassword},
};
use tokio::runtime::{self, Runtime};

struct Pool {
    hasher: Hasher,
    password: PresentedPassword,
    runtime: Runtime,
}

impl Pool {
    fn new() -> Self {
        let sources = Sources::new(("", ""), [], Flags::default()).unwrap();
        let mut settings = Config::load(sources).unwrap().password;
        settings.cost = Cost {
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

/// The number of that parameter: the last one, or a default where it is left out.
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
    let is_absurd = m > 256 * 1024 || t > 64 || p > 16;
    // What is allowed and slow would only be slow.
    if !is_absurd && m * t > 256 {
        return;
    }
    POOL.with(|pool| {
        let pool = pool.get_or_init(Pool::new);
        let verifier = Verifier::new(text.to_owned());
        let place = pool.hasher.reserve(Network::UNKNOWN).expect("a place");
        let check = place.check(pool.password.clone(), Some(&verifier));
        let checked = pool.runtime.block_on(check);
        let checked = checked.expect("whatever is stored is no trouble of ours");
        assert!(
            !is_absurd || checked == Checked::Unusable,
            "{text:?}: {checked:?}"
        );
    });
});
