//! Store operations report success only after the commit.

use chrono::{DateTime, TimeDelta, Utc};
use rstest_reuse::apply;
use signet::{
    entropy::Entropy,
    identity::{
        Account, AccountKind, Credential, CredentialKind, Epoch, External, StoredVerifier, User,
        UserId,
    },
    store::{
        CreateOutcome, EmailChangeOutcome, Error, FactorChange, LinkOutcome, NewUser, ProfileEdit,
        Store, StoredFactor,
    },
};

use super::{fresh, migrated, new_user, now, open};
use crate::support::{
    Engine, TestDatabase, both_engines,
    faults::{Disk, FailingCommits},
};

/// Every operation with an effect.
const OPERATIONS: [&str; 22] = [
    "create_user",
    "set_active",
    "replace_epoch",
    "replace_every_epoch",
    "replace_epoch_if",
    "edit_user_if",
    "set_password_if",
    "set_role",
    "replace_verifier",
    "join_account_if_verified",
    "link_account_if",
    "unlink_account_if",
    "reset_password_if",
    "set_email_if",
    "set_unverified_email_if",
    "add_totp_if",
    "remove_totp_if",
    "set_recovery_codes_if",
    "reset_factors",
    "spend_link",
    "delete_user",
    "delete_user_if",
];

struct Ada<'a> {
    store: &'a Store,
    user: User,
    github: Account,
}

fn external(user: &User, id: &str) -> Account {
    let external = External {
        kind: AccountKind::Oauth,
        provider: id.to_owned(),
        provider_account_id: "1".to_owned(),
    };
    Account::external(&external, user.id, now(), &Entropy::system()).unwrap()
}

fn factor(id: UserId, kind: CredentialKind) -> Credential {
    let verifier = StoredVerifier::new(format!("{kind:?}"));
    Credential::new(id, kind, verifier, now(), &Entropy::system()).unwrap()
}

fn stored(factor: Option<StoredFactor>) -> Option<String> {
    factor.map(|factor| factor.verifier.expose().to_owned())
}

impl<'a> Ada<'a> {
    /// A user for that operation, who has what the operation changes.
    async fn stored(store: &'a Store, operation: &str) -> Self {
        let new = new_user(&format!("{operation}@example.com"));
        assert_eq!(
            store.create_user(&new).await.unwrap(),
            CreateOutcome::Created
        );
        let github = external(&new.user, "github");
        let linked = store.link_account_if(new.user.session_epoch, &github);
        assert_eq!(linked.await.unwrap(), LinkOutcome::Linked);
        if operation != "add_totp_if" {
            let epochs = (new.user.session_epoch, new.user.session_epoch);
            let totp = factor(new.user.id, CredentialKind::Totp);
            let added = store.add_totp_if(epochs, &totp, now());
            assert_eq!(added.await.unwrap(), FactorChange::Done);
        }
        Self {
            store,
            user: new.user,
            github,
        }
    }

