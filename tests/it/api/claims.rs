//! Claims that a client has added to its access tokens: what the row says, anew at each mint.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Engine, House, PASSWORD, actor::Actor, token::claims};

/// What Hasura, `PostgREST` and a gateway ask for.
const CLIENTS: &str = r#"
    [[clients]]
    client_id = "hasura"
    typ = "JWT"
    [clients.claims."https://hasura.io/jwt/claims"]
    x-hasura-default-role = "$role"
    x-hasura-allowed-roles = ["$role", "anonymous"]
    x-hasura-user-id = "$id"

    [[clients]]
    client_id = "postgrest"
    [clients.claims]
    role = "$role"
    tenant = "acme"
    email = "$email"
    email_verified = "$email_verified"
    name = "$name"
    picture = "$image"
    level = 7
    price = "$$5"

    [[clients]]
    client_id = "plain"
"#;

async fn sign_up<'a>(house: &'a House, email: &str, client_id: &str) -> Actor<'a> {
    let mut actor = house.anon();
    let body = json!({"email": email, "client_id": client_id});
    actor.post("/signup", body).await.assert_status(202);
    let body = json!({"token": house.mailed_token(email).unwrap(), "password": PASSWORD});
    let session = actor.post("/signup/confirm", body).await;
    actor.keep(session.assert_status(201));
    actor
}

/// Logs in for that client.
async fn log_in(actor: &mut Actor<'_>, email: &str, client_id: &str) {
    let body = json!({"email": email, "password": PASSWORD, "client_id": client_id});
    let session = actor.post("/login", body).await;
    actor.keep(session.assert_status(200));
}

/// Refreshes for that client and keeps the session.
async fn refresh(actor: &mut Actor<'_>, client_id: &str) {
    let body = json!({"refresh_token": actor.refresh, "client_id": client_id});
    let session = actor.post("/refresh", body).await;
    actor.keep(session.assert_status(200));
}

/// The claims that every token has.
fn without_added(mut claims: Value) -> Value {
    let usual = [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "jti",
        "client_id",
        "sid",
        "auth_time",
        "amr",
        "roles",
        "epoch",
    ];
    let members = claims.as_object_mut().unwrap();
    for name in usual {
        assert!(members.remove(name).is_some(), "{name}");
    }
    claims
}

#[rstest]
#[tokio::test]
async fn each_client_gets_its_own_claims_and_the_session_shows_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::configured(engine, CLIENTS).await else {
        return;
    };
    let mut ada = sign_up(&house, "ada@example.com", "hasura").await;
    let id = ada.claims()["sub"].clone();
    let of_hasura = json!({ "https://hasura.io/jwt/claims": {
        "x-hasura-default-role": "user",
        "x-hasura-allowed-roles": ["user", "anonymous"],
        "x-hasura-user-id": id,
    }});
    assert_eq!(without_added(ada.claims()), of_hasura);
    let shown = ada.get("/session").await;
    assert_eq!(shown.assert_status(200).json(), ada.claims());

    log_in(&mut ada, "ada@example.com", "postgrest").await;
    let of_postgrest = json!({
        "role": "user", "tenant": "acme", "email": "ada@example.com", "email_verified": true,
        "level": 7, "price": "$5",
    });
    assert_eq!(without_added(ada.claims()), of_postgrest);
    let shown = ada.get("/session").await;
    assert_eq!(shown.assert_status(200).json(), ada.claims());
    ada.get("/me").await.assert_status(200);

    log_in(&mut ada, "ada@example.com", "plain").await;
    assert_eq!(without_added(ada.claims()), json!({}));
    let shown = ada.get("/session").await;
    assert_eq!(shown.assert_status(200).json(), ada.claims());
}

