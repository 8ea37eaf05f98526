//! The values of settings: defaults, precedence and bounds.

use chrono::TimeDelta;

use super::*;

#[test]
fn no_setting_is_required() {
    let config = load("", &[], FlagSettings::default()).unwrap();
    assert_eq!(config.issuer.as_str(), "http://127.0.0.1:8080");
    assert!(config.is_loopback());
    let client = config.clients.choose(None).unwrap();
    assert_eq!(client.client_id, "default");
    assert_eq!(client.audience, "http://127.0.0.1:8080");
    assert_eq!(client.access_lifetime, TimeDelta::minutes(5));
    assert_eq!(client.refresh_idle, TimeDelta::days(30));
    assert_eq!(client.refresh_absolute, TimeDelta::days(90));
}

#[test]
fn flags_override_the_environment_and_the_environment_overrides_the_file() {
    let file = "[tokens]\nleeway = '1s'\naccess_lifetime = '1s'\nrefresh_idle = '1s'";
    let environment = [
        ("SIGNET_TOKENS__LEEWAY", "2s"),
        ("SIGNET_TOKENS__ACCESS_LIFETIME", "2s"),
    ];
    let flags = FlagSettings {
        settings: vec![("tokens.leeway".into(), "3s".into())],
        ..FlagSettings::default()
    };
    let tokens = load(file, &environment, flags).unwrap().tokens;
    assert_eq!(tokens.leeway, TimeDelta::seconds(3));
    assert_eq!(tokens.access_lifetime, TimeDelta::seconds(2));
    assert_eq!(tokens.refresh_idle, TimeDelta::seconds(1));
}

#[test]
fn metrics_have_a_separate_listen_address() {
    let listen = |file| {
        load(file, &[], FlagSettings::default())
            .unwrap()
            .metrics
            .listen
    };
    assert_eq!(listen(""), None);
    let address = "127.0.0.1:9090".parse().unwrap();
    assert_eq!(listen("metrics.listen = '127.0.0.1:9090'"), Some(address));
    let refused = faults("metrics.listen = '127.0.0.1:8080'");
    assert!(
        refused.contains("metrics.listen (signet.toml): must differ from listen"),
        "{refused}"
    );
    let refused = faults("metrics.listen = ':9090'");
    assert!(
        refused.contains("must be an address and a port"),
        "{refused}"
    );
}

#[test]
fn byte_order_marks_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "\u{feff}sqlite://a.db\r\n").unwrap();
    let file = format!("\u{feff}database.url_file = '{}'", path.display());
    let config = load(&file, &[], FlagSettings::default()).unwrap();
    let url = config.database.url.expose();
    assert_eq!(url.as_str(), "sqlite://a.db");
}

#[test]
fn plain_http_is_only_allowed_on_loopback() {
    let refused = faults("issuer = 'http://auth.example.com'");
    assert!(
        refused.contains("issuer (signet.toml): must be an https URL"),
        "{refused}"
    );
    let refused = faults("issuer = 'http://localhost:8080'\nlisten = '0.0.0.0:8080'");
    assert!(refused.contains("must be an https URL"), "{refused}");
    let refused = faults("listen = '0.0.0.0:8080'");
    assert!(
        refused
            .contains("issuer (signet.toml): is required unless the service listens on loopback"),
        "{refused}"
    );

    let dangerously = FlagSettings {
        dangerously_http: true,
        ..FlagSettings::default()
    };
    let config = load(
        "issuer = 'http://auth.example.com'",
        &[],
        dangerously.clone(),
    )
    .unwrap();
    assert!(!config.is_loopback());
    let refused = load("issuer = 'https://auth.example.com'", &[], dangerously).unwrap_err();
    let refused = refused.to_string();
    assert!(refused.ends_with("remove --dangerously-http"), "{refused}");

    assert!(
        !load(
            "issuer = 'https://auth.example.com'",
            &[],
            FlagSettings::default()
        )
        .unwrap()
        .is_loopback()
    );
}

#[test]
fn clients_have_their_own_audience_scopes_and_lifetimes() {
    let file = "[[clients]]\nclient_id = 'web'\naudience = 'https://api.example.com'\n\
                scopes = ['read', 'write']\naccess_lifetime = '1m'\napp_url = 'https://app.example.com'\n\
                [[clients]]\nclient_id = 'phone'\nscopes = 'read'";
    let config = load(file, &[], FlagSettings::default()).unwrap();
    assert!(config.clients.choose(None).is_err());
    let web = config.clients.choose(Some("web")).unwrap();
    assert_eq!(web.audience, "https://api.example.com");
    assert_eq!(web.scopes.to_string(), "read write");
    assert_eq!(web.access_lifetime, TimeDelta::minutes(1));
    let phone = config.clients.choose(Some("phone")).unwrap();
    assert_eq!(phone.access_lifetime, TimeDelta::minutes(5));

    let twice = faults("[[clients]]\nclient_id = 'a'\n[[clients]]\nclient_id = 'a'");
    assert!(
        twice.contains(
            "clients[1].client_id (signet.toml): is also the client_id of another client"
        ),
        "{twice}"
    );
    let stolen = faults("[[clients]]\nclient_id = 'a'\naudience = 'http://127.0.0.1:8080/refresh'");
    assert!(
        stolen.contains("is reserved for refresh tokens"),
        "{stolen}"
    );
    let idle = faults("[[clients]]\nclient_id = 'a'\nrefresh_idle = '91d'");
    assert!(
        idle.contains("clients[0].refresh_idle (signet.toml): must not be longer"),
        "{idle}"
    );
}

