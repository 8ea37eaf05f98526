//! Accounts of other providers: linked, unlinked; and people who have come by nothing else.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use signet::{
    identity::{Account, AccountId, AccountKind, External, User, UserId},
    network::Network,
    password::PresentedPassword,
    record::{Asker, Error, Records, WaysIn},
    store::{Created, Linked, NewUser},
    token::Access,
};

use super::{INSUFFICIENT, NEW, change};
use crate::support::{Actor, Browser, Engine, House, PASSWORD, WEB, answer::Answer, token::claims};

fn external(provider: &str, id: &str) -> External {
    External {
        kind: AccountKind::Oidc,
        provider: provider.to_owned(),
        provider_account_id: id.to_owned(),
    }
}

/// The claims of a session of that person who has just logged in.
fn session(house: &House, user: &User) -> Access {
    let now = house.clock.now();
    Access {
        iss: String::new(),
        sub: user.id,
        aud: String::new(),
        exp: now,
        iat: now,
        jti: String::new(),
        client_id: "default".to_owned(),
        sid: house.app.entropy.identifier().unwrap(),
        auth_time: now,
        amr: vec!["fed".to_owned()],
        scope: signet::client::Scope::default(),
        roles: vec![],
        epoch: user.session_epoch,
        extra: signet::json::Members::default(),
    }
}

/// Somebody who has come by that account, and by no password.
async fn came_by<'a>(house: &'a House, email: &str, external: &External) -> Actor<'a> {
    let (now, entropy) = (house.clock.now(), &house.app.entropy);
    let id = UserId::new(now, entropy).unwrap();
    let user = User::new(id, email.parse().unwrap(), None, now, entropy).unwrap();
    let new = NewUser::with_external(user, external, now, entropy).unwrap();
    let created = house.app.store.create_user(&new).await.unwrap();
    assert_eq!(created, Created::Created);
    let sessions = &house.app.sessions;
    let session = sessions.renew(&session(house, &new.user), &new.user, now);
    let session = session.unwrap();
    let mut actor = house.anon();
    actor.access = Some(session.access_token);
    actor.refresh = Some(session.refresh_token);
    actor
}

/// Links an account past the routes, and says which it is.
async fn linked(house: &House, to: UserId, provider: &str, id: &str) -> AccountId {
    let (now, store) = (house.clock.now(), &house.app.store);
    let external = external(provider, id);
    let account = Account::external(&external, to, now, &house.app.entropy).unwrap();
    let user = store.user(to).await.unwrap().unwrap();
    let linked = store.link_account_if(user.session_epoch, &account).await;
    assert_eq!(linked.unwrap(), Linked::Linked);
    account.id
}

/// Its provider and its id, of each account.
async fn accounts(actor: &Actor<'_>) -> Vec<(String, String)> {
    let listed = actor.get("/me/accounts").await.assert_status(200).json();
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let listed = listed["accounts"].as_array().unwrap().iter();
    listed
        .map(|it| (text(it, "provider"), text(it, "id")))
        .collect()
}

async fn providers(actor: &Actor<'_>) -> Vec<String> {
    accounts(actor).await.into_iter().map(|it| it.0).collect()
}

async fn unlink(actor: &Actor<'_>, id: impl ToString, body: Value) -> Answer {
    let path = format!("/me/accounts/{}", id.to_string());
    actor.ask("DELETE", &path, body).await
}

/// The records of a house in which one can come in by those providers.
fn records(house: &House, configured: &'static [&str]) -> Records {
    Records {
        ways_in: WaysIn::by(|provider| configured.contains(&provider)),
        ..house.app.records.clone()
    }
}

fn asker<'a>(session: &'a Access, password: Option<&str>) -> Asker<'a> {
    Asker {
        session,
        password: password.map(|it| PresentedPassword::parse(it).unwrap()),
        network: Network::UNKNOWN,
    }
}

