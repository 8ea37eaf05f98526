//! Logins by a provider. A callback and an ID token work once, so a login that was answered 503 begins again.

use serde_json::json;

use super::{MOST_REQUESTS, is_unavailable};
use crate::support::{
    Engine, PASSWORD, TestDatabase, TestService,
    answer::Answer,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    proxy::{Fault, Proxy},
    upstream::ProviderSetup,
};

/// The last step of a login, which meets the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Callback,
    Code,
    IdToken,
    Link,
    Email,
    Confirmation,
}

struct Logins<'a> {
    service: &'a TestService,
    stub: &'a OpenIdStub,
    proxy: &'a Proxy,
}

impl Logins<'_> {
    /// Runs a login of that person up to the step, with the fault planned for the step.
    async fn run(&self, step: Step, person: &str, plan: Option<(usize, Fault)>) -> Answer {
        let fail = || {
            if let Some((requests, fault)) = plan {
                self.proxy.fail_after(requests, fault);
            }
        };
        let email = format!("{person}@example.com");
        let anon = self.service.anon();
        self.stub.person(match step {
            Step::Email | Step::Confirmation => Person::without_email(person),
            _ => Person::new(person, &email),
        });
        if step == Step::IdToken {
            let begun = anon.post("/login/stub/challenge", json!({})).await.json();
            let id_token = self.stub.native_id_token(begun["nonce"].as_str().unwrap());
            let body = json!({"challenge": begun["challenge"], "id_token": id_token});
            fail();
            return anon.post("/login/stub/id-token", body).await;
        }
        let login = Login::new(self.service);
        let intent = if step == Step::Link { "link" } else { "login" };
        let start = format!("{}&intent={intent}", login.url("stub"));
        let callback = login.browser.until_callback(self.stub, &start).await;
        if step == Step::Callback {
            fail();
            return login.browser.open_callback(&callback).await;
        }
        let answer = login.browser.open_callback(&callback).await;
        if step == Step::Link {
            let code = login.code(&answer);
            let owner = anon.logged_in("owner@example.com").await;
            fail();
            return login.link(&code, &owner).await;
        }
        if step == Step::Code {
            let code = login.code(&answer);
            fail();
            return login.redeem(&code).await;
        }
        // The user exists if the step was carried out before.
        if answer.status == 303 {
            return answer;
        }
        let (action, mut form) = answer.form();
        form.retain(|(name, _)| name != "email");
        form.push(("email".to_owned(), email.clone()));
        if step == Step::Email {
            fail();
            return login.browser.post_form(&action, &form).await;
        }
        login
            .browser
            .post_form(&action, &form)
            .await
            .assert_status(202);
        let token = self.service.mailed_token(&email).unwrap();
        fail();
        let form = [("token".to_owned(), token)];
        login.browser.post_form("/login/stub/confirm", &form).await
    }
}

fn is_right(answer: &Answer) -> bool {
    let location = answer.header("location");
    matches!(answer.status, 200..=202) || (answer.status == 303 && location.contains("code="))
}

#[tokio::test]
async fn slow_postgres_connections_that_break_fail_no_provider_login_otherwise_than_by_503() {
    let mut database = TestDatabase::on(Engine::Postgres).await;
    let Some(proxy) = Proxy::before(&mut database) else {
        return;
    };
    let stub = OpenIdStub::start();
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = TestService::with_providers_in(database, &[trusted], OAUTH_CLIENT).await;
    let owner = service.anon().sign_up("owner@example.com", PASSWORD).await;
    owner.assert_status(201);
    let logins = Logins {
        service: &service,
        stub: &stub,
        proxy: &proxy,
    };
    for step in [
        Step::Callback,
        Step::Code,
        Step::IdToken,
        Step::Link,
        Step::Email,
        Step::Confirmation,
    ] {
        let mut met = 0;
        for requests in 0..MOST_REQUESTS {
            let before = met;
            for fault in [Fault::Drop, Fault::Cut(7)] {
                let person = format!("{step:?}-{requests}-{fault:?}").to_lowercase();
                let person = person
                    .replace(['(', ')'], "-")
                    .trim_end_matches('-')
                    .to_owned();
                let answer = logins.run(step, &person, Some((requests, fault))).await;
                if !proxy.has_failed() {
                    continue;
                }
                met += 1;
                let place = format!("{step:?}, {fault:?} after {requests}");
                let is_well = is_right(&answer) || is_unavailable(&answer);
                assert!(is_well, "{place}: {} {}", answer.status, answer.text());
                let again = logins.run(step, &person, None).await;
                assert!(
                    is_right(&again),
                    "{place}: again {} {}",
                    again.status,
                    again.text()
                );
            }
            if met == before {
                break;
            }
        }
        assert!(met > 1, "{step:?} needs the database");
    }
}
