//! What a provider hands out is used at once and forgotten (O11): no column of any table has it.

use std::{fs, sync::Arc};

use rstest::rstest;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, Person, beside};
use crate::support::{
    TestDatabase,
    github::GitHubStub,
    oauth_client::REDIRECT_URI,
    openid::{CLIENT_SECRET, NATIVE_CLIENT_ID, encode, s256},
    process::{Service, free_address},
    stub::{one, pairs},
    upstream::Upstream,
};

/// Every value of every column of every table, as text.
async fn everything(database: &TestDatabase) -> String {
    let mut all = String::new();
    if database.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
        let columns = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
                       WHERE m.type = 'table'";
        for row in sqlx::query(columns)
            .fetch_all(&mut connection)
            .await
            .unwrap()
        {
            let (table, column): (String, String) = (row.get(0), row.get(1));
            let sql = format!("SELECT CAST(\"{column}\" AS BLOB) FROM \"{table}\"");
            let values = sqlx::query_scalar(AssertSqlSafe(sql));
            let values: Vec<Option<Vec<u8>>> = values.fetch_all(&mut connection).await.unwrap();
            let values = values.into_iter().flatten();
            all.extend(values.map(|value| String::from_utf8_lossy(&value).into_owned() + "\n"));
        }
    } else {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        let columns = "SELECT table_name::text, column_name::text FROM information_schema.columns \
                       WHERE table_schema = 'public'";
        for row in sqlx::query(columns)
            .fetch_all(&mut connection)
            .await
            .unwrap()
        {
            let (table, column): (String, String) = (row.get(0), row.get(1));
            let sql = format!("SELECT \"{column}\"::text FROM \"{table}\"");
            let values = sqlx::query_scalar(AssertSqlSafe(sql));
            let values: Vec<Option<String>> = values.fetch_all(&mut connection).await.unwrap();
            all.extend(values.into_iter().flatten().map(|value| value + "\n"));
        }
    }
    all
}

#[rstest]
#[tokio::test]
async fn nothing_that_a_provider_hands_out_is_in_any_column(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    // New, returning, joined, linked, and one who lacks an address.
    house.signed_up("grace@example.com").await;
    let ada = house.enters_by("stub", &stub).await;
    house.enters_by("stub", &stub).await;
    stub.person(Person::new("grace-at-the-provider", "grace@example.com"));
    house.enters_by("stub", &stub).await;
    stub.person(Person::new("another-of-ada", "ada@elsewhere.example"));
    let login = Login::new(&house);
    let start = format!("{}&intent=link", login.url("stub"));
    let answer = login.browser.through(&stub, &start).await;
    let linked = login.link(&login.code(&answer), &ada).await;
    linked.assert_status(201);
    stub.person(Person::without_address("nobody-knows"));
    let login = Login::new(&house);
    login.at("stub", &stub).await;

    let all = everything(&house.database).await;
    // It does find what is there.
    for there in ["ada-at-the-provider", "another-of-ada", "grace@example.com"] {
        assert!(all.contains(there), "{there} is not in\n{all}");
    }
    let mut secrets = parts(&stub.issued());
    assert!(secrets.len() > 30, "{secrets:?}");
    let of_requests = ["state", "nonce", "code_challenge"];
    secrets.extend(of_requests.iter().filter_map(|name| stub.requested(name)));
    secrets.extend([CLIENT_SECRET, NATIVE_CLIENT_ID, "nobody-knows"].map(str::to_owned));
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret} is in\n{all}");
    }
}

/// What was handed out, and each part of what has parts.
fn parts(issued: &[String]) -> Vec<String> {
    let parts = issued.iter().flat_map(|secret| secret.split('.'));
    parts
        .chain(issued.iter().map(String::as_str))
        .map(str::to_owned)
        .collect()
}

#[rstest]
#[tokio::test]
async fn github_s_tokens_live_for_ever_and_are_not_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = GitHubStub::start();
    let upstreams: [Beside<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let Some(house) = House::beside(engine, &upstreams, OAUTH_CLIENT).await else {
        return;
    };
    for _ in 0..2 {
        house.enters_by("stub", &stub).await;
    }
    let all = everything(&house.database).await;
    assert!(all.contains("583231"), "{all}");
    let secrets = parts(&stub.issued());
    assert!(secrets.len() >= 4, "{secrets:?}");
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret} is in\n{all}");
    }
}

/// The real program, told to say all that it can, also of its own requests to the provider.
#[test]
fn no_log_tells_of_a_login_more_than_that_it_was() {
    let stub = OpenIdStub::start();
    stub.tells_the_real_time();
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let settings = stub.settings("stub", "trusts_addresses = true");
    fs::write(
        folder.path().join("signet.toml"),
        format!("{OAUTH_CLIENT}{settings}"),
    )
    .unwrap();
    let talk = [("SIGNET_LOG__FILTER", "trace")];
    let service = Service::start_in(folder, free_address(), &talk);

    let mut secrets = vec![];
    let verifier = encode([7; 32]);
    let start = format!(
        "GET /login/stub?client_id=app&state=the-state-of-the-app&code_challenge={}\
         &code_challenge_method=S256 HTTP/1.1",
        s256(&verifier)
    );
    let (status, head, body) = service.request(&start, "").unwrap();
    assert_eq!(status, 303, "{body}");
    let cookie = header(&head, "set-cookie");
    let cookie = cookie.split(';').next().unwrap();
    let callback = stub.authorize(header(&head, "location"));
    let path = &callback.url[callback.url.find("/callback").unwrap()..];
    let landing = format!("GET {path} HTTP/1.1\r\nCookie: {cookie}");
    let (status, head, body) = service.request(&landing, "").unwrap();
    assert_eq!(status, 303, "{body}");
    let (_, told) = header(&head, "location").split_once('?').unwrap();
    let told = pairs(told.as_bytes());
    let code = one(&told, "code").unwrap();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("grant_type", "authorization_code"), ("client_id", "app")])
        .extend_pairs([("code", code), ("code_verifier", &verifier)])
        .append_pair("redirect_uri", REDIRECT_URI)
        .finish();
    let token = "POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let (status, _, body) = service.request(token, &form).unwrap();
    assert_eq!(status, 200, "{body}");
    // The same goes wrong: everything has been used.
    for (head, body) in [(landing.as_str(), ""), (token, form.as_str())] {
        let (status, _, body) = service.request(head, body).unwrap();
        assert_eq!(status, 400, "{body}");
    }

    let session: serde_json::Value = serde_json::from_str(&body).unwrap();
    for name in ["access_token", "refresh_token"] {
        secrets.push(session[name].as_str().unwrap().to_owned());
    }
    let (_, cookie) = cookie.split_once('=').unwrap();
    secrets.extend([code, cookie, &verifier, "the-state-of-the-app"].map(str::to_owned));
    secrets.extend([CLIENT_SECRET, "ada@example.com", "ada-at-the-provider"].map(str::to_owned));
    secrets.extend(["state", "nonce"].map(|name| stub.requested(name).unwrap()));
    secrets.extend(parts(&stub.issued()));
    let logged = service.logged();
    service.signal("-TERM");
    assert!(service.ended().0.success());
    let logged = logged.lock().unwrap().clone();
    assert!(logged.lines().count() > 20, "{logged}");
    for secret in secrets {
        assert!(!logged.contains(&secret), "{secret} is in\n{logged}");
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(it, _)| it.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value)
}
