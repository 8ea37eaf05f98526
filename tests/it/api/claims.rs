//! Configured claims of access tokens, read from the database at each mint.

use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::support::{
    Engine, PASSWORD, TestService, api_client::ApiClient, both_engines, token::claims,
};

/// The claims that Hasura, `PostgREST` and a gateway need.
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

async fn sign_up<'a>(service: &'a TestService, email: &str, client_id: &str) -> ApiClient<'a> {
    let mut client = service.anon();
    let body = json!({"email": email, "client_id": client_id});
    client.post("/signup", body).await.assert_status(202);
    let body = json!({"token": service.mailed_token(email).unwrap(), "password": PASSWORD});
    let session = client.post("/signup/confirm", body).await;
    client.keep(session.assert_status(201));
    client
}

/// Logs in for this client.
async fn log_in(client: &mut ApiClient<'_>, email: &str, client_id: &str) {
    let body = json!({"email": email, "password": PASSWORD, "client_id": client_id});
    let session = client.post("/login", body).await;
    client.keep(session.assert_status(200));
}

/// Refreshes for this client and keeps the tokens.
async fn refresh(client: &mut ApiClient<'_>, client_id: &str) {
    let body = json!({"refresh_token": client.refresh, "client_id": client_id});
    let session = client.post("/refresh", body).await;
    client.keep(session.assert_status(200));
}

/// The claims of every access token.
fn standard_claims(mut claims: Value) -> Value {
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
        "acr",
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

#[apply(both_engines)]
#[tokio::test]
async fn session_shows_the_configured_claims_of_each_client(engine: Engine) {
    let service = TestService::configured(engine, CLIENTS).await;
    let mut ada = sign_up(&service, "ada@example.com", "hasura").await;
    let id = ada.claims()["sub"].clone();
    let of_hasura = json!({ "https://hasura.io/jwt/claims": {
        "x-hasura-default-role": "user",
        "x-hasura-allowed-roles": ["user", "anonymous"],
        "x-hasura-user-id": id,
    }});
    assert_eq!(standard_claims(ada.claims()), of_hasura);
    let shown = ada.get("/session").await;
    assert_eq!(shown.assert_status(200).json(), ada.claims());

    log_in(&mut ada, "ada@example.com", "postgrest").await;
    let of_postgrest = json!({
        "role": "user", "tenant": "acme", "email": "ada@example.com", "email_verified": true,
        "level": 7, "price": "$5",
    });
    assert_eq!(standard_claims(ada.claims()), of_postgrest);
    let shown = ada.get("/session").await;
    assert_eq!(shown.assert_status(200).json(), ada.claims());
    ada.get("/me").await.assert_status(200);

    log_in(&mut ada, "ada@example.com", "plain").await;
    assert_eq!(standard_claims(ada.claims()), json!({}));
    let shown = ada.get("/session").await;
    assert_eq!(shown.assert_status(200).json(), ada.claims());
}

#[tokio::test]
async fn claims_are_read_from_the_database_at_each_mint() {
    let service = TestService::with(CLIENTS).await;
    let mut ada = sign_up(&service, "ada@example.com", "postgrest").await;
    let before = ada.claims();
    let edit = json!({"name": "Ada", "image": "https://example.com/ada.png"});
    let edited = ada.send_json("PATCH", "/me", edit).await;
    edited.assert_status(200);
    let admin = "admin".parse().unwrap();
    let of_ada = before["sub"].as_str().unwrap().parse().unwrap();
    let store = &service.app.store;
    assert!(
        store
            .set_role(of_ada, &admin, service.clock.now())
            .await
            .unwrap()
    );

    // The issued token keeps its claims, …
    assert_eq!(ada.get("/session").await.json(), before);
    // … and the next one has the current claims.
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

    // After the name is removed, the claim is absent.
    let edit = json!({"name": null});
    ada.send_json("PATCH", "/me", edit).await.assert_status(200);
    refresh(&mut ada, "postgrest").await;
    assert!(ada.claims().get("name").is_none());
    // The refresh token contains none of these claims.
    let refresh_token = claims(ada.refresh.as_deref().unwrap());
    for claim in ["role", "tenant", "email", "name"] {
        assert!(refresh_token.get(claim).is_none(), "{claim}");
    }
}

#[tokio::test]
async fn longest_claims_fit_into_a_cookie() {
    let service = TestService::with(
        "[[clients]]\nclient_id = 'web'\ntransport = 'cookie'\n[clients.claims]\n\
         name = '$name'\nemail = '$email'\npicture = '$image'",
    )
    .await;
    let domain = ["b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
    let email = format!("{}@{domain}", "a".repeat(64));
    let name = "\u{1f600}".repeat(200);
    let anon = service.anon();
    let body = json!({"email": email, "name": name});
    anon.post("/signup", body).await.assert_status(202);
    let body = json!({"token": service.mailed_token(&email).unwrap(), "password": PASSWORD});
    let headers = [
        ("origin", crate::support::test_service::ISSUER),
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

    // A request that refreshes shows the claims of the new token.
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
async fn openapi_names_the_configured_claims() {
    let service = TestService::with(CLIENTS).await;
    let document = service.anon().get("/openapi.json").await.json();
    let claims = &document["components"]["schemas"]["AccessClaims"];
    assert_eq!(claims["additionalProperties"], false);
    for name in ["https://hasura.io/jwt/claims", "tenant", "price"] {
        assert!(claims["properties"][name].is_object(), "{name}");
    }
    let access = &document["x-token-kinds"][0];
    assert_eq!(access["typ"], json!(["JWT", "at+jwt"]));
}
