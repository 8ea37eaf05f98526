//! `[policies.NAME]` and `cookies.domain`.

use super::*;

const WEB: &str = "issuer = 'https://auth.example.com'\n[[clients]]\nclient_id = 'web'\ntransport = 'cookie'\n\
                   [[clients]]\nclient_id = 'app'\nscopes = ['read']\n[roles.editor]\ngroups = ['staff']\n";

fn with(settings: &str) -> String {
    format!("{WEB}{settings}")
}

fn config(settings: &str) -> Config {
    load(&with(settings), &[], FlagSettings::default()).unwrap()
}

#[test]
fn policy_has_defaults_and_reads_every_setting() {
    let config = config(
        "[policies.open]\norigins = ['https://auth.example.com']\n[policies.api]\nclients = ['app']\n\
         roles = ['admin']\ngroups = ['staff']\nscopes = ['read']\nmax_age = '1h'\nacr = 'mfa'\n\
         on_refused = 'redirect'\npreflight = 'refuse'\nheaders = { user = 'X-User', name = 'X-Name' }\n",
    );
    let open = config.policies.get("open").unwrap();
    assert!(open.has_cookies && open.on_refused == OnRefused::Unauthorized);
    assert_eq!(open.headers.user.as_str(), "remote-user");
    assert!(open.accepts(config.clients.get("app").unwrap()));
    let api = config.policies.get("api").unwrap();
    assert!(!api.has_cookies && api.on_refused == OnRefused::Redirect);
    assert_eq!(open.preflight, Preflight::Admit);
    assert_eq!(api.preflight, Preflight::Refuse);
    assert_eq!(api.max_age.unwrap().num_minutes(), 60);
    assert_eq!(
        (api.headers.user.as_str(), api.headers.email.as_str()),
        ("x-user", "remote-email")
    );
    assert!(!api.accepts(config.clients.get("web").unwrap()));
    assert!(config.policies.get("other").is_none());
    // Logins return to the issuer, although the client has no redirect URI of its own.
    let web = config.clients.with_cookies().unwrap();
    assert!(web.redirect_uris.is_empty());
    assert!(web.may_redirect_to("https://auth.example.com/login/return"));
}

#[test]
fn faults_of_policies_name_the_setting_and_the_remedy() {
    for (settings, fault) in [
        (
            "[policies.a]\nclients = ['other']",
            "policies.a.clients (signet.toml): \"other\" is not the client_id of a client",
        ),
        (
            "[policies.a]\nroles = ['boss']",
            "policies.a.roles (signet.toml): number 1 \"boss\" is not a role",
        ),
        (
            "[policies.a]\ngroups = ['stuff']",
            "policies.a.groups (signet.toml): number 1 \"stuff\" is not a group of a role. Did you mean staff?",
        ),
        (
            "[policies.a]\ngroups = ['editor']",
            "policies.a.groups (signet.toml): number 1 \"editor\" is not a group of a role: add it to groups",
        ),
        (
            "[policies.a]\nscopes = ['write']",
            "policies.a.scopes (signet.toml): are scopes that no client of the policy has",
        ),
        (
            "[policies.a]\nclients = ['web']\nscopes = ['read']",
            "policies.a.scopes (signet.toml): are scopes that no client of the policy has",
        ),
        (
            "[policies.a]\nclients = ['app']\norigins = ['https://auth.example.com']",
            "policies.a.origins (signet.toml): has no effect",
        ),
        (
            "[policies.a]\nheaders = { user = 'DPoP-Nonce' }",
            "policies.a.headers.user (signet.toml): must not be a header",
        ),
        (
            "[policies.a]\norigins = ['https://wiki.example.com']",
            "policies.a.origins (signet.toml): number 1 gets no cookies",
        ),
        (
            "[policies.a]\norigins = ['http://auth.example.com']",
            "number 1 gets no cookies",
        ),
        (
            "[policies.a]\norigins = ['https://auth.example.com/']",
            "number 1 must be an origin",
        ),
        (
            "[policies.a]\nmax_age = '0s'",
            "policies.a.max_age (signet.toml): must be between 1s and 3650d",
        ),
        (
            "[policies.a]\nheaders = { user = 'Set-Cookie' }",
            "policies.a.headers.user (signet.toml): must not be a header",
        ),
        (
            "[policies.a]\nheaders = { user = 'X_User' }",
            "must not contain _",
        ),
        (
            "[policies.a]\nheaders = { user = 'Remote-Name' }",
            "policies.a.headers.name: is also the name",
        ),
        (
            "[policies.'a b']\nacr = '1fa'",
            "policies.a b: must be a name of 1 to 64 characters",
        ),
    ] {
        let faults = faults(&with(settings));
        assert!(faults.contains(fault), "{settings}: {faults}");
    }
}

#[test]
fn policy_needs_a_cookie_client_unless_it_is_for_bearer_tokens_alone() {
    let app = "issuer = 'https://auth.example.com'\n[[clients]]\nclient_id = 'app'\n[policies.a]\n";
    let domain = app.replace("[policies.a]", "[cookies]\ndomain = 'example.com'");
    let fault = faults(&domain);
    assert!(
        fault.contains("cookies.domain (signet.toml): has no effect without a client"),
        "{fault}"
    );
    let fault = faults(&format!("{app}acr = '1fa'"));
    assert!(
        fault.contains("policies.a: needs a client with transport = \"cookie\""),
        "{fault}"
    );
    let bearer = format!("{app}clients = ['app']");
    assert!(load(&bearer, &[], FlagSettings::default()).is_ok());
    let grant = WEB.replacen(
        "transport = 'cookie'",
        "transport = 'cookie'\ngrants = ['refresh_token']",
        1,
    );
    let fault = faults(&format!("{grant}[policies.a]\nacr = '1fa'"));
    assert!(
        fault.contains("policies.a: needs the grant authorization_code"),
        "{fault}"
    );
}

