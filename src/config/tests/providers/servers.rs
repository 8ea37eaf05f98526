//! The servers of providers, and the names under which their accounts are stored.

use url::Url;

use super::*;
use crate::microsoft_tenants::Tenants;

fn of_issuer(text: &str) -> ProviderIssuer {
    ProviderIssuer::OpenId {
        issuer: text.to_owned(),
        url: Url::parse(text).unwrap(),
    }
}

#[test]
fn accounts_of_known_issuers_are_stored_by_name_and_others_by_issuer() {
    let it = provider(
        LOOPBACK,
        &format!("{GITLAB}\nissuer = 'https://git.example.com'"),
    );
    assert_eq!(it.stored_as(), Some("https://git.example.com"));
    for (lines, issuer) in [
        (GOOGLE, "https://accounts.google.com"),
        (&apple(), "https://appleid.apple.com"),
        (GITLAB, "https://gitlab.com"),
        (DISCORD, "https://discord.com"),
    ] {
        let it = provider(PUBLIC, lines);
        assert_eq!(it.issuer, of_issuer(issuer));
    }
    // The name depends on the issuer, not on the kind.
    let google = format!("{OIDC}\nissuer = 'https://accounts.google.com'");
    assert_eq!(provider(LOOPBACK, &google).stored_as(), Some("google"));
    for lines in [GOOGLE, DISCORD, &apple()] {
        let it = provider(LOOPBACK, &format!("{lines}\nissuer = 'http://127.0.0.1:9'"));
        assert_eq!(it.stored_as(), Some("http://127.0.0.1:9"));
        assert_eq!(it.issuer, of_issuer("http://127.0.0.1:9"));
    }
}

#[test]
fn microsoft_is_one_tenant_or_the_tenant_that_a_token_names() {
    for many in [Tenants::Common, Tenants::Organizations] {
        let tenants = many.as_str();
        let it = provider(LOOPBACK, &format!("{MICROSOFT}\ntenant = '{tenants}'"));
        let url = format!("https://login.microsoftonline.com/{tenants}/v2.0");
        let url = Url::parse(&url).unwrap();
        assert_eq!(it.issuer, ProviderIssuer::Microsoft { tenants: many, url });
        assert_eq!(it.stored_as(), None);
        let of = |tenant: &str| {
            it.owns_account_of(&format!("https://login.microsoftonline.com/{tenant}/v2.0"))
        };
        assert!(of("72f988bf-86f1-41af-91ab-2d7cd011db47"));
        // Personal accounts, which belong to no organization.
        let common = tenants == "common";
        assert_eq!(of("9188040d-6c67-4c5b-b112-36a304b66dad"), common);
        assert!(!of("72F988BF-86F1-41AF-91AB-2D7CD011DB47"));
        assert!(!of("72f988bf-86f1-41af-91ab-2d7cd011db47/a") && !of(tenants) && !of(""));
        assert!(!it.owns_account_of("google"));
    }
    let personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    for tenant in ["common", "organizations", personal] {
        assert_eq!(
            problem(
                LOOPBACK,
                &format!("{MICROSOFT}\ntenant = '{tenant}'\ntrusts_addresses = true"),
                "trusts_addresses"
            ),
            "requires the tenant of one organization: anyone can create a tenant and claim any email in it"
        );
    }
    for wrong in [
        "consumers",
        "",
        "example.com",
        "72f988bf-86f1-41af-91ab-2d7cd011db4g",
    ] {
        let said = problem(
            LOOPBACK,
            &format!("{MICROSOFT}\ntenant = '{wrong}'"),
            "tenant",
        );
        assert_eq!(
            said,
            "must be the id of a tenant (a GUID), common or organizations"
        );
    }
    assert_eq!(
        fault(LOOPBACK, MICROSOFT),
        "providers[0].tenant (signet.toml): is required"
    );
    let one = "72F988BF-86F1-41AF-91AB-2D7CD011DB47";
    assert_eq!(
        provider(LOOPBACK, &format!("{MICROSOFT}\ntenant = '{one}'")).issuer,
        of_issuer(&format!(
            "https://login.microsoftonline.com/{}/v2.0",
            one.to_lowercase()
        ))
    );
}

