//! What a provider hands out is used at once and forgotten (O11): no column of any table has it.

use rstest::rstest;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, Person, beside};
use crate::support::{
    TestDatabase,
    github::GitHubStub,
    openid::{CLIENT_SECRET, NATIVE_CLIENT_ID},
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
