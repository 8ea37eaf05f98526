//! oidc-client-ts, a public client in Chromium.

use serde_json::{Value, json};

use super::assert_is_ada;
use crate::support::{
    PASSWORD,
    issuer::Issuer,
    relying_party::{Registration, RelyingParty},
    script::Chromium,
    token::claims,
};

/// The service, the application and the browser.
struct Setup {
    app: Registration,
    issuer: Issuer,
    chromium: Chromium,
    _party: RelyingParty,
}

impl Setup {
    fn start() -> Option<Self> {
        let app = Registration::new();
        let issuer = app.provider("/callback", &[]);
        let recipe = ("oidc-client-ts", "server.js");
        let party = RelyingParty::start(recipe, &app, &issuer, &[])?;
        let chromium = Chromium::start()?;
        Some(Self {
            app,
            issuer,
            chromium,
            _party: party,
        })
    }

    /// Logs in at the login page of the service. Returns what the application holds then.
    fn log_in(&mut self) -> Value {
        let (app, issuer) = (self.app.url(), &self.issuer.url);
        let came = self.chromium.take(&json!([
            {"open": app},
            {"click": "#login"},
            {"arrive": issuer},
            {"type": "input[name=email]", "text": "ada@example.com"},
            {"type": "input[name=password]", "text": PASSWORD},
            {"click": "button[value=password]"},
            {"arrive": format!("{app}/callback")},
            {"read": "#user"},
        ]));
        shown(&came)
    }
}

/// Parses the element of the page that was read.
fn shown(came: &Value) -> Value {
    serde_json::from_str(came["read"][0].as_str().unwrap()).unwrap()
}

#[test]
fn slow_oidc_client_ts_logs_in_and_renews_by_its_refresh_token() {
    let Some(mut setup) = Setup::start() else {
        return;
    };
    let user = setup.log_in();
    assert_is_ada(&user["claims"]);
    assert_eq!(user["claims"]["iss"], setup.issuer.url, "{user:#}");
    assert_eq!(user["token_type"], "Bearer", "{user:#}");

    let came = setup
        .chromium
        .take(&json!([{"click": "#renew"}, {"read": "#renewed"}]));
    let renewed = shown(&came);
    assert_is_ada(&renewed["claims"]);
    // The application holds only some of the claims.
    let [first, second] = [&user, &renewed].map(|it| claims(it["id_token"].as_str().unwrap()));
    for name in ["sub", "auth_time", "sid", "amr"] {
        assert!(!first[name].is_null(), "{name}: {first:#}");
        assert_eq!(first[name], second[name], "{name}: {second:#}");
    }
    assert!(first["nonce"].is_string(), "{first:#}");
    assert!(second["nonce"].is_null(), "{second:#}");
    assert_ne!(renewed["access_token"], user["access_token"]);
    assert_ne!(renewed["id_token"], user["id_token"]);
    // The renewal opened no frame.
    assert_eq!(came["visited"], json!([]), "{came:#}");
}

#[test]
fn slow_oidc_client_ts_learns_that_its_session_has_ended() {
    let Some(mut setup) = Setup::start() else {
        return;
    };
    let user = setup.log_in();
    let access = user["access_token"].as_str().unwrap();
    let head = format!("POST /logout/everywhere HTTP/1.1\r\nAuthorization: Bearer {access}");
    let (status, _, body) = setup.issuer.service.request(&head, "").unwrap();
    assert_eq!(status, 204, "{body}");

    let came = setup.chromium.take(&json!([
        {"click": "#renew"},
        {"read": "#renewed"},
        {"refused": 400},
    ]));
    assert_eq!(shown(&came)["error"], "invalid_grant", "{came:#}");
}
