//! An OAuth client that logs users in by the authorization endpoint (RFC 6749 §4.1).

use serde_json::{Value, json};

use super::{
    ApiClient, Browser, TestService,
    answer::Answer,
    openid::{encode, s256},
    stub::{one, pairs},
    upstream::StubProvider,
};

/// The `[[clients]]` table of the client.
pub const OAUTH_CLIENT: &str = "
    [[clients]]
    client_id = 'app'
    redirect_uris = ['https://app.example.com/back']
";
pub const REDIRECT_URI: &str = "https://app.example.com/back";

/// A code verifier and its S256 challenge (RFC 7636 appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The request for a login link.
pub fn login_link_request(email: &str) -> Value {
    json!({"email": email, "code_challenge": CHALLENGE})
}

/// A login flow at the client.
pub struct Login<'a> {
    pub browser: Browser<'a>,
    service: &'a TestService,
    pub verifier: String,
    state: String,
}

impl<'a> Login<'a> {
    /// A login flow in a new browser.
    pub fn new(service: &'a TestService) -> Self {
        let mut bytes = [0; 48];
        aws_lc_rs::rand::fill(&mut bytes).unwrap();
        let (verifier, state) = bytes.split_at(32);
        Self {
            browser: Browser::new(service),
            service,
            verifier: encode(verifier),
            state: encode(state),
        }
    }

    /// The authorization URL for this provider.
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
        let issuer = self.service.app.config.issuer.as_str();
        format!("{issuer}/authorize?{query}")
    }

    /// Runs the flow through the provider and returns the final response.
    pub async fn log_in_at(&self, provider: &str, upstream: &dyn StubProvider) -> Answer {
        self.browser
            .log_in_through(upstream, &self.url(provider))
            .await
    }

    /// The parameters of a redirect to the client, if the response is one.
    pub fn parameters(&self, answer: &Answer) -> Option<Vec<(String, String)>> {
        let told = self.parameters_in(answer.header("location"))?;
        answer.assert_status(303);
        Some(told)
    }

    /// The parameters of a URL, if the URL is the redirect URI.
    fn parameters_in(&self, url: &str) -> Option<Vec<(String, String)>> {
        let (uri, query) = url.split_once('?')?;
        if uri != REDIRECT_URI {
            return None;
        }
        let told = pairs(query.as_bytes());
        assert_eq!(one(&told, "state"), Some(self.state.as_str()));
        let issuer = self.service.app.config.issuer.as_str();
        assert_eq!(one(&told, "iss"), Some(issuer));
        Some(told)
    }

    /// The authorization code in the redirect.
    #[track_caller]
    pub fn code(&self, answer: &Answer) -> String {
        let told = self.parameters(answer);
        let told = told.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.text()));
        let code = one(&told, "code").unwrap_or_else(|| panic!("no code: {told:?}"));
        code.to_owned()
    }

    /// The error code in the redirect.
    pub fn error(&self, answer: &Answer) -> Option<String> {
        let told = self.parameters(answer)?;
        assert_eq!(one(&told, "code"), None);
        one(&told, "error").map(str::to_owned)
    }

    /// The error code in the link of a page back to the app.
    #[track_caller]
    pub fn error_behind(&self, page: &Answer) -> String {
        let links = page.links();
        let back = links.iter().find(|(says, _)| says == "Back to the app");
        let (_, url) = back.unwrap_or_else(|| panic!("no link back: {}", page.text()));
        let told = self.parameters_in(url);
        let told = told.unwrap_or_else(|| panic!("{url} is not at the app"));
        assert_eq!(one(&told, "code"), None);
        one(&told, "error").expect("an error").to_owned()
    }

    /// Asserts the page that asks the user to log in and link the account.
    #[track_caller]
    pub fn assert_log_in_and_link(&self, page: &Answer) {
        self.assert_not_logged_in(page);
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

    /// Redeems a code at the token endpoint.
    pub async fn redeem(&self, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", &self.verifier),
        ];
        self.service.anon().post_form("/token", &form).await
    }

    /// Links an account by a code to the user of a session.
    pub async fn link(&self, code: &str, whose: &ApiClient<'_>) -> Answer {
        whose.post("/me/accounts", self.link_request(code)).await
    }

    /// The request body that links an account.
    pub fn link_request(&self, code: &str) -> Value {
        json!({"code": code, "redirect_uri": REDIRECT_URI, "code_verifier": self.verifier})
    }

    /// Redeems the code in a response and returns the logged-in client.
    pub async fn finish(&self, answer: &Answer) -> ApiClient<'a> {
        let session = self.redeem(&self.code(answer)).await;
        let mut client = self.service.anon();
        client.keep(session.assert_status(200));
        client
    }

    /// Asserts that a response has neither a code nor a session cookie.
    #[track_caller]
    pub fn assert_not_logged_in(&self, answer: &Answer) {
        let told = self.parameters(answer).unwrap_or_default();
        assert_eq!(one(&told, "code"), None, "{told:?}");
        let location = answer.header("location");
        assert!(!location.contains("code="), "{location}");
        for cookie in answer.set_cookies() {
            let names = ["signet-8080-login=", "__Host-signet-login="];
            let is_worthless = names.iter().any(|name| cookie.starts_with(name));
            assert!(is_worthless, "{cookie}");
        }
    }
}

impl TestService {
    /// Logs in by a provider with a new browser and returns the client.
    pub async fn log_in_by(&self, provider: &str, upstream: &dyn StubProvider) -> ApiClient<'_> {
        let login = Login::new(self);
        let answer = login.log_in_at(provider, upstream).await;
        login.finish(&answer).await
    }
}
