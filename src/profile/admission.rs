//! Authorises sensitive requests, and admits those that check or hash a password.

use chrono::{DateTime, Utc};

use super::{Error, ProfileService, Requester};
use crate::{
    admission,
    client::Acr,
    identity::{User, UserAtLogin},
    limits::{ChargedCaller, Receipt},
    password::{PasswordCheck, QueuePlace},
    store::UserWithPassword,
};

/// A request that has a place in the password pool and was charged.
pub(super) struct Admission {
    pub(super) place: QueuePlace,
    receipt: Receipt,
}

impl Admission {
    /// Refunds the whole charge if the service failed. If the password was correct, refunds the network and
    /// email budgets, which count only guesses.
    pub(super) async fn settle(self, has_service_failed: bool) {
        if has_service_failed {
            self.receipt.give_back().await;
        } else {
            self.receipt.forgive().await;
        }
    }
}

impl ProfileService {
    /// Admits a request that checks or hashes a password.
    pub(super) async fn admit(&self, caller: ChargedCaller<'_>) -> Result<Admission, Error> {
        let (place, receipt) =
            admission::admit_password::<Error>(&self.limits, &self.hasher, caller).await?;
        Ok(Admission { place, receipt })
    }

    /// Returns the session's user, if the session is valid and either the login is recent or the password
    /// is right. A wrong password is refused even if the login is recent. A user with a second factor needs a recent
    /// login with it: the password alone does not suffice.
    ///
    /// # Errors
    /// The session has ended, the login is not recent, the password is wrong, a limit is reached, or the
    /// service fails.
    pub(super) async fn authorise(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        Ok(self.authorise_with_factors(requester, now).await?.user)
    }

    /// Checks that the login of the requester suffices for a sensitive change, with one read.
    ///
    /// # Errors
    /// See `ProfileService::authorise`.
    pub async fn check_may_change(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.authorise(requester, now).await.map(drop)
    }

    /// As `ProfileService::authorise`, and returns the second factors of the user as well.
    pub(super) async fn authorise_with_factors(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<UserAtLogin, Error> {
        let (user, admission) = self.authenticate(requester, now).await?;
        if let Some(admission) = admission {
            admission.settle(false).await;
        }
        Ok(user)
    }

    /// As `ProfileService::authorise`, and returns the admission of the request if a password was checked, for
    /// a caller that hashes another one.
    pub(super) async fn authenticate(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<(UserAtLogin, Option<Admission>), Error> {
        let Requester {
            session,
            password,
            network,
            ..
        } = requester;
        let found = self.store.user_and_password(session.sub).await?;
        let UserWithPassword {
            user,
            factors,
            verifier,
        } = found
            .filter(|found| found.user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)?;
        let acr = admission::required_acr(factors);
        let suffices = session.acr >= acr && session.is_recent(self.recent, now);
        let has_factor = acr > Acr::OneFactor;
        let user = UserAtLogin { user, factors };
        let password = match password {
            Some(password) if suffices || !has_factor => password,
            None if suffices => return Ok((user, None)),
            _ => {
                return Err(Error::NotRecent {
                    within: self.recent,
                    acr,
                });
            }
        };
        let caller = ChargedCaller::at(network)
            .naming(&user.user.email)
            .acting_for(user.user.id);
        let admission = self.admit(caller).await?;
        match admission.place.check(password, verifier.as_ref()).await {
            Ok(PasswordCheck::Right | PasswordCheck::RightButOutdated) => {
                Ok((user, Some(admission)))
            }
            Ok(PasswordCheck::Wrong | PasswordCheck::Unusable) => {
                admission.receipt.keep();
                Err(Error::WrongPassword)
            }
            Err(error) => {
                admission.receipt.give_back().await;
                Err(error.into())
            }
        }
    }
}
