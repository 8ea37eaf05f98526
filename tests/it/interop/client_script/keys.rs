//! Keys of sessions in Chromium, and the clock of their proofs.

use serde_json::{Value, json};

use super::{LOADED, PAUSES, Setup};
use crate::support::PASSWORD;

/// Counts the keys in the databases of the page.
const STORED_KEYS: &str = "
    let found = 0;
    const count = (value) => {
        if (value instanceof CryptoKey) found += 1;
        else if (value && typeof value === 'object') Object.values(value).forEach(count);
    };
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resume) => {
            indexedDB.open(name).onsuccess = ({ target }) => resume(target.result);
        });
        const request = database.transaction('values').objectStore('values').getAll();
        await new Promise((resume) => request.onsuccess = resume);
        count(request.result);
        database.close();
    }
    return found;";

#[test]
fn slow_logout_forgets_the_key() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    setup.open("first");
    let jkt = |user: &Value| user["session_jkt"].as_str().unwrap().to_owned();
    let first = jkt(&setup.log_in("ada@example.com"));
    assert_eq!(setup.run(STORED_KEYS), 2);
    setup.run("await client.logout();");
    assert_eq!(setup.run(STORED_KEYS), 0);

    let second = jkt(&setup.log_in("bob@example.com"));
    assert_ne!(first, second);
    // A login replaces the key of the session that it replaces.
    setup.log_in("ada@example.com");
    assert_eq!(setup.run(STORED_KEYS), 2);
    setup.expire();
    assert_eq!(setup.me(), "ada@example.com");
}

#[test]
fn slow_logout_in_another_tab_leaves_a_login_in_flight_its_key() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    // The code of a login page is bound to a key.
    setup.open_after("redirected", "");
    setup.take(&json!([{"click": "button[name=redirect]"}, {"arrive": setup.issuer.url}]));
    // So are the tokens of a login whose response is on its way.
    setup.open_after("waiting", PAUSES);
    let credentials = json!({"email": "ada@example.com", "password": PASSWORD});
    setup.run(&format!(
        "hold('/login'); window.user = client.login({credentials}); await held('/login');"
    ));
    setup.open_after("other", "");
    setup.log_in("bob@example.com");
    setup.run("await client.logout();");

    setup
        .tab("waiting")
        .run("release('/login'); await window.user;");
    setup.expire();
    assert_eq!(setup.me(), "ada@example.com");
    setup.run("await client.logout();");

    setup.tab("redirected").take(&json!([
        {"type": "input[name=email]", "text": "bob@example.com"},
        {"type": "input[name=password]", "text": PASSWORD},
        {"click": "button[value=password]"},
    ]));
    setup.take(&json!([{"arrive": setup.app.url()}]));
    setup
        .run("while (!await client.user()) await new Promise((resume) => setTimeout(resume, 50));");
    setup.expire();
    assert_eq!(setup.me(), "bob@example.com");
    setup.run("await client.logout();");
    assert_eq!(setup.run(STORED_KEYS), 0);
}

#[test]
fn slow_session_ends_if_the_browser_loses_its_key() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    setup.open("first");
    setup.log_in("ada@example.com");
    // The key alone, and then the whole database, as browsers evict it.
    let lost = "
        const [{ name }] = await indexedDB.databases();
        const database = await new Promise((resume) => {
            indexedDB.open(name).onsuccess = ({ target }) => resume(target.result);
        });
        const values = database.transaction('values', 'readwrite').objectStore('values');
        values.get('session').onsuccess = ({ target }) => values.put({ ...target.result, keys: undefined }, 'session');
        await new Promise((resume) => values.transaction.oncomplete = resume);
        database.close();";
    let evicted = "
        const [{ name }] = await indexedDB.databases();
        await new Promise((resume) => indexedDB.deleteDatabase(name).onsuccess = resume);";
    for loss in [lost, evicted] {
        setup.run(loss);
        setup.expire();
        assert_eq!(setup.user(), Value::Null);
        // The next login has a key again.
        setup.log_in("ada@example.com");
        setup.expire();
        assert_eq!(setup.me(), "ada@example.com");
    }
}

/// The names of the issuer and of the API begin alike.
#[test]
fn proofs_have_the_time_of_the_issuer_alone() {
    let Some(mut setup) = Setup::start("dpop") else {
        return;
    };
    setup.open("first");
    setup.run("");
    let url = format!("{}/client.js", setup.issuer.url);
    let ahead = setup.run(&format!(
        "{LOADED}
        const proofs = [];
        window.fetch = async (request) => {{
            const {{ origin, pathname }} = new URL(request.url);
            const proof = request.headers.get('DPoP');
            if (proof) proofs.push(JSON.parse(atob(proof.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))));
            const claims = btoa(JSON.stringify({{ sub: 'ada', sid: '1', jti: '2' }}));
            const tokens = {{ access_token: `.${{claims}}.`, token_type: 'Bearer', expires_in: 900, refresh_token: 'r' }};
            const isIssuer = origin === 'https://auth.example.com';
            const date = new Date(Date.now() + (isIssuer ? 0 : 864e5)).toUTCString();
            return Response.json(pathname === '/login' ? tokens : {{}}, {{ headers: {{ date }} }});
        }};
        const {{ createClient }} = await import('{url}');
        const other = createClient({{
            issuer: 'https://auth.example.com', clientId: 'other', apis: ['https://auth.example.co'],
        }});
        await other.login({{ email: 'ada@example.com', password: '' }});
        await other.fetch('https://auth.example.co/notes');
        await other.fetch('https://auth.example.com/me');
        return proofs.at(-1).iat - Date.now() / 1e3;"
    ));
    assert!(ahead.as_f64().unwrap().abs() < 10.0, "{ahead}");
}
