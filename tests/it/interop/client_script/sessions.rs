//! Sessions of a page in Chromium.

use rstest::rstest;
use serde_json::{Value, json};

use super::Setup;
use crate::support::PASSWORD;

#[rstest]
#[case("dpop")]
#[case("cookie")]
fn slow_page_keeps_its_session(#[case] transport: &str) {
    let Some(mut setup) = Setup::start(transport) else {
        return;
    };
    setup.open("first");
    assert_eq!(setup.user(), Value::Null);
    assert_eq!(setup.log_in("ada@example.com")["email"], Value::Null);
    assert_eq!(setup.me(), "ada@example.com");

    // After an expiry, in a page that is loaded again, and in another tab.
    setup.expire();
    assert_eq!(setup.me(), "ada@example.com");
    setup.open("first");
    assert_eq!(setup.me(), "ada@example.com");
    setup.open("second");
    assert_eq!(setup.me(), "ada@example.com");

    // A logout reaches the other tab.
    setup.run(
        "window.ended = new Promise((resume) => client.on('logout', resume)); await client.user();",
    );
    setup.take(&json!([{"page": "first"}]));
    setup.run("await client.user(); await client.logout();");
    setup.take(&json!([{"page": "second"}]));
    assert_eq!(setup.run("return window.ended;"), "logout");
    assert_eq!(setup.user(), Value::Null);
}

#[test]
fn slow_twenty_tabs_stay_logged_in() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    setup.open("0");
    setup.log_in("ada@example.com");
    for tab in 1..20 {
        setup.open(&tab.to_string());
        setup.run("await client.user();");
    }
    setup.expire();
    // Each tab asks again and again across two expiries, all at the same time.
    for tab in 0..20 {
        setup.take(&json!([{"page": tab.to_string()}]));
        setup.run(
            "window.tokens = (async () => {
                const tokens = new Set();
                for (const start = Date.now(); Date.now() - start < 5000;) {
                    tokens.add(await client.token());
                    await new Promise((resume) => setTimeout(resume, 50));
                }
                return [...tokens];
            })();",
        );
    }
    let mut all = Vec::new();
    for tab in 0..20 {
        setup.take(&json!([{"page": tab.to_string()}]));
        let tokens = setup.run("return window.tokens;");
        let tokens = tokens.as_array().unwrap().clone();
        assert!(tokens.iter().all(Value::is_string), "tab {tab}: {tokens:?}");
        all.extend(tokens.iter().map(Value::to_string));
        assert_eq!(setup.me(), "ada@example.com");
    }
    // Most tokens came from another tab.
    let uses = all.len();
    all.sort();
    all.dedup();
    assert!(all.len() * 2 < uses, "{} of {uses} tokens", all.len());
}

#[test]
fn slow_session_survives_clocks_networks_and_restarts() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    // The clock of the browser is wrong from the start.
    for (minutes, page) in [(10, "ahead"), (-10, "behind")] {
        setup.take(&json!([
            {"browser": page},
            {"before": format!("const now = Date.now.bind(Date); window.step = 0;
                Date.now = () => now() + {minutes} * 6e4 + window.step;")},
            {"open": setup.app.url()},
        ]));
        setup.log_in("ada@example.com");
        assert_eq!(setup.me(), "ada@example.com");
        setup.expire();
        assert_eq!(setup.me(), "ada@example.com", "{page}");
    }

    // The machine was asleep for a day, and then its clock is set back.
    for step in ["864e5", "-864e5"] {
        setup.run(&format!("window.step = {step};"));
        assert_eq!(setup.me(), "ada@example.com", "{step}");
        setup.expire();
        assert_eq!(setup.me(), "ada@example.com", "{step}");
    }

    // The response to a refresh is lost, and then the network. Neither ends the session.
    let token = "return client.token().then((token) => typeof token, (error) => error.name);";
    setup.expire();
    let steps = json!([{"lose": "/refresh"}, {"run": token}, {"failed": "ERR_CONNECTION_RESET"}]);
    assert_eq!(setup.take(&steps)[0], "TypeError");
    assert_eq!(setup.run(token), "string");
    setup.expire();
    let offline = [json!({"offline": true}), json!({"offline": false})];
    let steps =
        json!([offline[0], {"run": token}, offline[1], {"failed": "ERR_INTERNET_DISCONNECTED"}]);
    assert_eq!(setup.take(&steps)[0], "TypeError");
    assert_eq!(setup.me(), "ada@example.com");

    // The service restarts.
    setup.issuer.restart();
    setup.expire();
    assert_eq!(setup.me(), "ada@example.com");

    // Only a session that has ended signs the user out.
    setup.run("window.ended = new Promise((resume) => client.on('logout', resume));");
    setup.issuer.log_out("ada@example.com");
    setup.expire();
    assert_eq!(
        setup.run("return await client.token() ?? null;"),
        Value::Null
    );
    assert_eq!(setup.run("return window.ended;"), "invalid_grant");
}

#[test]
fn slow_other_user_in_another_tab_replaces_the_session() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    setup.open("first");
    let ada = setup.log_in("ada@example.com")["sub"].clone();
    setup.run(
        "window.changed = new Promise((resume) => client.on('login', (user) => resume(user.sub)));",
    );
    setup.open("second");
    let bob = setup.log_in("bob@example.com")["sub"].clone();
    assert_ne!(ada, bob);
    setup.take(&json!([{"page": "first"}]));
    assert_eq!(setup.run("return window.changed;"), bob);
    assert_eq!(setup.me(), "bob@example.com");
    setup.expire();
    assert_eq!(setup.me(), "bob@example.com");
}

