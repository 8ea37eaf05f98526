//! The hosted pages in Chromium by keyboard, with the program, whose mails are printed, and an app
//! with a third-party library.

use std::{fs, sync::Arc};

use serde_json::{Value, json};

use super::{ADA, NEW};
use crate::support::{
    PASSWORD,
    app::empty_app,
    process::{ServiceProcess, free_address},
    recipes::AUDIENCE,
    script::{Chromium, Script},
};

/// A browser at the service.
struct ChromiumTest {
    service: ServiceProcess,
    url: String,
    app: String,
    chromium: Chromium,
    /// The length of the output that was already read.
    read: usize,
}

impl ChromiumTest {
    fn new() -> Option<Self> {
        Self::with_logo(None)
    }

    /// A browser at a service whose client has this logo.
    fn with_logo(svg: Option<&str>) -> Option<Self> {
        let chromium = Chromium::start()?;
        let address = free_address();
        let folder = tempfile::tempdir().unwrap();
        let logo = svg.map(|svg| {
            let path = folder.path().join("logo.svg");
            fs::write(&path, svg).unwrap();
            format!("logo = '{}'\n", path.display())
        });
        let settings = format!(
            "[[clients]]\nclient_id = 'app'\naudience = '{AUDIENCE}'\n\
             redirect_uris = ['http://127.0.0.1/callback']\n{}",
            logo.unwrap_or_default()
        );
        fs::write(folder.path().join("signet.toml"), settings).unwrap();
        Some(Self {
            service: ServiceProcess::start_in(Arc::new(folder), address, &[]),
            url: format!("http://{address}"),
            app: format!("{}/callback", empty_app()),
            chromium,
            read: 0,
        })
    }

    /// Starts an app and returns its authorization URL.
    fn app(&self) -> Option<(Script, String)> {
        let environment = [
            ("ISSUER", &*self.url),
            ("CLIENT_ID", "app"),
            ("REDIRECT_URI", &self.app),
        ];
        let mut client = Script::start("openid-client", &environment)?;
        let url = client.line();
        Some((client, url))
    }

    /// Executes these steps and returns their results. Asserts that no page loads foreign resources
    /// or sends a referrer.
    #[track_caller]
    fn take(&mut self, steps: &Value) -> (Vec<Value>, String) {
        let came = self.chromium.take(steps);
        for request in came["requests"].as_array().unwrap() {
            let url = request["url"].as_str().unwrap();
            let is_ours = url.starts_with(&format!("{}/", self.url));
            let is_at_the_app = url.starts_with(self.app.trim_end_matches("callback"));
            assert!(is_ours || is_at_the_app, "{request:#}");
            let referer = request["referer"].as_str().unwrap_or_default();
            assert!(
                !url.starts_with(&self.app) || referer.is_empty(),
                "{request:#}"
            );
            assert!(!referer.contains("token"), "{request:#}");
        }
        let seen = came["read"].as_array().unwrap().clone();
        (seen, came["url"].as_str().unwrap().to_owned())
    }

    /// The link to this page in the next mail.
    fn mailed(&mut self, page: &str) -> String {
        let page = format!("{}{page}?", self.url);
        let read = self.read;
        let find = |printed: &str| {
            let links = printed[read..].split_whitespace();
            let mut links = links.filter(|it| it.starts_with(&page) && it.contains("#token="));
            links.next().map(str::to_owned)
        };
        self.service.wait_for("a link is printed", |service| {
            find(&service.printed()).is_some()
        });
        let printed = self.service.printed();
        self.read = printed.len();
        find(&printed).unwrap()
    }

    /// Creates a user without the pages.
    fn create_ada(&mut self) -> Value {
        let session = self.service.sign_up(ADA, PASSWORD);
        self.read = self.service.printed().len();
        session
    }
}

/// Concatenates steps.
fn steps(parts: &[Value]) -> Value {
    let parts = parts.iter().map(|it| it.as_array().unwrap().clone());
    Value::Array(parts.collect::<Vec<_>>().concat())
}

/// The steps of the login page, up to the app.
fn log_in(email: &str, password: &str) -> Value {
    json!([
        {"tab": "Email"},
        {"keys": email},
        {"tab": "Password"},
        {"keys": password},
        {"send": "Enter"},
    ])
}

