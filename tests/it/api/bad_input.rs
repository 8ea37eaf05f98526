//! Invalid requests: error codes and fields, and no effects.

use axum::body::Body;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestService, routes};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Every route with a JSON body, with a valid body.
fn bodies() -> [(&'static str, Value); 4] {
    [
        ("/signup", json!({"email": "ada@example.com"})),
        (
            "/signup/confirm",
            json!({"token": "x", "password": PASSWORD}),
        ),
        (
            "/login",
            json!({"email": "ada@example.com", "password": PASSWORD}),
        ),
        ("/refresh", json!({"refresh_token": "x"})),
    ]
}

async fn assert_nothing_was_stored(service: &TestService) {
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    assert_eq!(service.app.hasher.performed(), 0);
    assert!(service.outbox.lock().unwrap().is_empty());
}

#[tokio::test]
async fn body_other_than_one_json_object_is_malformed() {
    let service = TestService::new().await;
    let deep = "[".repeat(8_000);
    let deep_member = format!("{{\"email\":{deep}");
    for text in [
        "",
        " ",
        "null",
        "1",
        "[]",
        "[\"ada@example.com\",\"x\"]",
        "\"x\"",
        "{",
        "{'email':'a'}",
        "{\"email\":\"a\",}",
        "{\"email\" \"a\"}",
        "{email:1}",
        "{\"email\":\"\\ud800\"}",
        "{\"email\":\"\\x\"}",
        "{\"email\":\"a\tb\"}",
        "{\"email\":01}",
        "{\"email\":NaN}",
        "\u{feff}{}",
        &deep,
    ] {
        for (path, good) in bodies() {
            // No body where the body is optional.
            if text.is_empty() && path == "/refresh" {
                continue;
            }
            let (name, _) = good.as_object().unwrap().iter().next().unwrap();
            let text = text.replace("email", name);
            let answer = service.anon().send("POST", path, &[JSON], text).await;
            answer.assert_problem(400, "malformed_json");
        }
    }
    for bytes in [
        &b"{\"email\":\"\xff\"}"[..],
        b"\xff\xfe{\0}\0",
        b"{\"email\":\"\xed\xa0\x80\"}",
    ] {
        let answer = service
            .anon()
            .send("POST", "/login", &[JSON], Body::from(bytes.to_vec()))
            .await;
        assert!([400, 422].contains(&answer.status), "{}", answer.text());
    }
    let answer = service
        .anon()
        .send("POST", "/login", &[JSON], deep_member)
        .await;
    assert!([400, 422].contains(&answer.status));
    assert_nothing_was_stored(&service).await;
}

#[tokio::test]
async fn missing_or_mistyped_field_is_named() {
    let service = TestService::new().await;
    for (path, good) in bodies() {
        for (name, _) in good.as_object().unwrap() {
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(name);
            let answer = service.anon().post(path, body).await;
            answer.assert_field(422, "missing_field", name);
            for wrong in [
                json!(null),
                json!(1),
                json!(1.5),
                json!([]),
                json!({}),
                json!(true),
                json!(["x"]),
            ] {
                // Where cookies can replace a token, null counts as absent.
                let is_left_out = wrong.is_null() && name == "refresh_token";
                let mut body = good.clone();
                body[name] = wrong;
                let code = if is_left_out {
                    "missing_field"
                } else {
                    "invalid_field"
                };
                let answer = service.anon().post(path, body).await;
                answer.assert_field(422, code, name);
            }
            let text = good.to_string();
            let twice = format!("{{\"{name}\":\"x\",{}", &text[1..]);
            let answer = service.anon().send("POST", path, &[JSON], twice).await;
            answer.assert_field(422, "invalid_field", name);
        }
    }
    assert_nothing_was_stored(&service).await;
}

#[tokio::test]
async fn privileged_fields_are_rejected_by_name() {
    let service = TestService::new().await;
    for (path, good) in bodies() {
        for name in [
            "role",
            "roles",
            "sub",
            "id",
            "epoch",
            "session_epoch",
            "is_active",
            "email_verified",
            "aud",
            "user_id",
            "__proto__",
        ] {
            let mut body = good.clone();
            body[name] = json!("admin");
            service
                .anon()
                .post(path, body)
                .await
                .assert_field(422, "unknown_field", name);
        }
        let mut body = good.clone();
        body["<script>alert(1)</script>"] = json!(1);
        let answer = service.anon().post(path, body).await;
        answer.assert_problem(422, "unknown_field");
        assert!(!answer.text().contains("script"));
    }
    assert_nothing_was_stored(&service).await;
}

#[tokio::test]
async fn invalid_values_are_rejected_by_field() {
    let service = TestService::new().await;
    let long_name = "x".repeat(201);
    for (path, body, field) in [
        ("/signup", json!({"email": "ada"}), "email"),
        ("/signup", json!({"email": ""}), "email"),
        (
            "/signup",
            json!({"email": "ada@example.com\r\nBcc: eve@example.com"}),
            "email",
        ),
        (
            "/signup",
            json!({"email": "ada@evil.example,eve@example.com"}),
            "email",
        ),
        (
            "/signup",
            json!({"email": "ada\u{ff20}example.com"}),
            "email",
        ),
        (
            "/signup",
            json!({"email": "ada@example.com", "name": ""}),
            "name",
        ),
        (
            "/signup",
            json!({"email": "ada@example.com", "name": "a\r\nb"}),
            "name",
        ),
        (
            "/signup",
            json!({"email": "ada@example.com", "name": "a\u{202e}b"}),
            "name",
        ),
        (
            "/signup",
            json!({"email": "ada@example.com", "name": long_name}),
            "name",
        ),
        (
            "/login",
            json!({"email": "x", "password": PASSWORD}),
            "email",
        ),
        (
            "/login",
            json!({"email": "ada@example.com", "password": ""}),
            "password",
        ),
        (
            "/login",
            json!({"email": "ada@example.com", "password": "x".repeat(1025)}),
            "password",
        ),
        (
            "/signup/confirm",
            json!({"token": "x", "password": ""}),
            "password",
        ),
        (
            "/signup/confirm",
            json!({"token": "x", "password": "x".repeat(1025)}),
            "password",
        ),
    ] {
        let answer = service.anon().post(path, body).await;
        answer.assert_field(422, "invalid_field", field);
        assert!(answer.json()["detail"].is_string());
        assert!(!answer.text().contains("eve"));
    }
    assert_nothing_was_stored(&service).await;
}

#[tokio::test]
async fn body_of_another_type_or_too_large_is_rejected() {
    let service = TestService::new().await;
    let body = json!({"email": "ada@example.com"}).to_string();
    for content_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json, text/plain",
        "",
    ] {
        let headers = [("content-type", content_type)];
        let answer = service
            .anon()
            .send("POST", "/signup", &headers, body.clone())
            .await;
        answer.assert_problem(415, "unsupported_media_type");
    }
    // Forms are accepted from own pages only.
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let anon = service.anon();
    let form = anon.send("POST", "/signup", &headers, body.clone()).await;
    form.assert_page(403, "foreign_origin");
    service
        .anon()
        .send("POST", "/signup", &[], body.clone())
        .await
        .assert_status(415);
    let twice = [JSON, ("content-type", "text/plain")];
    service
        .anon()
        .send("POST", "/signup", &twice, body.clone())
        .await
        .assert_status(415);
    assert_nothing_was_stored(&service).await;

    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let headers = [("content-type", content_type)];
        service
            .anon()
            .send("POST", "/signup", &headers, body.clone())
            .await
            .assert_status(202);
    }
    service.outbox.lock().unwrap().clear();

    let large = json!({"email": "x".repeat(17_000)}).to_string();
    for (path, _) in bodies() {
        let answer = service
            .anon()
            .send("POST", path, &[JSON], large.clone())
            .await;
        answer.assert_problem(413, "body_too_large");
    }
    // The same without `Content-Length`.
    let chunks = (0..32).map(|_| Ok::<_, std::io::Error>("x".repeat(1024)));
    let endless = Body::from_stream(futures_util::stream::iter(chunks));
    let answer = service
        .anon()
        .send("POST", "/login", &[JSON], endless)
        .await;
    answer.assert_problem(413, "body_too_large");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = service.anon().send("POST", "/token", &form, large).await;
    answer.assert_oauth_error(413, "invalid_request");
    assert_nothing_was_stored(&service).await;
}

