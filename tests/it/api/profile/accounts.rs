//! Accounts of other providers: linked, unlinked; and people who have come by nothing else.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use signet::identity::AccountId;

use super::{INSUFFICIENT, NEW, change};
use crate::support::{
    Actor, Browser, Engine, House, PASSWORD, WEB,
    answer::Answer,
    oauth_client::{Login, OAUTH_CLIENT, REDIRECT_URI},
    openid::{OpenIdStub, Person},
    token::claims,
    upstream::Beside,
};

const TRUSTED: &str = "trusts_addresses = true";

/// Two providers, before which nobody sits yet.
struct Two {
    one: OpenIdStub,
    other: OpenIdStub,
}

impl Two {
    fn start() -> Self {
        let (one, other) = (OpenIdStub::start(), OpenIdStub::start());
        Self { one, other }
    }

    fn beside(&self) -> [Beside<'_>; 2] {
        [("one", &self.one, TRUSTED), ("other", &self.other, TRUSTED)]
    }

    /// A house in which one comes in by both.
    async fn house(&self, engine: Engine) -> Option<House> {
        House::beside(engine, &self.beside(), OAUTH_CLIENT).await
    }
}

/// A code for the account of whoever sits before that provider.
async fn linkable<'a>(house: &'a House, id: &str, stub: &OpenIdStub) -> (Login<'a>, String) {
    let login = Login::new(house);
    let start = format!("{}&intent=link", login.url(id));
    let answer = login.browser.through(stub, &start).await;
    let code = login.code(&answer);
    (login, code)
}

/// Somebody who is here links whoever sits before that provider: which account it is.
async fn linked(house: &House, to: &Actor<'_>, id: &str, stub: &OpenIdStub) -> AccountId {
    let (login, code) = linkable(house, id, stub).await;
    let answer = login.link(&code, to).await;
    let account = answer.assert_status(201).json();
    assert_eq!(account["provider"], stub.issuer());
    account["id"].as_str().unwrap().parse().unwrap()
}

/// Its provider and its id, of each account.
async fn accounts(actor: &Actor<'_>) -> Vec<(String, String)> {
    let listed = actor.get("/me/accounts").await.assert_status(200).json();
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let listed = listed["accounts"].as_array().unwrap().iter();
    let mut listed: Vec<_> = listed
        .map(|it| (text(it, "provider"), text(it, "id")))
        .collect();
    listed.sort();
    listed
}

async fn providers(actor: &Actor<'_>) -> Vec<String> {
    accounts(actor).await.into_iter().map(|it| it.0).collect()
}

/// The account of that provider.
async fn account_of(actor: &Actor<'_>, stub: &OpenIdStub) -> String {
    let mut all = accounts(actor).await.into_iter();
    let found = all.find(|(provider, _)| provider == stub.issuer());
    found.unwrap().1
}

async fn unlink(actor: &Actor<'_>, id: impl ToString, body: Value) -> Answer {
    let path = format!("/me/accounts/{}", id.to_string());
    actor.ask("DELETE", &path, body).await
}