    /// Runs the operation and returns whether it took effect.
    async fn does(&self, operation: &str) -> Result<bool, Error> {
        let (store, user, entropy) = (self.store, &self.user, &Entropy::system());
        let (id, old, new): (_, Epoch, Epoch) = (user.id, user.session_epoch, fresh());
        let later: DateTime<Utc> = now() + TimeDelta::seconds(1);
        let own = |kind| Account::own(kind, id, now(), entropy).unwrap();
        let phc = StoredVerifier::new("$phc$".to_owned());
        let password = Credential::password(id, phc.clone(), now(), entropy).unwrap();
        match operation {
            "create_user" => {
                let bob: NewUser = new_user("bob@example.com");
                let created = store.create_user(&bob).await?;
                Ok(created == CreateOutcome::Created)
            }
            "set_active" => store.set_active(id, false, new, later).await,
            "replace_epoch" => store.replace_epoch(id, new, later).await,
            "replace_every_epoch" => Ok(store.replace_every_epoch(new, later).await? > 0),
            "replace_epoch_if" => store.replace_epoch_if(id, old, new, later).await,
            "edit_user_if" => {
                let edit = ProfileEdit {
                    name: signet::json::Patch::Set("Bob".parse().unwrap()),
                    ..ProfileEdit::default()
                };
                Ok(store.edit_user_if(id, old, &edit, later).await?.is_some())
            }
            "set_password_if" => {
                let account = own(AccountKind::Credentials);
                let set = store.set_password_if(old, new, &password, &account, later);
                set.await
            }
            "set_role" => store.set_role(id, &"editor".parse().unwrap(), later).await,
            "replace_verifier" => {
                let other = StoredVerifier::new("$other$".to_owned());
                let kind = CredentialKind::Password;
                let change = (&phc, &other);
                store.replace_verifier(id, kind, change, later).await
            }
            "join_account_if_verified" => {
                let account = external(user, "google");
                store.join_account_if_verified(&account, &user.email).await
            }
            "link_account_if" => {
                let account = external(user, "google");
                Ok(store.link_account_if(old, &account).await? == LinkOutcome::Linked)
            }
            "unlink_account_if" => {
                let unlinked = store.unlink_account_if(id, old, new, self.github.id, later);
                unlinked.await
            }
            "reset_password_if" => {
                let accounts = [own(AccountKind::Credentials), own(AccountKind::Email)];
                let reset = store.reset_password_if(old, new, &password, &accounts, later, later);
                reset.await.map(|removed| removed.is_some())
            }
            "set_email_if" => {
                let (email, mailbox) =
                    ("eve@example.com".parse().unwrap(), own(AccountKind::Email));
                let set = store
                    .set_email_if(old, new, &email, &mailbox, later, later)
                    .await?;
                Ok(matches!(set, EmailChangeOutcome::Done(_)))
            }
            "set_unverified_email_if" => {
                let email = "eve@example.com".parse().unwrap();
                let set = store
                    .set_unverified_email_if(old, new, (id, &email), later, later)
                    .await?;
                Ok(matches!(set, EmailChangeOutcome::Done(_)))
            }
            "add_totp_if" => {
                let totp = factor(id, CredentialKind::Totp);
                let added = store.add_totp_if((old, new), &totp, later).await?;
                Ok(added == FactorChange::Done)
            }
            "remove_totp_if" => {
                let removed = store.remove_totp_if(id, (old, new), later).await?;
                Ok(removed == FactorChange::Done)
            }
            "set_recovery_codes_if" => {
                let codes = factor(id, CredentialKind::RecoveryCodes);
                let set = store.set_recovery_codes_if(old, &codes, later).await?;
                Ok(set == FactorChange::Done)
            }
            "reset_factors" => store.reset_factors(id, new, later).await,
            "spend_link" => Ok(store
                .spend_link(id, old, user.link_epoch, new)
                .await?
                .is_some()),
            "delete_user" => store.delete_user(id).await,
            "delete_user_if" => store.delete_user_if(id, old).await,
            other => panic!("no operation {other}"),
        }
    }

    /// Everything that is stored about the user.
    async fn everything(&self) -> String {
        let user = self.store.user_and_password(self.user.id).await.unwrap();
        let verifier = user.as_ref().and_then(|it| it.verifier.as_ref());
        let verifier = verifier.map(|it| it.expose().to_owned());
        let factors = self.store.user_and_factors(self.user.id).await.unwrap();
        let factors = factors.map(|it| [it.totp, it.recovery_codes].map(stored));
        let accounts = self.store.accounts_of(self.user.id).await.unwrap();
        let users = self.store.users(None, 100).await.unwrap();
        format!("{users:?} {verifier:?} {factors:?} {accounts:?}")
    }

    async fn fails_at(&self, operation: &str) {
        let before = self.everything().await;
        for _ in 0..2 {
            let failed = self.store.errors().failed;
            match self.does(operation).await {
                Err(Error::Database(_)) => {}
                other => panic!("{operation}: {other:?}"),
            }
            assert_eq!(self.store.errors().failed, failed + 1, "{operation}");
            assert_eq!(self.everything().await, before, "{operation}");
        }
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn slow_operation_with_a_failed_commit_changes_nothing(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let mut operations = OPERATIONS.to_vec();
    if engine == Engine::Sqlite {
        // The injected fault is a foreign key error, which here means that the user was deleted.
        operations.retain(|it| *it != "join_account_if_verified");
    }
    for operation in operations {
        let ada = Ada::stored(&store, operation).await;
        FailingCommits::begin(engine, &database).await;
        ada.fails_at(operation).await;
        FailingCommits::end(engine, &database).await;
        if engine == Engine::Postgres {
            database.execute("DROP FUNCTION commit_fails()").await;
        }
        assert!(ada.does(operation).await.unwrap(), "{operation}");
        store.delete_user(ada.user.id).await.unwrap();
        for user in store.users(None, 100).await.unwrap() {
            store.delete_user(user.id).await.unwrap();
        }
    }
}

#[tokio::test]
async fn operation_on_a_full_disk_changes_nothing() {
    for operation in OPERATIONS {
        let Some(disk) = Disk::mounted() else {
            return;
        };
        let database = TestDatabase::on_disk(&disk);
        let store = open(&database.url);
        store.migrate().await.unwrap();
        let ada = Ada::stored(&store, operation).await;
        disk.fill();
        ada.fails_at(operation).await;
        disk.free();
        assert!(ada.does(operation).await.unwrap(), "{operation}");
        store.close().await;
    }
}
