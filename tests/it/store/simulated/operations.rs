//! Every operation of the simulated database, by name.

use std::fmt::Debug;

use signet::{
    identity::{CredentialKind, StoredVerifier},
    store::{
        EmailChangeOutcome, Error, PasskeyRow, ProfileEdit, RemovedMethods, Store, StoredFactor,
        UserWithFactors, UserWithPasskeys, UserWithPassword,
    },
};

use super::arguments::{Arguments, KINDS};

/// The operations, each as often as the conditions on which its answer depends require.
pub const OPERATIONS: &[(usize, &str)] = &[
    (3, "create_user"),
    (1, "user"),
    (2, "user_by_account"),
    (1, "user_by_email"),
    (2, "user_with_password"),
    (2, "user_and_password"),
    (1, "can_log_in"),
    (1, "users"),
    (4, "users_matching"),
    (1, "user_and_factors"),
    (1, "user_with_passkeys"),
    (2, "accounts_of"),
    (2, "set_active"),
    (1, "replace_epoch"),
    (1, "replace_every_epoch"),
    (1, "replace_epoch_if"),
    (2, "edit_user_if"),
    (3, "set_password_if"),
    (1, "set_role"),
    (1, "delete_user"),
    (1, "delete_user_if"),
    (8, "reset_password_if"),
    (2, "spend_link"),
    (8, "set_email_if"),
    (3, "set_unverified_email_if"),
    (4, "join_account_if_verified"),
    (6, "link_account_if"),
    (3, "unlink_account_if"),
    (4, "replace_verifier"),
    (6, "add_totp_if"),
    (5, "remove_totp_if"),
    (8, "set_recovery_codes_if"),
    (1, "reset_factors"),
    (8, "add_passkey_if"),
    (6, "remove_passkey_if"),
    (4, "replace_passkey"),
];

/// Performs an operation. Returns the answer as text. Errors of the engines have different texts.
pub async fn perform(store: &Store, operation: &str, it: &mut Arguments<'_>) -> String {
    match operation {
        "create_user" => shown(store.create_user(&it.new_user()).await),
        "set_active" => {
            let (id, active) = (it.user_id(), it.flag());
            shown(store.set_active(id, active, it.epoch(), it.time()).await)
        }
        "replace_epoch" => shown(
            store
                .replace_epoch(it.user_id(), it.epoch(), it.time())
                .await,
        ),
        "replace_every_epoch" => shown(store.replace_every_epoch(it.epoch(), it.time()).await),
        "replace_epoch_if" => {
            let (id, (old, new)) = (it.user_id(), it.epochs());
            shown(store.replace_epoch_if(id, old, new, it.time()).await)
        }
        "edit_user_if" => {
            let edit = ProfileEdit {
                name: it.patch(&["Ada", "Bob"]),
                image: it.patch(&["https://example.com/a.png"]),
            };
            shown(
                store
                    .edit_user_if(it.user_id(), it.epoch(), &edit, it.time())
                    .await,
            )
        }
        "set_role" => shown(store.set_role(it.user_id(), &it.role(), it.time()).await),
        "delete_user" => shown(store.delete_user(it.user_id()).await),
        "delete_user_if" => shown(store.delete_user_if(it.user_id(), it.epoch()).await),
        _ => match read(store, operation, it).await {
            Some(answer) => answer,
            None => change(store, operation, it).await,
        },
    }
}

async fn read(store: &Store, operation: &str, it: &mut Arguments<'_>) -> Option<String> {
    Some(match operation {
        "user" => shown(store.user(it.user_id()).await),
        "user_by_account" => {
            let (provider, id) = (it.provider(), it.provider_account_id());
            shown(store.user_by_account(provider, id).await)
        }
        "user_by_email" => shown(store.user_by_email(&it.email()).await),
        "user_with_password" => with_password(store.user_with_password(&it.email()).await),
        "user_and_password" => with_password(store.user_and_password(it.user_id()).await),
        "can_log_in" => shown(store.can_log_in().await),
        "users" => {
            let after = it.optional(Arguments::user_id);
            shown(store.users(after, it.of(&[0, 1, 9])).await)
        }
        "users_matching" => {
            let (filter, after) = (it.filter(), it.optional(Arguments::user_id));
            shown(store.users_matching(&filter, after, it.of(&[9, 1])).await)
        }
        "user_and_factors" => {
            let found = store.user_and_factors(it.user_id()).await;
            shown(found.map(|found| found.map(with_factors)))
        }
        "user_with_passkeys" => {
            let found = store.user_with_passkeys(it.user_id()).await;
            shown(found.map(|found| found.map(with_passkeys)))
        }
        "accounts_of" => shown(store.accounts_of(it.user_id()).await),
        _ => return None,
    })
}

