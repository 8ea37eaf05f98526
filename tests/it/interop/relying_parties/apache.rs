//! `mod_auth_openidc` in Apache, which logs in the users of applications behind it.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa,
    signature::KeyPair as _,
};
use rstest::rstest;
use tempfile::TempDir;

use super::assert_is_ada;
use crate::support::{
    http_browser::HttpBrowser,
    relying_party::{Registration, RelyingParty},
};

/// An RSA key pair in two files, which Apache's user may read.
struct KeyPair(TempDir);

impl KeyPair {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let keys = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der = keys.as_der().unwrap();
        let public: PublicKeyX509Der = keys.public_key().as_der().unwrap();
        let pairs = [
            ("PRIVATE KEY", private.as_ref()),
            ("PUBLIC KEY", public.as_ref()),
        ];
        for (tag, der) in pairs {
            let text = pem::encode(&pem::Pem::new(tag, der));
            fs::write(folder.path().join(tag.replace(' ', "-")), text).unwrap();
        }
        Self(folder)
    }

    fn files(&self) -> [String; 2] {
        ["PRIVATE-KEY", "PUBLIC-KEY"].map(|name| self.0.path().join(name).display().to_string())
    }
}

#[rstest]
#[case("client_secret_basic", "yes")]
#[case("client_secret_post", "yes")]
#[case("client_secret_basic", "no")]
#[case("private_key_jwt", "yes")]
fn slow_apache_logs_in_and_refreshes(#[case] method: &str, #[case] pkce: &str) {
    let app = Registration::new();
    let credential = match method {
        "private_key_jwt" => app.jwks_uri("/callback?jwks=rsa"),
        _ => app.secret_hash(),
    };
    let method_setting = format!("auth_method = '{method}'");
    let settings = [
        &*credential,
        &method_setting,
        Registration::pkce(pkce == "yes"),
    ];
    let issuer = app.provider("/callback", &settings);
    let keys = KeyPair::new();
    let [private_key, public_key] = keys.files();
    let environment = [
        ("PRIVATE_KEY", &*private_key),
        ("PUBLIC_KEY", &public_key),
        ("AUTH", method),
        ("PKCE", pkce),
        ("CRYPTO_PASSPHRASE", "a secret of the application alone"),
    ];
    let recipe = ("apache", "relying_party.conf");
    let Some(party) = RelyingParty::start(recipe, &app, &issuer, &environment) else {
        return;
    };
    let mut web = HttpBrowser::default();
    let landed = party.log_in(&mut web, "/some/page?of=theirs");
    let home = party.json(&landed);
    assert_eq!(home["user"], "ada@example.com", "{}", party.printed());
    assert!(landed.url.as_str().ends_with("/some/page?of=theirs"));

    let mut session = |parameters: &str| {
        let page = party.open(&mut web, &format!("/callback?info=json{parameters}"));
        party.json(&page)
    };
    let first = session("");
    let refreshed = session("&access_token_refresh_interval=0");
    for shown in [&first, &refreshed] {
        assert_is_ada(&shown["userinfo"]);
        assert_is_ada(&shown["id_token"]);
        assert_eq!(shown["id_token"]["sub"], shown["userinfo"]["sub"]);
    }
    assert!(first["id_token"]["nonce"].is_string(), "{first:#}");
    assert_ne!(first["access_token"], refreshed["access_token"]);
    assert_eq!(party.json(&party.open(&mut web, "/")), home);
}

#[test]
fn slow_apache_with_a_wrong_secret_fails_to_log_in() {
    let app = Registration::new();
    let issuer = app.provider("/callback", &[&app.secret_hash()]);
    let environment = [
        ("AUTH", "client_secret_basic"),
        ("PKCE", "yes"),
        ("CLIENT_SECRET", "wrong"),
        ("CRYPTO_PASSPHRASE", "a secret of the application alone"),
    ];
    let recipe = ("apache", "relying_party.conf");
    let Some(party) = RelyingParty::start(recipe, &app, &issuer, &environment) else {
        return;
    };
    let mut web = HttpBrowser::default();
    let landed = party.log_in(&mut web, "/");
    assert!(!landed.body.contains("ada@example.com"), "{landed:?}");
    let printed = party.printed();
    assert!(printed.contains("invalid_client"), "{printed}");
}
