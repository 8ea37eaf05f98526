//! Windows without a database, and databases that do not answer.

use serde_json::{Value, json};

use super::Setup;

#[test]
fn slow_window_without_database_has_a_session_of_its_own() {
    let Some(mut setup) = Setup::start("bearer") else {
        return;
    };
    setup.take(&json!([
        {"before": "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('', 'SecurityError'); } });"},
        {"open": setup.app.url()},
    ]));
    setup.log_in("ada@example.com");
    setup.expire();
    assert_eq!(setup.me(), "ada@example.com");
    setup.take(&json!([{"open": setup.app.url()}]));
    assert_eq!(setup.user(), Value::Null);
}

/// Chromium lets a page wait for a database that another page is creating.
#[test]
fn slow_database_that_does_not_answer_holds_up_no_page() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    let name = format!("signet {} app", setup.issuer.url);
    let create = format!(
        "const request = indexedDB.open('{name}', 1);
        request.onupgradeneeded = () => {{
            const values = request.result.createObjectStore('values');
            const wait = () => window.isDone || (values.get('session').onsuccess = wait);
            wait();
        }};
        request.onsuccess = () => request.result.close();"
    );
    setup.open_after("creating", &create);
    setup.open_after("waiting", "");
    assert_eq!(setup.user(), Value::Null);
    setup.log_in("ada@example.com");
    assert_eq!(setup.me(), "ada@example.com");

    // A page without a session uses the database as soon as it answers. The other page keeps its session.
    setup.tab("creating").run("window.isDone = true;");
    setup.run("await new Promise((resume) => setTimeout(resume, 500));");
    setup.log_in("bob@example.com");
    setup.open_after("third", "");
    assert_eq!(setup.me(), "bob@example.com");
    setup.tab("waiting").expire();
    assert_eq!(setup.me(), "ada@example.com");
}
