//! The REST endpoints of the GitHub stub that a login uses.

use axum::response::Response;
use serde_json::json;

use super::{
    super::stub::{StubRequest, answer, html, json as json_answer, one},
    GitHub, GitHubDefect,
};

impl GitHub {
    pub fn api(&self, asked: &StubRequest) -> Response {
        use GitHubDefect as D;
        let state = self.state.lock().unwrap();
        if asked.header("user-agent").is_empty() {
            let why = "Request forbidden by administrative rules. \
                       Please make sure your request has a User-Agent header.";
            return answer(403, "text/plain", why);
        }
        match state.defect {
            Some(D::RateLimited) => {
                let mut response = message(403, "API rate limit exceeded for user ID 583231.");
                let headers = response.headers_mut();
                headers.insert("x-ratelimit-limit", "5000".parse().unwrap());
                headers.insert("x-ratelimit-remaining", "0".parse().unwrap());
                headers.insert("x-ratelimit-reset", "1767229200".parse().unwrap());
                return response;
            }
            Some(D::SecondaryLimit) => {
                let mut response = message(429, "You have exceeded a secondary rate limit.");
                let headers = response.headers_mut();
                headers.insert("retry-after", "60".parse().unwrap());
                return response;
            }
            Some(D::Unicorn) => return html(502),
            Some(D::BadCredentials) => return message(401, "Bad credentials"),
            _ => {}
        }
        let Some(grant) = state.granted.get(asked.bearer()) else {
            return message(401, "Bad credentials");
        };
        let developer = &grant.developer;
        if asked.path == "/api/v3/user" {
            let mut user = json!({
                "login": developer.login,
                "id": developer.id,
                "node_id": "MDQ6VXNlcjE=",
                "avatar_url": format!("{}/images/ada.gif", self.url),
                "type": "User",
                "site_admin": false,
                "name": developer.name,
                "email": developer.public_email,
            });
            state.replace_member("/user", &mut user);
            return json_answer(200, &user);
        }
        let may = grant
            .scopes
            .iter()
            .any(|it| it == "user:email" || it == "user");
        if state.defect == Some(D::EmailsWithheld) || !may {
            return message(404, "Not Found");
        }
        let emails = developer.emails.iter().map(|(email, primary, verified)| {
            let visibility = primary.then_some("private");
            let mut entry = json!({
                "email": email, "primary": primary, "verified": verified,
                "visibility": visibility,
            });
            state.replace_member("/user/emails", &mut entry);
            entry
        });
        // A page has thirty entries by default and at most a hundred.
        let number = |name, default| {
            let number = one(&asked.query, name).and_then(|it| it.parse().ok());
            number.unwrap_or(default)
        };
        let (size, page): (usize, usize) = (number("per_page", 30).min(100), number("page", 1));
        let emails: Vec<_> = emails.skip(size * (page - 1)).take(size).collect();
        let emails = if state.defect == Some(D::NoEmails) {
            vec![]
        } else {
            emails
        };
        json_answer(200, &json!(emails))
    }
}

pub fn message(status: u16, message: &str) -> Response {
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    });
    json_answer(status, &body)
}