#[tokio::test]
async fn claims_are_those_of_the_row_at_each_mint() {
    let house = House::with(CLIENTS).await;
    let mut ada = sign_up(&house, "ada@example.com", "postgrest").await;
    let before = ada.claims();
    let edit = json!({"name": "Ada", "image": "https://example.com/ada.png"});
    let edited = ada.ask("PATCH", "/me", edit).await;
    edited.assert_status(200);
    let admin = "admin".parse().unwrap();
    let of_ada = before["sub"].as_str().unwrap().parse().unwrap();
    let store = &house.app.store;
    assert!(
        store
            .set_role(of_ada, &admin, house.clock.now())
            .await
            .unwrap()
    );

    // The token that is out says what it said …
    assert_eq!(ada.get("/session").await.json(), before);
    // … and the next one what is true now.
    refresh(&mut ada, "postgrest").await;
    let after = ada.claims();
    for (claim, then, now) in [
        ("role", json!("user"), json!("admin")),
        ("name", Value::Null, json!("Ada")),
        ("picture", Value::Null, json!("https://example.com/ada.png")),
    ] {
        assert_eq!((&before[claim], &after[claim]), (&then, &now));
    }
    assert_eq!(after["roles"], json!(["admin"]));
    assert_eq!(ada.get("/session").await.json(), after);

    // A person who takes the name back is not called by it any more.
    let edit = json!({"name": null});
    ada.ask("PATCH", "/me", edit).await.assert_status(200);
    refresh(&mut ada, "postgrest").await;
    assert!(ada.claims().get("name").is_none());
    // The refresh token says nothing of all this.
    let refresh_token = claims(ada.refresh.as_deref().unwrap());
    for claim in ["role", "tenant", "email", "name"] {
        assert!(refresh_token.get(claim).is_none(), "{claim}");
    }
}

#[tokio::test]
async fn the_longest_claims_of_a_person_travel_in_a_cookie() {
    let house = House::with(
        "[[clients]]\nclient_id = 'web'\ntransport = 'cookie'\n[clients.claims]\n\
         name = '$name'\nemail = '$email'\npicture = '$image'",
    )
    .await;
    let domain = ["b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
    let email = format!("{}@{domain}", "a".repeat(64));
    let name = "\u{1f600}".repeat(200);
    let anon = house.anon();
    let body = json!({"email": email, "name": name});
    anon.post("/signup", body).await.assert_status(202);
    let body = json!({"token": house.mailed_token(&email).unwrap(), "password": PASSWORD});
    let headers = [
        ("origin", crate::support::house::ISSUER),
        ("content-type", "application/json"),
    ];
    let answer = anon
        .send("POST", "/signup/confirm", &headers, body.to_string())
        .await;
    answer.assert_status(201);
    let cookies = || answer.headers.get_all("set-cookie").iter();
    let cookies = cookies().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookies: Vec<_> = cookies.collect();
    let access = cookies
        .iter()
        .find(|it| it.starts_with("__Host-signet-access="));
    let (_, token) = access.unwrap().split_once('=').unwrap();
    assert!(cookies.iter().all(|cookie| cookie.len() <= 4096));
    assert_eq!(claims(token)["name"], name);
    assert_eq!(claims(token)["email"], email);

    let headers = [("cookie", cookies.join("; "))];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let shown = anon.send("GET", "/session", &headers, "").await;
    assert_eq!(shown.assert_status(200).json()["name"], name);

    // Refreshed in passing, the same request shows what was minted for it.
    let (_, refresh) = cookies
        .iter()
        .find_map(|it| it.split_once("-refresh="))
        .unwrap();
    let cookie = format!("__Host-signet-refresh={refresh}");
    let shown = anon
        .send("GET", "/session", &[("cookie", &cookie)], "")
        .await;
    assert_eq!(shown.assert_status(200).json()["name"], name);
}

#[tokio::test]
async fn the_description_names_what_clients_have_added() {
    let house = House::with(CLIENTS).await;
    let document = house.anon().get("/openapi.json").await.json();
    let claims = &document["components"]["schemas"]["AccessClaims"];
    assert_eq!(claims["additionalProperties"], false);
    for name in ["https://hasura.io/jwt/claims", "tenant", "price"] {
        assert!(claims["properties"][name].is_object(), "{name}");
    }
    let access = &document["x-token-kinds"][0];
    assert_eq!(access["typ"], json!(["JWT", "at+jwt"]));
}
