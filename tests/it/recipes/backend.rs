//! The `FastAPI` backend: its own users, by our `sub`.

use std::thread;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::support::{
    actor::claims,
    issuer::{CLIENTS, Issuer},
    recipes::Recipe,
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
