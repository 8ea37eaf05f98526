//! The statements of provider logins and account changes.

use rstest_reuse::apply;
use serde_json::json;

use super::{counted, make_read_only, said};
use crate::support::{
    ApiClient, Engine, TestService,
    answer::Answer,
    both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::ProviderSetup,
};

fn trusted(stub: &OpenIdStub) -> ProviderSetup<'_> {
    ("stub", stub, "trusts_addresses = true")
}

async fn with_provider(engine: Engine, stub: &OpenIdStub) -> TestService {
    TestService::with_providers(engine, &[trusted(stub)], OAUTH_CLIENT).await
}

/// Opens a callback and returns the response and its statements.
async fn back<'a>(
    service: &'a TestService,
    stub: &OpenIdStub,
    intent: &str,
) -> (Login<'a>, Answer, Vec<String>) {
    let login = Login::new(service);
    let start = format!("{}&intent={intent}", login.url("stub"));
    let (callback, there) = said(login.browser.until_callback(stub, &start)).await;
    assert_eq!(there, [] as [&str; 0], "on the way there");
    let (answer, words) = said(login.browser.open_callback(&callback)).await;
    (login, answer, words)
}

/// The same with the code exchange, which is one read.
async fn log_in(service: &TestService, stub: &OpenIdStub) -> Vec<String> {
    let (login, answer, words) = back(service, stub, "login").await;
    let (_, bought) = said(login.finish(&answer)).await;
    assert_eq!(bought, ["SELECT"]);
    words
}

/// These reads and one transaction with these writes. On SQLite its end is not a statement.
pub(super) fn reads_and(engine: Engine, reads: usize, writes: &[&str], end: &str) -> Vec<String> {
    let mut words = vec!["SELECT"; reads];
    words.extend(writes);
    if engine == Engine::Postgres {
        words.push(end);
    }
    words.into_iter().map(str::to_owned).collect()
}

#[apply(both_engines)]
#[tokio::test]
async fn first_provider_login_is_two_reads_and_a_transaction_and_a_join_one_write(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    let made = ["INSERT"; 3];
    let new = reads_and(engine, 2, &made, "COMMIT");
    assert_eq!(log_in(&service, &stub).await, new);
    assert_eq!(log_in(&service, &stub).await, ["SELECT"]);
    service.signed_up("grace@example.com").await;
    stub.person(Person::new("grace", "grace@example.com"));
    assert_eq!(
        log_in(&service, &stub).await,
        ["SELECT", "SELECT", "INSERT"]
    );
    assert_eq!(log_in(&service, &stub).await, ["SELECT"]);

    // A login without an email reads once, and again when a link is mailed; the link creates the
    // user.
    stub.person(Person::without_email("nobody-knows"));
    let (login, page, words) = back(&service, &stub, "login").await;
    assert_eq!(words, ["SELECT"]);
    let (action, mut form) = page.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), "new@example.com".to_owned()));
    let (sent, words) = said(login.browser.post_form(&action, &form)).await;
    sent.assert_status(202);
    assert_eq!(words, ["SELECT"]);
    let token = service.mailed_token("new@example.com").unwrap();
    let form = [("token".to_owned(), token)];
    let opened = login.browser.post_form("/login/stub/confirm", &form);
    let (answer, words) = said(opened).await;
    assert_eq!(words, reads_and(engine, 0, &made, "COMMIT"));
    login.finish(&answer).await;
}

#[apply(both_engines)]
#[tokio::test]
async fn linking_and_unlinking_are_one_transaction_each(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    let grace = service.signed_up("grace@example.com").await;
    let links = async |whose: &ApiClient<'_>| {
        let (login, answer, words) = back(&service, &stub, "link").await;
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
    let ada = service.signed_up("ada@example.com").await;
    let (taken, words) = links(&ada).await;
    taken.assert_problem(409, "account_taken");
    assert_eq!(words, reads_and(engine, 1, &found, "ROLLBACK"));

    let path = format!("/me/accounts/{}", account["id"].as_str().unwrap());
    let (unlinked, words) = said(grace.send_json("DELETE", &path, json!({}))).await;
    unlinked.assert_status(200);
    let writes = ["UPDATE", "DELETE"];
    assert_eq!(words, reads_and(engine, 2, &writes, "COMMIT"));
}

/// The whole flow of a known user: two reads and no write.
#[apply(both_engines)]
#[tokio::test]
async fn returning_provider_login_writes_nothing(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    let ada = service.log_in_by("stub", &stub).await.id();
    let TestService { database, app, .. } = service;
    app.store.close().await;
    let database = make_read_only(database, engine).await;
    let service = TestService::with_providers_in(database, &[trusted(&stub)], OAUTH_CLIENT).await;

    let work = async {
        for _ in 0..100 {
            assert_eq!(service.log_in_by("stub", &stub).await.id(), ada);
        }
    };
    assert_eq!(counted(work).await, ((), 200, 0), "by a code");
    let work = async {
        for _ in 0..100 {
            let answer = service
                .anon()
                .post("/login/stub/challenge", json!({}))
                .await;
            let challenge = answer.json();
            let id_token = stub.native_id_token(challenge["nonce"].as_str().unwrap());
            let body = json!({"id_token": id_token, "challenge": challenge["challenge"]});
            let answer = service.anon().post("/login/stub/id-token", body).await;
            answer.assert_status(200);
        }
    };
    assert_eq!(counted(work).await, ((), 100, 0), "by an SDK");
    // Writes fail, so the success is no accident.
    stub.person(Person::new("new", "new@example.com"));
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    answer.assert_status(503);
}
