//! The `FastAPI` backend, which stores its own users by `sub`.

use std::thread;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::support::{
    issuer::{CLIENTS, Issuer},
    recipes::Recipe,
    token::claims,
};

/// The user rows of the backend.
fn users(recipe: &Recipe) -> Vec<(i64, Option<String>, Option<String>, String)> {
    on_backend(recipe, async |database| {
        let all = "SELECT id, email, full_name, better_auth_id FROM users ORDER BY id";
        sqlx::query_as(all).fetch_all(database).await.unwrap()
    })
}

fn on_backend<T>(recipe: &Recipe, act: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
    let file = recipe.folder.path().join("backend.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", file.display());
        act(&mut SqliteConnection::connect(&url).await.unwrap()).await
    })
}

#[test]
fn backend_creates_one_row_for_each_sub() {
    let issuer = Issuer::start(CLIENTS);
    issuer.create("bob@example.com");
    let Some(recipe) = Recipe::start("fastapi", &issuer.url, &[]) else {
        return;
    };
    assert_eq!(recipe.request_with_token(&issuer.access("other")).0, 401);
    assert_eq!(users(&recipe), []);

    let ada = issuer.access("web");
    thread::scope(|scope| {
        let ask = || assert_eq!(recipe.request_with_token(&ada).0, 200);
        for _ in 0..16 {
            scope.spawn(ask);
        }
    });
    let bob = issuer.log_in("web", "bob@example.com");
    let (status, bob) = recipe.request_with_token(bob["access_token"].as_str().unwrap());
    assert_eq!(status, 200);
    let (ada, bob) = (claims(&ada), bob["sub"].clone());
    let sub = |sub: &Value| sub.as_str().unwrap().to_owned();
    let rows = [
        (1, None, None, sub(&ada["sub"])),
        (2, None, None, sub(&bob)),
    ];
    assert_eq!(users(&recipe), rows);
}

#[test]
fn backend_copies_token_claims_once() {
    // The backend has seen only tokens with a `sub` for Ada.
    let issuer = Issuer::start(CLIENTS);
    let Some(recipe) = Recipe::start("fastapi", &issuer.url, &[]) else {
        return;
    };
    let bare = issuer.access("web");
    let (_, answer) = recipe.request_with_token(&bare);
    assert_eq!(
        (&answer["full_name"], &answer["email"]),
        (&Value::Null, &Value::Null)
    );

    // Further claims in tokens of another client are copied.
    let named = issuer.access("named");
    assert_eq!(claims(&named)["name"], "Ada");
    let (_, answer) = recipe.request_with_token(&named);
    assert_eq!(
        (&answer["id"], &answer["full_name"]),
        (&1.into(), &"Ada".into())
    );
    assert_eq!(answer["email"], "ada@example.com");

    // After that the value belongs to the backend, independent of later changes.
    on_backend(&recipe, async |database| {
        let rename = "UPDATE users SET full_name = 'Augusta Ada King'";
        sqlx::query(rename).execute(database).await.unwrap();
    });
    let head = format!(
        "PATCH /me HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {named}"
    );
    assert_eq!(
        issuer
            .service
            .request(&head, r#"{"name": "Countess"}"#)
            .unwrap()
            .0,
        200
    );
    let named = issuer.access("named");
    assert_eq!(claims(&named)["name"], "Countess");
    for token in [&named, &bare] {
        let (_, answer) = recipe.request_with_token(token);
        assert_eq!(answer["full_name"], "Augusta Ada King");
        assert_eq!(answer["email"], "ada@example.com");
    }
}
