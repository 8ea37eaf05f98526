//! Login by the code beside a mailed link.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{CHALLENGE, VERIFIER, log_in_by, login_link, login_link_request};
use crate::support::{
    Engine, TestService, another_code, answer::Answer, both_engines, redis::RedisServer,
    totp::AuthenticatorApp,
};

const ADA: &str = "ada@example.com";
const OTHER_VERIFIER: &str = CHALLENGE;

/// Requests a login link and returns the challenge of its code.
async fn challenge(service: &TestService, email: &str) -> String {
    let asked = service
        .anon()
        .post("/login/link", login_link_request(email))
        .await;
    let answer = asked.assert_status(202).json();
    assert_eq!(answer["expires_in"], 600);
    answer["challenge"].as_str().unwrap().to_owned()
}

/// Requests a login link and returns the challenge and the mailed code.
async fn asked(service: &TestService) -> (String, String) {
    let challenge = challenge(service, ADA).await;
    (challenge, service.mailed_code(ADA).unwrap())
}

fn body(challenge: &str, code: &str, verifier: &str) -> Value {
    json!({"challenge": challenge, "code": code, "code_verifier": verifier})
}

async fn enters(service: &TestService, challenge: &str, code: &str, verifier: &str) -> Answer {
    let body = body(challenge, code, verifier);
    service.anon().post("/login/link/confirm", body).await
}

