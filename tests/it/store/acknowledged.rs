//! Every route acknowledges only committed changes.

use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::identity::{Account, AccountKind, External};

use crate::support::{
    ApiClient, Engine, PASSWORD, TestDatabase, TestService, both_engines,
    faults::{Disk, FailingCommits},
    oauth_client::{Login, OAUTH_CLIENT, VERIFIER, login_link_request},
    openid::OpenIdStub,
    upstream::ProviderSetup,
};

const NEW: &str = "a brand new pass phrase";

/// A request with an effect, and its success status.
struct Change<'a> {
    client: ApiClient<'a>,
    method: &'static str,
    path: String,
    body: Value,
    status: u16,
}

async fn linked(service: &TestService, client: &ApiClient<'_>) -> Account {
    let external = External {
        kind: AccountKind::Oauth,
        provider: "github".to_owned(),
        provider_account_id: "1".to_owned(),
    };
    let (store, id, now) = (&service.app.store, client.id(), service.clock.now());
    let account = Account::external(&external, id, now, &service.app.entropy).unwrap();
    let epoch = store.user(id).await.unwrap().unwrap().session_epoch;
    store.link_account_if(epoch, &account).await.unwrap();
    account
}

/// Every route with an effect and without a provider, each with its own user.
async fn changes(service: &TestService) -> Vec<Change<'_>> {
    let root = service.signed_up("root@example.com").await;
    root.set_role("admin").await;
    let admin = service.anon().logged_in("root@example.com").await;
    let mut changes = Vec::new();
    let mut add = |client: &ApiClient<'_>, method, path: &str, body, status| {
        changes.push((client.access.clone(), method, path.to_owned(), body, status));
    };

    let anon = service.anon();
    let asked = anon.post("/signup", json!({"email": "new@example.com"}));
    asked.await.assert_status(202);
    let token = service.mailed_token("new@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    add(&anon, "POST", "/signup/confirm", body, 201);

    service.signed_up("link@example.com").await;
    let asked = anon.post("/login/link", login_link_request("link@example.com"));
    asked.await.assert_status(202);
    let token = service.mailed_token("link@example.com").unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    add(&anon, "POST", "/login/link/confirm", body, 200);

    service.signed_up("reset@example.com").await;
    let asked = anon.post("/password/forgot", json!({"email": "reset@example.com"}));
    asked.await.assert_status(202);
    let token = service.mailed_token("reset@example.com").unwrap();
    let body = json!({"token": token, "password": NEW});
    add(&anon, "POST", "/password/reset", body, 204);

    let moving = service.signed_up("moving@example.com").await;
    let asked = moving.post("/email", json!({"email": "moved@example.com"}));
    asked.await.assert_status(202);
    let token = service.mailed_token("moved@example.com").unwrap();
    add(
        &anon,
        "POST",
        "/email/confirm",
        json!({"token": token}),
        204,
    );

    let ada = service.signed_up("ada@example.com").await;
    add(&ada, "PATCH", "/me", json!({"name": "Ada"}), 200);
    let bob = service.signed_up("bob@example.com").await;
    let account = linked(service, &bob).await.id;
    add(
        &bob,
        "DELETE",
        &format!("/me/accounts/{account}"),
        json!({}),
        200,
    );
    let cem = service.signed_up("cem@example.com").await;
    add(&cem, "PUT", "/password", json!({"new_password": NEW}), 200);
    let dan = service.signed_up("dan@example.com").await;
    add(&dan, "POST", "/logout/everywhere", json!({}), 204);
    let eve = service.signed_up("eve@example.com").await;
    add(&eve, "DELETE", "/me", json!({}), 204);

    let fay = service.signed_up("fay@example.com").await.id();
    let of = |rest: &str| format!("/admin/users/{fay}{rest}");
    add(&admin, "PUT", &of("/role"), json!({"role": "editor"}), 204);
    add(&admin, "POST", &of("/logout"), json!({}), 204);
    add(&admin, "POST", &of("/disable"), json!({}), 204);
    add(&admin, "POST", &of("/enable"), json!({}), 204);
    add(&admin, "DELETE", &of(""), json!({}), 204);
    let gil = json!({"email": "gil@example.com", "password": PASSWORD});
    add(&admin, "POST", "/admin/users", gil, 201);

    let with_actor = |(access, method, path, body, status)| {
        let mut client = service.anon();
        client.access = access;
        Change {
            client,
            method,
            path,
            body,
            status,
        }
    };
    changes.into_iter().map(with_actor).collect()
}

impl Change<'_> {
    async fn fails(&self, service: &TestService) {
        let store = &service.app.store;
        let rows = store.users(None, 100).await.unwrap();
        // The link is not used up, so it is tried again.
        for _ in 0..2 {
            let failed = store.errors().failed;
            let answer = self
                .client
                .send_json(self.method, &self.path, self.body.clone());
            answer.await.assert_problem(503, "unavailable");
            assert_eq!(store.errors().failed, failed + 1, "{}", self.path);
            assert_eq!(store.users(None, 100).await.unwrap(), rows, "{}", self.path);
        }
    }

    async fn succeeds(&self) {
        let answer = self
            .client
            .send_json(self.method, &self.path, self.body.clone());
        answer.await.assert_status(self.status);
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn failed_commit_returns_503_and_can_be_retried(engine: Engine) {
    let service = TestService::configured(engine, "admin.enabled = true").await;
    let changes = changes(&service).await;
    FailingCommits::begin(engine, &service.database).await;
    for change in &changes {
        change.fails(&service).await;
    }
    FailingCommits::end(engine, &service.database).await;
    for change in &changes {
        change.succeeds().await;
    }
}

#[tokio::test]
async fn full_disk_returns_503_and_the_change_can_be_retried() {
    let Some(disk) = Disk::mounted() else {
        return;
    };
    let database = TestDatabase::on_disk(&disk);
    let service = TestService::in_database(database, "admin.enabled = true", None).await;
    let zoe = service.signed_up("zoe@example.com").await;
    let changes = changes(&service).await;
    disk.fill();
    for change in &changes {
        change.fails(&service).await;
    }
    // A login and a refresh write nothing.
    zoe.refresh().await.assert_status(200);
    let logged_in = zoe.log_in("zoe@example.com", PASSWORD).await;
    logged_in.assert_status(200);
    zoe.get("/readyz").await.assert_status(200);
    disk.free();
    for change in &changes {
        change.succeeds().await;
    }
}

/// The user, accounts and login of a new provider user.
#[apply(both_engines)]
#[tokio::test]
async fn provider_login_with_a_failed_commit_creates_no_user(engine: Engine) {
    let stub = OpenIdStub::start();
    let providers: [ProviderSetup<'_>; 1] = [("one", &stub, "trusts_addresses = true")];
    let service = TestService::with_providers(engine, &providers, OAUTH_CLIENT).await;
    let store = &service.app.store;
    FailingCommits::begin(engine, &service.database).await;
    let login = Login::new(&service);
    let answer = login.browser.log_in_through(&stub, &login.url("one")).await;
    assert!(
        answer.status == 503
            || answer
                .header("location")
                .contains("temporarily_unavailable")
    );
    assert_eq!(store.users(None, 10).await.unwrap(), []);
    assert_eq!(store.errors().failed, 1);
    FailingCommits::end(engine, &service.database).await;
    let login = Login::new(&service);
    let answer = login.browser.log_in_through(&stub, &login.url("one")).await;
    login.code(&answer);
    assert_eq!(store.users(None, 10).await.unwrap().len(), 1);
}
