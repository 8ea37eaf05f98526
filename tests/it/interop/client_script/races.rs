//! Tabs that act at the same time, and messages and responses that arrive late.

use rstest::rstest;
use serde_json::{Value, json};

use super::{PAUSES, Setup};
use crate::support::PASSWORD;

/// Ada is logged in in the tabs `first` and `second`.
fn two_tabs(transport: &str, before: &str) -> Option<Setup> {
    let mut setup = Setup::start(transport)?;
    setup.open_after("first", before);
    setup.log_in("ada@example.com");
    setup.open_after("second", before);
    assert_eq!(setup.me(), "ada@example.com");
    setup.forget_events();
    setup.tab("first").forget_events();
    Some(setup)
}

impl Setup {
    fn forget_events(&mut self) {
        self.run("window.events?.splice(0);");
    }

    /// The code of a request that changes the password.
    fn new_password(&self) -> String {
        let url = format!("{}/password", self.issuer.url);
        let body = json!({"new_password": "a new password of nine words, or a few less"});
        format!(
            "client.fetch('{url}', {{ method: 'PUT', headers: {{ 'Content-Type': 'application/json' }},
                body: JSON.stringify({body}) }})"
        )
    }

    /// The status of the response to a request of this tab, or the code of its error.
    fn outcome(&mut self, what: &str) -> Value {
        self.run(&format!(
            "const read = ({{ status }}) => status; return {what}.then(read, ({{ code }}) => code);"
        ))
    }
}

#[test]
fn slow_late_message_does_not_undo_a_logout_or_a_login() {
    let Some(mut setup) = two_tabs("dpop", PAUSES) else {
        return;
    };
    // The message with Ada's new token is late: the second tab has logged out.
    setup.run("holdMessages();");
    setup.expire();
    setup.run("await client.token();");
    setup.tab("second").run("await client.logout();");
    assert_eq!(setup.events(), json!(["logout logout"]));
    setup.tab("first").run("releaseMessages();");
    assert_eq!(setup.tab("second").events(), json!([]));
    assert_eq!(setup.user(), Value::Null);
    assert_eq!(setup.tab("first").user(), Value::Null);

    // It is late again: Bob has logged in in the second tab.
    setup.log_in("ada@example.com");
    setup.run("holdMessages();");
    setup.expire();
    setup.run("await client.token();");
    setup.tab("second").log_in("bob@example.com");
    setup.events();
    setup.tab("first").run("releaseMessages();");
    assert_eq!(setup.tab("second").events(), json!([]));
    assert_eq!(setup.me(), "bob@example.com");

    // The message of Bob's logout is late: Ada has logged in.
    setup.tab("first").user();
    setup.run("holdMessages(); await client.logout();");
    setup.tab("second").log_in("ada@example.com");
    setup.events();
    setup.tab("first").run("releaseMessages();");
    assert_eq!(setup.tab("second").events(), json!([]));
    assert_eq!(setup.me(), "ada@example.com");
}

#[test]
fn slow_late_message_brings_no_expired_token() {
    let Some(mut setup) = two_tabs("dpop", PAUSES) else {
        return;
    };
    setup.run("holdMessages();");
    setup.expire();
    let expired = setup.run("return await client.token();");
    setup.expire();
    setup.run("releaseMessages();");
    setup.tab("second").events();
    assert_ne!(setup.run("return await client.token();"), expired);
}

#[rstest]
#[case("dpop")]
#[case("cookie")]
fn slow_request_is_not_repeated_for_another_user(#[case] transport: &str) {
    let Some(mut setup) = two_tabs(transport, PAUSES) else {
        return;
    };
    let me = format!("{}/me", setup.issuer.url);
    setup.run(&format!(
        "await client.user(); hold('/me', 401); window.sent.length = 0;
        window.asked = client.fetch('{me}'); await held('/me');"
    ));
    setup.tab("second").log_in("bob@example.com");
    setup.tab("first").run("release('/me');");
    assert_eq!(setup.outcome("window.asked"), 401);
    let count = "return window.sent.filter((path) => path === '/me').length;";
    assert_eq!(setup.run(count), 1);
    assert_eq!(setup.me(), "bob@example.com");
}

#[test]
fn slow_request_that_waited_for_a_token_is_not_sent_for_another_user() {
    let Some(mut setup) = two_tabs("dpop", PAUSES) else {
        return;
    };
    let me = format!("client.fetch('{}/me')", setup.issuer.url);
    for request in [me.as_str(), "client.logoutEverywhere()"] {
        setup.tab("first").log_in("ada@example.com");
        // The message of the other login is late, and the token has expired.
        setup.tab("second").run("holdMessages();");
        setup.log_in("bob@example.com");
        setup.tab("first").expire();
        setup.run("window.sent.length = 0;");
        assert_eq!(setup.outcome(request), "session_changed", "{request}");
        assert_eq!(setup.run("return window.sent;"), json!(["/refresh"]));
        assert_eq!(setup.me(), "bob@example.com");
        setup.tab("second").run("releaseMessages();");
        setup.expire();
        assert_eq!(setup.me(), "bob@example.com");
    }
}

#[test]
fn slow_late_refresh_does_not_replace_the_tokens_of_a_new_password() {
    let before = format!("{PAUSES} Object.defineProperty(navigator, 'locks', {{}});");
    let Some(mut setup) = two_tabs("dpop", &before) else {
        return;
    };
    setup.expire();
    setup.run("hold('/refresh'); window.late = client.token(); await held('/refresh');");
    setup.tab("second");
    let change = setup.new_password();
    assert_eq!(setup.outcome(&change), 200);
    setup
        .tab("first")
        .run("release('/refresh'); await window.late;");
    for tab in ["first", "second"] {
        setup.tab(tab).expire();
        assert_eq!(setup.me(), "ada@example.com", "{tab}");
    }
}