#[rstest]
#[tokio::test]
async fn who_came_by_another_provider_sets_a_password_and_then_needs_it_no_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let two = Two::start();
    let Some(house) = two.house(engine).await else {
        return;
    };
    let issuer = two.one.issuer();
    let mut ada = house.enters_by("one", &two.one).await;
    assert_eq!(providers(&ada).await, ["email", issuer]);
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    ada.refreshed().await;
    let refused = house.anon().log_in("ada@example.com", PASSWORD).await;
    refused.assert_problem(401, "invalid_credentials");
    let answer = change(&ada, Some(PASSWORD), NEW).await;
    answer.assert_field(403, "wrong_password", "current_password");

    // The mailbox is a way in, where there is mail.
    let account = account_of(&ada, &two.one).await;
    let answer = change(&ada, None, NEW).await;
    ada.keep(answer.assert_status(200));
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    assert_eq!(providers(&ada).await, ["credentials", "email", issuer]);
    let answer = unlink(&ada, &account, json!({})).await;
    answer.assert_status(200);
    let answer = house.anon().log_in("ada@example.com", NEW).await;
    answer.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn who_came_by_another_provider_goes_as_everybody_does(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let two = Two::start();
    let Some(house) = two.house(engine).await else {
        return;
    };
    let mut ada = house.enters_by("one", &two.one).await;
    house.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await;
    // There is no password that could stand in for a recent login.
    for (method, path) in [("PUT", "/password"), ("DELETE", "/me")] {
        let body = match method {
            "PUT" => json!({"new_password": NEW}),
            _ => json!({}),
        };
        let answer = ada.ask(method, path, body).await;
        answer.assert_problem(401, "insufficient_user_authentication");
    }
    let wrong = ada.ask("DELETE", "/me", json!({"password": NEW})).await;
    wrong.assert_field(403, "wrong_password", "password");
    let edited = ada.ask("PATCH", "/me", json!({"name": "Ada"})).await;
    edited.assert_status(200);

    let again = house.enters_by("one", &two.one).await;
    assert_eq!(again.id(), ada.id());
    let gone = again.ask("DELETE", "/me", json!({})).await;
    gone.assert_status(204);
    ada.get("/me").await.assert_problem(401, "invalid_token");
    // Neither the address nor the account is lost.
    let anew = house.enters_by("one", &two.one).await;
    assert_ne!(anew.id(), ada.id());
    assert_eq!(anew.get("/me").await.json()["email"], "ada@example.com");
}

