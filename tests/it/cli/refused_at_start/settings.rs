//! The documented rules for settings and variables.

use std::fs;

use signet::config::{Config, FlagSettings, SettingSources};

use crate::{
    cli::{
        commands::CommandOutput,
        refused_at_start::{folder, program, words},
    },
    docs::page,
    support::process::{run, signet},
};

/// A sentence of the documentation, a configuration that breaks the rule, and the expected error.
const SETTINGS: &[(&str, &str, &str)] = &[
    (
        "http is only allowed on loopback, or with `--dangerously-http`",
        "issuer = 'http://auth.example.com'",
        "issuer (signet.toml): must be an https URL",
    ),
    (
        "in canonical form, without a trailing slash",
        "issuer = 'https://a.example/'",
        "issuer (signet.toml): must",
    ),
    (
        "`sqlite:…` or `postgres://…`",
        "database.url = 'mysql://x'",
        "must begin with sqlite: or postgres://",
    ),
    (
        "`any`, `read-write` or `primary`",
        "database.url = 'postgres://a,b/c?target_session_attrs=x'",
        "must be one of any, read-write, primary",
    ),
    (
        "Any other one is refused by its name",
        "database.url = 'postgres://a/b?schema=c'",
        "has the parameter schema, which Signet does not support",
    ),
    (
        "each once",
        "database.url = 'postgres://a/b?port=1&port=2'",
        "the parameter port more than once",
    ),
    (
        r#"| `read_every` | duration | `"10s"` | `1s` to `1h` |"#,
        "keys.read_every = '2h'",
        "keys.read_every (signet.toml): must be between",
    ),
    (
        r#"| `rotate_after` | duration | `"90d"` | `1s` to `3650d` |"#,
        "keys.rotate_after = '0s'",
        "keys.rotate_after (signet.toml): must be between",
    ),
    (
        "At least the sum of `keys.read_every`, `keys.max_age` and `tokens.leeway`",
        "keys.publish_ahead = '1m'",
        "keys.publish_ahead (signet.toml): must be between",
    ),
    (
        "At least the sum of the longest `access_lifetime` or `id_token_lifetime`",
        "keys.retire_after = '5m'",
        "keys.retire_after (signet.toml): must be between",
    ),
    (
        r#"| `max_age` | duration | `"5m"` | `1s` to `10m` |"#,
        "keys.max_age = '11m'",
        "keys.max_age (signet.toml): must be between",
    ),
    (
        r#"| `access_lifetime` | duration | `"5m"` | `1s` to `15m` |"#,
        "tokens.access_lifetime = '16m'",
        "tokens.access_lifetime (signet.toml): must be between",
    ),
    (
        r#"| `sign_up_lifetime` | duration | `"1d"` | `1s` to `1d` |"#,
        "tokens.sign_up_lifetime = '2d'",
        "tokens.sign_up_lifetime (signet.toml): must be between",
    ),
    (
        r#"| `recent_login` | duration | `"10m"` | `1s` to `1h` |"#,
        "tokens.recent_login = '2h'",
        "tokens.recent_login (signet.toml): must be between",
    ),
    (
        r#"| `leeway` | duration | `"30s"` | `0s` to `1m` |"#,
        "tokens.leeway = '2m'",
        "tokens.leeway (signet.toml): must be between",
    ),
    (
        "| `min_length` | number | `15` | `8` to `64` |",
        "password.min_length = 7",
        "password.min_length (signet.toml): must be a whole number",
    ),
    (
        "1 needs a `password.memory_kib` of at least 47104",
        "password.iterations = 1",
        "password.iterations",
    ),
    (
        "| `capacity` | number | `100000` | `1024` to `10000000` |",
        "limits.capacity = 10",
        "limits.capacity (signet.toml): must be a whole number",
    ),
    (
        "that many at once (1 to 1000000)",
        "limits.login_pair = '0/1m'",
        "limits.login_pair (signet.toml): must be a whole number",
    ),
    (
        "the window (1 s to 1 d)",
        "limits.login_pair = '1/2d'",
        "limits.login_pair (signet.toml): must be between",
    ),
    (
        r#"| `timeout` | duration | `"10s"` | `1s` to `5m` |"#,
        "mail.timeout = '6m'",
        "mail.timeout (signet.toml): must be between",
    ),
    (
        "which must have a dot",
        "[[clients]]\nclient_id = 'a'\nredirect_uris = ['app:/callback']",
        "clients[0].redirect_uris (signet.toml): ",
    ),
    (
        "Refused are names that Signet or a specification has taken",
        "[[clients]]\nclient_id = 'a'\nclaims = { sub = 'x' }",
        "is reserved: Signet or a specification defines this claim",
    ),
    (
        "cannot be true for `common`",
        "[[providers]]\nid = 'm'\nkind = 'microsoft'\ntenant = 'common'\nclient_id = 'a'\n\
         client_secret = 'b'\ntrusts_addresses = true",
        "providers[0].trusts_addresses (signet.toml): requires the tenant of one organization",
    ),
    (
        "no two providers may be the same one",
        "[[providers]]\nid = 'a'\nkind = 'google'\nclient_id = 'a'\nclient_secret = 'b'\n\
         [[providers]]\nid = 'b'\nkind = 'google'\nclient_id = 'a'\nclient_secret = 'b'",
        "providers[1] (signet.toml): is the same as",
    ),
    (
        "there must be one for each that some client has",
        "issuer = 'https://auth.example.com'\n[[clients]]\nclient_id = 'a'\nalgorithm = 'RS256'",
        "no RS256 key signs now",
    ),
];

