//! Secrets of provider logins: server-to-server messages, the values in the browser, and their
//! results.

use std::{fs, sync::Arc};

use rstest::rstest;
use serde_json::{Value, json};

use super::{ADDRESS, Mine, NAME, PASSWORD, TALK};
use crate::support::{
    apple,
    github::{Developer, GitHubStub},
    openid::{CLIENT_SECRET, Defect, OpenIdStub, Person, encode, s256},
    process::{ServiceProcess, free_address},
    stub::{one, pairs},
    upstream::{Callback, StubProvider},
};

const APP: &str = "
    [[clients]]
    client_id = 'app'
    redirect_uris = ['https://app.example.com/back']
";
const BACK: &str = "https://app.example.com/back";
/// The verifier of the app.
const STATE: &str = "canary-state-of-the-app";
const JSON: &str = "Content-Type: application/json";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(it, _)| it.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value)
}

fn written<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish()
}

/// A login: its binding cookie and the app's secret.
struct StartedLogin {
    cookie: String,
    verifier: String,
    callback: Callback,
}

impl Mine {
    /// Redirects are for the browser only; shown errors are recorded.
    fn sees(&mut self, head: &str, body: &str) -> (u16, String, String) {
        let (status, head, body) = self.service.request(head, body).unwrap();
        if status >= 400 {
            self.errors.extend([head.as_str(), &body]);
        }
        (status, head, body)
    }

    /// Runs the login up to the callback.
    fn begins(
        &mut self,
        id: &str,
        stub: &dyn StubProvider,
        state: &str,
        more: &str,
    ) -> StartedLogin {
        let verifier = encode(s256(&format!("{id}{more}{}", self.secrets.len())));
        let challenge = s256(&verifier);
        let query = written([
            ("client_id", "app"),
            ("state", state),
            ("redirect_uri", BACK),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("login_hint", ADDRESS),
        ]);
        let start = format!("GET /login/{id}?{query}{more} HTTP/1.1");
        let (status, head, body) = self.sees(&start, "");
        assert_eq!(status, 303, "{body}");
        let cookie = header(&head, "set-cookie").split(';').next().unwrap();
        let (_, secret) = cookie.split_once('=').unwrap();
        let location = header(&head, "location");
        let (_, query) = location.split_once('?').unwrap();
        let query = pairs(query.as_bytes());
        for name in ["state", "nonce", "code_challenge"] {
            if let Some(value) = one(&query, name) {
                self.keep_parts(value);
            }
        }
        self.keep(secret);
        self.keep(&verifier);
        let callback = stub.authorize(location);
        for (name, value) in callback.answer() {
            // The issuer is public.
            if name != "iss" {
                self.keep(&value);
            }
        }
        StartedLogin {
            cookie: cookie.to_owned(),
            verifier,
            callback,
        }
    }

    /// Opens the callback and returns the status, the redirect and the page.
    fn lands(&mut self, begun: &StartedLogin) -> (u16, String, String) {
        let cookie = format!("Cookie: {}", begun.cookie);
        let url = url::Url::parse(&begun.callback.url).unwrap();
        let path = &url[url::Position::BeforePath..];
        let (status, head, body) = match &begun.callback.form {
            None => self.sees(&format!("GET {path} HTTP/1.1\r\n{cookie}"), ""),
            Some(form) => {
                let fields = form.iter().map(|(name, value)| (&**name, &**value));
                let form = written(fields);
                let head = format!("POST {path} HTTP/1.1\r\n{FORM}");
                // Without its cookie, the callback is shown again.
                assert_eq!(self.sees(&head, &form).0, 200);
                self.sees(&format!("{head}\r\n{cookie}"), &format!("{form}&again=1"))
            }
        };
        (status, header(&head, "location").to_owned(), body)
    }

    /// The code in the redirect.
    fn code(&mut self, begun: &StartedLogin) -> String {
        let (status, location, body) = self.lands(begun);
        assert_eq!(status, 303, "{body}");
        let (_, told) = location.split_once('?').unwrap();
        let told = pairs(told.as_bytes());
        let code = one(&told, "code").unwrap_or_else(|| panic!("{location}"));
        self.keep_parts(code);
        code.to_owned()
    }

