//! A configuration that is read again while the service runs.

use super::*;

fn sources(file: &str, environment: &[(&str, &str)]) -> SettingSources {
    let environment = environment
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    let file = ("signet.toml", file);
    SettingSources::new(file, environment, FlagSettings::default()).unwrap()
}

fn reload(before: &str, after: &str) -> Result<ReloadedConfig, ConfigErrors> {
    let used = sources(before, &[]);
    let config = Config::load(used.clone()).unwrap();
    config.reload(&used, sources(after, &[]))
}

#[test]
fn reloaded_settings_are_applied_and_others_are_named_and_keep_their_values() {
    let before = "listen = '127.0.0.1:1'\nlimits.login_pair = '5/1m'\ntokens.leeway = '10s'\n";
    let after = "listen = '127.0.0.1:2'\nlimits.login_pair = '6/1m'\ndatabase.url = 'sqlite:other.db'\n\
                 roles.editor.groups = ['staff']\npages.templates = 'pages'\nmail.templates = 'mails'\n\
                 sso.idle = '1h'\n[[clients]]\nclient_id = 'web'\n";
    let reloaded = reload(before, after).unwrap();
    let names = ["database.url", "listen", "tokens.leeway"];
    assert_eq!(reloaded.need_restart, names);
    assert_eq!(
        reloaded.applied,
        [
            "limits.login_pair",
            "mail.templates",
            "pages.templates",
            "roles.editor.groups",
            "sso.idle",
            "clients"
        ]
    );
    let config = &reloaded.config;
    assert_eq!(config.http.listen.port(), 1);
    assert_eq!(config.database.url.expose().as_str(), "sqlite://signet.db");
    assert_eq!(config.tokens.leeway.num_seconds(), 10);
    assert_eq!(config.limits.login_pair.count.get(), 6);
    assert_eq!(config.sso.idle.num_hours(), 1);
    assert!(config.clients.get("web").is_some());
    let folders = [&config.pages.templates, &config.mail.templates];
    assert!(folders.iter().all(|folder| folder.is_some()));

    // A later reload still names what the running service does not use.
    let again = config.reload(&reloaded.sources, sources(after, &[]));
    assert_eq!(again.unwrap().need_restart, names);
    let back = config.reload(&reloaded.sources, sources(before, &[]));
    assert!(back.unwrap().need_restart.is_empty());
}

#[test]
fn same_values_from_another_source_need_no_restart() {
    let file = "http.max_connections = 100\nlisten = '127.0.0.1:8080'\n";
    let used = sources(file, &[]);
    let config = Config::load(used.clone()).unwrap();
    let read = sources("", &[("SIGNET_HTTP__MAX_CONNECTIONS", "100")]);
    assert!(config.reload(&used, read).unwrap().need_restart.is_empty());
}

#[test]
fn faults_are_those_of_a_start() {
    let faults = reload("", "limits.enabled = 'perhaps'\n[[clients]]\n").unwrap_err();
    let faults = faults.to_string();
    assert!(
        faults.contains("limits.enabled (signet.toml line 1)"),
        "{faults}"
    );
    assert!(faults.contains("clients[0].client_id"), "{faults}");
}

#[test]
fn settings_that_are_valid_only_after_a_restart_are_refused() {
    // The longer lifetime is valid at a start, together with the longer retirement.
    let schedule = "keys.max_age = '1m'\nkeys.read_every = '1m'\nkeys.retire_after = ";
    let client = "[[clients]]\nclient_id = 'web'\naccess_lifetime = ";
    let before = format!("{schedule}'10m'\n{client}'5m'\n");
    let after = format!("{schedule}'1h'\n{client}'15m'\n");
    let faults = reload(&before, &after).unwrap_err().to_string();
    assert!(faults.contains("keys.retire_after"), "{faults}");
    assert!(faults.contains("valid after a restart"), "{faults}");
}

#[test]
fn environment_stays_stronger_than_the_file() {
    let environment = [("SIGNET_LIMITS__LOGIN_PAIR", "3/1m")];
    let used = sources("", &environment);
    let config = Config::load(used.clone()).unwrap();
    let read = sources("limits.login_pair = '9/1m'", &environment);
    let reloaded = config.reload(&used, read).unwrap();
    assert_eq!(reloaded.config.limits.login_pair.count.get(), 3);
}
