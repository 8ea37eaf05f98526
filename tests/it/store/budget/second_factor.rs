//! The second factor in the write budget.

use rstest_reuse::apply;
use serde_json::json;

use super::{counted, said};
use crate::support::{
    Engine, PASSWORD, TestService, both_engines,
    totp::{AuthenticatorApp, continuation},
};

const ADA: &str = "ada@example.com";

#[apply(both_engines)]
#[tokio::test]
async fn second_step_is_one_read_and_one_write(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let made = ada.post("/me/recovery-codes", json!({})).await.json();
    let (asked, reads, writes) = counted(service.anon().log_in(ADA, PASSWORD)).await;
    assert_eq!((asked.status, reads, writes), (401, 1, 0));
    let asked = asked.json();
    let token = continuation(&asked);
    let code = app.code(service.clock.now());
    for body in [
        json!({"continuation": token, "code": code}),
        json!({"continuation": token, "recovery_code": made["recovery_codes"][0]}),
    ] {
        let work = async {
            service
                .anon()
                .post("/login/second-factor", body)
                .await
                .status
        };
        assert_eq!(counted(work).await, (200, 1, 1));
    }
    let wrong = json!({"continuation": token, "code": "000000"});
    let work = async {
        service
            .anon()
            .post("/login/second-factor", wrong)
            .await
            .status
    };
    assert_eq!(counted(work).await, (401, 1, 0));
}

#[apply(both_engines)]
#[tokio::test]
async fn enrolment_and_removal_are_one_transaction(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let (begun, reads, writes) = counted(ada.post("/me/totp", json!({}))).await;
    assert_eq!((begun.status, reads, writes), (200, 1, 0));
    let begun = begun.json();
    let app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
    let code = app.code(service.clock.now());
    let body = json!({"enrolment": begun["enrolment"], "code": code});
    let (confirmed, words) = said(ada.post("/me/totp/confirm", body)).await;
    ada.keep(confirmed.assert_status(201));
    let changes = |words: &[String]| {
        let is_change = |word: &&String| ["INSERT", "UPDATE", "DELETE"].contains(&word.as_str());
        words.iter().filter(is_change).cloned().collect::<Vec<_>>()
    };
    assert_eq!(changes(&words), ["UPDATE", "DELETE", "INSERT"]);
    let (removed, words) = said(ada.send_json("DELETE", "/me/totp", json!({}))).await;
    removed.assert_status(200);
    assert_eq!(changes(&words), ["UPDATE", "DELETE", "DELETE"]);
}
