//! The way in through servers and clients that others have written: a certified OpenID provider, a
//! browser, and clients of OAuth (`tests/recipes`).

use serde_json::json;

use crate::support::{
    process::free_address,
    provider::{CALLBACK, Provider},
    script::Chromium,
    web::Web,
};

const REQUEST: &str = "client_id=signet&response_type=code&scope=openid&state=s\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

/// What the other tests here build on.
#[test]
fn the_provider_logs_people_in_whatever_their_browser_is() {
    let app = format!("http://{}{CALLBACK}", free_address());
    let Some(provider) = Provider::start(&app, &[]) else {
        return;
    };
    let url = format!("{}/auth?{REQUEST}&redirect_uri={app}", provider.url);

    let mut web = Web::of(&app);
    let form = web.open(&url);
    assert_eq!(form.status, 200, "{form:?}");
    let landed = web.submit(&form, &[("login", "ada")]);
    assert!(landed.parameter("code").is_some(), "{landed:?}");
    assert_eq!(landed.parameter("iss").as_ref(), Some(&provider.url));
    // Whoever is logged in there is asked nothing.
    assert!(web.open(&url).parameter("code").is_some());

    let steps = json!([
        {"open": url},
        {"type": "input[name=login]", "text": "ada"},
        {"click": "button"},
        {"land": app},
    ]);
    if let Some(mut chromium) = Chromium::start() {
        let came = chromium.take(&steps);
        assert!(came["url"].as_str().unwrap().contains("code="), "{came:#}");
    }
}
