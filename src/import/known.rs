//! The keys that belong to users already, and the decision on each row.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use super::{
    ImportRefusal,
    record::{ImportedIdentity, ImportedRow, ImportedUser},
};
use crate::{
    identity::{AccountKind, EmailAddress, External, UserId},
    store::{self, AccountOwner, Store},
};

/// The decision on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// The user is stored.
    Create,
    /// The account or the password is added to this user.
    Add(UserId),
    /// The user exists.
    Unchanged,
    /// Nothing is stored or counted.
    Nothing,
    /// The row is refused.
    Refuse(ImportRefusal),
}

/// The provider and the identifier of an account.
type AccountKey = (String, String);

/// The keys of a batch that belong to users.
#[derive(Default)]
pub(super) struct KnownKeys {
    accounts: HashMap<AccountKey, AccountOwner>,
    emails: HashMap<EmailAddress, UserId>,
    ids: HashMap<UserId, EmailAddress>,
}

/// Keys of earlier batches that are not in the database: those of a dry run, and of users who were refused.
#[derive(Default)]
pub(super) struct SeenKeys {
    hasher: RandomState,
    planned: HashSet<u64>,
    refused: HashSet<u64>,
}

impl SeenKeys {
    fn is_planned(&self, key: impl std::hash::Hash) -> bool {
        !self.planned.is_empty() && self.planned.contains(&self.hasher.hash_one(key))
    }

    /// Remembers the keys of a user that a dry run would store.
    pub(super) fn plan(&mut self, user: &ImportedUser) {
        let mut keys: Vec<_> = user
            .accounts
            .iter()
            .map(|it| self.hasher.hash_one(key(it)))
            .collect();
        keys.push(self.hasher.hash_one(user.email.as_str()));
        keys.extend(user.id.map(|id| self.hasher.hash_one(id)));
        self.planned.extend(keys);
    }

    /// Remembers that a user was refused, whose accounts may be in another file.
    pub(super) fn refuse(&mut self, account: &External) {
        let hash = self.hasher.hash_one(key(account));
        self.refused.insert(hash);
    }
}

fn key(account: &External) -> AccountKey {
    (
        account.provider.clone(),
        account.provider_account_id.clone(),
    )
}

impl KnownKeys {
    /// Looks up all keys of the rows.
    ///
    /// # Errors
    /// The database fails.
    pub(super) async fn look_up<'a>(
        store: &Store,
        rows: impl Iterator<Item = &'a ImportedRow>,
    ) -> Result<Self, store::Error> {
        let mut accounts = HashMap::<&str, Vec<&str>>::new();
        let (mut emails, mut ids) = (Vec::new(), Vec::new());
        for row in rows {
            let of_row: Vec<&External> = match row {
                ImportedRow::User(user) => {
                    emails.push(&user.email);
                    ids.extend(user.id);
                    user.accounts.iter().collect()
                }
                ImportedRow::Identity(it) => it.account.iter().chain([&it.owner]).collect(),
                ImportedRow::Skipped => Vec::new(),
            };
            for account in of_row {
                let of_provider = accounts.entry(&account.provider).or_default();
                of_provider.push(&account.provider_account_id);
            }
        }
        let mut known = Self::default();
        for (provider, accounts) in accounts {
            for owner in store.account_owners(provider, &accounts).await? {
                let key = (provider.to_owned(), owner.provider_account_id.clone());
                known.accounts.insert(key, owner);
            }
        }
        for user in store.users_of_emails(&emails).await? {
            known.emails.insert(user.email, user.id);
        }
        for user in store.users_of_ids(&ids).await? {
            known.ids.insert(user.id, user.email);
        }
        Ok(known)
    }

    /// Decides on a row, after all rows before it.
    pub(super) fn decide(&mut self, row: &ImportedRow, id: UserId, seen: &SeenKeys) -> Decision {
        match row {
            ImportedRow::User(user) => self.decide_user(user, id, seen),
            ImportedRow::Identity(identity) => self.decide_identity(identity, seen),
            ImportedRow::Skipped => Decision::Nothing,
        }
    }

    fn decide_user(&mut self, user: &ImportedUser, id: UserId, seen: &SeenKeys) -> Decision {
        let is_known = |account: &External| {
            let key = key(account);
            self.accounts.contains_key(&key) || seen.is_planned(&key)
        };
        if let Some(id) = user.id {
            if self.ids.get(&id) == Some(&user.email) {
                return Decision::Unchanged;
            }
            if seen.is_planned(id) && seen.is_planned(user.email.as_str()) {
                return Decision::Unchanged;
            }
            if self.ids.contains_key(&id) || seen.is_planned(id) {
                return Decision::Refuse(ImportRefusal::AccountTaken);
            }
        } else {
            let mut own = user.accounts.iter();
            if own.any(|account| account.kind == AccountKind::Import && is_known(account)) {
                return Decision::Unchanged;
            }
        }
        if self.emails.contains_key(&user.email) || seen.is_planned(user.email.as_str()) {
            return Decision::Refuse(ImportRefusal::EmailTaken);
        }
        if user.accounts.iter().any(is_known) {
            return Decision::Refuse(ImportRefusal::AccountTaken);
        }
        for account in &user.accounts {
            let owner = AccountOwner {
                provider_account_id: account.provider_account_id.clone(),
                user_id: id,
                is_untouched: true,
                has_password: user.hash.is_some(),
            };
            self.accounts.insert(key(account), owner);
        }
        self.emails.insert(user.email.clone(), id);
        self.ids.insert(id, user.email.clone());
        Decision::Create
    }

    /// A user who has changed anything since the import stays as they are.
    fn decide_identity(&mut self, identity: &ImportedIdentity, seen: &SeenKeys) -> Decision {
        let owner_key = key(&identity.owner);
        let Some(owner) = self.accounts.get(&owner_key).cloned() else {
            let hash = seen.hasher.hash_one(&owner_key);
            let is_explained = seen.refused.contains(&hash) || seen.planned.contains(&hash);
            return if is_explained {
                Decision::Nothing
            } else {
                Decision::Refuse(ImportRefusal::Malformed)
            };
        };
        if let Some(account) = &identity.account {
            match self.accounts.get(&key(account)) {
                Some(other) if other.user_id != owner.user_id => {
                    return Decision::Refuse(ImportRefusal::AccountTaken);
                }
                Some(_) => return Decision::Nothing,
                None => {}
            }
        } else if owner.has_password {
            return Decision::Nothing;
        }
        if !owner.is_untouched {
            return Decision::Nothing;
        }
        match &identity.account {
            Some(account) => {
                self.accounts.insert(key(account), owner.clone());
            }
            None => {
                if let Some(owner) = self.accounts.get_mut(&owner_key) {
                    owner.has_password = true;
                }
            }
        }
        Decision::Add(owner.user_id)
    }
}
