//! The client for browsers (`/client.js`): its file, and sessions of `examples/spa` in Chromium.

mod sessions;

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
        // So brief that the tests live through expiries.
        let settings = ["access_lifetime = '2s'", &transport_of_client];
        let issuer = app.provider("/", &settings);
        issuer.create("bob@example.com");
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/spa/index.html");
        let environment = [("TRANSPORT", transport), ("PAGE", page.to_str()?)];
        let party = RelyingParty::start((RECIPE, "app.js"), &app, &issuer, &environment)?;
        let mut chromium = Chromium::start()?;
        // What asks a user who is not logged in, and what asks for a nonce.
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
