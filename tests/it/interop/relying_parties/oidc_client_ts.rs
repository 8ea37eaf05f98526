//! oidc-client-ts, a public client in Chromium.

use rstest::rstest;
use serde_json::{Value, json};

use super::assert_is_ada;
use crate::support::{
    PASSWORD,
    relying_party::{Registration, RelyingParty},
    script::Chromium,
    token::claims,
    two_nodes::TwoNodes,
};

/// The service, the application and the browser.
struct Setup {
    app: Registration,
    nodes: TwoNodes,
    chromium: Chromium,
    _party: RelyingParty,
}

impl Setup {
    fn start() -> Option<Self> {
        Self::start_with("", &[])
    }

    /// Starts with these settings of the service, and these variables of the application.
    fn start_with(settings: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let app = Registration::new();
        let out = format!("post_logout_redirect_uris = ['{}/goodbye']", app.url());
        let nodes = TwoNodes::start(&app.configuration("/callback", &[&out, settings]));
        let recipe = ("oidc-client-ts", "server.js");
        let party = RelyingParty::start(recipe, &app, &nodes.issuer, environment)?;
        let chromium = Chromium::start()?;
        Some(Self {
            app,
            nodes,
            chromium,
            _party: party,
        })
    }

    /// Logs in at the login page of the service. Returns what the application holds then.
    fn log_in(&mut self) -> Value {
        self.log_in_and(&[])
    }

    /// The same, with these steps at the end.
    fn log_in_and(&mut self, more: &[Value]) -> Value {
        let (app, issuer) = (self.app.url(), &self.nodes.issuer.url);
        let mut steps = vec![
            json!({"open": app}),
            json!({"click": "#login"}),
            json!({"arrive": issuer}),
            json!({"type": "input[name=email]", "text": "ada@example.com"}),
            json!({"type": "input[name=password]", "text": PASSWORD}),
            json!({"click": "button[value=password]"}),
            json!({"arrive": format!("{app}/callback")}),
            json!({"read": "#user"}),
        ];
        steps.extend_from_slice(more);
        shown(&self.chromium.take(&steps.into()))
    }

    /// Logs out at the issuer, by the button of the application. Returns what the browser did.
    fn log_out(&mut self) -> Value {
        let goodbye = format!("{}/goodbye", self.app.url());
        self.chromium.take(&json!([
            {"click": "#logout"},
            {"arrive": goodbye},
            {"read": "#goodbye"},
        ]))
    }

    /// Ends all sessions of the user, without the browser.
    fn end_sessions(&self, user: &Value) {
        let access = user["access_token"].as_str().unwrap();
        let head = format!("POST /logout/everywhere HTTP/1.1\r\nAuthorization: Bearer {access}");
        let (status, _, body) = self.nodes.issuer.service.request(&head, "").unwrap();
        assert_eq!(status, 204, "{body}");
    }