/// The steps from a link of the login page to the mail.
fn ask(url: &str, way: &str) -> Value {
    json!([
        {"open": url},
        {"tab": way},
        {"send": "Enter"},
        {"tab": "Email"},
        {"keys": ADA},
        {"send": "Enter"},
        {"look": true},
    ])
}

/// The steps of the password page, with a weak password first, up to the submitted form.
fn choose(link: &str, password: &str, button: &str) -> Value {
    json!([
        {"open": link},
        {"look": true},
        {"tab": "New password"},
        {"keys": "short"},
        {"tab": "Show password"},
        {"press": "Space"},
        {"look": true},
        {"press": "Space"},
        {"look": true},
        {"tab": button},
        {"send": "Enter"},
        {"refused": 422},
        {"look": true},
        // The focus is on the invalid field.
        {"keys": password},
        {"send": "Enter"},
    ])
}

/// The observations of the steps.
#[track_caller]
fn assert_chosen(seen: &[Value], button: &str, title: &str) {
    let [opened, first, second, shown, hidden, third, flawed, ..] = seen else {
        panic!("{seen:#?}")
    };
    // The script has read the token and removed it from the URL.
    let url = opened["url"].as_str().unwrap();
    assert!(!url.contains('#') && !url.contains("token"), "{opened:#}");
    assert_eq!(opened["heading"], title, "{opened:#}");
    // Password managers store the password with this name.
    assert_eq!(opened["username"], json!(ADA), "{opened:#}");
    assert_eq!(first, &json!(["New password"]));
    assert_eq!(second, &json!(["Show password"]));
    assert_eq!(third, &json!([button]));
    assert_eq!(shown["types"], json!(["text"]), "{shown:#}");
    assert_eq!(shown["focus"]["pressed"], json!(true), "{shown:#}");
    assert_eq!(hidden["types"], json!(["password"]), "{hidden:#}");
    let focus = &flawed["focus"];
    assert_eq!(flawed["username"], json!(ADA), "{flawed:#}");
    assert_eq!(focus["name"], "New password", "{flawed:#}");
    assert_eq!(focus["invalid"], "true", "{flawed:#}");
    let said = focus["description"].as_str().unwrap();
    assert!(said.contains("at least 15 characters"), "{flawed:#}");
}

#[test]
fn slow_new_user_signs_up_and_logs_in() {
    let Some(mut desk) = ChromiumTest::new() else {
        return;
    };
    let Some((mut client, url)) = desk.app() else {
        return;
    };
    // The whole page, in reading order.
    let (seen, _) = desk.take(&json!([{"open": url}, {"tab": "Cancel"}, {"look": true}]));
    let stops = [
        "Email",
        "Password",
        "Show password",
        "Forgot password?",
        "Log in",
        "Email me a link instead",
        "Create account",
        "Cancel",
    ];
    assert_eq!(seen[0], json!(stops), "{seen:#?}");
    assert_eq!(seen[1]["lang"], "en");

    let (seen, _) = desk.take(&ask(&url, "Create account"));
    assert_eq!(seen.last().unwrap()["heading"], "Check your email");
    let link = desk.mailed("/signup/confirm");
    let button = "Create account";
    // The password is typed once.
    let app = json!([{"arrive": desk.app}]);
    let (seen, landed) = desk.take(&steps(&[choose(&link, PASSWORD, button), app]));
    assert_chosen(&seen, button, "Set a password");
    let worth = client.ask(&landed);
    assert_eq!(worth["claims"]["amr"], json!(["pwd"]), "{worth:#}");
}

