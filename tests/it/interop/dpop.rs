//! Third-party OAuth clients that bind their tokens to a key (RFC 9449), with a right and a wrong clock.

use rstest::rstest;
use serde_json::Value;

use crate::support::{
    PASSWORD, app::empty_app, http_browser::HttpBrowser, issuer::Issuer, script::Script, token,
};

const CLIENT: &str = "
    [[clients]]
    client_id = 'app'
    redirect_uris = ['http://127.0.0.1/callback']
    dpop = 'required'
    dpop_binds = 'both'
";

fn assert_bound(tokens: &Value) {
    assert_eq!(
        tokens["token_type"]
            .as_str()
            .map(str::to_lowercase)
            .as_deref(),
        Some("dpop")
    );
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| {
        let claims = token::claims(tokens[name].as_str().unwrap());
        claims["cnf"]["jkt"].as_str().unwrap().to_owned()
    });
    assert_eq!(access, refresh);
}

#[rstest]
fn slow_openid_client_and_oauth4webapi_keep_their_key(
    #[values("when_needed", "always")] nonce: &str,
    #[values("0", "-600", "600")] skew: &str,
) {
    let issuer = Issuer::start(&format!("dpop.nonce = '{nonce}'\n{CLIENT}"));
    let callback = format!("{}/callback", empty_app());
    let environment = [
        ("ISSUER", &*issuer.url),
        ("CLIENT_ID", "app"),
        ("REDIRECT_URI", &callback),
        ("SKEW", skew),
    ];
    let Some(mut client) = Script::start("openid-client/dpop", &environment) else {
        return;
    };
    let url = client.line();
    let mut web = HttpBrowser::default();
    let page = web.open(&url);
    let login = [("email", "ada@example.com"), ("password", PASSWORD)];
    let landed = web.submit(&page, &login);
    let worth = client.ask(landed.url.as_str());
    assert_bound(&worth["tokens"]);
    assert_bound(&worth["again"]["tokens"]);
    let needs_nonce = nonce == "always" || skew != "0";
    let attempts = if needs_nonce { 2 } else { 1 };
    assert_eq!(worth["again"]["attempts"], attempts, "{worth:#}");
    assert_eq!(
        (&worth["status"], &worth["me"]["email"]),
        (&200.into(), &"ada@example.com".into())
    );
    assert_eq!(worth["stolen"], "invalid_grant");
}

#[rstest]
#[case("when_needed", "0", 5)]
#[case("when_needed", "-600", 6)]
#[case("when_needed", "600", 6)]
#[case("always", "0", 6)]
fn slow_joserfc_makes_proofs(#[case] nonce: &str, #[case] skew: &str, #[case] requests: u64) {
    let issuer = Issuer::start(&format!("dpop.nonce = '{nonce}'\n{CLIENT}"));
    let environment = [
        ("ISSUER", &*issuer.url),
        ("CLIENT_ID", "app"),
        ("EMAIL", "ada@example.com"),
        ("PASSWORD", PASSWORD),
        ("SKEW", skew),
    ];
    let Some(mut client) = Script::start("authlib/dpop", &environment) else {
        return;
    };
    let worth: Value = serde_json::from_str(&client.line()).unwrap();
    assert_bound(&worth["tokens"]);
    assert_eq!(worth["me"]["email"], "ada@example.com", "{worth:#}");
    // A wrong clock costs one more request, at first.
    assert_eq!(worth["requests"], requests, "{worth:#}");
    assert_eq!(worth["stolen"], "invalid_grant");
}
