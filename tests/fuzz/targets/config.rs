//! Configuration: any text of `signet.toml`, and any text of `.env` after a line of `---`, is one, or
//! has faults that each name a setting.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::config::{Config, Flags, Sources};

fuzz_target!(|text: &str| {
    // What it would read from elsewhere is another matter.
    if text.contains("_file") {
        return;
    }
    let (file, env_file) = text.split_once("\n---\n").unwrap_or((text, ""));
    if env_file.contains("_FILE") {
        return;
    }
    let file = ("signet.toml", file);
    let loaded = Sources::with_env_file(file, env_file.as_bytes(), [], Flags::default());
    match loaded.and_then(Config::load) {
        Ok(config) => {
            assert!(config.issuer.is_https() || config.is_loopback());
            for client in config.clients.iter() {
                assert!(client.access_lifetime <= chrono::TimeDelta::minutes(15));
                assert!(client.access_lifetime.num_seconds() > 0);
                assert!(client.refresh_idle <= client.refresh_absolute);
            }
        }
        Err(faults) => {
            assert!(!faults.0.is_empty());
            for fault in faults.0 {
                assert!(
                    !fault.setting.is_empty() && !fault.problem.is_empty(),
                    "{fault}"
                );
                assert!(!fault.to_string().contains(char::is_control), "{fault:?}");
            }
        }
    }
});
