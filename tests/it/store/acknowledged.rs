//! No change is acknowledged that the database has not committed, at whatever route.

use rstest::rstest;
use serde_json::{Value, json};
use signet::identity::{Account, AccountKind, External};

use crate::support::{
    Actor, Engine, House, PASSWORD, TestDatabase,
    faults::{Disk, FailingCommits},
    oauth_client::{Login, OAUTH_CLIENT, VERIFIER, asking_for_link},
    openid::OpenIdStub,
    upstream::Beside,
};

const NEW: &str = "a brand new pass phrase";

/// A request that changes something, and the status of its success.
struct Change<'a> {
    actor: Actor<'a>,
    method: &'static str,
    path: String,
    body: Value,
    status: u16,
}

async fn linked(house: &House, actor: &Actor<'_>) -> Account {
    let external = External {
        kind: AccountKind::Oauth,
        provider: "github".to_owned(),
        provider_account_id: "1".to_owned(),
    };
    let (store, id, now) = (&house.app.store, actor.id(), house.clock.now());
    let account = Account::external(&external, id, now, &house.app.entropy).unwrap();
    let epoch = store.user(id).await.unwrap().unwrap().session_epoch;
    store.link_account_if(epoch, &account).await.unwrap();
    account
}

/// Every route that changes something and needs no provider, each with a user of its own.
async fn changes(house: &House) -> Vec<Change<'_>> {
    let root = house.signed_up("root@example.com").await;
    root.becomes("admin").await;
    let admin = house.anon().logged_in("root@example.com").await;
    let mut changes = Vec::new();
    let mut add = |actor: &Actor<'_>, method, path: &str, body, status| {
        changes.push((actor.access.clone(), method, path.to_owned(), body, status));
    };

    let anon = house.anon();
    let asked = anon.post("/signup", json!({"email": "new@example.com"}));
    asked.await.assert_status(202);
    let token = house.mailed_token("new@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    add(&anon, "POST", "/signup/confirm", body, 201);

    house.signed_up("link@example.com").await;
    let asked = anon.post("/login/link", asking_for_link("link@example.com"));
    asked.await.assert_status(202);
    let token = house.mailed_token("link@example.com").unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    add(&anon, "POST", "/login/link/confirm", body, 200);

    house.signed_up("reset@example.com").await;
    let asked = anon.post("/password/forgot", json!({"email": "reset@example.com"}));
    asked.await.assert_status(202);
    let token = house.mailed_token("reset@example.com").unwrap();
    let body = json!({"token": token, "password": NEW});
    add(&anon, "POST", "/password/reset", body, 204);

    let moving = house.signed_up("moving@example.com").await;
    let asked = moving.post("/email", json!({"email": "moved@example.com"}));
    asked.await.assert_status(202);
    let token = house.mailed_token("moved@example.com").unwrap();
    add(
        &anon,
        "POST",
        "/email/confirm",
        json!({"token": token}),
        204,
    );

    let ada = house.signed_up("ada@example.com").await;
    add(&ada, "PATCH", "/me", json!({"name": "Ada"}), 200);
    let bob = house.signed_up("bob@example.com").await;
    let account = linked(house, &bob).await.id;
    add(
        &bob,
        "DELETE",
        &format!("/me/accounts/{account}"),
        json!({}),
        200,
    );
    let cem = house.signed_up("cem@example.com").await;
    add(&cem, "PUT", "/password", json!({"new_password": NEW}), 200);
    let dan = house.signed_up("dan@example.com").await;
    add(&dan, "POST", "/logout/everywhere", json!({}), 204);
    let eve = house.signed_up("eve@example.com").await;
    add(&eve, "DELETE", "/me", json!({}), 204);

    let fay = house.signed_up("fay@example.com").await.id();
    let of = |rest: &str| format!("/admin/users/{fay}{rest}");
    add(&admin, "PUT", &of("/role"), json!({"role": "editor"}), 204);
    add(&admin, "POST", &of("/logout"), json!({}), 204);
    add(&admin, "POST", &of("/disable"), json!({}), 204);
    add(&admin, "POST", &of("/enable"), json!({}), 204);
    add(&admin, "DELETE", &of(""), json!({}), 204);
    let gil = json!({"email": "gil@example.com", "password": PASSWORD});
    add(&admin, "POST", "/admin/users", gil, 201);

    let with_actor = |(access, method, path, body, status)| {
        let mut actor = house.anon();
        actor.access = access;
        Change {
            actor,
            method,
            path,
            body,
            status,
        }
    };
    changes.into_iter().map(with_actor).collect()
}

impl Change<'_> {
    async fn fails(&self, house: &House) {
        let store = &house.app.store;
        let rows = store.users(None, 100).await.unwrap();
        // A link is not spent: it is tried again.
        for _ in 0..2 {
            let failed = store.errors().failed;
            let answer = self.actor.ask(self.method, &self.path, self.body.clone());
            answer.await.assert_problem(503, "unavailable");
            assert_eq!(store.errors().failed, failed + 1, "{}", self.path);
            assert_eq!(store.users(None, 100).await.unwrap(), rows, "{}", self.path);
        }
    }

    async fn succeeds(&self) {
        let answer = self.actor.ask(self.method, &self.path, self.body.clone());
        answer.await.assert_status(self.status);
    }
}

#[rstest]
#[tokio::test]
async fn a_change_whose_commit_fails_is_our_trouble_and_can_be_repeated(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::configured(engine, "admin.enabled = true").await else {
        return;
    };
    let changes = changes(&house).await;
    FailingCommits::begin(engine, &house.database).await;
    for change in &changes {
        change.fails(&house).await;
    }
    FailingCommits::end(engine, &house.database).await;
    for change in &changes {
        change.succeeds().await;
    }
}

#[tokio::test]
async fn a_change_on_a_full_disk_is_our_trouble_and_can_be_repeated() {
    let Some(disk) = Disk::mounted() else {
        return;
    };
    let database = TestDatabase::on_disk(&disk);
    let house = House::in_database(database, "admin.enabled = true", None).await;
    let zoe = house.signed_up("zoe@example.com").await;
    let changes = changes(&house).await;
    disk.fill();
    for change in &changes {
        change.fails(&house).await;
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

/// The user, the accounts and the login of a person whom a provider names for the first time.
#[rstest]
#[tokio::test]
async fn a_login_by_a_provider_whose_commit_fails_makes_no_user(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let beside: [Beside<'_>; 1] = [("one", &stub, "trusts_addresses = true")];
    let Some(house) = House::beside(engine, &beside, OAUTH_CLIENT).await else {
        return;
    };
    let store = &house.app.store;
    FailingCommits::begin(engine, &house.database).await;
    let login = Login::new(&house);
    let answer = login.browser.through(&stub, &login.url("one")).await;
    assert!(
        answer.status == 503
            || answer
                .header("location")
                .contains("temporarily_unavailable")
    );
    assert_eq!(store.users(None, 10).await.unwrap(), []);
    assert_eq!(store.errors().failed, 1);
    FailingCommits::end(engine, &house.database).await;
    let login = Login::new(&house);
    let answer = login.browser.through(&stub, &login.url("one")).await;
    login.code(&answer);
    assert_eq!(store.users(None, 10).await.unwrap().len(), 1);
}
