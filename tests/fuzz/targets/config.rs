//! Loads any text as `signet.toml` and, after a line of `---`, as `.env`. The result is a valid
//! configuration, or faults that each name a setting.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::config::{Config, FlagSettings, SettingSources};

fuzz_target!(|text: &str| {
    // Settings that refer to other files are out of scope.
    if text.contains("_file") {
        return;
    }
    let (file, env_file) = text.split_once("\n---\n").unwrap_or((text, ""));
    if env_file.contains("_FILE") {
        return;
    }
    let file = ("signet.toml", file);
    let loaded =
        SettingSources::with_env_file(file, env_file.as_bytes(), [], FlagSettings::default());
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
