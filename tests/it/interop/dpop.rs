//! Third-party OAuth clients that bind their tokens to a key (RFC 9449), with a right and a wrong clock. Two nodes answer
//! in turn, and the secret is replaced between the first and the second refresh.

use rstest::rstest;
use serde_json::Value;

use crate::support::{
    PASSWORD, app::empty_app, http_browser::HttpBrowser, script::Script, token, two_nodes::TwoNodes,
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
    let mut nodes = TwoNodes::start(&format!("dpop.nonce = '{nonce}'\n{CLIENT}"));
    let callback = format!("{}/callback", empty_app());
    let environment = [
        ("ISSUER", &*nodes.issuer.url),
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
    let needs_nonce = nonce == "always" || skew != "0";
    let login: &[u16] = if needs_nonce { &[400, 200] } else { &[200] };
    nodes.balancer.hold("POST /token", login.len() + 1);
    client.tell(landed.url.as_str());
    nodes.rotate_secret_before_held_request();
    let worth = client.reply();
    assert_bound(&worth["tokens"]);
    assert_bound(&worth["again"]["tokens"]);
    // Each key learns the nonce once: openid-client keeps it for the three refreshes, and oauth4webapi and the thief have
    // none at first.
    assert_eq!(worth["again"]["attempts"], login.len(), "{worth:#}");
    let stolen = [&login[..login.len() - 1], &[400]].concat();
    let expected = [login, &[200, 200, 200], login, &stolen, &[400]].concat();
    assert_eq!(nodes.balancer.statuses("POST /token"), expected);
    assert_eq!(
        (&worth["status"], &worth["me"]["email"]),
        (&200.into(), &"ada@example.com".into())
    );
    assert_eq!(worth["stolen"], "invalid_grant");
    assert_eq!(worth["ended"], "invalid_grant");
}

#[rstest]
#[case("when_needed", "0", 7)]
#[case("when_needed", "-600", 8)]
#[case("when_needed", "600", 8)]
#[case("always", "0", 8)]
fn slow_joserfc_makes_proofs(#[case] nonce: &str, #[case] skew: &str, #[case] requests: u64) {
    let mut nodes = TwoNodes::start(&format!("dpop.nonce = '{nonce}'\n{CLIENT}"));
    nodes.balancer.hold("POST /refresh", 1);
    let environment = [
        ("ISSUER", &*nodes.issuer.url),
        ("CLIENT_ID", "app"),
        ("EMAIL", "ada@example.com"),
        ("PASSWORD", PASSWORD),
        ("SKEW", skew),
    ];
    let Some(mut client) = Script::start("authlib/dpop", &environment) else {
        return;
    };
    nodes.rotate_secret_before_held_request();
    let worth = client.reply();
    assert_bound(&worth["tokens"]);
    assert_eq!(worth["me"]["email"], "ada@example.com", "{worth:#}");
    // A wrong clock costs one more request, at first.
    assert_eq!(worth["requests"], requests, "{worth:#}");
    assert_eq!(worth["stolen"], "invalid_grant");
    assert_eq!(worth["ended"], "invalid_grant");
}
