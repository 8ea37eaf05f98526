//! Difficult JSON at every route, as the body and as the value of each field: invalid JSON is
//! rejected, valid JSON does no harm, and neither is stored.

mod texts;

use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};

use self::texts::cases;
use crate::support::{
    ApiClient, TestService,
    answer::Answer,
    routes::{self, Needs, Route, Takes},
};

const JSON: &str = "application/json";

/// The stored rows as text.
async fn stored(service: &TestService) -> Vec<String> {
    let mut database = SqliteConnection::connect(&service.database.url)
        .await
        .unwrap();
    let mut all = vec![];
    for (count, rows) in [
        (
            "SELECT count(*) FROM users",
            "SELECT hex(id) || email || updated_at || session_epoch FROM users",
        ),
        (
            "SELECT count(*) FROM accounts",
            "SELECT hex(id) || provider || updated_at FROM accounts",
        ),
        (
            "SELECT count(*) FROM credentials",
            "SELECT hex(id) || updated_at FROM credentials",
        ),
    ] {
        let count: i64 = sqlx::query_scalar(count)
            .fetch_one(&mut database)
            .await
            .unwrap();
        let rows = sqlx::query(rows).fetch_all(&mut database).await.unwrap();
        assert_eq!(i64::try_from(rows.len()), Ok(count));
        all.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    }
    assert!(all.len() > 3, "somebody is there");
    all
}

/// Returns the fault of the response to a text that is, or is not, JSON.
fn fault(answer: &Answer, is_json: Option<bool>) -> Option<String> {
    let status = answer.status;
    let is_refusal = (400..500).contains(&status);
    if status >= 500 || (is_json == Some(false) && !is_refusal) {
        return Some(format!("{status} {}", answer.text()));
    }
    let body = is_refusal.then(|| serde_json::from_slice::<Value>(&answer.body).ok());
    match body {
        // A page contains the error text and its code.
        Some(None) if answer.header("content-type").starts_with("text/html") => {
            let says = answer.text().contains("<code>");
            (!says).then(|| format!("{status} by a page without a code"))
        }
        Some(None) => Some(format!("{status} without a body that says why")),
        Some(Some(body)) if body["code"].is_null() && body["error"].is_null() => {
            Some(format!("{status} without a code: {body}"))
        }
        _ => None,
    }
}

/// Returns whether the route reads the body. Without a session at the issuer the pages of accounts and for admins lead to the login,
/// whatever the form contains: `pages::hostile` has the session.
fn is_read(route: &routes::Route) -> bool {
    !route.path.starts_with("/admin/pages/") && !route.path.starts_with("/account")
}

/// A printable form of a text.
fn shown(text: &[u8]) -> String {
    let start = &text[..text.len().min(80)];
    format!("{} ({} bytes)", start.escape_ascii(), text.len())
}

/// The clients whose bodies are read: without a session, with an ended session (which only the
/// database shows), and an admin.
struct Clients<'a> {
    anon: ApiClient<'a>,
    ended: ApiClient<'a>,
    admin: ApiClient<'a>,
}

impl<'a> Clients<'a> {
    async fn of(service: &'a TestService) -> Self {
        let root = service.signed_up("root@example.com").await;
        root.set_role("admin").await;
        let ended = service.signed_up("ada@example.com").await;
        ended
            .post("/logout/everywhere", json!({}))
            .await
            .assert_status(204);
        Self {
            anon: service.anon(),
            ended,
            admin: service.anon().logged_in("root@example.com").await,
        }
    }

    fn of_route(&self, route: &Route) -> &ApiClient<'a> {
        match route.needs() {
            Needs::Nobody => &self.anon,
            Needs::Session => &self.ended,
            Needs::Admin => &self.admin,
        }
    }

    async fn send(
        &self,
        route: &Route,
        media_type: &str,
        body: impl Into<axum::body::Body>,
    ) -> Answer {
        let client = self.of_route(route);
        let authorization = client
            .access
            .as_ref()
            .map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", media_type)];
        headers.extend(
            authorization
                .iter()
                .map(|it| ("authorization", it.as_str())),
        );
        client
            .send(route.method, &route.url(), &headers, body)
            .await
    }
}