#[test]
fn remote_databases_without_tls_settings_may_be_clear_text() {
    let may_be_clear = |url: &str| {
        let config = load(
            &format!("database.url = '{url}'"),
            &[],
            FlagSettings::default(),
        )
        .unwrap();
        config.database.may_be_clear_text()
    };
    assert!(may_be_clear("postgres://signet@db.example.com/signet"));
    for fine in [
        "sqlite://signet.db",
        "postgres://signet@db.example.com/signet?sslmode=verify-full",
        "postgres://signet@db/signet?sslmode=disable",
        "postgres://signet@db/signet?ssl-mode=verify-full",
        "postgres://signet@localhost/signet",
        "postgres://signet@127.0.0.1/signet",
        "postgres://signet@[::1]/signet",
        "postgres://signet@localhost/signet?host=/run/postgresql",
    ] {
        assert!(!may_be_clear(fine), "{fine}");
    }
}

#[test]
fn weak_hashing_parameters_are_refused() {
    assert!(faults("[password]\nmemory_kib = 8").contains("password.memory_kib"));
    assert!(faults("[password]\niterations = 1").contains("password.iterations"));
    assert!(
        load(
            "[password]\niterations = 1\nmemory_kib = 47104",
            &[],
            FlagSettings::default()
        )
        .is_ok()
    );
}

#[test]
fn only_one_client_can_use_cookies_and_only_over_https() {
    let web = "[[clients]]\nclient_id = 'a'\ntransport = 'cookie'\n";
    let client = load(web, &[], FlagSettings::default()).unwrap().clients;
    assert_eq!(client.with_cookies().unwrap().client_id, "a");

    let two = format!("{web}[[clients]]\nclient_id = 'b'\ntransport = 'cookie'\n");
    assert!(faults(&two).ends_with(
        "clients[1].transport (signet.toml): cookie is already used by another client: only one client \
         can use it"
    ));

    let flags = FlagSettings {
        dangerously_http: true,
        ..FlagSettings::default()
    };
    let http = format!("issuer = 'http://auth.example.com'\n{web}");
    let faults = without_lines(&load(&http, &[], flags).unwrap_err().to_string());
    assert!(faults.ends_with(
        "clients[0].transport (signet.toml): cookie needs an https issuer or a loopback issuer"
    ));
}

#[test]
fn origins_must_be_canonical() {
    let of = |origins| format!("[[clients]]\nclient_id = 'a'\norigins = {origins}");
    let client = load(
        &of("['https://a.example', 'http://localhost:3000']"),
        &[],
        FlagSettings::default(),
    );
    let clients = client.unwrap().clients;
    assert_eq!(clients.get("a").unwrap().origins.len(), 2);
    for (wrong, number) in [
        ("['*']", 1),
        ("['https://a.example/']", 1),
        ("['https://a.example', 'null']", 2),
    ] {
        let faults = faults(&of(wrong));
        let expected =
            format!("clients[0].origins (signet.toml): number {number} must be an origin such as");
        assert!(faults.contains(&expected), "{faults}");
    }
}

#[test]
fn rates_and_proxies_are_validated() {
    let config = load(
        "[limits]\nlogin_pair = '1/1d'\n[http]\ntrusted_proxies = ['10.0.0.0/8', '::1']",
        &[("SIGNET_HTTP__FORWARDED_HEADER", "forwarded")],
        FlagSettings::default(),
    )
    .unwrap();
    assert_eq!(config.limits.login_pair.to_string(), "1/1d");
    assert_eq!(config.limits.mail_address.to_string(), "5/1h");
    assert_eq!(config.limits.login_site.to_string(), "400/5m");
    assert_eq!(config.limits.mail_site.to_string(), "120/1h");
    assert_eq!(config.limits.confirm_site.to_string(), "240/10m");
    assert_eq!(config.limits.password_user.to_string(), "10/15m");
    assert_eq!(config.http.proxies.trusted.len(), 2);
    let faults = faults(
        "[limits]\nenabled = 'yes'\ncapacity = 10\nlogin_network = '10'\nlogin_pair = '0/1m'\n\
         login_address = '10/2d'\nmail_pair = '10/1ms'\nmail_global = 'x/15m'\n\
         [http]\ntrusted_proxies = '10.0.0.0/8 0.0.0.0/0'\nforwarded_header = 'x-real-ip'",
    );
    assert_eq!(
        faults,
        "9 settings are wrong:\
         \n  limits.enabled (signet.toml): must be true or false\
         \n  limits.capacity (signet.toml): must be a whole number from 1024 to 10000000\
         \n  limits.login_network (signet.toml): must be a number and a time such as 10/15m\
         \n  limits.login_pair (signet.toml): must be a whole number from 1 to 1000000 and a time, such as 10/15m\
         \n  limits.login_address (signet.toml): must be between 1s and 1d\
         \n  limits.mail_pair (signet.toml): must be a number and a time such as 10/15m\
         \n  limits.mail_global (signet.toml): must be a number and a time such as 10/15m\
         \n  http.trusted_proxies (signet.toml): must not contain every address\
         \n  http.forwarded_header (signet.toml): must be one of x-forwarded-for, forwarded"
    );
}
