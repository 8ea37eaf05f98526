//! The same for logins by providers: what they and the service tell each other, what travels in the
//! browser, and what comes of it.

use std::{fs, sync::Arc};

use rstest::rstest;
use serde_json::{Value, json};

use super::{ADDRESS, Mine, NAME, PASSWORD, TALK};
use crate::support::{
    apple,
    github::{Developer, GitHubStub},
    openid::{CLIENT_SECRET, Defect, OpenIdStub, Person, encode, s256},
    process::{Service, free_address},
    stub::{one, pairs},
    upstream::{Callback, Upstream},
};

const APP: &str = "
    [[clients]]
    client_id = 'app'
    redirect_uris = ['https://app.example.com/back']
";
const BACK: &str = "https://app.example.com/back";
/// What the app keeps to itself.
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

/// One login: the cookie that binds it, and the app's secret.
struct Begun {
    cookie: String,
    verifier: String,
    callback: Callback,
}

impl Mine {
    /// What leads the browser on is for that browser; what it is shown is kept if it is an error.
    fn sees(&mut self, head: &str, body: &str) -> (u16, String, String) {
        let (status, head, body) = self.service.request(head, body).unwrap();
        if status >= 400 {
            self.errors.extend([head.as_str(), &body]);
        }
        (status, head, body)
    }

    /// As far as the provider, which has somebody agree.
    fn begins(&mut self, id: &str, stub: &dyn Upstream, state: &str, more: &str) -> Begun {
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
            // Who answers is public.
            if name != "iss" {
                self.keep(&value);
            }
        }
        Begun {
            cookie: cookie.to_owned(),
            verifier,
            callback,
        }
    }

    /// Back from the provider: the status, where it leads, and what is shown.
    fn lands(&mut self, begun: &Begun) -> (u16, String, String) {
        let cookie = format!("Cookie: {}", begun.cookie);
        let url = url::Url::parse(&begun.callback.url).unwrap();
        let path = &url[url::Position::BeforePath..];
        let (status, head, body) = match &begun.callback.form {
            None => self.sees(&format!("GET {path} HTTP/1.1\r\n{cookie}"), ""),
            Some(form) => {
                let fields = form.iter().map(|(name, value)| (&**name, &**value));
                let form = written(fields);
                let head = format!("POST {path} HTTP/1.1\r\n{FORM}");
                // Without its cookie it is shown once more.
                assert_eq!(self.sees(&head, &form).0, 200);
                self.sees(&format!("{head}\r\n{cookie}"), &format!("{form}&again=1"))
            }
        };
        (status, header(&head, "location").to_owned(), body)
    }

    /// The code that the app is told.
    fn code(&mut self, begun: &Begun) -> String {
        let (status, location, body) = self.lands(begun);
        assert_eq!(status, 303, "{body}");
        let (_, told) = location.split_once('?').unwrap();
        let told = pairs(told.as_bytes());
        let code = one(&told, "code").unwrap_or_else(|| panic!("{location}"));
        self.keep_parts(code);
        code.to_owned()
    }

    fn redeems(&mut self, begun: &Begun, code: &str, status: u16) -> Value {
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

    /// A part of it would do.
    fn keep_parts(&mut self, secret: &str) {
        self.keep(secret);
        for part in secret.split('.').filter(|part| part.len() > 20) {
            self.keep(part);
        }
    }

    /// Comes in, and tries everything once more.
    fn comes_in(&mut self, id: &str, stub: &dyn Upstream) -> String {
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

    /// Somebody of whom the provider says no address, and what is mailed.
    fn names_an_address(&mut self, stub: &OpenIdStub) {
        stub.person(Person::without_address("canary-sub").called(NAME));
        let begun = self.begins("stub", stub, STATE, "");
        let (status, _, page) = self.lands(&begun);
        assert_eq!(status, 200, "{page}");
        let (_, token) = page.split_once("name=\"token\" value=\"").unwrap();
        let token = token.split('"').next().unwrap();
        self.keep_parts(token);
        let cookie = format!("{FORM}\r\nCookie: {}", begun.cookie);
        let name = format!("POST /login/stub/address HTTP/1.1\r\n{cookie}");
        let form = written([("token", token), ("email", ADDRESS)]);
        // Another browser has another cookie.
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

    /// An app with an SDK.
    fn comes_in_natively(&mut self, stub: &OpenIdStub) {
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

    /// Everything that a provider can do wrong, in a few words.
    fn provider_goes_wrong(&mut self, stub: &OpenIdStub) {
        // Of whom it is asked: nobody here knows them yet.
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
            stub.with(defect);
            // A page of trouble leads back to the app, with the state that is the app's own.
            let begun = self.begins("stub", stub, "told again", "");
            let (status, location, body) = self.lands(&begun);
            assert!(
                status == 303 || status == 503,
                "{defect:?}: {status} {body}"
            );
            assert!(!location.contains("code="), "{defect:?}: {location}");
        }
        stub.repaired();
    }

    /// A canary wherever a stranger can put one.
    fn strangers_come(&mut self) {
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
fn no_canary_sings_of_a_login_by_a_provider(#[values("json", "pretty")] format: &str) {
    let (stub, apple, github) = (OpenIdStub::start(), apple::start(), GitHubStub::start());
    for stub in [&stub, &apple] {
        stub.tells_the_real_time();
        stub.person(Person::new("canary-sub-1", "canary.one@example.com").called(NAME));
    }
    apple.person(Person::new("canary-sub-2", "canary.two@example.com").called(NAME));
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
        service: Service::start_in(folder, free_address(), &talk),
        secrets: vec![],
        errors: String::new(),
    };
    let (_, file) = tables[1].split_once("private_key_file = '").unwrap();
    let key = fs::read_to_string(file.split('\'').next().unwrap()).unwrap();
    for line in key.lines().filter(|line| !line.starts_with("-----")) {
        mine.keep(line);
    }

    let access = mine.comes_in("stub", &stub);
    mine.comes_in("apple", &apple);
    mine.comes_in("octo", &github);
    mine.comes_in_natively(&stub);
    mine.links(&stub, &access);
    mine.names_an_address(&stub);
    mine.provider_goes_wrong(&stub);
    mine.strangers_come();

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
    mine.assert_nothing_sang(format);
}
