//! The client for browsers (`/client.js`): its file, and sessions of `examples/spa` in Chromium.

mod keys;
mod races;
mod sessions;
mod stores;

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    PASSWORD,
    issuer::Issuer,
    recipes::{files_of, node},
    relying_party::{Registration, RelyingParty},
    script::Chromium,
};

const RECIPE: &str = "client-script";

/// Waits for the client of the page.
const LOADED: &str =
    "while (!window.client) await new Promise((resume) => setTimeout(resume, 10));";

/// Lets a test hold the messages between tabs, and the responses to a page. Run before the page's own scripts.
///
/// `holdMessages()` and `releaseMessages()`; `hold(path, status?)` holds the next response for that path, and makes one
/// of this status in place of the service; `held(path)` waits for it, and `release(path)` delivers it. `sent` has the
/// paths of all requests, and `events` those of the client.
const PAUSES: &str = r#"
    let messages;
    const post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = function (message) {
        if (messages) messages.push(() => post.call(this, message));
        else post.call(this, message);
    };
    window.holdMessages = () => messages = [];
    window.releaseMessages = () => {
        const late = messages;
        messages = undefined;
        for (const deliver of late) deliver();
    };

    const answered = window.fetch;
    const gates = {};
    window.sent = [];
    window.hold = (path, status) => {
        const gate = gates[path] = { status };
        gate.held = new Promise((resolve) => gate.reach = resolve);
        gate.released = new Promise((resolve) => gate.release = resolve);
    };
    window.held = (path) => gates[path].held;
    window.release = (path) => { gates[path].release(); delete gates[path]; };
    window.fetch = async (request) => {
        const { pathname } = new URL(request.url);
        window.sent.push(pathname);
        const gate = gates[pathname];
        const response = gate?.status ? new Response(null, { status: gate.status }) : await answered(request);
        gate?.reach();
        await gate?.released;
        return response;
    };

    window.events = [];
    window.record = () => {
        for (const event of ["login", "logout"]) {
            client.on(event, (value) => window.events.push(`${event} ${event === "login" ? value.sub : value}`));
        }
    };
"#;

/// The service, the page and the browser.
struct Setup {
    app: Registration,
    issuer: Issuer,
    chromium: Chromium,
    _party: RelyingParty,
}

impl Setup {
    fn start(transport: &str) -> Option<Self> {
        let app = Registration::new();
        let transport_of_client = if transport == "cookie" {
            "cookie"
        } else {
            "bearer"
        };
        let transport_of_client = format!("transport = '{transport_of_client}'");
        // Short, so that tokens expire during a test.
        let settings = ["access_lifetime = '2s'", &transport_of_client];
        let issuer = app.provider("/", &settings);
        issuer.create("bob@example.com");
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/spa/index.html");
        let environment = [("TRANSPORT", transport), ("PAGE", page.to_str()?)];
        let party = RelyingParty::start((RECIPE, "app.js"), &app, &issuer, &environment)?;
        let mut chromium = Chromium::start()?;
        // Responses without a session (401), and those that demand a nonce (400).
        chromium.take(&json!([{"allowed": [400, 401]}]));
        Some(Self {
            app,
            issuer,
            chromium,
            _party: party,
        })
    }

    fn take(&mut self, steps: &Value) -> Value {
        self.chromium.take(steps)["read"].clone()
    }

    /// Opens the page in this tab.
    fn open(&mut self, page: &str) {
        let url = self.app.url();
        self.take(&json!([{"page": page}, {"open": url}]));
    }

    /// Opens the page in this tab after it has run this code.
    fn open_after(&mut self, page: &str, code: &str) {
        self.take(&json!([{"page": page}, {"before": code}]));
        self.open(page);
        self.run("window.record?.(); await client.user();");
    }

    /// Changes to an open tab.
    fn tab(&mut self, page: &str) -> &mut Self {
        self.take(&json!([{"page": page}]));
        self
    }

    /// Runs code in the present tab and returns its result.
    fn run(&mut self, code: &str) -> Value {
        self.take(&json!([{"run": format!("{LOADED} {code}")}]))[0].clone()
    }

    fn log_in(&mut self, email: &str) -> Value {
        let credentials = json!({"email": email, "password": PASSWORD});
        self.run(&format!("return client.login({credentials});"))
    }

    /// The email of the user as the service answers it to the page.
    fn me(&mut self) -> Value {
        let url = format!("{}/me", self.issuer.url);
        self.run(&format!(
            "const response = await client.fetch('{url}'); return (await response.json()).email ?? response.status;"
        ))
    }

    /// The claims of the user, or null without a session.
    fn user(&mut self) -> Value {
        self.run("return await client.user() ?? null;")
    }

    fn expire(&mut self) {
        self.run("await new Promise((resume) => setTimeout(resume, 2100));");
    }

    /// Waits until messages between tabs have arrived, and returns the events of this tab since the last call.
    fn events(&mut self) -> Value {
        self.run(
            "await new Promise((resume) => setTimeout(resume, 300)); return window.events.splice(0);",
        )
    }
}

#[test]
fn client_script_is_small_current_and_loads_without_a_browser() {
    let folder = files_of(RECIPE);
    let Some(mut check) = node(RECIPE, "check.js", folder.path()) else {
        return;
    };
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api/client_script");
    let output = check
        .current_dir(folder.path())
        .env("SOURCES", &sources)
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(
        found["isCurrent"], true,
        "run examples/npm/pack --minify-only"
    );
    assert!(found["gzipped"].as_u64().unwrap() <= 4096, "{found}");
    assert_eq!(found["token"], Value::Null);
    let refused = json!(["Invalid issuer", "Invalid clientId", "Invalid transport"]);
    assert_eq!(found["refused"], refused);

    let types = std::fs::read_to_string(sources.join("client.d.ts")).unwrap();
    for name in found["methods"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert!(
            types.contains(&format!("\n  {name}(")),
            "client.d.ts lacks {name}"
        );
    }
    for name in found["exports"].as_array().unwrap() {
        assert!(
            types.contains(name.as_str().unwrap()),
            "client.d.ts lacks {name}"
        );
    }
}
