//! The authorization endpoint of the stub.

use axum::response::Response;
use serde_json::json;

use super::{
    super::{
        stub::{StubRequest, answer, one},
        upstream::Callback,
    },
    CLIENT_ID, Defect, Dialect, Grant, HOSTILE, Provider,
};

impl Provider {
    /// The callback of a user who consents to everything.
    pub fn authorize(&self, request: &[(String, String)]) -> Result<Callback, String> {
        let mut state = self.state();
        state.last_request = request.to_vec();
        let parameter = |name: &str| one(request, name).map(str::to_owned);
        let needed = |name: &str| parameter(name).ok_or(format!("no {name}, or more than one"));
        let is = |name: &str, expected: &str| match needed(name)? {
            value if value == expected => Ok(()),
            value => Err(format!("{name} is {value}")),
        };
        is("client_id", CLIENT_ID)?;
        is("response_type", "code")?;
        let redirect_uri = needed("redirect_uri")?;
        let scopes = needed("scope")?;
        let scopes: Vec<_> = scopes.split(' ').map(str::to_owned).collect();
        let form_post = parameter("response_mode").as_deref() == Some("form_post");
        if let Dialect::Apple(_) = self.dialect {
            // Apple puts neither name nor email into a URL.
            if !form_post && scopes.iter().any(|it| it == "name" || it == "email") {
                return Err("response_mode must be form_post when scope is requested".to_owned());
            }
        } else {
            is("code_challenge_method", "S256")?;
            if !scopes.iter().any(|it| it == "openid") {
                return Err("no scope openid".to_owned());
            }
            if needed("code_challenge")?.len() != 43 {
                return Err("no SHA-256 in code_challenge".to_owned());
            }
        }
        let mut answer = vec![("state".to_owned(), needed("state")?)];
        let mut add = |name: &str, value: &str| answer.push((name.to_owned(), value.to_owned()));
        if let Dialect::OpenId = self.dialect {
            match state.defect {
                Some(Defect::CallbackWithoutIss) => {}
                Some(Defect::CallbackOtherIss) => add("iss", "https://provider.example.com"),
                _ => add("iss", &self.issuer),
            }
        }
        if state.defect == Some(Defect::CallbackDenied) {
            add("error", "access_denied");
            add("error_description", &HOSTILE.repeat(50));
        } else {
            let code = state.draw("code");
            add("code", &code);
            let person = state.person.clone();
            if let Dialect::Apple(_) = self.dialect
                && state.known.insert(person.sub.clone())
            {
                let name = person.name.as_deref().unwrap_or_default();
                let (first, last) = name.split_once(' ').unwrap_or((name, ""));
                let name = json!({"firstName": first, "lastName": last});
                let user = json!({"name": name, "email": person.email});
                add("user", &user.to_string());
            }
            let grant = Grant {
                person,
                nonce: parameter("nonce"),
                code_challenge: parameter("code_challenge"),
                redirect_uri: redirect_uri.clone(),
                scopes,
            };
            state.codes.insert(code, grant);
        }
        let form_post = form_post || state.form_post;
        Ok(Callback::new(&redirect_uri, form_post, answer))
    }

    /// The same for a browser over HTTP.
    pub fn authorize_over_http(&self, asked: &StubRequest) -> Response {
        let callback = match self.authorize(&asked.query) {
            Ok(callback) => callback,
            Err(fault) => return answer(400, "text/plain", fault),
        };
        let Some(form) = callback.form else {
            let mut response = answer(303, "text/plain", "");
            let location = callback.url.parse().unwrap();
            response.headers_mut().insert("location", location);
            return response;
        };
        let field = |(name, value): &(String, String)| {
            let value = value.replace('&', "&amp;").replace('"', "&quot;");
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        };
        let fields: String = form.iter().map(field).collect();
        let page = format!(
            "<!doctype html><form method=\"post\" action=\"{}\">{fields}<button>Go on</button>\
             </form><script>document.forms[0].submit()</script>",
            callback.url
        );
        answer(200, "text/html; charset=utf-8", page)
    }
}
