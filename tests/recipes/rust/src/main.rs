//! A service that accepts access tokens of Signet.
//!
//! ```text
//! ISSUER=http://127.0.0.1:8080 AUDIENCE=http://127.0.0.1:8080 PORT=3000 cargo run
//! curl http://127.0.0.1:3000/ -H "Authorization: Bearer $TOKEN"
//! ```

use std::{env, error::Error, time::Duration};

use axum::{Json, Router, response::Result, routing::get};
use serde_json::{Value, json};
use signet::verifier::{Authorized, AuthorizedCaller, CallerClaims, Verifier};
use tokio::net::TcpListener;

/// Requires a valid token.
async fn who(Authorized(claims): Authorized) -> Json<Value> {
    Json(json!({ "sub": claims.sub, "scope": claims.scope, "roles": claims.roles }))
}

/// Accepts users and clients that act for themselves, and requires the scope `import`.
async fn import(AuthorizedCaller(caller): AuthorizedCaller) -> Result<String> {
    caller.require_scope("import")?;
    Ok(match caller {
        CallerClaims::User(claims) => format!("for the user {}", claims.sub),
        CallerClaims::Client(claims) => format!("for the client {}", claims.client_id),
    })
}

/// Requires the scope `read`.
async fn reports(Authorized(claims): Authorized) -> Result<Json<Value>> {
    claims.require_scope("read")?;
    Ok(Json(json!({ "reports": [] })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // An unknown key causes a request, at most every five seconds.
    let verifier = Verifier::builder(env::var("ISSUER")?, env::var("AUDIENCE")?)
        .cooldown(Duration::from_secs(5))
        .build()?;
    let app = Router::new()
        .route("/", get(who))
        .route("/reports", get(reports))
        .route("/import", get(import))
        .with_state(verifier);

    let listener = TcpListener::bind(format!("127.0.0.1:{}", env::var("PORT")?)).await?;
    println!("listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