async fn change(store: &Store, operation: &str, it: &mut Arguments<'_>) -> String {
    let id = it.user_id();
    let (old, new) = it.epochs();
    let now = it.time();
    match operation {
        "set_password_if" => {
            let password = it.credential(id, CredentialKind::Password);
            let account = it.account(id);
            shown(
                store
                    .set_password_if(old, new, &password, &account, now)
                    .await,
            )
        }
        "reset_password_if" => {
            let password = it.credential(id, CredentialKind::Password);
            let (accounts, since) = ([it.account(id)], it.time());
            let reset = store.reset_password_if(old, new, &password, &accounts, since, now);
            shown(reset.await.map(|removed| removed.map(in_order)))
        }
        "spend_link" => shown(store.spend_link(id, old, new, it.epoch()).await),
        "set_email_if" => {
            let (email, account, since) = (it.email(), it.account(id), it.time());
            let set = store.set_email_if(old, new, &email, &account, since, now);
            shown(set.await.map(email_change))
        }
        "set_unverified_email_if" => {
            let (email, since) = (it.email(), it.time());
            let set = store.set_unverified_email_if(old, new, (id, &email), since, now);
            shown(set.await.map(email_change))
        }
        "join_account_if_verified" => {
            let account = it.account(id);
            shown(store.join_account_if_verified(&account, &it.email()).await)
        }
        "link_account_if" => shown(store.link_account_if(old, &it.account(id)).await),
        "unlink_account_if" => shown(
            store
                .unlink_account_if(id, old, new, it.account_id(), now)
                .await,
        ),
        "replace_verifier" => {
            let kind = it.of(&KINDS);
            let (from, to) = (it.verifier(kind), it.verifier(kind));
            shown(store.replace_verifier(id, kind, (&from, &to), now).await)
        }
        "add_totp_if" => {
            let totp = it.credential(id, CredentialKind::Totp);
            shown(store.add_totp_if((old, new), &totp, now).await)
        }
        "remove_totp_if" => shown(store.remove_totp_if(id, (old, new), now).await),
        "set_recovery_codes_if" => {
            let codes = it.credential(id, CredentialKind::RecoveryCodes);
            shown(store.set_recovery_codes_if(old, &codes, now).await)
        }
        "reset_factors" => shown(store.reset_factors(id, new, now).await),
        "add_passkey_if" => {
            let passkey = it.credential(id, CredentialKind::Passkey);
            shown(store.add_passkey_if(old, new, &passkey).await)
        }
        "remove_passkey_if" => {
            let passkey = it.credential_id(CredentialKind::Passkey);
            shown(store.remove_passkey_if(id, old, new, passkey, now).await)
        }
        "replace_passkey" => {
            let row = PasskeyRow {
                id: it.credential_id(CredentialKind::Passkey),
                verifier: it.verifier(CredentialKind::Passkey),
                created_at: now,
                updated_at: now,
            };
            shown(
                store
                    .replace_passkey(id, &row, &it.verifier(CredentialKind::Passkey), it.time())
                    .await,
            )
        }
        other => panic!("{other} is no operation"),
    }
}

fn shown<T: Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(Error::Database(_)) => "refused".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

fn with_password(found: Result<Option<UserWithPassword>, Error>) -> String {
    let exposed = |found: UserWithPassword| {
        let verifier = found.verifier.as_ref().map(StoredVerifier::expose);
        format!("{:?} {:?} {verifier:?}", found.user, found.factors)
    };
    shown(found.map(|found| found.map(exposed)))
}

fn with_factors(found: UserWithFactors) -> impl Debug {
    let exposed = |factor: StoredFactor| (factor.verifier.expose().to_owned(), factor.created_at);
    let factors = [found.totp, found.recovery_codes];
    (found.user, factors.map(|factor| factor.map(exposed)))
}

fn with_passkeys(found: UserWithPasskeys) -> impl Debug {
    let exposed = |row: PasskeyRow| {
        let verifier = row.verifier.expose().to_owned();
        (row.id, verifier, row.created_at, row.updated_at)
    };
    let passkeys: Vec<_> = found.passkeys.into_iter().map(exposed).collect();
    (found.user, passkeys)
}

/// The providers have no order.
fn in_order(mut removed: RemovedMethods) -> RemovedMethods {
    removed.providers.sort();
    removed
}

fn email_change(outcome: EmailChangeOutcome) -> EmailChangeOutcome {
    match outcome {
        EmailChangeOutcome::Done(removed) => EmailChangeOutcome::Done(in_order(removed)),
        other => other,
    }
}
