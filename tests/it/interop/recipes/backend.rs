//! The `FastAPI` backend: its own users, by our `sub`.

use std::thread;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::support::{
    issuer::{CLIENTS, Issuer},
    recipes::Recipe,
    token::claims,
};

/// The rows of the backend's own users.
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
fn the_backend_has_one_row_for_each_sub_from_the_first_good_token_on() {
    let issuer = Issuer::start(CLIENTS);
    issuer.create("bob@example.com");
    let Some(recipe) = Recipe::start("fastapi", &issuer.url, &[]) else {
        return;
    };
    assert_eq!(recipe.asked_with(&issuer.access("other")).0, 401);
    assert_eq!(users(&recipe), []);

    let ada = issuer.access("web");
    thread::scope(|scope| {
        let ask = || assert_eq!(recipe.asked_with(&ada).0, 200);
        for _ in 0..16 {
            scope.spawn(ask);
        }
    });
    let bob = issuer.log_in("web", "bob@example.com");
    let (status, bob) = recipe.asked_with(bob["access_token"].as_str().unwrap());
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
fn the_backend_takes_over_what_a_token_says_once_and_never_overwrites_it() {
    // It knows Ada from tokens that say no more than who it is.
    let issuer = Issuer::start(CLIENTS);
    let Some(recipe) = Recipe::start("fastapi", &issuer.url, &[]) else {
        return;
    };
    let bare = issuer.access("web");
    let (_, answer) = recipe.asked_with(&bare);
    assert_eq!(
        (&answer["full_name"], &answer["email"]),
        (&Value::Null, &Value::Null)
    );

    // What another client's tokens say besides is taken over.
    let named = issuer.access("named");
    assert_eq!(claims(&named)["name"], "Ada");
    let (_, answer) = recipe.asked_with(&named);
    assert_eq!(
        (&answer["id"], &answer["full_name"]),
        (&1.into(), &"Ada".into())
    );
    assert_eq!(answer["email"], "ada@example.com");

    // From then on it is the backend's own, whatever becomes of it there or here.
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
        let (_, answer) = recipe.asked_with(token);
        assert_eq!(answer["full_name"], "Augusta Ada King");
        assert_eq!(answer["email"], "ada@example.com");
    }
}
