//! What mailed links cost: asking writes nothing, and a login by link is one statement.

use rstest::rstest;
use serde_json::json;

use super::{counted, read_only, said};
use crate::support::{
    Engine, House,
    oauth_client::{VERIFIER, asking_for_link},
};

#[rstest]
#[tokio::test]
async fn a_login_by_link_is_one_read_and_then_one_compare_and_swap(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    house.signed_up("ada@example.com").await;
    let anon = house.anon();
    let asked = anon.post("/login/link", asking_for_link("ada@example.com"));
    let (answer, words) = said(asked).await;
    assert_eq!((answer.status, words), (202, vec!["SELECT".to_owned()]));
    let token = house.mailed_token("ada@example.com").unwrap();
    let opened = json!({"token": token, "code_verifier": VERIFIER});
    let (answer, words) = said(anon.post("/login/link/confirm", opened)).await;
    assert_eq!((answer.status, words), (200, vec!["UPDATE".to_owned()]));
}

/// On connections where a write would fail.
#[rstest]
#[tokio::test]
async fn asking_reads_once_and_writes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    house.signed_up("ada@example.com").await;
    let House { database, app, .. } = house;
    app.store.close().await;
    let house = read_only(database, engine).await;
    let ada = house.anon().logged_in("ada@example.com").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let email_alone = json!({"email": email});
        for (route, body) in [
            ("/signup", email_alone.clone()),
            ("/password/forgot", email_alone),
            ("/login/link", asking_for_link(email)),
        ] {
            let work = async { house.anon().post(route, body).await.status };
            assert_eq!(counted(work).await, (202, 1, 0), "{route} {email}");
        }
    }
    let body = json!({"email": "new@example.com"});
    let work = async { ada.post("/email", body).await.status };
    assert_eq!(counted(work).await, (202, 2, 0));
}

#[rstest]
#[tokio::test]
async fn a_reset_is_a_read_and_a_transaction_and_another_address_a_transaction(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let body = json!({"email": "new@example.com"});
    ada.post("/email", body).await.assert_status(202);
    let body = json!({"token": house.mailed_token("new@example.com")});
    let (answer, reads, _) = counted(ada.post("/email/confirm", body)).await;
    assert_eq!((answer.status, reads), (204, 0));

    let body = json!({"email": "new@example.com"});
    ada.post("/password/forgot", body).await.assert_status(202);
    let token = house.mailed_token("new@example.com");
    let body = json!({"token": token, "password": "a brand new pass phrase"});
    let (answer, reads, _) = counted(ada.post("/password/reset", body)).await;
    assert_eq!((answer.status, reads), (204, 1));
}
