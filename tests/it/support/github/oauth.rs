//! The OAuth endpoints of the GitHub stub.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    super::{
        openid::s256,
        stub::{StubHandler, StubRequest, answer, json as json_answer, one},
        upstream::Callback,
    },
    CLIENT_ID, CLIENT_SECRET, GitHub, GitHubDefect, Grant,
    api::message,
};

impl StubHandler for GitHub {
    fn answer(&self, asked: &StubRequest) -> Response {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/login/oauth/access_token") => self.token(asked),
            ("GET", "/api/v3/user" | "/api/v3/user/emails") => self.api(asked),
            _ => message(404, "Not Found"),
        }
    }
}

impl GitHub {
    pub fn authorize(&self, request: &[(String, String)]) -> Callback {
        let mut state = self.state.lock().unwrap();
        let parameter = |name: &str| one(request, name).map(str::to_owned);
        assert_eq!(parameter("client_id").as_deref(), Some(CLIENT_ID));
        assert_eq!(parameter("code_challenge_method").as_deref(), Some("S256"));
        let redirect_uri = parameter("redirect_uri").unwrap();
        let said = if state.defect == Some(GitHubDefect::Denied) {
            vec![
                ("error", "access_denied".to_owned()),
                (
                    "error_description",
                    "The user has denied your application access.".to_owned(),
                ),
                (
                    "error_uri",
                    "https://docs.github.com/apps/troubleshooting".to_owned(),
                ),
            ]
        } else {
            let code = state.draw("");
            let scopes = parameter("scope").unwrap_or_default();
            let grant = Grant {
                developer: state.developer.clone().unwrap(),
                scopes: scopes.split(' ').map(str::to_owned).collect(),
                redirect_uri: redirect_uri.clone(),
                code_challenge: parameter("code_challenge"),
            };
            state.codes.insert(code.clone(), grant);
            vec![("code", code)]
        };
        let said = said.into_iter().map(|(name, it)| (name.to_owned(), it));
        let state = ("state".to_owned(), parameter("state").unwrap());
        Callback::new(&redirect_uri, false, said.chain([state]).collect())
    }

    /// Errors also have status 200, and the response is JSON only on request.
    fn token(&self, asked: &StubRequest) -> Response {
        let body = match self.redeem(asked) {
            Ok(body) => body,
            Err((error, why)) => json!({
                "error": error,
                "error_description": why,
                "error_uri": "https://docs.github.com/apps/troubleshooting",
            }),
        };
        if asked.header("accept").contains("application/json") {
            return json_answer(200, &body);
        }
        let pairs = body.as_object().unwrap().iter();
        let pairs = pairs.map(|(name, value)| (name, value.as_str().unwrap()));
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        answer(
            200,
            "application/x-www-form-urlencoded; charset=utf-8",
            form,
        )
    }

    fn redeem(&self, asked: &StubRequest) -> Result<Value, (&'static str, &'static str)> {
        let bad_code = (
            "bad_verification_code",
            "The code passed is incorrect or expired.",
        );
        let mut state = self.state.lock().unwrap();
        let ours = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        if ours.iter().any(|(name, it)| asked.field(name) != Some(it)) {
            let why = "The client_id and/or client_secret passed are incorrect.";
            return Err(("incorrect_client_credentials", why));
        }
        let code = asked.field("code").unwrap_or_default();
        let grant = state.codes.remove(code).ok_or(bad_code)?;
        if state.defect == Some(GitHubDefect::BadCode)
            || grant.code_challenge != asked.field("code_verifier").map(s256)
        {
            return Err(bad_code);
        }
        if asked.field("redirect_uri") != Some(&grant.redirect_uri) {
            let why = "The redirect_uri MUST match the registered callback URL.";
            return Err(("redirect_uri_mismatch", why));
        }
        let access_token = state.draw("gho_");
        let scope = grant.scopes.join(",");
        state.granted.insert(access_token.clone(), grant);
        // GitHub tokens have no expiry and no refresh token.
        let mut answer =
            json!({"access_token": access_token, "scope": scope, "token_type": "bearer"});
        state.replace_member("/login/oauth/access_token", &mut answer);
        Ok(answer)
    }
}