/// The pages with rules for settings.
fn documentation() -> String {
    let pages = [
        "configuration",
        "operations",
        "clients",
        "providers",
        "mail",
        "security",
        "keys",
        "getting-started",
    ];
    pages.map(page).join("\n")
}

/// An error without the number of the line: the rows above have several settings.
fn without_line(error: &str) -> String {
    let Some((before, after)) = error.split_once("(signet.toml line ") else {
        return error.to_owned();
    };
    let (_, after) = after.split_once(')').unwrap();
    format!("{before}(signet.toml){after}")
}

#[test]
fn documented_invalid_settings_stop_the_start() {
    let documented = words(&documentation());
    let folder = folder();
    let folder = folder.path();
    for (sentence, file, problem) in SETTINGS {
        assert!(
            documented.contains(sentence),
            "the documentation does not say: {sentence}"
        );
        let sources = SettingSources::new(("signet.toml", file), [], FlagSettings::default());
        match sources.and_then(Config::load) {
            Err(faults) => {
                let faults = without_line(&faults.to_string());
                assert!(faults.contains(problem), "{sentence}: {faults}");
            }
            // The key folder is read after the settings.
            Ok(_) => assert!(problem.contains("signs now"), "{sentence}"),
        }
        fs::write(folder.join("signet.toml"), file).unwrap();
        let output = program(folder);
        assert_eq!(output.code, 2, "{sentence}: {}", output.err);
        let error = without_line(&output.err);
        assert!(error.contains(problem), "{sentence}: {error}");
        assert!(!folder.join("signet.db").exists(), "{sentence}");
    }
}

#[test]
fn documented_invalid_variables_stop_the_start() {
    let documented = words(&documentation());
    for (sentence, name, value, problem) in [
        (
            "Other variables that begin with `SIGNET_` are a fault",
            "SIGNET_POSTGRESQL_HOST",
            "10.0.0.1",
            "postgresql_host (environment SIGNET_POSTGRESQL_HOST): is not a setting of Signet",
        ),
        (
            "neither the environment nor `--set` reaches into a client",
            "SIGNET_CLIENTS[0]__CLIENT_ID",
            "web",
            "can be set only in the configuration file",
        ),
        (
            "an https issuer is required",
            "SIGNET_LISTEN",
            "0.0.0.0:0",
            "issuer (signet.toml): is required unless the service listens on loopback",
        ),
    ] {
        assert!(
            documented.contains(sentence),
            "the documentation does not say: {sentence}"
        );
        let environment = [(name.to_owned(), value.to_owned())];
        let sources =
            SettingSources::new(("signet.toml", ""), environment, FlagSettings::default());
        let faults = sources.and_then(Config::load).unwrap_err().to_string();
        assert!(faults.contains(problem), "{sentence}: {faults}");
        let folder = tempfile::tempdir().unwrap();
        let mut command = signet(folder.path());
        command.arg("serve").env(name, value);
        let output: CommandOutput = run(command, "").into();
        assert_eq!(output.code, 2, "{sentence}: {}", output.err);
        assert!(output.err.contains(problem), "{sentence}: {}", output.err);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