#[test]
fn slow_user_resets_a_forgotten_password() {
    let Some(mut desk) = ChromiumTest::new() else {
        return;
    };
    let Some((mut client, url)) = desk.app() else {
        return;
    };
    desk.create_ada();
    let wrong = [
        json!([{"open": url}]),
        log_in(ADA, NEW),
        json!([{"refused": 401}, {"look": true}]),
    ];
    let (seen, _) = desk.take(&steps(&wrong));
    let focus = &seen.last().unwrap()["focus"];
    assert_eq!(focus["name"], "Password", "{seen:#?}");
    let said = focus["description"].as_str().unwrap();
    assert!(said.contains("Incorrect email or password"), "{seen:#?}");

    desk.take(&ask(&url, "Forgot password?"));
    let link = desk.mailed("/password/reset");
    let button = "Save password";
    let look = json!([{"look": true}]);
    let (seen, _) = desk.take(&steps(&[choose(&link, NEW, button), look]));
    assert_chosen(&seen, button, "Set a new password");
    let last = seen.last().unwrap();
    assert_eq!(last["heading"], "Your new password is saved", "{last:#}");
    let onward = json!([{"tab": "Log in"}, {"send": "Enter"}]);
    let app = json!([{"arrive": desk.app}]);
    let (_, landed) = desk.take(&steps(&[onward, log_in(ADA, NEW), app]));
    let worth = client.ask(&landed);
    assert_eq!(worth["claims"]["client_id"], "app", "{worth:#}");

    // Opened again, the link shows that it was used and offers a new one.
    let again = json!([
        {"open": link},
        {"tab": "New password"},
        {"keys": NEW},
        {"send": "Enter"},
        {"refused": 400},
        {"look": true},
        {"tab": "Get a new link"},
        {"send": "Enter"},
        {"look": true},
    ]);
    let (seen, _) = desk.take(&again);
    let headings: Vec<_> = seen
        .iter()
        .filter_map(|it| it["heading"].as_str())
        .collect();
    let expected = ["This link no longer works", "Forgot your password?"];
    assert_eq!(headings, expected);
}

#[test]
fn slow_user_confirms_a_new_email_and_logs_in_with_it() {
    let Some(mut desk) = ChromiumTest::new() else {
        return;
    };
    let Some((mut client, url)) = desk.app() else {
        return;
    };
    let session = desk.create_ada();
    let token = session["access_token"].as_str().unwrap();
    let head = format!(
        "POST /email HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}"
    );
    let body = json!({"email": "new@example.com"}).to_string();
    let (status, _, _) = desk.service.request(&head, &body).unwrap();
    assert_eq!(status, 202);
    let link = desk.mailed("/email/confirm");
    let (seen, _) = desk.take(&json!([
        {"open": link},
        {"look": true},
        {"tab": "Confirm email address"},
        {"send": "Enter"},
        {"look": true},
    ]));
    let shown = seen[0]["url"].as_str().unwrap();
    assert!(!shown.contains('#'), "{shown}");
    assert_eq!(seen[1], json!(["Confirm email address"]));
    let done = "Your email address has been changed";
    assert_eq!(seen[2]["heading"], done, "{seen:#?}");
    let app = json!([{"arrive": desk.app}]);
    let open = json!([{"open": url}]);
    let (_, landed) = desk.take(&steps(&[open, log_in("new@example.com", PASSWORD), app]));
    let worth = client.ask(&landed);
    assert_eq!(worth["claims"]["client_id"], "app", "{worth:#}");
}

#[test]
fn slow_login_link_works_only_in_the_requesting_browser() {
    let Some(mut desk) = ChromiumTest::new() else {
        return;
    };
    let Some((mut client, url)) = desk.app() else {
        return;
    };
    desk.create_ada();
    let (seen, _) = desk.take(&json!([
        {"open": url},
        {"tab": "Email"},
        {"keys": ADA},
        {"tab": "Email me a link instead"},
        {"send": "Enter"},
        {"look": true},
    ]));
    let said = seen.last().unwrap()["text"].as_str().unwrap();
    assert!(said.contains("in this browser"), "{said}");
    let link = desk.mailed("/login/link/confirm");
    let (seen, _) = desk.take(&json!([
        {"browser": "of somebody else"},
        {"open": link},
        {"tab": "Log in"},
        {"send": "Enter"},
        {"refused": 400},
        {"look": true},
    ]));
    let heading = &seen.last().unwrap()["heading"];
    assert_eq!(
        heading, "Open this link where you requested it",
        "{seen:#?}"
    );
    let (seen, landed) = desk.take(&json!([
        {"browser": "first"},
        {"open": link},
        {"look": true},
        {"tab": "Log in"},
        {"send": "Enter"},
        {"arrive": desk.app},
    ]));
    let shown = seen[0]["url"].as_str().unwrap();
    assert!(!shown.contains('#'), "{shown}");
    assert_eq!(seen[1], json!(["Log in"]));
    let worth = client.ask(&landed);
    assert_eq!(worth["claims"]["amr"], json!(["mail"]), "{worth:#}");
}

