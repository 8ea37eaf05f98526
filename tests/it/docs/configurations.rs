//! Every block of TOML in the README and in `docs` is a valid configuration.

use std::{collections::BTreeSet, fs};

use signet::{
    client::SecretHash,
    config::{Config, FlagSettings, SettingSources},
};

use crate::docs::{all, blocks, page};

/// Loads a configuration whose secrets and hashes are replaced by existing ones.
fn load(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let held = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let key = include_str!("../../golden/0.1.0/20260101T000000Z.es256.pem");
    let (key, secret) = (held("key", key), held("secret", "hunter2"));
    let database_url = held("database-url", "postgres://localhost/signet");
    let hash_text = SecretHash::of("hunter2").to_string();
    let hash = held("hash", &hash_text);
    let logo = held("logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    let mut configured = String::new();
    for line in text.lines() {
        let line = line.replace("sha256:…", &hash_text);
        let path = line.split('"').nth(1).unwrap_or_default();
        let there = match path.strip_prefix("/run/secrets/") {
            Some(name) if name.starts_with("AuthKey_") => &key,
            Some(name) if name.contains(".hash") => &hash,
            Some("database-url") => &database_url,
            Some(_) => &secret,
            None if path.starts_with("branding/") => &logo,
            None => path,
        };
        configured += &line.replace(path, there);
        configured += "\n";
    }
    let sources = SettingSources::new(("page.toml", &configured), [], FlagSettings::default());
    let loaded = sources.and_then(Config::load);
    loaded.map_err(|faults| faults.to_string())
}

#[test]
fn every_toml_block_of_the_docs_is_a_valid_configuration() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for (name, text) in all() {
        for block in blocks(text, "toml") {
            count += 1;
            if let Err(error) = load(block) {
                faults.push(format!("{name}: {error}\n{block}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 10, "{count}");
}

#[test]
fn docs_configure_every_kind_of_provider() {
    let config = load(&blocks(page("providers"), "toml").join("\n")).unwrap();
    let kinds: BTreeSet<_> = config.providers.iter().map(|it| it.brand).collect();
    let all = [
        "google",
        "github",
        "apple",
        "microsoft",
        "gitlab",
        "discord",
        "oidc",
    ];
    assert_eq!(kinds, BTreeSet::from(all));
}

/// The clients of other applications are OpenID clients.
#[test]
fn docs_configure_openid_clients_of_applications() {
    let config = load(&blocks(page("relying-parties"), "toml").join("\n")).unwrap();
    let clients = config.clients.iter().filter(|client| client.is_openid());
    let names: BTreeSet<_> = clients.map(|it| it.client_id.as_str()).collect();
    let all = [
        "argocd",
        "argocd-cli",
        "gitea",
        "grafana",
        "kubernetes",
        "nextcloud",
        "oauth2-proxy",
        "wiki",
    ];
    assert_eq!(names, BTreeSet::from(all));
}