#[rstest]
#[tokio::test]
async fn who_came_by_another_provider_sets_a_password_and_then_needs_it_no_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let mut ada = came_by(&house, "ada@example.com", &external("google", "1")).await;
    assert_eq!(providers(&ada).await, ["email", "google"]);
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    ada.refreshed().await;
    let refused = house.anon().log_in("ada@example.com", PASSWORD).await;
    refused.assert_problem(401, "invalid_credentials");
    let answer = change(&ada, Some(PASSWORD), NEW).await;
    answer.assert_field(403, "wrong_password", "current_password");

    // It is the only way in, whether its provider is configured or not.
    let google = accounts(&ada).await[1].1.clone();
    let answer = unlink(&ada, &google, json!({})).await;
    answer.assert_problem(409, "last_way_in");
    let answer = change(&ada, None, NEW).await;
    ada.keep(answer.assert_status(200));
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    assert_eq!(providers(&ada).await, ["credentials", "email", "google"]);
    let answer = unlink(&ada, &google, json!({})).await;
    answer.assert_status(200);
    let answer = house.anon().log_in("ada@example.com", NEW).await;
    answer.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn who_came_by_another_provider_goes_as_everybody_does(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let google = external("google", "1");
    let mut ada = came_by(&house, "ada@example.com", &google).await;
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

    let user = house.app.store.user(ada.id()).await.unwrap().unwrap();
    let again = session(&house, &user);
    let again = house.app.sessions.renew(&again, &user, house.clock.now());
    ada.access = Some(again.unwrap().access_token);
    let gone = ada.ask("DELETE", "/me", json!({})).await;
    gone.assert_status(204);
    ada.get("/me").await.assert_problem(401, "invalid_token");
    // Neither the address nor the account is lost.
    came_by(&house, "ada@example.com", &google).await;
}

#[rstest]
#[tokio::test]
async fn unlinking_ends_every_session_but_the_one_that_asks(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let mut laptop = house.signed_up("ada@example.com").await;
    let phone = house.anon().logged_in("ada@example.com").await;
    let google = linked(&house, laptop.id(), "google", "1").await;
    let issuer = "https://id.example.com/realms/a";
    linked(&house, laptop.id(), issuer, "ada").await;
    let all = ["credentials", "email", "google", issuer];
    assert_eq!(providers(&laptop).await, all);
    let before = (laptop.claims(), claims(laptop.refresh.as_deref().unwrap()));
    let stale = laptop.clone();
    house.clock.advance(TimeDelta::minutes(1));

    let answer = unlink(&laptop, google, json!({})).await;
    laptop.keep(answer.assert_status(200));
    for ended in [&stale, &phone] {
        ended.refresh().await.assert_problem(401, "invalid_grant");
        ended.get("/me").await.assert_problem(401, "invalid_token");
    }
    assert_eq!(providers(&laptop).await, ["credentials", "email", issuer]);
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
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;
    let bobs = linked(&house, bob.id(), "google", "2").await;
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
    assert_eq!(providers(&bob).await, ["credentials", "email", "google"]);
}

#[tokio::test]
async fn linking_and_unlinking_need_a_recent_login_or_the_password() {
    let house = House::new().await;
    let mut ada = house.signed_up("ada@example.com").await;
    let user = house.app.store.user(ada.id()).await.unwrap().unwrap();
    let old = session(&house, &user);
    let google = linked(&house, ada.id(), "google", "1").await;
    house.clock.advance(TimeDelta::seconds(601));
    let now = house.clock.now();
    ada.refreshed().await;
    let answer = unlink(&ada, google, json!({})).await;
    answer.assert_problem(401, "insufficient_user_authentication");
    assert_eq!(answer.header("www-authenticate"), INSUFFICIENT);
    let answer = unlink(&ada, google, json!({"password": NEW})).await;
    answer.assert_field(403, "wrong_password", "password");

    let records = &house.app.records;
    let github = external("github", "1");
    let refused = records.link(asker(&old, None), &github, now).await;
    assert!(matches!(refused, Err(Error::NotRecent { .. })));
    let refused = records.link(asker(&old, Some(NEW)), &github, now).await;
    assert!(matches!(refused, Err(Error::WrongPassword)));
    assert_eq!(providers(&ada).await, ["credentials", "email", "google"]);
    let linked = records.link(asker(&old, Some(PASSWORD)), &github, now);
    linked.await.unwrap();
    let answer = unlink(&ada, google, json!({"password": PASSWORD})).await;
    ada.keep(answer.assert_status(200));
    assert_eq!(providers(&ada).await, ["credentials", "email", "github"]);
}