    /// Clicks a button of the application, and returns the result that it shows, and the URLs of all frames.
    fn click(&mut self, button: &str, result: &str, more: &[Value]) -> (Value, Vec<String>) {
        let mut steps = vec![json!({"click": button}), json!({"read": result})];
        steps.extend_from_slice(more);
        let came = self.chromium.take(&steps.into());
        let visited = came["visited"].as_array().unwrap().iter();
        let visited = visited.map(|url| url.as_str().unwrap().to_owned());
        (shown(&came), visited.collect())
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
    assert_eq!(user["claims"]["iss"], setup.nodes.issuer.url, "{user:#}");
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
    setup.end_sessions(&user);
    let came = setup.chromium.take(&json!([
        {"click": "#renew"},
        {"read": "#renewed"},
        {"refused": 400},
    ]));
    assert_eq!(shown(&came)["error"], "invalid_grant", "{came:#}");
}

/// The cookie of the issuer is sent within the frame: another port of the same host is the same site. On other sites
/// browsers withhold it, and the renewal fails as after a logout.
#[test]
fn slow_oidc_client_ts_renews_in_a_frame_in_which_no_login_page_is_shown() {
    let Some(mut setup) = Setup::start() else {
        return;
    };
    let user = setup.log_in();
    let (framed, visited) = setup.click("#frame", "#framed", &[]);
    assert_is_ada(&framed["claims"]);
    let [first, second] = [&user, &framed].map(|it| claims(it["id_token"].as_str().unwrap()));
    for name in ["sub", "auth_time", "sid", "amr"] {
        assert_eq!(first[name], second[name], "{name}: {second:#}");
    }
    assert_ne!(framed["id_token"], user["id_token"]);
    // The frame shows the page of the application alone, after the redirects of the issuer.
    let callback = format!("{}/callback?", setup.app.url());
    let is_callback = |url: &&String| url.starts_with(&callback) && url.contains("code=");
    assert_eq!(visited.iter().filter(is_callback).count(), 1, "{visited:?}");
    let issuer = setup.nodes.issuer.url.clone();
    assert!(
        !visited.iter().any(|url| url.starts_with(&issuer)),
        "{visited:?}"
    );

    let refused = json!({"unframed": format!("{issuer}/")});
    let (embedded, visited) = setup.click("#embed", "#embedded", &[refused]);
    assert_eq!(embedded["message"], "IFrame timed out without a response");
    assert!(
        !visited.iter().any(|url| url.starts_with(&issuer)),
        "{visited:?}"
    );
}

#[test]
fn slow_oidc_client_ts_logs_out_at_the_issuer() {
    let Some(mut setup) = Setup::start() else {
        return;
    };
    setup.log_in();
    let came = setup.log_out();
    assert_eq!(shown(&came)["userState"], "a text of the application");
    // The ID token was the hint, so no page asked the user.
    let goodbye = format!("{}/goodbye", setup.app.url());
    let visited = came["visited"].as_array().unwrap();
    let is_goodbye = |url: &Value| url.as_str().unwrap().starts_with(&goodbye);
    assert!(visited.iter().all(is_goodbye), "{came:#}");

    let (framed, _) = setup.click("#frame", "#framed", &[]);
    assert_eq!(framed["error"], "login_required", "{framed:#}");
}

/// The key is in `IndexedDB` and cannot be exported. The library retries once with the nonce, and takes every error with a
/// nonce for a nonce error. The nodes answer in turn, and the secret is replaced between two renewals.
#[rstest]
#[case::when_needed("when_needed", 0)]
#[case::clock_behind("when_needed", -600)]
#[case::clock_ahead("when_needed", 600)]
#[case::always("always", 0)]
fn slow_oidc_client_ts_binds_its_code_and_its_tokens_to_a_key(
    #[case] nonce: &str,
    #[case] skew: i64,
) {
    let settings = format!("dpop = 'required'\n[dpop]\nnonce = '{nonce}'");
    let Some(mut setup) = Setup::start_with(&settings, &[("DPOP", "1")]) else {
        return;
    };
    let clock = format!("{{ const now = Date.now; Date.now = () => now() + 1000 * {skew}; }}");
    setup.chromium.take(&json!([{"before": clock}]));
    let needs_nonce = nonce == "always" || skew != 0;
    // The library keeps the nonce of this response.
    let refused = needs_nonce.then(|| json!({"refused": 400}));
    let user = setup.log_in_and(refused.as_slice());
    assert_is_ada(&user["claims"]);
    let key = |user: &Value| {
        let claims = claims(user["refresh_token"].as_str().unwrap());
        claims["cnf"]["jkt"].as_str().unwrap().to_owned()
    };
    let first = key(&user);
    let app = setup.app.url();
    let renew = [
        json!({"open": app}),
        json!({"click": "#renew"}),
        json!({"read": "#renewed"}),
    ];
    for number in 0..3 {
        if number == 1 {
            setup.nodes.rotate_secret();
        }
        let renewed = shown(&setup.chromium.take(&json!(renew)));
        assert_eq!(key(&renewed), first, "{renewed:#}");
    }
    setup.log_out();

    // The library has deleted the key.
    let user = setup.log_in_and(refused.as_slice());
    assert_ne!(key(&user), first);
    setup.end_sessions(&user);
    let steps = [&renew[..], &[json!({"refused": 400})]].concat();
    let ended = shown(&setup.chromium.take(&steps.into()));
    assert_eq!(ended["error"], "invalid_grant", "{ended:#}");

    let login: &[u16] = if needs_nonce { &[400, 200] } else { &[200] };
    let expected = [login, &[200, 200, 200], login, &[400]].concat();
    assert_eq!(setup.nodes.balancer.statuses("POST /token"), expected);
}