/// The first tab has the lock until it has stored the tokens of the new password. A tab that has waited long enough
/// refreshes without the lock, is refused, and waits again.
#[rstest]
#[case::with_the_lock("")]
#[case::without_the_lock(
    "const { timeout } = AbortSignal;
    AbortSignal.timeout = (time) => timeout.call(AbortSignal, time === 5e3 ? 50 : time);
    hold('/refresh');"
)]
fn slow_refresh_during_a_change_of_the_password_waits_for_the_new_tokens(#[case] before: &str) {
    let Some(mut setup) = two_tabs("dpop", PAUSES) else {
        return;
    };
    let change = setup.new_password();
    setup.tab("first").run(&format!(
        "hold('/password'); window.change = {change}; await held('/password');"
    ));
    setup.tab("second").expire();
    let refused = if before.is_empty() {
        ""
    } else {
        "await held('/refresh'); release('/refresh');"
    };
    setup.run(&format!("{before} window.late = client.token(); {refused}"));
    setup
        .tab("first")
        .run("release('/password'); await window.change;");
    let late = setup.tab("second").run("return typeof await window.late;");
    assert_eq!(late, "string");
    assert_eq!(setup.me(), "ada@example.com");
    assert_eq!(setup.events(), json!([]));
}

#[test]
fn slow_refresh_without_a_response_is_given_up() {
    let Some(mut setup) = two_tabs("dpop", PAUSES) else {
        return;
    };
    let lost = "const { timeout } = AbortSignal;
        AbortSignal.timeout = (time) => timeout.call(AbortSignal, time / 60);
        window.answered = window.fetch;
        window.fetch = ({ signal }) => new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
        });
        return await client.token().catch(({ name }) => name);";
    setup.tab("first").expire();
    assert_eq!(setup.run(lost), "TimeoutError");
    setup.run("window.fetch = window.answered;");
    assert_eq!(setup.me(), "ada@example.com");
}

#[test]
fn slow_ended_cookie_does_not_end_the_next_login() {
    let Some(mut setup) = two_tabs("cookie", PAUSES) else {
        return;
    };
    setup.issuer.log_out("ada@example.com");
    setup.expire();
    let me = format!("{}/me", setup.issuer.url);
    setup.run(&format!(
        "hold('/refresh'); window.asked = client.fetch('{me}'); await held('/refresh');"
    ));
    setup.tab("second").log_in("bob@example.com");
    setup.events();
    setup
        .tab("first")
        .run("release('/refresh'); await window.asked;");
    assert_eq!(setup.tab("second").events(), json!([]));
    assert_eq!(setup.me(), "bob@example.com");
}

#[test]
fn slow_tabs_without_locks_and_messages_share_the_session() {
    let before = "delete window.BroadcastChannel; Object.defineProperty(navigator, 'locks', {});";
    let Some(mut setup) = two_tabs("dpop", before) else {
        return;
    };
    // Both refresh at the same time.
    setup.expire();
    for tab in ["first", "second"] {
        setup.tab(tab).run("window.token = client.token();");
    }
    for tab in ["first", "second"] {
        setup.tab(tab).run("await window.token;");
        assert_eq!(setup.me(), "ada@example.com", "{tab}");
        setup.expire();
        assert_eq!(setup.me(), "ada@example.com", "{tab}");
    }
    // A login and a logout show when the other tab next asks.
    setup.tab("first");
    let bob = setup.log_in("bob@example.com")["sub"].clone();
    assert_eq!(setup.tab("second").user()["sub"], bob);
    assert_eq!(setup.me(), "bob@example.com");
    setup.run("await client.logout();");
    assert_eq!(setup.tab("first").user(), Value::Null);
}

#[test]
fn slow_lock_of_a_frozen_tab_holds_up_no_refresh() {
    let Some(mut setup) = two_tabs("dpop", PAUSES) else {
        return;
    };
    let name = format!("signet {} app", setup.issuer.url);
    setup.run(&format!(
        "await new Promise((resume) => {{
            navigator.locks.request('{name}', () => {{ resume(); return new Promise(() => {{}}); }});
        }});"
    ));
    setup.tab("second").expire();
    assert_eq!(setup.me(), "ada@example.com");
}

#[test]
fn slow_error_of_a_listener_does_not_stop_the_others() {
    let Some(mut setup) = two_tabs("dpop", PAUSES) else {
        return;
    };
    setup.run("client.on('login', () => { throw new Error('of the app'); });");
    let credentials = json!({"email": "bob@example.com", "password": PASSWORD});
    let code = format!("return (await client.login({credentials})).sub;");
    let bob = setup.take(&json!([{"run": code}, {"failed": "of the app"}]))[0].clone();
    let login = format!("login {}", bob.as_str().unwrap());
    assert_eq!(setup.events(), json!([login]));
    assert_eq!(setup.tab("second").events(), json!([login]));
}

#[test]
fn cancelled_popup_is_not_awaited() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    setup.open("first");
    let cancelled = "return await client.loginPopup({ signal: AbortSignal.abort() }).catch(({ name }) => name);";
    assert_eq!(setup.run(cancelled), "AbortError");
}

#[test]
fn login_without_cookies_names_the_cause() {
    let Some(mut setup) = Setup::start("cookie") else {
        return;
    };
    setup.open_after("first", PAUSES);
    let credentials = json!({"email": "ada@example.com", "password": PASSWORD});
    let code = format!(
        "hold('/session', 401);
        const said = client.login({credentials}).catch(({{ message }}) => message);
        await held('/session');
        release('/session');
        return await said;"
    );
    assert_eq!(setup.run(&code), "cookies_blocked");
}
