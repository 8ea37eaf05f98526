//! What logins by providers, and their accounts, cost.

use rstest::rstest;
use serde_json::json;

use super::{counted, made_read_only, said};
use crate::support::{
    Actor, Engine, House,
    answer::Answer,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::Beside,
};

fn trusted(stub: &OpenIdStub) -> Beside<'_> {
    ("stub", stub, "trusts_addresses = true")
}

async fn beside(engine: Engine, stub: &OpenIdStub) -> Option<House> {
    House::beside(engine, &[trusted(stub)], OAUTH_CLIENT).await
}

/// A login on its way back: the answer, and what was said to the database for it.
async fn back<'a>(
    house: &'a House,
    stub: &OpenIdStub,
    intent: &str,
) -> (Login<'a>, Answer, Vec<String>) {
    let login = Login::new(house);
    let start = format!("{}&intent={intent}", login.url("stub"));
    let (callback, there) = said(login.browser.as_far_as(stub, &start)).await;
    assert_eq!(there, [] as [&str; 0], "on the way there");
    let (answer, words) = said(login.browser.comes_back(&callback)).await;
    (login, answer, words)
}

/// The same, and what the code buys: that is one read.
async fn comes_in(house: &House, stub: &OpenIdStub) -> Vec<String> {
    let (login, answer, words) = back(house, stub, "login").await;
    let (_, bought) = said(login.enters(&answer)).await;
    assert_eq!(bought, ["SELECT"]);
    words
}

/// Those reads, and one transaction of those writes. On SQLite its end is no statement.
fn reads_and(engine: Engine, reads: usize, writes: &[&str], end: &str) -> Vec<String> {
    let mut words = vec!["SELECT"; reads];
    words.extend(writes);
    if engine == Engine::Postgres {
        words.push(end);
    }
    words.into_iter().map(str::to_owned).collect()
}

#[rstest]
#[tokio::test]
async fn who_is_new_is_two_reads_and_a_transaction_and_who_is_joined_one_write(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    let made = ["INSERT"; 3];
    let new = reads_and(engine, 2, &made, "COMMIT");
    assert_eq!(comes_in(&house, &stub).await, new);
    assert_eq!(comes_in(&house, &stub).await, ["SELECT"]);
    house.signed_up("grace@example.com").await;
    stub.person(Person::new("grace", "grace@example.com"));
    assert_eq!(
        comes_in(&house, &stub).await,
        ["SELECT", "SELECT", "INSERT"]
    );
    assert_eq!(comes_in(&house, &stub).await, ["SELECT"]);

    // Whose address has to be asked for is read once, and again where a link is mailed; the link makes
    // the user.
    stub.person(Person::without_address("nobody-knows"));
    let (login, page, words) = back(&house, &stub, "login").await;
    assert_eq!(words, ["SELECT"]);
    let (action, mut form) = page.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), "new@example.com".to_owned()));
    let (sent, words) = said(login.browser.posts(&action, &form)).await;
    sent.assert_status(202);
    assert_eq!(words, ["SELECT"]);
    let token = house.mailed_token("new@example.com").unwrap();
    let form = [("token".to_owned(), token)];
    let opened = login.browser.posts("/login/stub/confirm", &form);
    let (answer, words) = said(opened).await;
    assert_eq!(words, reads_and(engine, 0, &made, "COMMIT"));
    login.enters(&answer).await;
}

#[rstest]
#[tokio::test]
async fn an_account_is_linked_and_unlinked_in_one_transaction(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    let grace = house.signed_up("grace@example.com").await;
    let links = async |whose: &Actor<'_>| {
        let (login, answer, words) = back(&house, &stub, "link").await;
        assert_eq!(words, [] as [&str; 0], "a code for an account");
        said(login.link(&login.code(&answer), whose)).await
    };
    let writes = ["UPDATE", "INSERT"];
    let (linked, words) = links(&grace).await;
    let account = linked.assert_status(201).json();
    assert_eq!(words, reads_and(engine, 1, &writes, "COMMIT"));

    // Whose it is already is read then, and nothing is changed.
    let found = ["UPDATE", "INSERT", "SELECT"];
    let (again, words) = links(&grace).await;
    again.assert_status(201);
    assert_eq!(words, reads_and(engine, 1, &found, "ROLLBACK"));
    let ada = house.signed_up("ada@example.com").await;
    let (taken, words) = links(&ada).await;
    taken.assert_problem(409, "account_taken");
    assert_eq!(words, reads_and(engine, 1, &found, "ROLLBACK"));

    let path = format!("/me/accounts/{}", account["id"].as_str().unwrap());
    let (unlinked, words) = said(grace.ask("DELETE", &path, json!({}))).await;
    unlinked.assert_status(200);
    let writes = ["UPDATE", "DELETE"];
    assert_eq!(words, reads_and(engine, 2, &writes, "COMMIT"));
}

/// Its way there and back, the code and what it buys: who is known is read twice and written never.
#[rstest]
#[tokio::test]
async fn a_returning_login_by_a_provider_writes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    let ada = house.enters_by("stub", &stub).await.id();
    let House { database, app, .. } = house;
    app.store.close().await;
    let database = made_read_only(database, engine).await;
    let house = House::beside_in(database, &[trusted(&stub)], OAUTH_CLIENT).await;

    let work = async {
        for _ in 0..100 {
            assert_eq!(house.enters_by("stub", &stub).await.id(), ada);
        }
    };
    assert_eq!(counted(work).await, ((), 200, 0), "by a code");
    let work = async {
        for _ in 0..100 {
            let answer = house.anon().post("/login/stub/challenge", json!({})).await;
            let challenge = answer.json();
            let id_token = stub.native_id_token(challenge["nonce"].as_str().unwrap());
            let body = json!({"id_token": id_token, "challenge": challenge["challenge"]});
            let answer = house.anon().post("/login/stub/id-token", body).await;
            answer.assert_status(200);
        }
    };
    assert_eq!(counted(work).await, ((), 100, 0), "by an SDK");
    // A write would fail: what went well cannot have passed by accident.
    stub.person(Person::new("new", "new@example.com"));
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    answer.assert_status(503);
}
