//! Creating and finding users.

use crate::{
    identity::{
        CredentialKind, EmailAddress, EnrolledFactors, StoredVerifier, User, UserAtLogin, UserId,
    },
    store::{
        CreateOutcome, EmailFilter, LikePattern, NewUser, UserFilter, UserWithPassword,
        operation::TransactionEnd,
    },
};

use super::{like::is_like, tables::SimulatedTables};

impl SimulatedTables {
    /// `Store::create_user`.
    pub(in crate::store) fn create_user(
        &mut self,
        new: &NewUser,
    ) -> Result<TransactionEnd<CreateOutcome>, sqlx::Error> {
        if !self.insert_user(&new.user) {
            return Ok(TransactionEnd::Rollback(CreateOutcome::Taken));
        }
        for account in &new.accounts {
            if !self.insert_account(account)? {
                return Ok(TransactionEnd::Rollback(CreateOutcome::Taken));
            }
        }
        if let Some(password) = &new.password {
            self.insert_credential(password)?;
        }
        Ok(TransactionEnd::Commit(CreateOutcome::Created))
    }

    /// `Store::user`.
    pub(in crate::store) fn user(&self, id: UserId) -> Option<User> {
        self.users.get(&id).cloned()
    }

    /// `Store::user_by_email`.
    pub(in crate::store) fn user_by_email(&self, email: &EmailAddress) -> Option<User> {
        let mut users = self.users.values();
        users.find(|user| user.email == *email).cloned()
    }

    /// `Store::user_by_account`.
    pub(in crate::store) fn user_by_account(
        &self,
        (provider, provider_account_id): (&str, &str),
        usable_passkeys: Option<&str>,
    ) -> Option<UserAtLogin> {
        let mut accounts = self.accounts.values().map(|row| &row.account);
        let account = accounts.find(|account| {
            (
                account.provider.as_str(),
                account.provider_account_id.as_str(),
            ) == (provider, provider_account_id)
        })?;
        self.at_login(self.user(account.user_id)?, usable_passkeys)
            .into()
    }

    /// `Store::user_with_password`.
    pub(in crate::store) fn user_with_password(
        &self,
        email: &EmailAddress,
        usable_passkeys: Option<&str>,
    ) -> Option<UserWithPassword> {
        let user = self.user_by_email(email)?;
        Some(self.with_password(user, usable_passkeys))
    }

    /// `Store::user_and_password`.
    pub(in crate::store) fn user_and_password(
        &self,
        id: UserId,
        usable_passkeys: Option<&str>,
    ) -> Option<UserWithPassword> {
        Some(self.with_password(self.user(id)?, usable_passkeys))
    }

    fn with_password(&self, user: User, usable_passkeys: Option<&str>) -> UserWithPassword {
        let UserAtLogin { user, factors } = self.at_login(user, usable_passkeys);
        let password = self.credential(user.id, CredentialKind::Password);
        UserWithPassword {
            verifier: password.map(|row| row.credential.verifier.clone()),
            factors,
            user,
        }
    }

    /// Adds the second factors. The argument is the pattern of usable passkeys.
    pub(super) fn at_login(&self, user: User, usable_passkeys: Option<&str>) -> UserAtLogin {
        let has = |kind, is_usable: &dyn Fn(&str) -> bool| {
            let mut rows = self.credentials_of(user.id, kind);
            rows.any(|row| is_usable(StoredVerifier::expose(&row.credential.verifier)))
        };
        let factors = EnrolledFactors {
            has_totp: has(CredentialKind::Totp, &|_| true),
            has_passkey: has(CredentialKind::Passkey, &|verifier| {
                usable_passkeys.is_some_and(|pattern| is_like(verifier, pattern))
            }),
            has_recovery_codes: has(CredentialKind::RecoveryCodes, &|verifier| verifier != "[]"),
        };
        UserAtLogin { user, factors }
    }

    /// `Store::users_matching`, and `Store::users` with the default filter.
    pub(in crate::store) fn users_matching(
        &self,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Vec<User> {
        let after = after.unwrap_or(UserId::BEFORE_ALL);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let users = self.users.values();
        let found = users.filter(|user| user.id > after && is_listed(user, filter));
        found.take(limit).cloned().collect()
    }
}

/// Returns whether a user meets every condition of a filter.
fn is_listed(user: &User, filter: &UserFilter) -> bool {
    let email = user.email.as_str();
    let has_email = match &filter.email {
        None => true,
        Some(EmailFilter::Exactly(wanted)) => user.email == *wanted,
        Some(EmailFilter::Like(pattern)) => is_like(email, pattern.as_str()),
    };
    let is_named = |pattern: &LikePattern| {
        let pattern = pattern.as_str().to_lowercase();
        let name = user.name.as_ref().map(|name| name.as_str().to_lowercase());
        is_like(email, &pattern) || name.is_some_and(|name| is_like(&name, &pattern))
    };
    has_email
        && filter.name_or_email.as_ref().is_none_or(is_named)
        && filter.role.as_ref().is_none_or(|role| user.role == *role)
        && filter
            .is_active
            .is_none_or(|active| user.is_active == active)
        && filter
            .created_from
            .is_none_or(|from| user.created_at >= from)
        && filter
            .created_before
            .is_none_or(|end| user.created_at < end)
}
