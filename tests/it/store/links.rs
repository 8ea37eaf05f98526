//! Store operations of mailed links: each once, and only on unchanged users.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use rstest_reuse::apply;
use signet::{
    entropy::Entropy,
    identity::{Account, AccountKind, Credential, EmailAddress, External, StoredVerifier, User},
    store::{CreateOutcome, EmailChangeOutcome, LinkOutcome, NewUser, RemovedMethods, Store},
};

use super::{fresh, migrated, new_user, now, providers_of};
use crate::support::{Engine, both_engines};

/// Stored, with no provider account removed.
const DONE: EmailChangeOutcome = EmailChangeOutcome::Done(RemovedMethods {
    providers: Vec::new(),
    passkeys: 0,
});

const WEEK: TimeDelta = TimeDelta::days(7);

async fn ada(store: &Store) -> User {
    let new = new_user("ada@example.com");
    assert_eq!(
        store.create_user(&new).await.unwrap(),
        CreateOutcome::Created
    );
    new.user
}

/// A user created by an operator, with an unverified email.
async fn unverified_user(store: &Store) -> User {
    let user = User {
        email_verified: None,
        ..new_user("ada@example.com").user
    };
    let phc = StoredVerifier::new("$phc$".to_owned());
    let new = NewUser::with_password(user, phc, now(), &Entropy::system()).unwrap();
    assert_eq!(
        store.create_user(&new).await.unwrap(),
        CreateOutcome::Created
    );
    new.user
}

async fn linked(store: &Store, user: &User) -> bool {
    let external = External {
        kind: AccountKind::Oidc,
        provider: "google".to_owned(),
        provider_account_id: "1".to_owned(),
    };
    let account = Account::external(&external, user.id, now(), &Entropy::system()).unwrap();
    let linked = store.link_account_if(user.session_epoch, &account).await;
    linked.unwrap() == LinkOutcome::Linked
}

/// Links an account at this provider at this time.
async fn linked_at(store: &Store, user: &User, provider: &str, at: DateTime<Utc>) {
    let external = External {
        kind: AccountKind::Oidc,
        provider: provider.to_owned(),
        provider_account_id: "1".to_owned(),
    };
    let account = Account::external(&external, user.id, at, &Entropy::system()).unwrap();
    let linked = store.link_account_if(user.session_epoch, &account).await;
    assert_eq!(linked.unwrap(), LinkOutcome::Linked);
}

/// Sets the password with this PHC string by a link.
async fn reset(store: &Store, user: &User, phc: &str) -> bool {
    let entropy = Entropy::system();
    let phc = StoredVerifier::new(phc.to_owned());
    let password = Credential::password(user.id, phc, now(), &entropy).unwrap();
    let kinds = [AccountKind::Credentials, AccountKind::Email];
    let accounts = kinds.map(|kind| Account::own(kind, user.id, now(), &entropy).unwrap());
    let later = now() + TimeDelta::seconds(1);
    let old = user.session_epoch;
    let since = now() - WEEK;
    let reset = store.reset_password_if(old, fresh(), &password, &accounts, since, later);
    reset.await.unwrap().is_some()
}

async fn moved(store: &Store, user: &User, email: &str) -> EmailChangeOutcome {
    let email: EmailAddress = email.parse().unwrap();
    let mailbox = Account::own(AccountKind::Email, user.id, now(), &Entropy::system()).unwrap();
    let later = now() + TimeDelta::seconds(1);
    let old = user.session_epoch;
    let moved = store.set_email_if(old, fresh(), &email, &mailbox, now() - WEEK, later);
    moved.await.unwrap()
}

async fn row(store: &Store, user: &User) -> User {
    store.user(user.id).await.unwrap().unwrap()
}

