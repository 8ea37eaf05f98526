//! Responses of the service and assertions about them.

use axum::{
    body::{self, Body},
    http::{HeaderMap, Response},
};
use serde_json::Value;

/// A complete response.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads a response. `is_https` tells whether the issuer is an https URL.
    pub async fn read(response: Response<Body>, is_https: bool) -> Self {
        let (parts, body) = response.into_parts();
        let body = body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let answer = Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        };
        answer.assert_common_rules(is_https);
        answer
    }

    /// Checks the rules that hold for every response.
    fn assert_common_rules(&self, is_https: bool) {
        let is_page = self.header("content-type").starts_with("text/html");
        let policy = self.header("content-security-policy");
        let has_form = is_page && !policy.contains("form-action 'none'");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            // Without a referrer, a form post of the page would have no `Origin`.
            (
                "referrer-policy",
                if has_form {
                    "same-origin"
                } else {
                    "no-referrer"
                },
            ),
            (
                "strict-transport-security",
                if is_https { "max-age=31536000" } else { "" },
            ),
        ] {
            assert_eq!(self.header(name), value);
        }
        // Pages may load only resources whose hash is in the policy.
        let parts: Vec<_> = policy.split("; ").collect();
        assert!(parts.contains(&"default-src 'none'"), "{policy}");
        assert!(parts.contains(&"frame-ancestors 'none'"), "{policy}");
        let is_image = self.header("content-type").starts_with("image/")
            || (self.status == 304 && parts.contains(&"sandbox"));
        assert!(parts.len() == 2 || is_page || is_image, "{policy}");
        // An SVG may style itself. It runs no script and loads nothing.
        assert_eq!(is_image, parts.contains(&"sandbox"), "{policy}");
        assert_eq!(is_image, policy.contains("unsafe"), "{policy}");
        assert!(!self.header("x-request-id").is_empty());
        assert!(!self.header("cache-control").is_empty());
        assert!(self.status != 401 || self.headers.contains_key("www-authenticate"));
        let comes_back = matches!(self.status, 429 | 503);
        assert_eq!(comes_back, self.headers.contains_key("retry-after"));
        let is_limited = self.headers.contains_key("ratelimit");
        assert_eq!(self.status == 429, is_limited);
        assert_ne!(self.status, 500, "{}", self.text());
    }

    /// The `Set-Cookie` headers.
    pub fn set_cookies(&self) -> Vec<&str> {
        let lines = self.headers.get_all("set-cookie").iter();
        lines.map(|line| line.to_str().unwrap()).collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The only form of a page: its action and its fields.
    pub fn form(&self) -> (String, Vec<(String, String)>) {
        let text = self.text();
        let (_, form) = text.split_once("<form").expect("a form");
        let (form, rest) = form.split_once("</form>").expect("its end");
        assert!(!rest.contains("<form"), "two forms: {text}");
        let (tag, inner) = form.split_once('>').unwrap();
        // Values are escaped, so a tag ends at the first `>`.
        let inputs = inner.split("<input").skip(1);
        let inputs = inputs.map(|input| input.split_once('>').unwrap().0);
        let fields = inputs.map(|input| {
            // A password field is never prefilled.
            let value = attribute_of(input, "value").unwrap_or_default();
            (attribute(input, "name"), value)
        });
        (attribute(tag, "action"), fields.collect())
    }

    /// The value of a form field.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let (_, fields) = self.form();
        let field = fields.into_iter().find(|(it, _)| it == name);
        field.unwrap_or_else(|| panic!("no field {name}")).1
    }

    /// An attribute of the element with which the script for passkeys works.
    pub fn passkey_data(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, element) = text.split_once("<div id=\"passkey\"")?;
        attribute_of(element.split_once('>').unwrap().0, &format!("data-{name}"))
    }

    /// The links of a page, in order: text and target.
    pub fn links(&self) -> Vec<(String, String)> {
        let text = self.text();
        let links = text.split("<a ").skip(1).map(|link| {
            let (tag, rest) = link.split_once('>').unwrap();
            let (says, _) = rest.split_once("</a>").unwrap();
            // The mark of a provider has no text.
            let says = says.rsplit("</svg>").next().unwrap();
            let says = says.replace("<span>", "").replace("</span>", "");
            (says, attribute(&format!(" {tag}"), "href"))
        });
        links.collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Asserts a problem (RFC 9457) with this status and code.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> &Self {
        self.assert_status(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("urn:signet:problem:{code}"));
        assert!(body["title"].is_string());
        self
    }

    /// Asserts a page that shows a problem with this status and code, without a redirect.
    #[track_caller]
    pub fn assert_page(&self, status: u16, code: &str) -> &Self {
        self.assert_status(status);
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("location"), "");
        let code = format!("<code>{code}</code>");
        assert!(self.text().contains(&code), "{}", self.text());
        self
    }

    /// Asserts a problem that names this field.
    #[track_caller]
    pub fn assert_field(&self, status: u16, code: &str, field: &str) -> &Self {
        self.assert_problem(status, code);
        assert_eq!(self.json()["field"], field, "{}", self.text());
        self
    }

    /// Asserts an error by RFC 6749 §5.2.
    #[track_caller]
    pub fn assert_oauth_error(&self, status: u16, error: &str) -> &Self {
        self.assert_status(status);
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
        let body = self.json();
        assert_eq!(body["error"], error, "{body}");
        // §5.2: a challenge for the method that the client has attempted, and for failed authentication alone.
        let challenge = if status == 401 {
            "Basic realm=\"signet\", charset=\"UTF-8\""
        } else {
            ""
        };
        assert_eq!(self.header("www-authenticate"), challenge);
        // The characters that §5.2 allows.
        let description = body["error_description"].as_str().unwrap();
        let allowed = |b: u8| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(description.bytes().all(allowed), "{description}");
        let members = body.as_object().unwrap();
        assert!(
            members
                .keys()
                .all(|name| name == "error" || name == "error_description"),
            "{body}"
        );
        self
    }

    /// Everything an observer can compare, except the time and the request id.
    pub fn comparable(&self) -> (u16, Vec<(String, String)>, String) {
        let own = ["x-request-id", "date"];
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| !own.contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let text = self.text().replace(self.header("x-request-id"), "");
        (self.status, headers, text)
    }
}

/// The value of an attribute in the text after the name of a tag.
fn attribute(tag: &str, name: &str) -> String {
    attribute_of(tag, name).unwrap_or_else(|| panic!("no {name} in {tag}"))
}

/// The same, if the tag has the attribute.
pub fn attribute_of(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = value.split_once('"').unwrap();
    let read = [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(value.to_owned(), |text, (written, meant)| {
        text.replace(written, meant)
    });
    Some(read)
}