    fn redeems(&mut self, begun: &StartedLogin, code: &str, status: u16) -> Value {
        let form = written([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", &begun.verifier),
        ]);
        let (answered, _, body) = self.sees(&format!("POST /token HTTP/1.1\r\n{FORM}"), &form);
        assert_eq!(answered, status, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// A part of the value counts too.
    fn keep_parts(&mut self, secret: &str) {
        self.keep(secret);
        for part in secret.split('.').filter(|part| part.len() > 20) {
            self.keep(part);
        }
    }

    /// Completes the login and repeats every step.
    fn complete_login(&mut self, id: &str, stub: &dyn StubProvider) -> String {
        let begun = self.begins(id, stub, STATE, "");
        let code = self.code(&begun);
        let session = self.redeems(&begun, &code, 200);
        let (access, _) = self.keep_tokens(&session);
        assert_eq!(self.lands(&begun).0, 400);
        self.redeems(&begun, &code, 400);
        access
    }

    fn links(&mut self, stub: &OpenIdStub, access: &str) {
        stub.person(Person::new("canary-linked", "canary.linked@example.com"));
        let begun = self.begins("stub", stub, STATE, "&intent=link");
        let code = self.code(&begun);
        self.redeems(&begun, &code, 400);
        let head =
            format!("POST /me/accounts HTTP/1.1\r\n{JSON}\r\nAuthorization: Bearer {access}");
        for (verifier, status) in [("x".repeat(43), 400), (begun.verifier, 201)] {
            let body = json!({"code": code, "redirect_uri": BACK, "code_verifier": verifier});
            assert_eq!(self.sees(&head, &body.to_string()).0, status);
        }
    }

    /// A user without an email at the provider, and the mailed link.
    fn enter_email(&mut self, stub: &OpenIdStub) {
        stub.person(Person::without_email("canary-sub").with_name(NAME));
        let begun = self.begins("stub", stub, STATE, "");
        let (status, _, page) = self.lands(&begun);
        assert_eq!(status, 200, "{page}");
        let (_, token) = page.split_once("name=\"token\" value=\"").unwrap();
        let token = token.split('"').next().unwrap();
        self.keep_parts(token);
        let cookie = format!("{FORM}\r\nCookie: {}", begun.cookie);
        let name = format!("POST /login/stub/address HTTP/1.1\r\n{cookie}");
        let form = written([("token", token), ("email", ADDRESS)]);
        // Another browser has a different cookie.
        assert_eq!(self.sees(&format!("{name}x"), &form).0, 400);
        assert_eq!(self.sees(&name, &form).0, 202);
        let link = self.service.printed_token_at("/login/stub/confirm");
        self.keep_parts(&link);
        let confirm = format!("POST /login/stub/confirm HTTP/1.1\r\n{cookie}");
        let form = written([("token", link.as_str())]);
        assert_eq!(self.sees(&format!("{confirm}x"), &form).0, 400);
        let (status, head, body) = self.sees(&confirm, &form);
        assert_eq!(status, 303, "{body}");
        let (_, told) = header(&head, "location").split_once('?').unwrap();
        let code = one(&pairs(told.as_bytes()), "code").unwrap().to_owned();
        self.keep_parts(&code);
        let session = self.redeems(&begun, &code, 200);
        self.keep_tokens(&session);
        assert_eq!(self.sees(&confirm, &form).0, 400);
    }

    /// A native app.
    fn log_in_natively(&mut self, stub: &OpenIdStub) {
        let given = self.post("/login/stub/challenge", &json!({}), 200);
        let text = |name: &str| given[name].as_str().unwrap().to_owned();
        self.keep_parts(&text("challenge"));
        self.keep(&text("nonce"));
        let id_token = stub.native_id_token(&text("nonce"));
        let body = json!({"challenge": given["challenge"], "id_token": id_token});
        let session = self.post("/login/stub/id-token", &body, 200);
        self.keep_tokens(&session);
        self.post("/login/stub/id-token", &body, 401);
        let forged = json!({"challenge": given["challenge"], "id_token": format!("{id_token}x")});
        self.post("/login/stub/id-token", &forged, 401);
    }

    /// Faults of a provider.
    fn provider_fails(&mut self, stub: &OpenIdStub) {
        // For a user who is new to the service.
        stub.person(Person::new("canary-new", "canary.new@example.com"));
        for defect in [
            Defect::SignatureBad,
            Defect::NonceOther,
            Defect::NoJson,
            Defect::UserinfoOfAnother,
            Defect::TokenInvalidGrant,
            Defect::Token500,
            Defect::TokenHtml,
            Defect::TokenOfAnotherType,
            Defect::Userinfo500,
            Defect::CallbackOtherIss,
        ] {
            stub.with_defect(defect);
            // An error page links back to the app with the app's state.
            let begun = self.begins("stub", stub, "told again", "");
            let (status, location, body) = self.lands(&begun);
            assert!(
                status == 303 || status == 503,
                "{defect:?}: {status} {body}"
            );
            assert!(!location.contains("code="), "{defect:?}: {location}");
        }
        stub.without_defects();
    }

    /// Canaries in every place that a caller controls.
    fn send_canaries(&mut self) {
        let all = [
            "response_type",
            "client_id",
            "redirect_uri",
            "state",
            "scope",
            "code_challenge",
            "code_challenge_method",
            "provider",
            "intent",
            "prompt",
            "max_age",
            "login_hint",
            "code",
            "error",
            "error_description",
            "iss",
            "user",
        ];
        let canaries = all.map(|name| (name, "canary-of-a-stranger"));
        let query = written(canaries);
        for path in [
            format!("GET /authorize?{query}"),
            format!("GET /login/stub?{query}"),
            format!("GET /login/canary?{query}"),
            format!("GET /callback/stub?{query}"),
            format!("GET /callback/canary?{query}"),
        ] {
            let head = format!("{path} HTTP/1.1\r\nCookie: signet-canary-login=canary");
            let (status, _, body) = self.sees(&head, "");
            assert!(status == 400 || status == 404, "{path}: {status} {body}");
        }
        for path in [
            "/callback/stub",
            "/login/stub/address",
            "/login/stub/confirm",
        ] {
            let head = format!("POST {path} HTTP/1.1\r\n{FORM}");
            let form = written(
                canaries
                    .into_iter()
                    .chain([("token", "canary"), ("again", "1")]),
            );
            assert_eq!(self.sees(&head, &form).0, 400, "{path}");
        }
        let canary = json!({"challenge": "canary", "id_token": "canary", "name": "canary"});
        self.post("/login/stub/id-token", &canary, 401);
        self.post("/login/canary/id-token", &canary, 404);
        self.post(
            "/login/stub/challenge",
            &json!({"client_id": "canary"}),
            400,
        );
    }
}

#[rstest]
fn no_secret_of_a_provider_login_is_logged(#[values("json", "pretty")] format: &str) {
    let (stub, apple, github) = (OpenIdStub::start(), apple::start(), GitHubStub::start());
    for stub in [&stub, &apple] {
        stub.use_real_time();
        stub.person(Person::new("canary-sub-1", "canary.one@example.com").with_name(NAME));
    }
    apple.person(Person::new("canary-sub-2", "canary.two@example.com").with_name(NAME));
    github.developer(Developer::new(1, "canary", "canary.three@example.com"));
    let tables = [
        stub.settings("stub", "trusts_addresses = true"),
        apple.settings("apple", "trusts_addresses = true"),
        github.settings("octo", "trusts_addresses = true"),
    ];
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let settings = format!("{APP}{}", tables.concat());
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let talk = [TALK, ("SIGNET_LOG__FORMAT", format)];
    let mut mine = Mine {
        service: ServiceProcess::start_in(folder, free_address(), &talk),
        secrets: vec![],
        errors: String::new(),
    };
    let (_, file) = tables[1].split_once("private_key_file = '").unwrap();
    let key = fs::read_to_string(file.split('\'').next().unwrap()).unwrap();
    for line in key.lines().filter(|line| !line.starts_with("-----")) {
        mine.keep(line);
    }

    let access = mine.complete_login("stub", &stub);
    mine.complete_login("apple", &apple);
    mine.complete_login("octo", &github);
    mine.log_in_natively(&stub);
    mine.links(&stub, &access);
    mine.enter_email(&stub);
    mine.provider_fails(&stub);
    mine.send_canaries();

    let told = [stub.issued(), apple.issued(), github.issued()].concat();
    let shown = [stub.presented(), apple.presented()].concat();
    assert!(told.len() > 30 && shown.len() > 15, "{told:?} {shown:?}");
    for secret in told.iter().chain(&shown) {
        mine.keep_parts(secret);
    }
    for secret in [
        CLIENT_SECRET,
        crate::support::github::CLIENT_SECRET,
        PASSWORD,
    ] {
        mine.keep(secret);
    }
    mine.assert_nothing_leaked(format);
}