#[apply(both_engines)]
#[tokio::test]
async fn code_logs_in_once_where_it_was_requested(engine: Engine) {
    let service = TestService::on(engine).await;
    let id = service.signed_up(ADA).await.id();
    for write in [
        |code: &str| code.to_owned(),
        |code: &str| code.to_ascii_lowercase().replace('-', ""),
        |code: &str| format!(" {} ", code.replace('-', " ")),
    ] {
        let (challenge, code) = asked(&service).await;
        let answer = enters(&service, &challenge, &write(&code), VERIFIER).await;
        let mut ada = service.anon();
        ada.keep(answer.assert_status(200));
        assert_eq!(ada.id(), id);
        assert_eq!(ada.claims()["amr"], json!(["mail"]));
        let again = enters(&service, &challenge, &code, VERIFIER).await;
        again.assert_problem(400, "invalid_link");
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn link_and_code_spend_each_other(engine: Engine) {
    let service = TestService::on(engine).await;
    service.signed_up(ADA).await;
    let (challenge, code) = asked(&service).await;
    let token = service.mailed_token(ADA).unwrap();
    log_in_by(&service, &token, VERIFIER)
        .await
        .assert_status(200);
    let spent = enters(&service, &challenge, &code, VERIFIER).await;
    spent.assert_problem(400, "invalid_link");

    let (challenge, code) = asked(&service).await;
    let token = service.mailed_token(ADA).unwrap();
    let used = enters(&service, &challenge, &code, VERIFIER).await;
    used.assert_status(200);
    let spent = log_in_by(&service, &token, VERIFIER).await;
    spent.assert_problem(400, "invalid_link");
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_ten_concurrent_uses_on_two_nodes_logs_in(engine: Engine) {
    let service = TestService::on(engine).await;
    let other = service.second_node("").await;
    service.signed_up(ADA).await;
    let (challenge, code) = asked(&service).await;
    let nodes = [&service, &other].into_iter().cycle().take(10);
    let uses = nodes.map(|node| enters(node, &challenge, &code, VERIFIER));
    let answers = join_all(uses).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    for refused in answers.iter().filter(|it| it.status != 200) {
        refused.assert_problem(400, "invalid_link");
    }
}

#[tokio::test]
async fn five_codes_can_be_tried_at_all_nodes_that_coordinate() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let settings = redis.settings();
    let service = TestService::with(&settings).await;
    let other = service.second_node(&settings).await;
    service.signed_up(ADA).await;
    // A right code costs no try.
    let (challenge, code) = asked(&service).await;
    let wrong = another_code(&code);
    for node in [&service, &other, &other, &service] {
        let refused = enters(node, &challenge, &wrong, VERIFIER).await;
        refused.assert_problem(400, "invalid_link");
    }
    let right = enters(&other, &challenge, &code, VERIFIER).await;
    right.assert_status(200);

    let (challenge, code) = asked(&service).await;
    let wrong = another_code(&code);
    for node in [&service, &other, &other, &service, &other] {
        let refused = enters(node, &challenge, &wrong, VERIFIER).await;
        refused.assert_problem(400, "invalid_link");
    }
    assert_too_many(&enters(&service, &challenge, &code, VERIFIER).await);
}

/// Asserts that a challenge has no try left, and that the problem says so.
fn assert_too_many(answer: &Answer) {
    answer.assert_problem(400, "invalid_link");
    assert_eq!(
        answer.json()["title"],
        "Too many codes were tried. Use the link in the email or request a new one."
    );
}

#[rstest]
#[case::one_after_the_other(false)]
#[case::at_once(true)]
#[tokio::test]
async fn five_codes_can_be_tried(#[case] at_once: bool) {
    let service = TestService::with("limits.enabled = false").await;
    service.signed_up(ADA).await;
    let (challenge, code) = asked(&service).await;
    let wrong = another_code(&code);
    let tries = (0..5).map(|_| enters(&service, &challenge, &wrong, VERIFIER));
    let answers = if at_once {
        join_all(tries).await
    } else {
        let mut answers = Vec::new();
        for attempt in tries {
            answers.push(attempt.await);
        }
        answers
    };
    for answer in answers {
        answer.assert_problem(400, "invalid_link");
    }
    assert_too_many(&enters(&service, &challenge, &code, VERIFIER).await);
    // The link of the same mail still works, and so does the code of the next mail.
    let token = service.mailed_token(ADA).unwrap();
    log_in_by(&service, &token, VERIFIER)
        .await
        .assert_status(200);
    let (next, code) = asked(&service).await;
    for attempt in [&wrong, &wrong, &wrong, &wrong] {
        let answer = enters(&service, &next, attempt, VERIFIER).await;
        answer.assert_problem(400, "invalid_link");
    }
    let fifth = enters(&service, &next, &code, VERIFIER).await;
    fifth.assert_status(200);
}

#[tokio::test]
async fn caller_without_the_secret_is_told_so_and_costs_no_try() {
    let service = TestService::with("limits.enabled = false").await;
    service.signed_up(ADA).await;
    let (challenge, code) = asked(&service).await;
    for code in [code.clone(), another_code(&code)].iter().cycle().take(8) {
        let answer = enters(&service, &challenge, code, OTHER_VERIFIER).await;
        answer.assert_problem(400, "opened_elsewhere");
    }
    let answer = enters(&service, &challenge, &code, VERIFIER).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn code_expires_with_its_link() {
    let service = TestService::new().await;
    service.signed_up(ADA).await;
    let (challenge, code) = asked(&service).await;
    service.clock.advance(TimeDelta::minutes(10));
    let late = enters(&service, &challenge, &code, VERIFIER).await;
    late.assert_problem(400, "invalid_link");
    let (challenge, code) = asked(&service).await;
    service.clock.advance(TimeDelta::seconds(599));
    let answer = enters(&service, &challenge, &code, VERIFIER).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn challenge_of_another_email_or_mail_does_not_take_the_code() {
    let service = TestService::new().await;
    service.signed_up(ADA).await;
    let (first, code) = asked(&service).await;
    let of_nobody = challenge(&service, "nobody@example.com").await;
    assert_eq!(service.mailed_code("nobody@example.com"), None);
    let second = challenge(&service, ADA).await;
    let link = login_link(&service, ADA).await.unwrap();
    for other in [&of_nobody, &second, &link, &"x".repeat(5000), ""] {
        let answer = enters(&service, other, &code, VERIFIER).await;
        answer.assert_problem(400, "invalid_link");
    }
    let as_link = log_in_by(&service, &first, VERIFIER).await;
    as_link.assert_problem(400, "invalid_link");
    let answer = enters(&service, &first, &code, VERIFIER).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn challenge_of_a_suppressed_mail_has_the_same_size() {
    let service = TestService::with("limits.mail_address = '2/1h'").await;
    service.signed_up(ADA).await;
    let sent = challenge(&service, ADA).await;
    service.outbox.lock().unwrap().clear();
    let suppressed = challenge(&service, ADA).await;
    assert!(service.outbox.lock().unwrap().is_empty());
    assert_eq!(suppressed.len(), sent.len());
    // Codes for it are wrong without end, and take no memory.
    for _ in 0..7 {
        let answer = enters(&service, &suppressed, "ABCD2345", VERIFIER).await;
        answer.assert_problem(400, "invalid_link");
    }
}

#[tokio::test]
async fn codes_can_be_turned_off() {
    let service = TestService::with("mail.login_codes = false").await;
    service.signed_up(ADA).await;
    let challenge = challenge(&service, ADA).await;
    assert_eq!(service.mailed_code(ADA), None);
    let answer = enters(&service, &challenge, "ABCD2345", VERIFIER).await;
    answer.assert_problem(400, "invalid_link");
    let token = service.mailed_token(ADA).unwrap();
    let answer = log_in_by(&service, &token, VERIFIER).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn code_is_the_first_step_of_a_login_with_two() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let (challenge, code) = asked(&service).await;
    let step = enters(&service, &challenge, &code, VERIFIER).await;
    step.assert_problem(401, "second_factor_required");
    let body = json!({
        "continuation": step.json()["continuation"],
        "code": app.code(service.clock.now()),
    });
    let done = service.anon().post("/login/second-factor", body).await;
    assert_eq!(done.assert_status(200).json()["token_type"], "Bearer");
}

#[tokio::test]
async fn request_names_the_field_that_is_wrong() {
    let service = TestService::new().await;
    let verifier = ("code_verifier", VERIFIER);
    for (fields, problem, field) in [
        (&[verifier][..], "missing_field", "token"),
        (&[verifier, ("challenge", "x")], "missing_field", "code"),
        (
            &[verifier, ("code", "ABCD2345")],
            "missing_field",
            "challenge",
        ),
        (
            &[verifier, ("token", "x"), ("code", "ABCD2345")],
            "invalid_field",
            "code",
        ),
        (
            &[verifier, ("token", "x"), ("challenge", "x")],
            "invalid_field",
            "challenge",
        ),
        (
            &[verifier, ("challenge", "x"), ("code", "123456")],
            "invalid_field",
            "code",
        ),
    ] {
        let body: Value = fields.iter().copied().collect();
        let answer = service.anon().post("/login/link/confirm", body).await;
        answer.assert_field(422, problem, field);
    }
}