#[tokio::test]
async fn slow_hostile_texts_are_rejected_at_every_route() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let askers = Clients::of(&service).await;
    let before = stored(&service).await;
    let cases = cases();
    assert!(cases.len() > 300, "{}", cases.len());

    for (route, good) in routes::json_bodies() {
        let answer = askers.send(&route, JSON, good.to_string()).await;
        // The error concerns a field, not the syntax.
        assert!(![415, 422].contains(&answer.status), "{}", answer.text());
    }
    let mut faults = vec![];
    let writing = |route: &routes::Route| !route.is_safe() && is_read(route);
    for route in &routes::all()
        .into_iter()
        .filter(writing)
        .collect::<Vec<_>>()
    {
        for (text, is_json) in &cases {
            let answer = askers.send(route, JSON, text.clone()).await;
            // A route that ignores the body accepts any.
            let is_json = if matches!(route.takes, Takes::Nothing) {
                None
            } else {
                *is_json
            };
            if let Some(fault) = fault(&answer, is_json) {
                faults.push(format!("{} <- {}: {fault}", route.path, shown(text)));
            }
        }
    }
    for (route, good) in routes::json_bodies() {
        for name in good.as_object().unwrap().keys() {
            let mut marked = good.clone();
            marked[name] = json!("HERE");
            let marked = marked.to_string();
            let (start, end) = marked.split_once("\"HERE\"").unwrap();
            for (text, is_json) in &cases {
                let body = [start.as_bytes(), text, end.as_bytes()].concat();
                let answer = askers.send(&route, JSON, body).await;
                if let Some(fault) = fault(&answer, *is_json) {
                    let path = route.path;
                    faults.push(format!("{path} {name} <- {}: {fault}", shown(text)));
                }
            }
        }
    }
    for route in routes::all().into_iter().filter(is_read) {
        let Takes::Form(fields) = route.takes else {
            continue;
        };
        let form = "application/x-www-form-urlencoded";
        // A logout request without a valid hint leads to the confirmation page, whatever it contains.
        let expected = (route.path != "/end-session").then_some(false);
        for (text, _) in &cases {
            let answer = askers.send(&route, form, text.clone()).await;
            faults
                .extend(fault(&answer, expected).map(|fault| format!("{}: {fault}", shown(text))));
            for (name, _) in fields {
                let others = fields.iter().filter(|(other, _)| other != name);
                let others: Vec<_> = others
                    .map(|(name, value)| format!("&{name}={value}"))
                    .collect();
                let others = others.concat();
                let body = [name.as_bytes(), b"=", text, others.as_bytes()].concat();
                let answer = askers.send(&route, form, body).await;
                let fault = fault(&answer, expected);
                faults.extend(fault.map(|fault| format!("{name} <- {}: {fault}", shown(text))));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert_eq!(stored(&service).await, before);
}

#[tokio::test]
async fn valid_body_with_surrounding_text_is_malformed() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let askers = Clients::of(&service).await;
    let performed = service.app.hasher.performed();
    let mailed = service.outbox.lock().unwrap().len();
    for (route, good) in routes::json_bodies() {
        let good = good.to_string().into_bytes();
        for text in [
            "x", "{}", "1", "null", ",", "}", "]", "\0", "#", "//", "/**/", "\u{feff}", "\u{a0}",
        ] {
            let text = text.as_bytes();
            for body in [[text, &good].concat(), [&good, text].concat()] {
                let answer = askers.send(&route, JSON, body).await;
                // Some texts are other objects, which lack a field.
                let status = if text == b"{}" { answer.status } else { 400 };
                assert!([400, 422].contains(&status), "{}", answer.text());
                answer.assert_status(status);
            }
        }
    }
    assert_eq!(service.app.hasher.performed(), performed);
    assert_eq!(service.outbox.lock().unwrap().len(), mailed);
}

#[tokio::test]
async fn slow_invalid_password_is_not_hashed() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let askers = Clients::of(&service).await;
    let performed = service.app.hasher.performed();
    for (route, good) in routes::json_bodies() {
        for name in good
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| name.contains("password"))
        {
            let long = "x".repeat(1025);
            for wrong in [
                json!(null),
                json!([]),
                json!(["x"]),
                json!({}),
                json!({"x": 1}),
                json!(1),
                json!(true),
                json!(""),
                json!(long),
            ] {
                let mut body = good.clone();
                // For an optional field, null counts as absent.
                let asked_again = [
                    "/me/accounts",
                    "/me/passkeys",
                    "/me/recovery-codes",
                    "/me/totp",
                    "/email",
                ]
                .contains(&route.path);
                let may_be_none =
                    name == "current_password" || route.method == "DELETE" || asked_again;
                if wrong.is_null() && may_be_none {
                    continue;
                }
                body[name] = wrong;
                let answer = askers.send(&route, JSON, body.to_string()).await;
                answer.assert_field(422, "invalid_field", name);
            }
            let mut body = good.clone();
            body[name] = json!("x".repeat(10 * 1024 * 1024));
            let answer = askers.send(&route, JSON, body.to_string()).await;
            answer.assert_problem(413, "body_too_large");
        }
    }
    assert_eq!(service.app.hasher.performed(), performed);
}