#[rstest]
#[tokio::test]
async fn an_account_is_linked_to_one_person_however_often(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let (records, now) = (&house.app.records, house.clock.now());
    let mut people = vec![];
    for email in ["ada@example.com", "bob@example.com"] {
        let actor = house.signed_up(email).await;
        let user = house.app.store.user(actor.id()).await.unwrap().unwrap();
        people.push((session(&house, &user), actor));
    }
    let google = external("google", "1");
    let link = |n: usize| records.link(asker(&people[n % 2].0, None), &google, now);
    let links = join_all((0..20).map(link)).await;
    let owner = house.app.store.user_by_account("google", "1").await;
    let owner = owner.unwrap().unwrap();
    let mut made = vec![];
    for (link, (session, _)) in links.into_iter().zip(people.iter().cycle()) {
        match link {
            Ok(account) => {
                assert_eq!((account.user_id, session.sub), (owner.id, owner.id));
                made.push(account);
            }
            Err(error) => {
                assert!(matches!(error, Error::AccountTaken), "{error}");
                assert_ne!(session.sub, owner.id);
            }
        }
    }
    // Every answer names the same account.
    assert_eq!(made.len(), 10);
    assert!(made.iter().all(|account| *account == made[0]));

    // Nothing is linked to who has been shut out.
    let github = external("github", "1");
    for (session, actor) in &people {
        actor.set_active(false).await;
        let refused = records.link(asker(session, None), &github, now).await;
        assert!(matches!(refused, Err(Error::Ended)));
    }
}

#[rstest]
#[tokio::test]
async fn a_provider_that_is_configured_no_more_is_no_way_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = came_by(&house, "ada@example.com", &external("google", "1")).await;
    let gone = linked(&house, ada.id(), "https://gone.example.com", "ada").await;
    let google: AccountId = accounts(&ada).await[1].1.parse().unwrap();
    let user = house.app.store.user(ada.id()).await.unwrap().unwrap();
    let (session, now) = (session(&house, &user), house.clock.now());

    let records = records(&house, &["google"]);
    let refused = records.unlink(asker(&session, None), google, now).await;
    assert!(matches!(refused, Err(Error::LastWayIn)));
    let after = records.unlink(asker(&session, None), gone, now).await;
    assert_ne!(after.unwrap().session_epoch, user.session_epoch);
}

#[rstest]
#[tokio::test]
async fn of_two_unlinked_at_once_one_stays_the_last_way_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let records = records(&house, &["google", "github"]);
    for n in 0..10 {
        let (email, id) = (format!("ada{n}@example.com"), n.to_string());
        let ada = came_by(&house, &email, &external("google", &id)).await;
        linked(&house, ada.id(), "github", &id).await;
        let user = house.app.store.user(ada.id()).await.unwrap().unwrap();
        let sessions = [session(&house, &user), session(&house, &user)];
        let all = house.app.store.accounts_of(user.id).await.unwrap();
        let external: Vec<_> = all.iter().filter(|it| it.kind.is_external()).collect();
        assert_eq!(external.len(), 2);
        let unlinked = sessions.iter().zip(external).map(|(session, account)| {
            records.unlink(asker(session, None), account.id, house.clock.now())
        });
        let unlinked = join_all(unlinked).await;
        let done = unlinked.iter().filter(|it| it.is_ok()).count();
        assert_eq!(done, 1, "{unlinked:?}");
        // The other one came too late, or saw that it did.
        let refused = |it: &Result<_, Error>| matches!(it, Err(Error::Ended | Error::LastWayIn));
        assert!(unlinked.iter().any(refused), "{unlinked:?}");
        let left = house.app.store.accounts_of(user.id).await.unwrap();
        assert_eq!(left.len(), 2, "the mailbox, and a way in");
    }
}

#[tokio::test]
async fn a_browser_unlinks_with_its_cookies() {
    let house = House::with(WEB).await;
    let browser = Browser::signed_up(&house, "ada@example.com").await;
    let other = Browser::logged_in(&house, "ada@example.com").await;
    let id = browser.get("/me").await.json()["id"].clone();
    let id = id.as_str().unwrap().parse().unwrap();
    let google = linked(&house, id, "google", "1").await;
    house.clock.advance(TimeDelta::minutes(6));
    let path = format!("/me/accounts/{google}");
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