#[tokio::test]
async fn other_path_spellings_are_not_found_and_other_methods_not_allowed() {
    let service = TestService::new().await;
    for path in [
        "/LOGIN",
        "/login/",
        "//login",
        "/%6cogin",
        "/x/../login",
        "/login;",
        "/nothing",
    ] {
        let answer = service.anon().post(path, json!({})).await;
        answer.assert_problem(404, "not_found");
        assert!(!answer.text().contains("login"));
    }
    for (path, allow) in [
        ("/login", "GET,HEAD,POST"),
        ("/session", "GET,HEAD"),
        ("/.well-known/jwks.json", "GET,HEAD"),
    ] {
        for method in ["TRACE", "DELETE", "PUT"] {
            let answer = service.anon().send(method, path, &[], "").await;
            answer.assert_problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), allow);
        }
    }
    // A link scanner that opens a link changes nothing.
    service
        .anon()
        .get("/signup/confirm?token=x")
        .await
        .assert_status(200);
}

#[tokio::test]
async fn empty_body_counts_as_absent_for_any_content_type() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let mut people = 0;
    for (method, path, status) in [
        ("POST", "/logout", 204),
        ("POST", "/logout/everywhere", 204),
        ("POST", "/login/google/challenge", 404),
        (
            "DELETE",
            "/me/accounts/01890000-0000-7000-8000-000000000000",
            404,
        ),
        ("DELETE", "/me", 204),
    ] {
        for media_type in ["", "application/json", "text/plain", "x"] {
            for length in ["", "0"] {
                people += 1;
                let ada = service.signed_up(&format!("ada{people}@example.com")).await;
                let authorization = format!("Bearer {}", ada.access.as_deref().unwrap());
                let headers = [
                    ("authorization", authorization.as_str()),
                    ("content-type", media_type),
                    ("content-length", length),
                ];
                let headers: Vec<_> = headers.into_iter().filter(|it| !it.1.is_empty()).collect();
                let answer = service.anon().send(method, path, &headers, "").await;
                answer.assert_status(status);
                // In chunks, without any.
                let chunks = futures_util::stream::iter(Vec::<Result<&str, String>>::new());
                let body = axum::body::Body::from_stream(chunks);
                let (authorization, _) = headers.split_at(2.min(headers.len()));
                let answer = service.anon().send(method, path, authorization, body).await;
                assert!(![400, 415, 422].contains(&answer.status), "{method} {path}");
            }
        }
    }
}
