//! Import into a database that other processes change, and files with accounts of users.

use rstest_reuse::apply;
use serde_json::json;
use signet::{
    entropy::Entropy,
    identity::{Account, AccountKind, Credential, External, StoredVerifier, User, UserId},
    import::ImportSource,
    store::ImportedRows,
};

use super::{exported, fixture, import, options};
use crate::support::{Engine, TestService, both_engines};

fn user(email: &str, service: &TestService) -> User {
    let (now, entropy) = (service.clock.now(), Entropy::system());
    let id = UserId::new(now, &entropy).unwrap();
    User::new(id, email.parse().unwrap(), None, now, &entropy).unwrap()
}

/// More rows than one statement takes, of which none is stored if one collides.
#[apply(both_engines)]
#[tokio::test]
async fn rows_are_stored_together_or_not_at_all(engine: Engine) {
    let service = TestService::on(engine).await;
    let (store, now, entropy) = (&service.app.store, service.clock.now(), Entropy::system());
    let ada = service.signed_up("ada@example.com").await;
    let external = |id: usize| External {
        kind: AccountKind::Import,
        provider: "import:auth0".to_owned(),
        provider_account_id: id.to_string(),
    };
    let rows = || {
        let mut rows = ImportedRows::default();
        for n in 0..1003 {
            let user = user(&format!("user{n}@example.com"), &service);
            let account = Account::external(&external(n), user.id, now, &entropy).unwrap();
            let verifier = StoredVerifier::new("$phc$".to_owned());
            rows.passwords
                .push(Credential::password(user.id, verifier, now, &entropy).unwrap());
            rows.accounts.push(account);
            rows.users.push(user);
        }
        rows
    };
    let mut taken_email = rows();
    taken_email.users[1002].email = "ada@example.com".parse().unwrap();
    let mut taken_account = rows();
    taken_account.accounts[1002].provider_account_id = "0".to_owned();
    let mut second_password = rows();
    second_password.passwords[1002].user_id = second_password.users[0].id;
    let mut no_user = rows();
    no_user.accounts[1002].user_id = UserId::new(now, &entropy).unwrap();
    for collided in [taken_email, taken_account, second_password, no_user] {
        assert!(!store.import_rows(&collided, now).await.unwrap());
        assert_eq!(store.users(None, 10).await.unwrap().len(), 1);
    }
    let stored = rows();
    assert!(store.import_rows(&stored, now).await.unwrap());
    assert_eq!(store.users(None, 2000).await.unwrap().len(), 1004);

    let ids: Vec<_> = (0..1010).map(|n| n.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let owners = store.account_owners("import:auth0", &ids).await.unwrap();
    assert_eq!(owners.len(), 1003);
    assert!(owners.iter().all(|it| it.has_password && it.is_untouched));
    let emails: Vec<_> = stored.users.iter().map(|user| &user.email).collect();
    assert_eq!(store.users_of_emails(&emails).await.unwrap().len(), 1003);
    let ids: Vec<_> = stored.users.iter().map(|user| user.id).collect();
    assert_eq!(store.users_of_ids(&ids).await.unwrap().len(), 1003);
    assert_eq!(
        store.account_owners("google", &["1"]).await.unwrap().len(),
        0
    );
    let found = store
        .users_of_ids(&[ada.claims()["sub"].as_str().unwrap().parse().unwrap()])
        .await
        .unwrap();
    assert_eq!(found[0].email.as_str(), "ada@example.com");
}

/// Accounts in another file are added to users who have changed nothing since.
#[apply(both_engines)]
#[tokio::test]
async fn accounts_of_other_files_are_added_to_untouched_users_only(engine: Engine) {
    let service = TestService::on(engine).await;
    let users = [fixture("supabase-users.csv")];
    let identities = [fixture("supabase-identities.csv")];
    let given = || options(ImportSource::Supabase, service.clock.now());

    // The rows of the file name users who are not there. That of a login by email is no account.
    let alone = import(&service, given(), &identities).await;
    let malformed = [2, 4, 5].map(|line| format!("supabase-identities.csv:{line}: malformed"));
    assert_eq!(alone, ([0, 0, 3], malformed.to_vec()));

    let (numbers, _) = import(&service, given(), &users).await;
    assert_eq!(numbers, [5, 0, 1]);
    let bob = "bob@example.com".parse().unwrap();
    let bob = service
        .app
        .store
        .user_by_email(&bob)
        .await
        .unwrap()
        .unwrap();
    service.clock.advance(chrono::TimeDelta::seconds(1));
    let epoch = signet::identity::Epoch::fresh(&service.app.entropy).unwrap();
    let replacing = service
        .app
        .store
        .replace_epoch(bob.id, epoch, service.clock.now());
    assert!(replacing.await.unwrap());

    let (numbers, refusals) = import(&service, given(), &identities).await;
    assert_eq!((numbers, refusals), ([0, 0, 1], vec![malformed[2].clone()]));
    let text = exported(&service.app.store).await;
    let line = |email: &str| text.lines().find(|line| line.contains(email)).unwrap();
    assert!(line("ada@example.com").contains("\"google\""));
    assert!(!line("bob@example.com").contains("\"github\""));
}

/// An account of a provider that is not named is refused, with everything that depends on it.
#[tokio::test]
async fn unknown_providers_are_refused_until_they_are_named() {
    let service = TestService::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("realm.json");
    let user = |n: u8, provider: &str| {
        json!({"id": n.to_string(), "enabled": true, "email": format!("user{n}@example.com"),
            "federatedIdentities": [{"identityProvider": provider, "userId": n.to_string()}]})
    };
    let realm = json!({"users": [user(1, "GitHub"), user(2, "corporate")]});
    std::fs::write(&file, realm.to_string()).unwrap();
    let given = options(ImportSource::Keycloak, service.clock.now());
    let done = import(&service, given, std::slice::from_ref(&file)).await;
    let refusal = "realm.json:1: unknown_provider".to_owned();
    assert_eq!(done, ([1, 0, 1], vec![refusal]));
}
