//! Tokens of providers are used once and never stored (O11): no column of any table contains them.

use rstest_reuse::apply;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService, with_provider,
};
use crate::support::{
    TestDatabase, both_engines,
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

#[apply(both_engines)]
#[tokio::test]
async fn provider_tokens_are_never_stored(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    // New, returning, joined and linked users, and one without an email.
    service.signed_up("grace@example.com").await;
    let ada = service.log_in_by("stub", &stub).await;
    service.log_in_by("stub", &stub).await;
    stub.person(Person::new("grace-at-the-provider", "grace@example.com"));
    service.log_in_by("stub", &stub).await;
    stub.person(Person::new("another-of-ada", "ada@elsewhere.example"));
    let login = Login::new(&service);
    let start = format!("{}&intent=link", login.url("stub"));
    let answer = login.browser.log_in_through(&stub, &start).await;
    let linked = login.link(&login.code(&answer), &ada).await;
    linked.assert_status(201);
    stub.person(Person::without_email("nobody-knows"));
    let login = Login::new(&service);
    login.log_in_at("stub", &stub).await;

    let all = everything(&service.database).await;
    // The search finds values that are stored.
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

/// The issued values and their parts.
fn parts(issued: &[String]) -> Vec<String> {
    let parts = issued.iter().flat_map(|secret| secret.split('.'));
    parts
        .chain(issued.iter().map(String::as_str))
        .map(str::to_owned)
        .collect()
}

#[apply(both_engines)]
#[tokio::test]
async fn github_tokens_are_never_stored(engine: Engine) {
    let stub = GitHubStub::start();
    let upstreams: [ProviderSetup<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let service = TestService::with_providers(engine, &upstreams, OAUTH_CLIENT).await;
    for _ in 0..2 {
        service.log_in_by("stub", &stub).await;
    }
    let all = everything(&service.database).await;
    assert!(all.contains("583231"), "{all}");
    let secrets = parts(&stub.issued());
    assert!(secrets.len() >= 4, "{secrets:?}");
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret} is in\n{all}");
    }
}