#[test]
fn return_urls_are_those_at_the_origins_of_the_policy() {
    let config = config(
        "[cookies]\ndomain = 'example.com'\n\
         [policies.a]\norigins = ['https://good.example.com', 'https://wiki.example.com:8443']\n",
    );
    let policy = config.policies.get("a").unwrap();
    for good in [
        "https://good.example.com/",
        "https://good.example.com/a?b=c#d",
        "https://wiki.example.com:8443/x//y",
    ] {
        assert_eq!(policy.return_url(good).unwrap().as_str(), good);
    }
    let at_good = |text: &str| {
        policy
            .return_url(text)
            .is_ok_and(|url| url.as_str().starts_with("https://good.example.com/"))
    };
    assert!(at_good("HTTPS://GOOD.example.com"));
    // Browsers read a backslash as a slash, so this is a path.
    assert!(at_good("https://good.example.com\\@evil.example"));
    let long = format!("https://good.example.com/{}", "a".repeat(1_900));
    for bad in [
        "",
        "/",
        "//evil",
        "//good.example.com/",
        "https:evil",
        "https:/evil",
        "https:///evil",
        "https://good.example.com.evil",
        "https://evil.example/https://good.example.com",
        "https://good.example.com@evil.example/",
        "https://u:p@good.example.com/",
        "https://good.example.com:8443/",
        "http://good.example.com/",
        "https://evil\\.good.example.com",
        "https://xgood.example.com/",
        "javascript:alert(1)",
        "blob:https://good.example.com/4c9c6b1e",
        "filesystem:https://good.example.com/a",
        "\thttps://evil",
        &long,
    ] {
        assert!(policy.return_url(bad).is_err(), "{bad}");
    }
    // For every text, the result is a page at one of the origins.
    let schemes = "https: HTTPS: http: blob:https: filesystem:https: javascript: data: ws: view-source:https:";
    let schemes = schemes.split(' ').chain([""]);
    let slashes = ["", "/", "//", "///", "\\\\", "/\t/", "\n//", "/\\"];
    let hosts = [
        "good.example.com",
        "good.example.com:443",
        "good.example.com:8443",
        "wiki.example.com:8443",
        "good.example.com.evil",
        "good.example.com@evil",
        "u@good.example.com",
        "evil\\@good.example.com",
        "evil\t.good.example.com",
        "good.example.com\\.evil",
        "%67ood.example.com",
        "evil",
    ];
    let paths = [
        "",
        "/",
        "\\@evil",
        "/..//evil",
        "?x@evil",
        "#evil",
        "\t.evil",
    ];
    let mut accepted = 0;
    for ((scheme, slashes), (host, path)) in product(schemes, slashes)
        .flat_map(|start| product(hosts, paths).map(move |end| (start, end)))
    {
        let text = format!("{scheme}{slashes}{host}{path}");
        if let Ok(url) = policy.return_url(&text) {
            let home = [
                "https://good.example.com/",
                "https://wiki.example.com:8443/",
            ];
            assert!(home.iter().any(|it| url.as_str().starts_with(it)), "{text}");
            accepted += 1;
        }
    }
    assert!(accepted > 100, "{accepted}");
}

/// All pairs of two lists.
fn product<'a, const N: usize>(
    left: impl IntoIterator<Item = &'a str>,
    right: [&'a str; N],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let left = left.into_iter();
    left.flat_map(move |left| right.map(|right| (left, right)))
}

#[test]
fn cookie_domain_contains_the_issuer_and_is_no_public_suffix() {
    for good in ["example.com", "auth.example.com"] {
        let config = config(&format!("[cookies]\ndomain = '{good}'"));
        assert_eq!(config.issuer.cookie_domain(), Some(good));
    }
    for (bad, problem) in [
        ("com", "must have at least two labels"),
        (".example.com", "must be a domain in lower case"),
        ("example.com.", "must be a domain in lower case"),
        ("Example.com", "must be a domain in lower case"),
        ("192.0.2.1", "must be a domain in lower case"),
        ("xample.com", "must contain the host of the issuer"),
        ("wiki.example.com", "must contain the host of the issuer"),
        ("a.auth.example.com", "must contain the host of the issuer"),
    ] {
        let faults = faults(&with(&format!("[cookies]\ndomain = '{bad}'")));
        assert!(
            faults.contains(&format!("cookies.domain (signet.toml): {problem}")),
            "{faults}"
        );
    }
    let http = "issuer = 'http://127.0.0.1:8080'\ncookies.domain = 'example.com'\n";
    assert!(faults(http).contains("cookies.domain (signet.toml): needs an https issuer"));
}

#[test]
fn origins_within_the_cookie_domain_get_cookies() {
    let at = |origin: &str| {
        let settings =
            format!("[cookies]\ndomain = 'example.com'\n[policies.a]\norigins = ['{origin}']");
        load(&with(&settings), &[], FlagSettings::default()).is_ok()
    };
    assert!(at("https://wiki.example.com:8443") && at("https://example.com"));
    for bad in [
        "http://wiki.example.com",
        "https://wikiexample.com",
        "https://example.com.evil",
    ] {
        assert!(!at(bad), "{bad}");
    }
}
