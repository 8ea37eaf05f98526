//! Authorises sensitive requests, and admits those that check or hash a password.

use chrono::{DateTime, Utc};

use super::{Error, ProfileService, Requester};
use crate::{
    admission,
    identity::User,
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
    pub(super) fn settle(self, has_service_failed: bool) {
        if has_service_failed {
            self.receipt.give_back();
        } else {
            self.receipt.forgive();
        }
    }
}

impl ProfileService {
    /// Admits a request that checks or hashes a password.
    pub(super) fn admit(&self, caller: ChargedCaller<'_>) -> Result<Admission, Error> {
        let (place, receipt) =
            admission::admit_password::<Error>(&self.limits, &self.hasher, caller)?;
        Ok(Admission { place, receipt })
    }

    /// Returns the session's user, if the session is valid and either the login is recent or the password
    /// is right. A wrong password is refused even if the login is recent.
    ///
    /// # Errors
    /// The session has ended, the login is not recent, the password is wrong, a limit is reached, or the
    /// service fails.
    pub(super) async fn authorise(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let (user, admission) = self.authenticate(requester, now).await?;
        if let Some(admission) = admission {
            admission.settle(false);
        }
        Ok(user)
    }

    /// As `ProfileService::authorise`, and returns the admission of the request if a password was checked, for
    /// a caller that hashes another one.
    pub(super) async fn authenticate(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<(User, Option<Admission>), Error> {
        let Requester {
            session,
            password,
            network,
            ..
        } = requester;
        let found = self.store.user_and_password(session.sub).await?;
        let UserWithPassword { user, verifier } = found
            .filter(|found| found.user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)?;
        let Some(password) = password else {
            return if session.is_recent(self.recent, now) {
                Ok((user, None))
            } else {
                Err(Error::NotRecent {
                    within: self.recent,
                })
            };
        };
        let caller = ChargedCaller::at(network)
            .naming(&user.email)
            .acting_for(user.id);
        let admission = self.admit(caller)?;
        match admission.place.check(password, verifier.as_ref()).await {
            Ok(PasswordCheck::Right | PasswordCheck::RightButOutdated) => {
                Ok((user, Some(admission)))
            }
            Ok(PasswordCheck::Wrong | PasswordCheck::Unusable) => {
                admission.receipt.keep();
                Err(Error::WrongPassword)
            }
            Err(error) => {
                admission.receipt.give_back();
                Err(error.into())
            }
        }
    }
}
