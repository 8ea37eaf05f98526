//! Login through third-party software: a certified OpenID provider, OAuth clients and a browser
//! (`tests/recipes`), configured like any deployment.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    http_browser::{HttpBrowser, Page},
    provider::ServiceWithProvider,
    script::Chromium,
};

const AT_OWN: &str = "provider=own";

/// Logs in at the provider on the current page.
fn log_in(web: &mut HttpBrowser, page: &Page, login: &str) -> Page {
    assert_eq!(page.status, 200, "{page:?}");
    web.submit(page, &[("login", login)])
}

#[rstest]
fn slow_login_by_provider_creates_a_user_who_returns(
    #[values("openid-client", "authlib")] client: &str,
    #[values("userinfo", "id_token")] claims: &str,
) {
    let Some(door) = ServiceWithProvider::start(&[("CLAIMS", claims)]) else {
        return;
    };
    let mut web = HttpBrowser::default();
    let Some((mut first, url)) = door.client(client, AT_OWN) else {
        return;
    };
    let form = web.open(&url);
    assert!(form.url.as_str().starts_with(&door.provider), "{form:?}");
    let landed = log_in(&mut web, &form, "ada");
    let worth = first.ask(landed.url.as_str());
    let (claims, refreshed) = (&worth["claims"], &worth["claims_refreshed"]);
    assert_eq!(claims["client_id"], "app", "{worth:#}");
    assert_eq!(claims["sub"], refreshed["sub"]);
    assert_ne!(claims["jti"], refreshed["jti"]);

    let me = door.shown("/me", &worth);
    assert_eq!(me["email"], "ada@example.com", "{me:#}");
    assert_eq!(me["name"], "ada", "{me:#}");
    let accounts = door.shown("/me/accounts", &worth);
    let account = json!([door.provider, "ada"]);
    let is_here = accounts["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .any(|it| json!([it["provider"], it["provider_account_id"]]) == account);
    assert!(is_here, "{accounts:#}");

    // The provider and the service recognise the user.
    let (mut second, url) = door.client(client, AT_OWN).unwrap();
    let landed = web.open(&url);
    let again = second.ask(landed.url.as_str());
    assert_eq!(again["claims"]["sub"], claims["sub"], "{again:#}");
    // The session of this browser goes on.
    assert_eq!(again["claims"]["sid"], claims["sid"]);

    // Another user of the provider is another user of the service.
    let (mut third, url) = door.client(client, AT_OWN).unwrap();
    let mut other = HttpBrowser::default();
    let form = other.open(&url);
    let landed = log_in(&mut other, &form, "grace");
    let grace = third.ask(landed.url.as_str());
    assert_ne!(grace["claims"]["sub"], claims["sub"], "{grace:#}");
}

#[rstest]
#[case("openid-client", ["unexpected \"iss\"", "unexpected \"state\"", "invalid_grant"])]
#[case("authlib", ["another issuer's", "mismatching_state", "invalid_grant"])]
fn slow_client_rejects_foreign_responses_and_reused_codes(
    #[case] client: &str,
    #[case] errors: [&str; 3],
) {
    let [other_issuer, other_state, spent] = errors;
    let Some(door) = ServiceWithProvider::start(&[]) else {
        return;
    };
    let mut web = HttpBrowser::default();
    let Some((mut client, url)) = door.client(client, AT_OWN) else {
        return;
    };
    let form = web.open(&url);
    let landed = log_in(&mut web, &form, "ada");
    assert_eq!(landed.parameter("iss").as_ref(), Some(&door.url));
    let with = |name: &str, value: &str| {
        let pairs = landed.url.query_pairs().map(|(key, old)| {
            let value = if key == name { value.into() } else { old };
            (key, value)
        });
        let mut url = landed.url.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url.to_string()
    };
    let mut error = |url: &str, what: &str| {
        let worth = client.ask(url);
        assert!(
            worth["error"].to_string().replace('\\', "").contains(what),
            "{worth:#}"
        );
    };
    error(&with("iss", "https://auth.example.com"), other_issuer);
    error(&with("state", "another"), other_state);
    error(&with("code", "another"), spent);
    let worth = client.ask(landed.url.as_str());
    assert_eq!(worth["error"], Value::Null, "{worth:#}");
    let spent_code = client.ask(landed.url.as_str());
    assert!(
        spent_code["error"].to_string().contains(spent),
        "{spent_code:#}"
    );
}

#[test]
fn slow_login_denied_at_the_provider_returns_to_the_app() {
    let Some(door) = ServiceWithProvider::start(&[]) else {
        return;
    };
    let mut web = HttpBrowser::default();
    let Some((mut client, url)) = door.client("openid-client", "") else {
        return;
    };
    // Without a provider parameter the page offers a choice.
    let chooser = web.open(&url);
    assert_eq!(chooser.status, 200, "{chooser:?}");
    let form = web.follow(&chooser, &chooser.link("Our Own").unwrap());
    let landed = web.press(&form, "cancel");
    assert_eq!(landed.parameter("error").as_deref(), Some("access_denied"));
    let worth = client.ask(landed.url.as_str());
    assert_eq!(worth["error"]["error"], "access_denied", "{worth:#}");
}

#[rstest]
fn slow_unverified_email_is_verified_by_mail(
    #[values("ada-unverified", "ada-noaddress")] login: &str,
) {
    let Some(mut door) = ServiceWithProvider::start(&[]) else {
        return;
    };
    let Some(mut chromium) = Chromium::start() else {
        return;
    };
    let Some((mut client, url)) = door.client("openid-client", AT_OWN) else {
        return;
    };
    chromium.take(&json!([
        {"open": url},
        {"type": "input[name=login]", "text": login},
        {"click": "button"},
        {"arrive": door.url},
        {"type": "input[name=email]", "text": "ada@example.org"},
        {"click": "button"},
        {"arrive": format!("{}/login/own/address", door.url)},
    ]));
    let came = chromium.take(&json!([
        {"open": door.mailed_link()},
        {"click": "button"},
        {"arrive": door.app},
    ]));
    let worth = client.ask(came["url"].as_str().unwrap());
    let me = door.shown("/me", &worth);
    assert_eq!(me["email"], "ada@example.org", "{me:#}");

    // After that the account is known, independent of its email.
    let (mut client, url) = door.client("openid-client", AT_OWN).unwrap();
    let came = chromium.take(&json!([{"open": url}, {"arrive": door.app}]));
    let again = client.ask(came["url"].as_str().unwrap());
    assert_eq!(again["claims"]["sub"], worth["claims"]["sub"], "{again:#}");
}

/// The provider is another site: the browser sends no cookies with the form post.
#[test]
fn slow_form_post_response_works_in_a_browser() {
    let Some(door) = ServiceWithProvider::start(&[("RESPONSE_MODE", "form_post")]) else {
        return;
    };
    let Some(mut chromium) = Chromium::start() else {
        return;
    };
    let Some((mut client, url)) = door.client("openid-client", "") else {
        return;
    };
    let came = chromium.take(&json!([
        {"open": url},
        {"read": "main"},
        {"click": "a[href*=own]"},
        {"type": "input[name=login]", "text": "ada"},
        {"click": "button"},
        {"arrive": door.app},
    ]));
    let shown = came["read"][0].as_str().unwrap();
    assert!(shown.contains("Our Own"), "{shown}");
    let worth = client.ask(came["url"].as_str().unwrap());
    assert_eq!(door.shown("/me", &worth)["email"], "ada@example.com");
    // A page of the service was shown in between.
    let posted = format!("{}/callback/own", door.url);
    let visited = came["visited"].as_array().unwrap();
    assert!(visited.contains(&posted.into()), "{came:#}");
}

#[test]
fn slow_cookie_client_has_cookies_after_the_callback() {
    let Some(door) = ServiceWithProvider::start(&[]) else {
        return;
    };
    let Some(mut chromium) = Chromium::start() else {
        return;
    };
    let app = door.app.replace("/callback", "/landed");
    let url = format!(
        "{}/login/own?client_id=web&redirect_uri={app}&state=s",
        door.url
    );
    let came = chromium.take(&json!([
        {"open": url},
        {"type": "input[name=login]", "text": "ada"},
        {"click": "button"},
        {"arrive": app},
    ]));
    let url = came["url"].as_str().unwrap();
    assert!(url.contains("state=s") && !url.contains("code="), "{url}");
    let port = door.service.address.port();
    for name in ["access", "refresh"] {
        let name = format!("signet-{port}-{name}");
        let mut cookies = came["cookies"].as_array().unwrap().iter();
        let cookie = cookies.find(|it| it["name"] == name.as_str()).unwrap();
        assert_eq!(
            (&cookie["httpOnly"], &cookie["sameSite"]),
            (&true.into(), &"Lax".into())
        );
    }
    let came = chromium.take(&json!([{"open": format!("{}/session", door.url)}, {"read": "body"}]));
    let session: Value = serde_json::from_str(came["read"][0].as_str().unwrap()).unwrap();
    assert_eq!(session["client_id"], "web", "{session:#}");
}
