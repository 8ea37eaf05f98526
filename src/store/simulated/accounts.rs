//! Adding and removing accounts.

use chrono::{DateTime, Utc};

use super::tables::SimulatedTables;
use crate::{
    identity::{Account, AccountId, EmailAddress, Epoch, UserId},
    store::{LinkOutcome, RemovedProviders, operation::TransactionEnd},
};

impl SimulatedTables {
    /// `Store::accounts_of`.
    pub(in crate::store) fn accounts_of(&self, user_id: UserId) -> Vec<Account> {
        let accounts = self.accounts.values().map(|row| &row.account);
        let own = accounts.filter(|account| account.user_id == user_id);
        let mut own: Vec<_> = own.cloned().collect();
        // The sort is stable: accounts of one provider stay in the order of their IDs.
        own.sort_by(|one, other| one.provider.cmp(&other.provider));
        own
    }

    /// `Store::join_account_if_verified`.
    pub(in crate::store) fn join_account_if_verified(
        &mut self,
        account: &Account,
        email: &EmailAddress,
    ) -> bool {
        let is_verified = self.users.get(&account.user_id).is_some_and(|user| {
            user.email == *email && user.is_active && user.email_verified.is_some()
        });
        let mut accounts = self.accounts.values().map(|row| &row.account);
        let has_other = accounts
            .any(|known| known.user_id == account.user_id && known.provider == account.provider);
        is_verified && !has_other && self.insert_account(account).unwrap_or(false)
    }

    /// `Store::link_account_if`.
    pub(in crate::store) fn link_account_if(
        &mut self,
        epoch: Epoch,
        account: &Account,
    ) -> Result<TransactionEnd<LinkOutcome>, sqlx::Error> {
        if !self.replace_epoch_if(account.user_id, epoch, epoch, account.created_at) {
            return Ok(TransactionEnd::Rollback(LinkOutcome::Ended));
        }
        if self.insert_account(account)? {
            return Ok(TransactionEnd::Commit(LinkOutcome::Linked));
        }
        let key = (&account.provider, &account.provider_account_id);
        let mut accounts = self.accounts.values().map(|row| &row.account);
        let found = accounts.find(|it| (&it.provider, &it.provider_account_id) == key);
        let own = found.filter(|found| found.user_id == account.user_id);
        Ok(TransactionEnd::Rollback(
            own.map_or(LinkOutcome::Taken, |own| {
                LinkOutcome::AlreadyLinked(own.clone())
            }),
        ))
    }

    /// `Store::unlink_account_if`.
    pub(in crate::store) fn unlink_account_if(
        &mut self,
        (user_id, account_id): (UserId, AccountId),
        (old, new): (Epoch, Epoch),
        now: DateTime<Utc>,
    ) -> TransactionEnd<bool> {
        if !self.replace_epoch_if(user_id, old, new, now) {
            return TransactionEnd::Rollback(false);
        }
        let deleted =
            self.delete_accounts(|account| (account.id, account.user_id) == (account_id, user_id));
        if deleted.is_empty() {
            TransactionEnd::Rollback(false)
        } else {
            TransactionEnd::Commit(true)
        }
    }

    /// Deletes the accounts for which `is_deleted` holds. Returns the provider of each.
    pub(super) fn delete_accounts(
        &mut self,
        is_deleted: impl Fn(&Account) -> bool,
    ) -> RemovedProviders {
        let deleted = self
            .accounts
            .extract_if(.., |_, row| is_deleted(&row.account));
        deleted.map(|(_, row)| row.account.provider).collect()
    }

    /// Deletes the provider accounts of a user for which `is_deleted` holds.
    pub(super) fn delete_external(
        &mut self,
        user_id: UserId,
        is_deleted: impl Fn(&Account) -> bool,
    ) -> RemovedProviders {
        self.delete_accounts(|account| {
            account.user_id == user_id && account.kind.is_external() && is_deleted(account)
        })
    }
}
