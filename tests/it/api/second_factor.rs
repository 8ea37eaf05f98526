//! The second factor of a login: enrolment, the second step, and recovery codes.

mod changes;
mod operators;
mod passkey_users;

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::support::{
    Engine, PASSWORD, TestService, both_engines,
    totp::{AuthenticatorApp, continuation},
};

pub(super) const ADA: &str = "ada@example.com";

/// Logs in with the password, and returns the problem that asks for the second factor.
pub(super) async fn first_step(service: &TestService) -> Value {
    let asked = service.anon().log_in(ADA, PASSWORD).await;
    asked.assert_problem(401, "second_factor_required");
    asked.json()
}

/// The body that completes the login.
pub(super) fn with_code(problem: &Value, code: &str) -> Value {
    json!({"continuation": continuation(problem), "code": code})
}

/// Moves the clock to the next code of the app.
pub(super) fn next_code(service: &TestService, app: &AuthenticatorApp) -> String {
    service.clock.advance(TimeDelta::seconds(30));
    app.code(service.clock.now())
}

#[apply(both_engines)]
#[tokio::test]
async fn user_with_an_authenticator_app_logs_in_in_two_steps(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let before = ada.claims();
    let begun = ada.post("/me/totp", json!({})).await;
    let begun = begun.assert_status(200).json();
    let secret = begun["secret"].as_str().unwrap();
    assert_eq!(begun["expires_in"], 600);
    let uri = begun["uri"].as_str().unwrap();
    let start = format!("otpauth://totp/auth%2Eexample%2Ecom:ada%40example%2Ecom?secret={secret}&");
    assert!(uri.starts_with(&start), "{uri}");
    let svg = begun["qr_svg"].as_str().unwrap();
    assert!(svg.contains("<svg") && !svg.contains("href"), "{svg}");
    // Nothing is stored before the code.
    let listed = ada.get("/me/factors").await;
    assert_eq!(
        listed.json(),
        json!({"passkeys": [], "totp": null, "recovery_codes": null})
    );

    service.clock.advance(TimeDelta::seconds(60));
    let logged_in = service.clock.now().timestamp();
    let app = AuthenticatorApp::with(secret);
    let code = app.code(service.clock.now());
    let body = json!({"enrolment": begun["enrolment"], "code": code});
    let confirmed = ada.post("/me/totp/confirm", body).await;
    let old = ada.clone();
    ada.keep(confirmed.assert_status(201));
    // The user has just proven both.
    let claims = ada.claims();
    assert_eq!(
        (&claims["acr"], &claims["auth_time"]),
        (&json!("mfa"), &json!(logged_in))
    );
    assert_ne!(claims["auth_time"], before["auth_time"]);
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims["sid"], before["sid"]);
    old.refresh().await.assert_problem(401, "invalid_grant");
    let mails = service.outbox.lock().unwrap().len();
    assert_eq!(mails, 2, "the link and the notice");

    let problem = first_step(&service).await;
    assert_eq!(problem["kinds"], json!(["totp"]));
    assert_eq!(problem["expires_in"], 300);
    // The code of the enrolment is used.
    let second = async |code: &str| {
        let body = with_code(&problem, code);
        service.anon().post("/login/second-factor", body).await
    };
    let used = second(&code).await;
    used.assert_problem(401, "invalid_second_factor");
    assert_eq!(used.header("www-authenticate"), "Bearer realm=\"signet\"");
    let code = next_code(&service, &app);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let done = second(&spaced).await;
    ada.keep(done.assert_status(200));
    let claims = ada.claims();
    assert_eq!(
        (&claims["acr"], &claims["auth_time"]),
        (&json!("mfa"), &json!(logged_in))
    );
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    // A refresh keeps the strength and the time of the login.
    service.clock.advance(TimeDelta::minutes(4));
    ada.refreshed().await;
    let refreshed = ada.claims();
    for claim in ["acr", "auth_time", "amr"] {
        assert_eq!(refreshed[claim], claims[claim]);
    }
    let listed = ada.get("/me/factors").await.json();
    assert!(listed["totp"]["created_at"].is_string(), "{listed}");
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_uses_of_a_code_succeeds_on_two_nodes(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let made = ada.post("/me/recovery-codes", json!({})).await;
    let recovery = made.assert_status(201).json()["recovery_codes"][0].clone();
    let other = service.second_node("").await;
    let problem = first_step(&service).await;
    let code = app.code(service.clock.now());
    let by_recovery = json!({"continuation": continuation(&problem), "recovery_code": recovery});
    for body in [with_code(&problem, &code), by_recovery] {
        let uses = (0..20).map(|n| {
            let node = if n % 2 == 0 { &service } else { &other };
            let body = body.clone();
            async move { node.anon().post("/login/second-factor", body).await.status }
        });
        let mut statuses = join_all(uses).await;
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200);
        assert_eq!(statuses[1..], [401; 19]);
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn two_recovery_codes_are_used_at_the_same_time(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let made = ada.post("/me/recovery-codes", json!({})).await.json();
    let problem = first_step(&service).await;
    for pair in 0..5 {
        let uses = [2 * pair, 2 * pair + 1].map(|n| {
            let code = &made["recovery_codes"][n];
            json!({"continuation": continuation(&problem), "recovery_code": code})
        });
        let uses = uses.map(|body| async {
            let used = service.anon().post("/login/second-factor", body).await;
            used.status
        });
        assert_eq!(join_all(uses).await, [200, 200]);
    }
    let listed = ada.get("/me/factors").await.json();
    assert_eq!(listed["recovery_codes"]["remaining"], 0);
    // Codes that are used up are no way to complete a login.
    assert_eq!(first_step(&service).await["kinds"], json!(["totp"]));
}

#[apply(both_engines)]
#[tokio::test]
async fn recovery_code_works_once_and_is_announced(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    ada.post("/me/recovery-codes", json!({}))
        .await
        .assert_problem(409, "no_second_factor");
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let made = ada.post("/me/recovery-codes", json!({})).await;
    let old = made.assert_status(201).json()["recovery_codes"].clone();
    let made = ada.post("/me/recovery-codes", json!({})).await;
    let codes = made.assert_status(201).json()["recovery_codes"].clone();
    assert_eq!(codes.as_array().unwrap().len(), 10);
    let problem = first_step(&service).await;
    assert_eq!(problem["kinds"], json!(["totp", "recovery_code"]));
    let second = async |code: &str| {
        let body = json!({"continuation": continuation(&problem), "recovery_code": code});
        service.anon().post("/login/second-factor", body).await
    };
    let replaced = second(old[0].as_str().unwrap()).await;
    replaced.assert_problem(401, "invalid_second_factor");
    let written = codes[3].as_str().unwrap().to_lowercase().replace('-', " ");
    let done = second(&written).await;
    ada.keep(done.assert_status(200));
    let claims = ada.claims();
    assert_eq!(claims["acr"], "mfa");
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    let again = second(&written).await;
    assert_eq!(again.text(), replaced.text());
    let listed = ada.get("/me/factors").await.json();
    assert_eq!(listed["recovery_codes"]["remaining"], 9);
    let outbox = service.outbox.lock().unwrap();
    let last = outbox.last().unwrap();
    assert!(last.text.contains("Codes left: 9"), "{}", last.text);
}

/// Every other method of login asks for the second factor as well.
#[tokio::test]
async fn mailed_link_and_repeated_confirmation_ask_for_the_second_factor() {
    let service = TestService::new().await;
    let mut ada = service.anon();
    let asked = json!({"email": ADA});
    ada.post("/signup", asked.clone()).await.assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let confirm = json!({"token": token, "password": PASSWORD});
    let confirmed = ada.post("/signup/confirm", confirm.clone()).await;
    ada.keep(confirmed.assert_status(201));
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let again = service.anon().post("/signup/confirm", confirm).await;
    again.assert_problem(401, "second_factor_required");

    let link = json!({
        "email": ADA, "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    });
    ada.post("/login/link", link).await.assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let opened = json!({"token": token, "code_verifier": verifier});
    let asked = service
        .anon()
        .post("/login/link/confirm", opened.clone())
        .await;
    asked.assert_problem(401, "second_factor_required");
    // The link is spent at the first step.
    let spent = service.anon().post("/login/link/confirm", opened).await;
    spent.assert_problem(400, "invalid_link");
    let code = next_code(&service, &app);
    let body = with_code(&asked.json(), &code);
    let done = service.anon().post("/login/second-factor", body).await;
    ada.keep(done.assert_status(200));
    assert_eq!(ada.claims()["amr"], json!(["mail", "otp", "mfa"]));
}

#[rstest]
#[case::no_factor(json!({}), 422, "missing_field")]
#[case::both(json!({"code": "123456", "recovery_code": "ABCD-EFGH-2345-67YZ"}), 422, "invalid_field")]
#[case::short(json!({"code": "12345"}), 422, "invalid_field")]
#[case::letters(json!({"code": "12345a"}), 422, "invalid_field")]
#[case::number(json!({"code": 123_456}), 422, "invalid_field")]
#[case::recovery_shape(json!({"recovery_code": "ABCD-EFGH-2345-0189"}), 422, "invalid_field")]
#[case::unknown_field(json!({"code": "123456", "x": 1}), 422, "unknown_field")]
#[case::wrong(json!({"code": "000000"}), 401, "invalid_second_factor")]
#[case::no_such_kind(json!({"recovery_code": "ABCD-EFGH-2345-67YZ"}), 401, "invalid_second_factor")]
#[case::forged(json!({"continuation": "m20260101T000000Z.AAAA", "code": "123456"}), 400, "invalid_continuation")]
#[case::no_token(json!({"continuation": "", "code": "123456"}), 400, "invalid_continuation")]
#[tokio::test]
async fn bad_input_has_its_code_and_changes_nothing(
    #[case] fields: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let problem = first_step(&service).await;
    let mut body = json!({"continuation": continuation(&problem)});
    let members = body.as_object_mut().unwrap();
    members.extend(fields.as_object().unwrap().clone());
    let refused = service.anon().post("/login/second-factor", body).await;
    refused.assert_problem(status, code);
    let body = with_code(&problem, &app.code(service.clock.now()));
    let done = service.anon().post("/login/second-factor", body).await;
    done.assert_status(200);
}

/// The short limit alone would allow 1,440 guesses a day.
#[tokio::test]
async fn guesses_of_a_day_are_bounded() {
    let settings = "limits.second_factor = '2/1m'\nlimits.second_factor_long = '4/1d'";
    let service = TestService::with(settings).await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let try_code = async |code: &str| {
        let problem = first_step(&service).await;
        let body = with_code(&problem, code);
        service.anon().post("/login/second-factor", body).await
    };
    for _ in 0..2 {
        for _ in 0..2 {
            let refused = try_code("000000").await;
            refused.assert_problem(401, "invalid_second_factor");
        }
        let limited = try_code("000000").await;
        limited.assert_problem(429, "rate_limited");
        service.clock.advance(TimeDelta::minutes(2));
    }
    let code = app.code(service.clock.now());
    let limited = try_code(&code).await;
    limited.assert_problem(429, "rate_limited");
    service.clock.advance(TimeDelta::hours(6));
    let code = app.code(service.clock.now());
    try_code(&code).await.assert_status(200);
}

#[tokio::test]
async fn guesses_are_bounded_and_the_right_code_waits_as_well() {
    let service = TestService::with("limits.second_factor = '5/5m'").await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let second = async |network: &str, code: &str| {
        let problem = first_step(&service).await;
        let body = with_code(&problem, code);
        let client = service.anon().from(network);
        client.post("/login/second-factor", body).await
    };
    let right = app.code(service.clock.now());
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for n in 0..5 {
        // Of any network: the budget is that of the user.
        let refused = second(&format!("192.0.2.{n}"), wrong).await;
        refused.assert_problem(401, "invalid_second_factor");
    }
    let limited = second("198.51.100.1", &right).await;
    limited.assert_problem(429, "rate_limited");
    service.clock.advance(TimeDelta::minutes(1));
    let code = app.code(service.clock.now());
    second("198.51.100.1", &code).await.assert_status(200);
}

/// A continuation is valid at every node, for 5 minutes, and until the factors or the password change.
#[tokio::test]
async fn continuation_ends_with_its_time_and_with_the_epoch() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let problem = first_step(&service).await;
    service.clock.advance(TimeDelta::seconds(300));
    let body = with_code(&problem, &app.code(service.clock.now()));
    let expired = service.anon().post("/login/second-factor", body).await;
    expired.assert_problem(400, "invalid_continuation");

    let problem = first_step(&service).await;
    ada.refreshed().await;
    let removed = ada.send_json("DELETE", "/me/totp", json!({})).await;
    ada.keep(removed.assert_status(200));
    let body = with_code(&problem, &next_code(&service, &app));
    let ended = service.anon().post("/login/second-factor", body).await;
    ended.assert_problem(400, "invalid_continuation");
    ada.refresh().await.assert_status(200);
    service.anon().logged_in(ADA).await;
}

#[tokio::test]
async fn client_can_require_a_strength() {
    let clients = "[[clients]]\nclient_id = 'strong'\nmin_acr = 'mfa'\n\
                   [[clients]]\nclient_id = 'strongest'\nmin_acr = 'phr'\n\
                   [[clients]]\nclient_id = 'any'\n";
    let service = TestService::with(clients).await;
    let mut ada = service.anon();
    let asked = json!({"email": ADA, "client_id": "any"});
    ada.post("/signup", asked).await.assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let confirm = json!({"token": token, "password": PASSWORD});
    let confirmed = ada.post("/signup/confirm", confirm).await;
    ada.keep(confirmed.assert_status(201));
    let log_in = async |client_id: &str| {
        let body = json!({"email": ADA, "password": PASSWORD, "client_id": client_id});
        service.anon().post("/login", body).await
    };
    let insufficient = "insufficient_user_authentication";
    let refused = log_in("strong").await;
    refused.assert_problem(401, insufficient);
    let challenge =
        format!("Bearer realm=\"signet\", error=\"{insufficient}\", acr_values=\"mfa\"");
    assert_eq!(refused.header("www-authenticate"), challenge);

    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    for (client_id, code) in [("strong", None), ("strongest", Some(insufficient))] {
        let asked = log_in(client_id).await;
        asked.assert_problem(401, "second_factor_required");
        let body = with_code(&asked.json(), &next_code(&service, &app));
        let answer = service.anon().post("/login/second-factor", body).await;
        match code {
            None => ada.keep(answer.assert_status(200)),
            Some(code) => {
                answer.assert_problem(401, code);
            }
        }
    }
    // A refresh does not ask.
    let body = json!({"refresh_token": ada.refresh, "client_id": "strong"});
    ada.post("/refresh", body).await.assert_status(200);
}