#[test]
fn github_servers_have_an_api_url() {
    let urls = |lines: &str| match provider(LOOPBACK, lines).issuer {
        ProviderIssuer::GitHub { web, api } => (web.to_string(), api.to_string()),
        other => panic!("{other:?}"),
    };
    let expected = |web: &str, api: &str| (web.to_owned(), api.to_owned());
    assert_eq!(
        urls(GITHUB),
        expected("https://github.com/", "https://api.github.com/")
    );
    for (base, web, api) in [
        (
            "https://git.example.com",
            "https://git.example.com/",
            "https://git.example.com/api/v3/",
        ),
        (
            "https://example.com/git",
            "https://example.com/git/",
            "https://example.com/git/api/v3/",
        ),
        (
            "https://octo.ghe.com",
            "https://octo.ghe.com/",
            "https://api.octo.ghe.com/",
        ),
        (
            "http://127.0.0.1:9",
            "http://127.0.0.1:9/",
            "http://127.0.0.1:9/api/v3/",
        ),
    ] {
        let lines = format!("{GITHUB}\nbase_url = '{base}'");
        assert_eq!(urls(&lines), expected(web, api));
        let it = provider(LOOPBACK, &lines);
        assert_eq!(it.stored_as(), Some(base));
        assert!(!it.trusts_addresses, "{base}");
    }
    for (base, said) in [
        (
            "https://github.com",
            "is only for self-hosted servers: remove it for github.com",
        ),
        ("https://git.example.com/", "must not end in a slash"),
        (
            "git.example.com",
            "must be an https URL such as https://id.example.com",
        ),
    ] {
        let lines = format!("{GITHUB}\nbase_url = '{base}'");
        assert_eq!(problem(LOOPBACK, &lines, "base_url"), said);
    }
}

#[test]
fn issuers_must_be_canonical_https_urls() {
    let https = "must be an https URL such as https://id.example.com";
    let parts = "must not have a query, a fragment, a user or a password";
    let spelling = "must be in canonical form: lower-case host, no default port, no character that needs \
                    escaping, at most 256 characters";
    let long = format!("https://id.example.com/{}", "a".repeat(256));
    for (wrong, said) in [
        ("", https),
        ("id.example.com", https),
        ("http://id.example.com", https),
        ("ftp://id.example.com", https),
        ("https://u:hunter2@id.example.com", parts),
        ("https://id.example.com?a", parts),
        ("https://id.example.com#", parts),
        ("https://ID.example.com", spelling),
        ("https://id.example.com:443", spelling),
        ("https://id.example.com/a/../b", spelling),
        ("https://id.example.com/{tenantid}", spelling),
        (" https://id.example.com", spelling),
        (&long, spelling),
    ] {
        for lines in [OIDC, GITLAB] {
            let lines = format!("{lines}\nissuer = '{wrong}'");
            assert_eq!(problem(LOOPBACK, &lines, "issuer"), said, "{wrong}");
        }
    }
    assert_eq!(
        fault(LOOPBACK, OIDC),
        "providers[0].issuer (signet.toml): is required"
    );
    for fine in [
        "https://id.example.com",
        "https://id.example.com/",
        "https://id.example.com/realms/a",
        "https://id.example.com:8443/A%20b/",
    ] {
        let it = provider(PUBLIC, &format!("{OIDC}\nissuer = '{fine}'"));
        assert_eq!(it.stored_as(), Some(fine));
    }
}

#[test]
fn loopback_issuers_need_a_service_on_loopback() {
    for loopback in [
        "http://127.0.0.1:9",
        "http://[::1]:9/a",
        "http://localhost:9",
        "https://id.localhost",
    ] {
        let it = provider(LOOPBACK, &format!("{OIDC}\nissuer = '{loopback}'"));
        assert_eq!(it.stored_as(), Some(loopback));
        for (lines, setting) in [(OIDC, "issuer"), (GITLAB, "issuer"), (GITHUB, "base_url")] {
            assert_eq!(
                problem(
                    PUBLIC,
                    &format!("{lines}\n{setting} = '{loopback}'"),
                    setting
                ),
                "must not be a loopback URL unless the service itself is on loopback"
            );
        }
    }
    let stand_in = "must be a loopback URL, and the service itself must be on loopback";
    for (start, issuer) in [
        (PUBLIC, "http://127.0.0.1:9"),
        (PUBLIC, "https://accounts.google.com"),
        (LOOPBACK, "https://accounts.google.com"),
        (LOOPBACK, "https://id.example.com"),
    ] {
        for lines in [GOOGLE, DISCORD, &apple()] {
            let lines = format!("{lines}\nissuer = '{issuer}'");
            assert_eq!(problem(start, &lines, "issuer"), stand_in);
        }
    }
}