#[rstest]
#[case("dpop")]
#[case("cookie")]
fn slow_page_logs_in_by_redirect_and_by_popup(#[case] transport: &str) {
    let Some(mut setup) = Setup::start(transport) else {
        return;
    };
    let (app, issuer) = (setup.app.url(), setup.issuer.url.clone());
    setup.open("first");
    setup.run("");
    let credentials = json!([
        {"arrive": issuer},
        {"type": "input[name=email]", "text": "ada@example.com"},
        {"type": "input[name=password]", "text": PASSWORD},
        {"click": "button[value=password]"},
    ]);
    setup.take(&json!([{"click": "button[name=redirect]"}]));
    setup.take(&credentials);
    setup.take(&json!([{"arrive": app}]));
    let logged_in =
        "while (!await client.user()) await new Promise((resume) => setTimeout(resume, 50));";
    setup.run(logged_in);
    assert_eq!(setup.me(), "ada@example.com");
    // The code is gone from the address.
    assert_eq!(setup.run("return location.href;"), format!("{app}/"));
    setup.run("await client.logout();");
    // The parameters of the application stay, and a response without its request goes.
    let given = format!("/?a=1&code=c&state=s&iss={issuer}#top");
    let cleaned = "history.replaceState(null, '', '{given}');
        return [await client.handleRedirect() ?? null, location.href];";
    let cleaned = setup.run(&cleaned.replace("{given}", &given));
    assert_eq!(cleaned, json!([null, format!("{app}/?a=1#top")]));
    let foreign = "history.replaceState(null, '', '/?code=c&state=s');
        return [await client.handleRedirect() ?? null, location.href];";
    let foreign = setup.run(foreign);
    assert_eq!(foreign, json!([null, format!("{app}/?code=c&state=s")]));

    setup.take(&json!([{"popup": "button[name=popup]"}]));
    // Only a logout by cookies ends the session at the issuer as well.
    if transport == "cookie" {
        setup.take(&credentials);
    }
    setup.take(&json!([{"page": "first"}]));
    setup
        .run("while (!await client.user()) await new Promise((resume) => setTimeout(resume, 50));");
    assert_eq!(setup.me(), "ada@example.com");
}

#[test]
fn slow_new_password_keeps_this_session_and_ends_the_others() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    setup.open("first");
    setup.log_in("ada@example.com");
    setup.take(&json!([{"browser": "other"}, {"open": setup.app.url()}]));
    setup.log_in("ada@example.com");
    setup.take(&json!([{"page": "first"}]));
    let url = format!("{}/password", setup.issuer.url);
    let body = json!({"new_password": "a new password of nine words, or a few less"});
    let status = setup.run(&format!(
        "const body = JSON.stringify({body});
        const headers = {{ 'Content-Type': 'application/json' }};
        return (await client.fetch('{url}', {{ method: 'PUT', headers, body }})).status;"
    ));
    assert_eq!(status, 200);
    setup.expire();
    assert_eq!(setup.me(), "ada@example.com");
    setup.take(&json!([{"browser": "other"}]));
    assert_eq!(setup.user(), Value::Null);
}
