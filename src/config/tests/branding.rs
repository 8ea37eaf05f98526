//! `[pages]`, and the names and logos of clients.

use std::fs;

use super::*;

/// Settings of the service, and of a client.
fn refused(setting: &str) -> String {
    match setting.strip_prefix("client.") {
        Some(setting) => faults(&format!("[[clients]]\nclient_id = 'web'\n{setting}")),
        None => faults(setting),
    }
}

#[test]
fn branding_is_optional() {
    let config = load("", &[], FlagSettings::default()).unwrap();
    assert!(config.pages.name.is_none() && config.pages.logo.is_none());
    let client = config.clients.choose(None).unwrap();
    assert_eq!(client.display_name(), "default");
    assert_eq!(client.home_page(), None);
}

#[test]
fn client_has_a_name_and_a_home_page() {
    let of = |more: &str| {
        let file = format!("[[clients]]\nclient_id = 'web'\nname = 'Acme Web'\n{more}");
        load(&file, &[], FlagSettings::default()).unwrap()
    };
    let config = of("home = 'http://localhost:3000/start'");
    let client = config.clients.choose(None).unwrap();
    assert_eq!(client.display_name(), "Acme Web");
    assert_eq!(
        client.home_page().unwrap().as_str(),
        "http://localhost:3000/start"
    );
    let config = of("home = 'https://a.example/home'\napp_url = 'https://a.example/app'");
    let client = config.clients.choose(None).unwrap();
    assert_eq!(
        client.home_page().unwrap().as_str(),
        "https://a.example/app"
    );
}

#[test]
fn faulty_names_colors_and_links_are_refused() {
    for (setting, problem) in [
        (
            "pages.name = ' Acme'",
            "pages.name (signet.toml): must be 1 to 64 characters long",
        ),
        (
            "pages.name = \"Ac\\nme\"",
            "pages.name (signet.toml): must not contain control characters",
        ),
        (
            "pages.name = \"Ac\\u200Bme\"",
            "pages.name (signet.toml): must not contain control characters, line breaks, invisible characters",
        ),
        (
            "client.name = \"\\uFEFFAcme\"",
            "clients[0].name (signet.toml): must not contain control characters, line breaks, invisible characters",
        ),
        (
            "pages.accent = 'blue'",
            "pages.accent (signet.toml): must be a color such as #1d5bb8",
        ),
        (
            "pages.privacy_url = 'http://example.com/'",
            "pages.privacy_url (signet.toml): must be https",
        ),
        (
            "pages.terms_url = 'javascript:alert(1)'",
            "pages.terms_url (signet.toml): must be an absolute https URL",
        ),
        (
            "pages.terms_url = 'https://user@example.com/'",
            "pages.terms_url (signet.toml): must be an absolute https URL without user",
        ),
        (
            "client.name = ''",
            "clients[0].name (signet.toml): must be 1 to 64 characters long",
        ),
        (
            "client.home = '/start'",
            "clients[0].home (signet.toml): must be an absolute https URL",
        ),
        (
            "issuer = 'https://auth.example.com'\npages.privacy_url = 'http://localhost/'",
            "must be https: http is only for a loopback issuer and a loopback host",
        ),
    ] {
        let refused = refused(setting);
        assert!(refused.contains(problem), "{setting}: {refused}");
    }
}

#[test]
fn faulty_logo_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(
        path("large.svg"),
        "<svg>".to_owned() + &" ".repeat(256 * 1024),
    )
    .unwrap();
    fs::write(path("plain.svg"), "<svg viewBox='0 0 1 1'/>").unwrap();
    fs::write(path("photo.jpg"), b"\xff\xd8\xff\xe0").unwrap();
    fs::write(path("empty"), "").unwrap();
    fs::create_dir(path("folder")).unwrap();
    for (name, problem) in [
        ("missing", "cannot be read: No such file"),
        ("large.svg", "is larger than 256 KiB"),
        (
            "plain.svg",
            "is an SVG file that browsers do not show: add xmlns=\"http://www.w3.org/2000/svg\" to its <svg>",
        ),
        (
            "photo.jpg",
            "is neither a PNG file nor an SVG file in UTF-8",
        ),
        ("empty", "is neither a PNG file nor an SVG file in UTF-8"),
        ("folder", "is not a regular file"),
    ] {
        let file = path(name);
        for (setting, full) in [
            ("pages.logo", "pages.logo"),
            ("client.logo", "clients[0].logo"),
        ] {
            let refused = refused(&format!("{setting} = '{}'", file.display()));
            let expected = format!("{full} (signet.toml): {file:?} {problem}");
            assert!(refused.contains(&expected), "{refused}");
        }
    }
}