async fn phc(store: &Store, user: &User) -> String {
    let found = store.user_and_password(user.id).await.unwrap().unwrap();
    found.verifier.unwrap().expose().to_owned()
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_resets_sets_the_password(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    assert!(linked(&store, &ada).await);
    let phcs: Vec<_> = (0..20).map(|n| format!("$phc${n}")).collect();
    let done = join_all(phcs.iter().map(|phc| reset(&store, &ada, phc))).await;
    let winners: Vec<_> = phcs.iter().zip(done).filter(|(_, done)| *done).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(phc(&store, &ada).await, *winners[0].0);
    let after = row(&store, &ada).await;
    assert_ne!(after.session_epoch, ada.session_epoch);
    // The earlier verification and the login methods stay.
    assert_eq!(after.email_verified, ada.email_verified);
    let providers = providers_of(&store, ada.id).await;
    assert_eq!(providers, ["credentials", "email", "google"]);
}

#[apply(both_engines)]
#[tokio::test]
async fn first_email_verification_removes_earlier_credentials(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = unverified_user(&store).await;
    assert!(linked(&store, &ada).await);
    assert_eq!(
        providers_of(&store, ada.id).await,
        ["credentials", "google"]
    );
    assert!(reset(&store, &ada, "$phc$hers").await);
    assert_eq!(providers_of(&store, ada.id).await, ["credentials", "email"]);
    let after = row(&store, &ada).await;
    assert_eq!(after.email_verified, Some(now() + TimeDelta::seconds(1)));
    assert_eq!(phc(&store, &ada).await, "$phc$hers");
}

#[apply(both_engines)]
#[tokio::test]
async fn first_of_many_concurrent_email_changes_is_stored(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let emails: Vec<_> = (0..10).map(|n| format!("ada{n}@example.com")).collect();
    let done = join_all(emails.iter().map(|email| moved(&store, &ada, email))).await;
    let count = |of| done.iter().filter(|it| **it == of).count();
    assert_eq!((count(DONE), count(EmailChangeOutcome::Ended)), (1, 9));
    let winner = emails.iter().zip(&done).find(|(_, it)| **it == DONE);
    let after = row(&store, &ada).await;
    assert_eq!(after.email.as_str(), winner.unwrap().0);
    assert_eq!(after.email_verified, Some(now() + TimeDelta::seconds(1)));
    assert_ne!(after.session_epoch, ada.session_epoch);
    assert_eq!(providers_of(&store, ada.id).await, ["credentials", "email"]);
}

#[apply(both_engines)]
#[tokio::test]
async fn taken_email_changes_nothing(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let bob = new_user("bob@example.com");
    store.create_user(&bob).await.unwrap();
    let ada = unverified_user(&store).await;
    assert_eq!(
        moved(&store, &ada, "bob@example.com").await,
        EmailChangeOutcome::Taken
    );
    assert_eq!(row(&store, &ada).await, ada);
    assert_eq!(providers_of(&store, ada.id).await, ["credentials"]);
    // The epoch is unchanged, so another email can still be set, and the mailbox is a login method.
    assert_eq!(moved(&store, &ada, "ada@example.org").await, DONE);
    assert_eq!(providers_of(&store, ada.id).await, ["credentials", "email"]);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_login_links_succeeds(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let spend = || store.spend_link(ada.id, ada.session_epoch, ada.link_epoch, fresh());
    let let_in = join_all((0..20).map(|_| spend())).await;
    let let_in: Vec<_> = let_in.into_iter().filter_map(|it| it.unwrap()).collect();
    assert_eq!(let_in.len(), 1);
    // The rest of the row is unchanged.
    let after = row(&store, &ada).await;
    assert_eq!(let_in[0].user, after);
    let link_epoch = after.link_epoch;
    assert_ne!(link_epoch, ada.link_epoch);
    assert_eq!(User { link_epoch, ..ada }, after);
}

#[apply(both_engines)]
#[tokio::test]
async fn disabled_user_or_old_epoch_is_neither_changed_nor_logged_in(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let before = ada(&store).await;
    store
        .replace_epoch(before.id, fresh(), now())
        .await
        .unwrap();
    let ended = row(&store, &before).await;
    let refused = async |user: &User| {
        assert!(!reset(&store, user, "$phc$other").await);
        assert_eq!(
            moved(&store, user, "new@example.com").await,
            EmailChangeOutcome::Ended
        );
        let User {
            id,
            session_epoch,
            link_epoch,
            ..
        } = *user;
        let let_in = store
            .spend_link(id, session_epoch, link_epoch, fresh())
            .await;
        assert_eq!(let_in.unwrap(), None);
    };
    refused(&before).await;
    assert_eq!(row(&store, &before).await, ended);
    assert_eq!(phc(&store, &before).await, "$phc$");

    let is_disabled = store
        .set_active(ended.id, false, ended.session_epoch, now())
        .await;
    assert!(is_disabled.unwrap());
    refused(&ended).await;
    assert_eq!(row(&store, &ended).await.email, before.email);
}

/// A thief of the session links an account for later access. The account that created the user and
/// accounts linked for a week stay.
#[apply(both_engines)]
#[tokio::test]
async fn password_reset_and_email_change_remove_recent_provider_accounts(
    engine: Engine,
    #[values("reset", "new email")] way: &str,
) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let second = TimeDelta::seconds(1);
    let since = now() + TimeDelta::days(30) - WEEK;
    for (provider, at) in [
        ("before-a-week", since - second),
        ("within-a-week", since),
        ("just-now", since + WEEK - second),
        ("with-the-user", ada.created_at),
    ] {
        linked_at(&store, &ada, provider, at).await;
    }
    let entropy = Entropy::system();
    let (old, later) = (ada.session_epoch, since + WEEK);
    let accounts = [Account::own(AccountKind::Email, ada.id, later, &entropy).unwrap()];
    let removed = if way == "reset" {
        let phc = StoredVerifier::new("$phc$".to_owned());
        let password = Credential::password(ada.id, phc, later, &entropy).unwrap();
        let reset = store.reset_password_if(old, fresh(), &password, &accounts, since, later);
        reset.await.unwrap().map(|removed| removed.providers)
    } else {
        let email: EmailAddress = "ada@example.org".parse().unwrap();
        let moved = store.set_email_if(old, fresh(), &email, &accounts[0], since, later);
        match moved.await.unwrap() {
            EmailChangeOutcome::Done(removed) => Some(removed.providers),
            _ => None,
        }
    };
    let mut removed = removed.unwrap();
    removed.sort();
    assert_eq!(removed, ["just-now", "within-a-week"]);
    let left = ["before-a-week", "credentials", "email", "with-the-user"];
    assert_eq!(providers_of(&store, ada.id).await, left);
}

/// A new user keeps the provider account that created the user.
#[apply(both_engines)]
#[tokio::test]
async fn password_reset_keeps_the_account_that_created_the_user(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    linked_at(&store, &ada, "google", ada.created_at).await;
    assert!(reset(&store, &ada, "$phc$hers").await);
    let left = ["credentials", "email", "google"];
    assert_eq!(providers_of(&store, ada.id).await, left);
}

/// An operator may set an email that nobody has verified.
#[apply(both_engines)]
#[tokio::test]
async fn unverified_email_replaces_the_verified_one_and_ends_login_by_mail(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let (ada, later) = (ada(&store).await, now() + WEEK);
    linked_at(&store, &ada, "just-now", later).await;
    let email: EmailAddress = "ada@example.org".parse().unwrap();
    let set = |old| {
        let new = (ada.id, &email);
        store.set_unverified_email_if(old, fresh(), new, now() + TimeDelta::seconds(1), later)
    };
    let removed = EmailChangeOutcome::Done(RemovedMethods {
        providers: vec!["just-now".to_owned()],
        passkeys: 0,
    });
    assert_eq!(set(ada.session_epoch).await.unwrap(), removed);
    let after = row(&store, &ada).await;
    assert_eq!((after.email, after.email_verified), (email.clone(), None));
    assert_ne!(after.session_epoch, ada.session_epoch);
    assert_eq!(providers_of(&store, ada.id).await, ["credentials"]);
    // The epoch has changed.
    assert_eq!(
        set(ada.session_epoch).await.unwrap(),
        EmailChangeOutcome::Ended
    );
    // The reset of the password verifies the new email.
    let user = row(&store, &ada).await;
    assert!(reset(&store, &user, "$phc$hers").await);
    assert_eq!(providers_of(&store, ada.id).await, ["credentials", "email"]);
}