#[rstest]
#[tokio::test]
async fn unlinking_ends_every_session_but_the_one_that_asks(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let two = Two::start();
    let Some(house) = two.house(engine).await else {
        return;
    };
    let mut laptop = house.signed_up("ada@example.com").await;
    let phone = house.anon().logged_in("ada@example.com").await;
    let account = linked(&house, &laptop, "one", &two.one).await;
    linked(&house, &laptop, "other", &two.other).await;
    let mut all = ["credentials", "email", two.one.issuer(), two.other.issuer()];
    all.sort_unstable();
    assert_eq!(providers(&laptop).await, all);
    let before = (laptop.claims(), claims(laptop.refresh.as_deref().unwrap()));
    let stale = laptop.clone();
    house.clock.advance(TimeDelta::minutes(1));

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
async fn what_cannot_be_unlinked_stays() {
    let two = Two::start();
    let house = two.house(Engine::Sqlite).await.unwrap();
    let ada = house.signed_up("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;
    let bobs = linked(&house, &bob, "one", &two.one).await;
    for (_, own) in accounts(&ada).await {
        let answer = unlink(&ada, own, json!({})).await;
        answer.assert_problem(409, "not_unlinkable");
    }
    let nobodys = AccountId::new(house.clock.now(), &house.app.entropy).unwrap();
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
    let answer = unlink(&house.anon(), bobs, json!({})).await;
    answer.assert_problem(401, "missing_token");
    for actor in [&ada, &bob] {
        actor.refresh().await.assert_status(200);
    }
    assert_eq!(providers(&ada).await, ["credentials", "email"]);
    let all = ["credentials", "email", two.one.issuer()];
    assert_eq!(providers(&bob).await, all);
}

#[tokio::test]
async fn linking_and_unlinking_need_a_recent_login_or_the_password() {
    let two = Two::start();
    let house = two.house(Engine::Sqlite).await.unwrap();
    let mut ada = house.signed_up("ada@example.com").await;
    let account = linked(&house, &ada, "one", &two.one).await;
    house.clock.advance(TimeDelta::seconds(601));
    ada.refreshed().await;
    let answer = unlink(&ada, account, json!({})).await;
    answer.assert_problem(401, "insufficient_user_authentication");
    assert_eq!(answer.header("www-authenticate"), INSUFFICIENT);
    let answer = unlink(&ada, account, json!({"password": NEW})).await;
    answer.assert_field(403, "wrong_password", "password");

    let link = async |password: Option<&str>| {
        let (login, code) = linkable(&house, "other", &two.other).await;
        let mut body = login.linking(&code);
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

#[rstest]
#[tokio::test]
async fn an_account_is_linked_to_one_person_however_often(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let two = Two::start();
    let Some(house) = two.house(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;
    let people = [&ada, &bob];
    // Whoever it is at the provider, their address is neither one's.
    two.one.person(Person::new("1", "countess@example.com"));
    let mut codes = vec![];
    for _ in 0..20 {
        codes.push(linkable(&house, "one", &two.one).await);
    }
    let links = codes.iter().zip(people.iter().cycle());
    let links = links.map(async |((login, code), whose)| login.link(code, whose).await);
    let links = join_all(links).await;
    let owner = house.enters_by("one", &two.one).await.id();
    let mut made = vec![];
    for (link, whose) in links.into_iter().zip(people.iter().cycle()) {
        if whose.id() == owner {
            made.push(link.assert_status(201).json());
        } else {
            link.assert_problem(409, "account_taken");
        }
    }
    // Every answer names the same account.
    assert_eq!(made.len(), 10);
    assert!(made.iter().all(|account| *account == made[0]));

    // Nothing is linked to who has been shut out.
    for actor in people {
        actor.set_active(false).await;
        let (login, code) = linkable(&house, "other", &two.other).await;
        let refused = login.link(&code, actor).await;
        refused.assert_problem(401, "invalid_token");
    }
}

#[rstest]
#[tokio::test]
async fn a_provider_that_is_configured_no_more_is_no_way_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let two = Two::start();
    let Some(house) = two.house(engine).await else {
        return;
    };
    let ada = house.enters_by("one", &two.one).await;
    let gone = linked(&house, &ada, "other", &two.other).await;
    let one = account_of(&ada, &two.one).await;

    let left = &two.beside()[..1];
    let mut house = House::beside_in(house.database.share(), left, OAUTH_CLIENT).await;
    house.without_mail();
    let mut ada = house.enters_by("one", &two.one).await;
    let refused = unlink(&ada, &one, json!({})).await;
    refused.assert_problem(409, "last_way_in");
    let unlinked = unlink(&ada, gone, json!({})).await;
    ada.keep(unlinked.assert_status(200));
    assert_eq!(providers(&ada).await, ["email", two.one.issuer()]);
}

#[rstest]
#[tokio::test]
async fn of_two_unlinked_at_once_one_stays_the_last_way_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let two = Two::start();
    let Some(house) = two.house(engine).await else {
        return;
    };
    for n in 0..10 {
        let person = Person::new(&n.to_string(), &format!("ada{n}@example.com"));
        two.one.person(person.clone());
        two.other.person(person);
        // The second one joins by its address, which the first one proved.
        let sessions = [
            house.enters_by("one", &two.one).await,
            house.enters_by("other", &two.other).await,
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
        // The other one came too late, or saw that it did.
        for refused in unlinked.iter().filter(|it| it.status != 200) {
            match refused.status {
                401 => refused.assert_problem(401, "invalid_token"),
                _ => refused.assert_problem(409, "last_way_in"),
            };
        }
        let left = house.app.store.accounts_of(sessions[0].id()).await;
        assert_eq!(left.unwrap().len(), 2, "the mailbox, and a way in");
    }
}

#[tokio::test]
async fn a_browser_links_and_unlinks_with_its_cookies() {
    let stub = OpenIdStub::start();
    let upstreams: [Beside<'_>; 1] = [("one", &stub, TRUSTED)];
    let web = format!("{WEB}\nredirect_uris = ['{REDIRECT_URI}']\n");
    let house = House::beside(Engine::Sqlite, &upstreams, &web).await;
    let house = house.unwrap();
    let browser = Browser::signed_up(&house, "ada@example.com").await;
    let other = Browser::logged_in(&house, "ada@example.com").await;
    let login = Login::new(&house);
    let start = login.url("one").replace("client_id=app", "client_id=web");
    let answer = browser
        .through(&stub, &format!("{start}&intent=link"))
        .await;
    let linking = login.linking(&login.code(&answer));
    let linked = browser.post("/me/accounts", linking).await;
    let account = linked.assert_status(201).json();
    house.clock.advance(TimeDelta::minutes(6));
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