#[test]
fn slow_logo_of_a_client_keeps_its_proportions() {
    for (size, shown) in [
        ("40 40", json!([[24, 24]])),
        ("160 40", json!([[96, 24]])),
        // A logo that is too wide is drawn less high within this box.
        ("800 40", json!([[120, 24]])),
    ] {
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {size}'/>");
        let Some(mut desk) = ChromiumTest::with_logo(Some(&svg)) else {
            return;
        };
        let Some((_client, url)) = desk.app() else {
            return;
        };
        let (seen, _) = desk.take(&json!([{"open": url}, {"look": true}]));
        assert_eq!(seen[0]["logos"], shown, "{size}");
    }
}

/// All pages with a client request; pages of mails are opened by their links.
fn pages(desk: &ChromiumTest, url: &str, tag: &str) -> Vec<String> {
    let (_, query) = url.split_once('?').unwrap();
    let pages = [
        "/authorize",
        "/signup",
        "/password/forgot",
        "/signup/confirm",
        "/password/reset",
        "/email/confirm",
        "/login/link/confirm",
    ];
    let of = |page| format!("{}{page}?{query}&ui_locales={tag}#token=x", desk.url);
    pages.into_iter().map(of).collect()
}

#[test]
fn slow_pages_fit_a_phone_in_both_color_schemes_and_every_language() {
    let Some(mut desk) = ChromiumTest::new() else {
        return;
    };
    let Some((_client, url)) = desk.app() else {
        return;
    };
    let mut colours = Vec::new();
    for dark in [false, true] {
        let phone = json!([{"emulate": {"width": 390, "height": 844, "dark": dark}}]);
        desk.take(&phone);
        let tags = if dark {
            &["en"][..]
        } else {
            &["en", "de", "es", "zh"]
        };
        for &tag in tags {
            for page in pages(&desk, &url, tag) {
                let (seen, _) = desk.take(&json!([{"open": page}, {"look": true}]));
                let seen = &seen[0];
                assert_eq!(seen["lang"], tag, "{seen:#}");
                assert_eq!(seen["isTooWide"], false, "{seen:#}");
                // Buttons and links have the target size of WCAG 2.2, 2.5.5.
                assert!(seen["least"].as_f64().unwrap() >= 44.0, "{seen:#}");
                let shown = seen["url"].as_str().unwrap();
                let is_link = page.contains("/confirm") || page.contains("/reset");
                assert!(!is_link || !shown.contains('#'), "{seen:#}");
                if !colours.contains(&seen["colours"]) {
                    colours.push(seen["colours"].clone());
                }
            }
        }
    }
    // One pair of colors for the light scheme, another for the dark one.
    assert_eq!(colours.len(), 2, "{colours:#?}");
}

#[test]
fn slow_pages_without_scripts_explain_links_and_accept_passwords() {
    let Some(mut desk) = ChromiumTest::new() else {
        return;
    };
    let Some((mut client, url)) = desk.app() else {
        return;
    };
    desk.create_ada();
    desk.take(&json!([{"emulate": {"scripts": false}}]));
    for page in pages(&desk, &url, "en").split_off(3) {
        let (seen, _) = desk.take(&json!([{"open": page}, {"look": true}]));
        let said = seen[0]["text"].as_str().unwrap();
        assert!(said.contains("Turn it on for 127.0.0.1"), "{said}");
        assert!(seen[0]["least"].is_null(), "{seen:#?}");
    }
    let open = json!([{"open": url}, {"look": true}]);
    let app = json!([{"look": true}]);
    let (seen, landed) = desk.take(&steps(&[open, log_in(ADA, PASSWORD), app]));
    let said = seen[0]["text"].as_str().unwrap();
    assert!(!said.contains("Show"), "{said}");
    let worth = client.ask(&landed);
    assert_eq!(worth["claims"]["client_id"], "app", "{worth:#}");
}
