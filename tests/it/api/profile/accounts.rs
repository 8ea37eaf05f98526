//! Linking and unlinking of provider accounts, and users without a password.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::{
    identity::{Account, AccountId, AccountKind, External, UserId},
    store::LinkOutcome,
};

use super::{INSUFFICIENT, NEW, change};
use crate::support::{
    ApiClient, Browser, Engine, PASSWORD, TestService, WEB,
    answer::Answer,
    both_engines,
    oauth_client::{Login, OAUTH_CLIENT, REDIRECT_URI},
    openid::{OpenIdStub, Person},
    token::claims,
    upstream::ProviderSetup,
};

const TRUSTED: &str = "trusts_addresses = true";

/// Two providers without a user.
struct Two {
    one: OpenIdStub,
    other: OpenIdStub,
}

impl Two {
    fn start() -> Self {
        let (one, other) = (OpenIdStub::start(), OpenIdStub::start());
        Self { one, other }
    }

    fn providers(&self) -> [ProviderSetup<'_>; 2] {
        [("one", &self.one, TRUSTED), ("other", &self.other, TRUSTED)]
    }

    /// A service with both providers.
    async fn service(&self, engine: Engine) -> TestService {
        TestService::with_providers(engine, &self.providers(), OAUTH_CLIENT).await
    }
}

/// A code for the account of the current user of a provider.
async fn linkable<'a>(
    service: &'a TestService,
    id: &str,
    stub: &OpenIdStub,
) -> (Login<'a>, String) {
    let login = Login::new(service);
    let start = format!("{}&intent=link", login.url(id));
    let answer = login.browser.log_in_through(stub, &start).await;
    let code = login.code(&answer);
    (login, code)
}

/// Links the account of the provider's current user and returns the account.
async fn linked(
    service: &TestService,
    to: &ApiClient<'_>,
    id: &str,
    stub: &OpenIdStub,
) -> AccountId {
    let (login, code) = linkable(service, id, stub).await;
    let answer = login.link(&code, to).await;
    let account = answer.assert_status(201).json();
    assert_eq!(account["provider"], stub.issuer());
    account["id"].as_str().unwrap().parse().unwrap()
}

/// Provider and id of each account.
async fn accounts(client: &ApiClient<'_>) -> Vec<(String, String)> {
    let listed = client.get("/me/accounts").await.assert_status(200).json();
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let listed = listed["accounts"].as_array().unwrap().iter();
    let mut listed: Vec<_> = listed
        .map(|it| (text(it, "provider"), text(it, "id")))
        .collect();
    listed.sort();
    listed
}

async fn providers(client: &ApiClient<'_>) -> Vec<String> {
    accounts(client).await.into_iter().map(|it| it.0).collect()
}

/// The account at this provider.
async fn account_of(client: &ApiClient<'_>, stub: &OpenIdStub) -> String {
    let mut all = accounts(client).await.into_iter();
    let found = all.find(|(provider, _)| provider == stub.issuer());
    found.unwrap().1
}

async fn unlink(client: &ApiClient<'_>, id: impl ToString, body: Value) -> Answer {
    let path = format!("/me/accounts/{}", id.to_string());
    client.send_json("DELETE", &path, body).await
}

