//! An app that has people log in by the front door, as any OAuth client does (RFC 6749 §4.1).

use serde_json::{Value, json};

use super::{
    Actor, Browser, House,
    answer::Answer,
    openid::{encode, s256},
    stub::{one, pairs},
    upstream::{LOOPBACK, Upstream},
};

/// Its table in `signet.toml`.
pub const OAUTH_CLIENT: &str = "
    [[clients]]
    client_id = 'app'
    redirect_uris = ['https://app.example.com/back']
";
pub const REDIRECT_URI: &str = "https://app.example.com/back";

/// The secret of a client, and its SHA-256 (RFC 7636 appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What a client says that has a link mailed which logs in.
pub fn asking_for_link(email: &str) -> Value {
    json!({"email": email, "code_challenge": CHALLENGE})
}

/// One login at the app.
pub struct Login<'a> {
    pub browser: Browser<'a>,
    house: &'a House,
    verifier: String,
    state: String,
}

impl<'a> Login<'a> {
    /// In a browser of its own.
    pub fn new(house: &'a House) -> Self {
        let mut bytes = [0; 48];
        aws_lc_rs::rand::fill(&mut bytes).unwrap();
        let (verifier, state) = bytes.split_at(32);
        Self {
            browser: Browser::new(house),
            house,
            verifier: encode(verifier),
            state: encode(state),
        }
    }

    /// Where the app sends the browser, to log in at that provider.
    pub fn url(&self, provider: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", "app")
            .append_pair("redirect_uri", REDIRECT_URI)
            .append_pair("state", &self.state)
            .append_pair("code_challenge", &s256(&self.verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("provider", provider)
            .finish();
        format!("{LOOPBACK}/authorize?{query}")
    }

    /// To the provider and back: what the service answers in the end.
    pub async fn at(&self, provider: &str, upstream: &dyn Upstream) -> Answer {
        self.browser.through(upstream, &self.url(provider)).await
    }

    /// What the app is told, where the person is sent back to it.
    pub fn told(&self, answer: &Answer) -> Option<Vec<(String, String)>> {
        let told = self.told_at(answer.header("location"))?;
        answer.assert_status(303);
        Some(told)
    }

    /// What the app is told by whoever goes there, if that is at the app.
    fn told_at(&self, url: &str) -> Option<Vec<(String, String)>> {
        let (uri, query) = url.split_once('?')?;
        if uri != REDIRECT_URI {
            return None;
        }
        let told = pairs(query.as_bytes());
        assert_eq!(one(&told, "state"), Some(self.state.as_str()));
        assert_eq!(one(&told, "iss"), Some(LOOPBACK));
        Some(told)
    }

    /// The code that the app is told.
    #[track_caller]
    pub fn code(&self, answer: &Answer) -> String {
        let told = self.told(answer);
        let told = told.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.text()));
        let code = one(&told, "code").unwrap_or_else(|| panic!("no code: {told:?}"));
        code.to_owned()
    }

    /// The error that the app is told.
    pub fn error(&self, answer: &Answer) -> Option<String> {
        let told = self.told(answer)?;
        assert_eq!(one(&told, "code"), None);
        one(&told, "error").map(str::to_owned)
    }

    /// The error that the app is told by whoever goes back to it from that page.
    #[track_caller]
    pub fn error_behind(&self, page: &Answer) -> String {
        let links = page.links();
        let back = links.iter().find(|(says, _)| says == "Back to the app");
        let (_, url) = back.unwrap_or_else(|| panic!("no way back: {}", page.text()));
        let told = self.told_at(url);
        let told = told.unwrap_or_else(|| panic!("{url} is not at the app"));
        assert_eq!(one(&told, "code"), None);
        one(&told, "error").expect("an error").to_owned()
    }

    /// The page that says: log in as you usually do, and link. Nobody has come in by it.
    #[track_caller]
    pub fn assert_log_in_and_link(&self, page: &Answer) {
        self.assert_stays_out(page);
        page.assert_status(409);
        assert_eq!(page.header("location"), "");
        let text = page.text();
        for says in [
            "You already have an account",
            "Log in the way you usually do",
        ] {
            assert!(text.contains(says), "{text}");
        }
        assert_eq!(self.error_behind(page), "access_denied");
    }

    /// What the code is worth.
    pub async fn redeem(&self, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", &self.verifier),
        ];
        self.house.anon().post_form("/token", &form).await
    }

    /// The same for an account that somebody wants to link.
    pub async fn link(&self, code: &str, whose: &Actor<'_>) -> Answer {
        whose.post("/me/accounts", self.linking(code)).await
    }

    /// What asks for that.
    pub fn linking(&self, code: &str) -> Value {
        json!({"code": code, "redirect_uri": REDIRECT_URI, "code_verifier": self.verifier})
    }

    /// Whoever comes in by that answer.
    pub async fn enters(&self, answer: &Answer) -> Actor<'a> {
        let session = self.redeem(&self.code(answer)).await;
        let mut actor = self.house.anon();
        actor.keep(session.assert_status(200));
        actor
    }

    /// Nobody has come in by that answer: it has no code and no cookie that would be worth a session.
    #[track_caller]
    pub fn assert_stays_out(&self, answer: &Answer) {
        let told = self.told(answer).unwrap_or_default();
        assert_eq!(one(&told, "code"), None, "{told:?}");
        let location = answer.header("location");
        assert!(!location.contains("code="), "{location}");
        for cookie in answer.set_cookies() {
            let is_worthless = cookie.starts_with("signet-8080-login=");
            assert!(is_worthless, "{cookie}");
        }
    }
}

impl House {
    /// Whoever logs in at that provider, with a browser that has never been here.
    pub async fn enters_by(&self, provider: &str, upstream: &dyn Upstream) -> Actor<'_> {
        let login = Login::new(self);
        let answer = login.at(provider, upstream).await;
        login.enters(&answer).await
    }
}
