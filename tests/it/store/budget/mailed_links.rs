//! The statements of mailed links: a request writes nothing, and a login by link is one write.

use rstest_reuse::apply;
use serde_json::json;

use super::{counted, read_only, said};
use crate::support::{
    Engine, TestService, both_engines,
    oauth_client::{VERIFIER, login_link_request},
};

#[apply(both_engines)]
#[tokio::test]
async fn login_by_link_is_one_read_and_one_compare_and_swap(engine: Engine) {
    let service = TestService::on(engine).await;
    service.signed_up("ada@example.com").await;
    let anon = service.anon();
    let asked = anon.post("/login/link", login_link_request("ada@example.com"));
    let (answer, words) = said(asked).await;
    assert_eq!((answer.status, words), (202, vec!["SELECT".to_owned()]));
    let token = service.mailed_token("ada@example.com").unwrap();
    let opened = json!({"token": token, "code_verifier": VERIFIER});
    let (answer, words) = said(anon.post("/login/link/confirm", opened)).await;
    assert_eq!((answer.status, words), (200, vec!["UPDATE".to_owned()]));
}

/// On connections that reject writes.
#[apply(both_engines)]
#[tokio::test]
async fn link_request_reads_once_and_writes_nothing(engine: Engine) {
    let service = TestService::on(engine).await;
    service.signed_up("ada@example.com").await;
    let TestService { database, app, .. } = service;
    app.store.close().await;
    let service = read_only(database, engine).await;
    let ada = service.anon().logged_in("ada@example.com").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let email_alone = json!({"email": email});
        for (route, body) in [
            ("/signup", email_alone.clone()),
            ("/password/forgot", email_alone),
            ("/login/link", login_link_request(email)),
        ] {
            let work = async { service.anon().post(route, body).await.status };
            assert_eq!(counted(work).await, (202, 1, 0), "{route} {email}");
        }
    }
    let body = json!({"email": "new@example.com"});
    let work = async { ada.post("/email", body).await.status };
    assert_eq!(counted(work).await, (202, 2, 0));
}

#[apply(both_engines)]
#[tokio::test]
async fn password_reset_is_a_read_and_a_transaction_and_email_change_a_transaction(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let body = json!({"email": "new@example.com"});
    ada.post("/email", body).await.assert_status(202);
    let body = json!({"token": service.mailed_token("new@example.com")});
    let (answer, reads, _) = counted(ada.post("/email/confirm", body)).await;
    assert_eq!((answer.status, reads), (204, 0));

    let body = json!({"email": "new@example.com"});
    ada.post("/password/forgot", body).await.assert_status(202);
    let token = service.mailed_token("new@example.com");
    let body = json!({"token": token, "password": "a brand new pass phrase"});
    let (answer, reads, _) = counted(ada.post("/password/reset", body)).await;
    assert_eq!((answer.status, reads), (204, 1));
}