#[apply(both_engines)]
#[tokio::test]
async fn provider_user_sets_a_password_and_unlinks_the_provider(engine: Engine) {
    let two = Two::start();
    let service = two.service(engine).await;
    let issuer = two.one.issuer();
    let mut ada = service.log_in_by("one", &two.one).await;
    assert_eq!(providers(&ada).await, ["email", issuer]);
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    ada.refreshed().await;
    let refused = service.anon().log_in("ada@example.com", PASSWORD).await;
    refused.assert_problem(401, "invalid_credentials");
    let answer = change(&ada, Some(PASSWORD), NEW).await;
    answer.assert_field(403, "wrong_password", "current_password");

    // With mail, the verified mailbox is a login method.
    let account = account_of(&ada, &two.one).await;
    let answer = change(&ada, None, NEW).await;
    ada.keep(answer.assert_status(200));
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    assert_eq!(providers(&ada).await, ["credentials", "email", issuer]);
    let answer = unlink(&ada, &account, json!({})).await;
    answer.assert_status(200);
    let answer = service.anon().log_in("ada@example.com", NEW).await;
    answer.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn provider_user_needs_a_recent_login_to_delete_the_account(engine: Engine) {
    let two = Two::start();
    let service = two.service(engine).await;
    let mut ada = service.log_in_by("one", &two.one).await;
    service.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await;
    // The user has no password that could replace a recent login.
    for (method, path) in [("PUT", "/password"), ("DELETE", "/me")] {
        let body = match method {
            "PUT" => json!({"new_password": NEW}),
            _ => json!({}),
        };
        let answer = ada.send_json(method, path, body).await;
        answer.assert_problem(401, "insufficient_user_authentication");
    }
    let wrong = ada
        .send_json("DELETE", "/me", json!({"password": NEW}))
        .await;
    wrong.assert_field(403, "wrong_password", "password");
    let edited = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    edited.assert_status(200);

    let again = service.log_in_by("one", &two.one).await;
    assert_eq!(again.id(), ada.id());
    let gone = again.send_json("DELETE", "/me", json!({})).await;
    gone.assert_status(204);
    ada.get("/me").await.assert_problem(401, "invalid_token");
    // The email and the account stay available.
    let anew = service.log_in_by("one", &two.one).await;
    assert_ne!(anew.id(), ada.id());
    assert_eq!(anew.get("/me").await.json()["email"], "ada@example.com");
}

#[apply(both_engines)]
#[tokio::test]
async fn unlinking_ends_every_other_session(engine: Engine) {
    let two = Two::start();
    let service = two.service(engine).await;
    let mut laptop = service.signed_up("ada@example.com").await;
    let phone = service.anon().logged_in("ada@example.com").await;
    let account = linked(&service, &laptop, "one", &two.one).await;
    linked(&service, &laptop, "other", &two.other).await;
    let mut all = ["credentials", "email", two.one.issuer(), two.other.issuer()];
    all.sort_unstable();
    assert_eq!(providers(&laptop).await, all);
    let before = (laptop.claims(), claims(laptop.refresh.as_deref().unwrap()));
    let stale = laptop.clone();
    service.clock.advance(TimeDelta::minutes(1));

    let answer = unlink(&laptop, account, json!({})).await;
    laptop.keep(answer.assert_status(200));
    for ended in [&stale, &phone] {
        ended.refresh().await.assert_problem(401, "invalid_grant");
        ended.get("/me").await.assert_problem(401, "invalid_token");
    }
    let left = ["credentials", "email", two.other.issuer()];
    assert_eq!(providers(&laptop).await, left);
    laptop.refreshed().await;
    let after = (laptop.claims(), claims(laptop.refresh.as_deref().unwrap()));
    for claim in ["sid", "auth_time", "amr"] {
        assert_eq!(after.0[claim], before.0[claim], "{claim}");
    }
    assert_eq!(after.1["abs_exp"], before.1["abs_exp"]);
    assert_ne!(after.0["epoch"], before.0["epoch"]);
    let record = laptop.get("/me").await.json();
    assert_eq!(record["updated_at"], "2026-01-01T00:01:00Z");
}

#[tokio::test]
async fn unlinkable_accounts_stay() {
    let two = Two::start();
    let service = two.service(Engine::Sqlite).await;
    let ada = service.signed_up("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;
    let bobs = linked(&service, &bob, "one", &two.one).await;
    for (_, own) in accounts(&ada).await {
        let answer = unlink(&ada, own, json!({})).await;
        answer.assert_problem(409, "not_unlinkable");
    }
    let nobodys = AccountId::new(service.clock.now(), &service.app.entropy).unwrap();
    for id in [
        bobs.to_string(),
        nobodys.to_string(),
        "google".to_owned(),
        "%ff".to_owned(),
        format!("{bobs}%00"),
    ] {
        let answer = unlink(&ada, id, json!({})).await;
        answer.assert_problem(404, "unknown_account");
    }
    let answer = unlink(&service.anon(), bobs, json!({})).await;
    answer.assert_problem(401, "missing_token");
    for client in [&ada, &bob] {
        client.refresh().await.assert_status(200);
    }
    assert_eq!(providers(&ada).await, ["credentials", "email"]);
    let all = ["credentials", "email", two.one.issuer()];
    assert_eq!(providers(&bob).await, all);
}

#[tokio::test]
async fn linking_and_unlinking_need_a_recent_login_or_the_password() {
    let two = Two::start();
    let service = two.service(Engine::Sqlite).await;
    let mut ada = service.signed_up("ada@example.com").await;
    let account = linked(&service, &ada, "one", &two.one).await;
    service.clock.advance(TimeDelta::seconds(601));
    ada.refreshed().await;
    let answer = unlink(&ada, account, json!({})).await;
    answer.assert_problem(401, "insufficient_user_authentication");
    assert_eq!(answer.header("www-authenticate"), INSUFFICIENT);
    let answer = unlink(&ada, account, json!({"password": NEW})).await;
    answer.assert_field(403, "wrong_password", "password");

    let link = async |password: Option<&str>| {
        let (login, code) = linkable(&service, "other", &two.other).await;
        let mut body = login.link_request(&code);
        if let Some(password) = password {
            body["password"] = json!(password);
        }
        ada.post("/me/accounts", body).await
    };
    let answer = link(None).await;
    answer.assert_problem(401, "insufficient_user_authentication");
    assert_eq!(answer.header("www-authenticate"), INSUFFICIENT);
    let answer = link(Some(NEW)).await;
    answer.assert_field(403, "wrong_password", "password");
    let all = ["credentials", "email", two.one.issuer()];
    assert_eq!(providers(&ada).await, all);
    link(Some(PASSWORD)).await.assert_status(201);
    let answer = unlink(&ada, account, json!({"password": PASSWORD})).await;
    ada.keep(answer.assert_status(200));
    let all = ["credentials", "email", two.other.issuer()];
    assert_eq!(providers(&ada).await, all);
}

#[apply(both_engines)]
#[tokio::test]
async fn repeated_linking_keeps_one_owner(engine: Engine) {
    let two = Two::start();
    let service = two.service(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;
    let people = [&ada, &bob];
    // The email at the provider belongs to neither user.
    two.one.person(Person::new("1", "countess@example.com"));
    let mut codes = vec![];
    for _ in 0..20 {
        codes.push(linkable(&service, "one", &two.one).await);
    }
    let links = codes.iter().zip(people.iter().cycle());
    let links = links.map(async |((login, code), whose)| login.link(code, whose).await);
    let links = join_all(links).await;
    let owner = service.log_in_by("one", &two.one).await.id();
    let mut made = vec![];
    for (link, whose) in links.into_iter().zip(people.iter().cycle()) {
        if whose.id() == owner {
            made.push(link.assert_status(201).json());
        } else {
            link.assert_problem(409, "account_taken");
        }
    }
    // Every response names the same account.
    assert_eq!(made.len(), 10);
    assert!(made.iter().all(|account| *account == made[0]));

    // A disabled user cannot link an account.
    for client in people {
        client.set_active(false).await;
        let (login, code) = linkable(&service, "other", &two.other).await;
        let refused = login.link(&code, client).await;
        refused.assert_problem(401, "invalid_token");
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn removed_provider_is_not_a_login_method(engine: Engine) {
    let two = Two::start();
    let service = two.service(engine).await;
    let ada = service.log_in_by("one", &two.one).await;
    let gone = linked(&service, &ada, "other", &two.other).await;
    let one = account_of(&ada, &two.one).await;

    let left = &two.providers()[..1];
    let mut service =
        TestService::with_providers_in(service.database.share(), left, OAUTH_CLIENT).await;
    service.disable_mail();
    let mut ada = service.log_in_by("one", &two.one).await;
    let refused = unlink(&ada, &one, json!({})).await;
    refused.assert_problem(409, "last_way_in");
    let unlinked = unlink(&ada, gone, json!({})).await;
    ada.keep(unlinked.assert_status(200));
    assert_eq!(providers(&ada).await, ["email", two.one.issuer()]);
}

#[apply(both_engines)]
#[tokio::test]
async fn concurrent_unlinks_keep_the_last_login_method(engine: Engine) {
    let two = Two::start();
    let service = two.service(engine).await;
    for n in 0..10 {
        let person = Person::new(&n.to_string(), &format!("ada{n}@example.com"));
        two.one.person(person.clone());
        two.other.person(person);
        // The second account is linked by the email, which the first one verified.
        let sessions = [
            service.log_in_by("one", &two.one).await,
            service.log_in_by("other", &two.other).await,
        ];
        assert_eq!(sessions[0].id(), sessions[1].id());
        let accounts = [
            account_of(&sessions[0], &two.one).await,
            account_of(&sessions[0], &two.other).await,
        ];
        let unlinked = sessions.iter().zip(&accounts);
        let unlinked = unlinked.map(|(session, account)| unlink(session, account, json!({})));
        let unlinked = join_all(unlinked).await;
        let done = unlinked.iter().filter(|it| it.status == 200);
        assert_eq!(done.count(), 1, "{unlinked:?}");
        // The other request was too late, or was rejected.
        for refused in unlinked.iter().filter(|it| it.status != 200) {
            match refused.status {
                401 => refused.assert_problem(401, "invalid_token"),
                _ => refused.assert_problem(409, "last_way_in"),
            };
        }
        let left = service.app.store.accounts_of(sessions[0].id()).await;
        assert_eq!(left.unwrap().len(), 2, "the mailbox, and a way in");
    }
}

#[tokio::test]
async fn browser_links_and_unlinks_with_cookies() {
    let stub = OpenIdStub::start();
    let upstreams: [ProviderSetup<'_>; 1] = [("one", &stub, TRUSTED)];
    let web = format!("{WEB}\nredirect_uris = ['{REDIRECT_URI}']\n");
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, &web).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    let other = Browser::logged_in(&service, "ada@example.com").await;
    let login = Login::new(&service);
    let start = login.url("one").replace("client_id=app", "client_id=web");
    let answer = browser
        .log_in_through(&stub, &format!("{start}&intent=link"))
        .await;
    let linking = login.link_request(&login.code(&answer));
    let linked = browser.post("/me/accounts", linking).await;
    let account = linked.assert_status(201).json();
    service.clock.advance(TimeDelta::minutes(6));
    let path = format!("/me/accounts/{}", account["id"].as_str().unwrap());
    let answer = browser.send("DELETE", &path, None).await;
    assert!(
        answer
            .assert_status(200)
            .json()
            .get("access_token")
            .is_none()
    );
    browser.keep(&answer);
    other.get("/me").await.assert_problem(401, "invalid_grant");
    browser.get("/me").await.assert_status(200);
}

/// The account with the ID at the service from which a user was imported.
#[apply(both_engines)]
#[tokio::test]
async fn id_at_the_source_of_an_import_is_no_login_method(engine: Engine) {
    let two = Two::start();
    let settings = format!("admin.enabled = true\n{OAUTH_CLIENT}");
    let mut service = TestService::with_providers(engine, &two.providers(), &settings).await;
    let ada = service.log_in_by("one", &two.one).await;
    let (issuer, sub) = (two.one.issuer(), ada.claims()["sub"].clone());
    let id: UserId = sub.as_str().unwrap().parse().unwrap();
    let app = &service.app;
    let user = app.store.user(id).await.unwrap().unwrap();
    let at_source = External {
        kind: AccountKind::Import,
        provider: "import:auth0".to_owned(),
        provider_account_id: "1".to_owned(),
    };
    let account = Account::external(&at_source, id, user.created_at, &app.entropy).unwrap();
    let linked = app.store.link_account_if(user.session_epoch, &account);
    assert_eq!(linked.await.unwrap(), LinkOutcome::Linked);

    assert_eq!(providers(&ada).await, ["email", issuer]);
    ada.set_role("admin").await;
    let admin = service.log_in_by("one", &two.one).await;
    let shown = admin.get(&format!("/admin/users/{id}")).await.json();
    let shown: Vec<_> = shown["accounts"].as_array().unwrap().iter().collect();
    assert!(shown.len() == 2 && shown.iter().all(|it| it["type"] != "import"));
    // The download has everything that is stored.
    let data = admin.get("/me/data").await.assert_status(200).json();
    let mut stored = data["accounts"].as_array().unwrap().iter();
    assert!(stored.any(|it| it["type"] == "import" && it["provider_account_id"] == "1"));

    unlink(&admin, account.id, json!({}))
        .await
        .assert_status(404);
    service.disable_mail();
    let ada = service.log_in_by("one", &two.one).await;
    let one = account_of(&ada, &two.one).await;
    let refused = unlink(&ada, one, json!({})).await;
    refused.assert_problem(409, "last_way_in");
}
