//! A login that waits while its user may add a passkey: sealed, so that no row is stored for it.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::{PresentedRegistration, RegistrationChallenge};
use crate::{
    audit::{AuditAction, audit},
    identity::{AuthMethod, Epoch, User, UserId, Verified},
    internal::InternalError,
    locale::Locale,
    network::Network,
    profile::{Error, ProfileService, Requester},
    second_factor::{self, ContinuationRejection, ContinuedPage},
    token::{Access, PageLogin, SealedPurpose, SealedToken, TokenForm, TokenKind, TokenRejection},
};

/// The time for which the login waits.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// The sealed token of an offer, and how long it is valid.
pub const OFFER_KIND: (TokenForm, TimeDelta) = (SealedToken::<PasskeyOffer>::FORM, LIFETIME);

/// The claims of an offer: a complete login, which only its browser continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyOffer {
    sub: UserId,
    sid: String,
    epoch: Epoch,
    #[serde(with = "ts_seconds")]
    auth_time: DateTime<Utc>,
    amr: Vec<String>,
    /// The page that continues the login.
    pub page: ContinuedPage,
}

impl SealedPurpose for PasskeyOffer {
    const PURPOSE: &'static str = "passkey-offer";
}

impl ProfileService {
    /// Offers a passkey to a user without one. Returns the sealed offer and the challenge, or `None` if passkeys are off
    /// or the user has a passkey.
    ///
    /// # Errors
    /// The session has ended, or the service fails.
    pub async fn offer_passkey(
        &self,
        verified: &Verified,
        (client_id, page): (&str, ContinuedPage),
        now: DateTime<Utc>,
    ) -> Result<Option<(String, RegistrationChallenge)>, Error> {
        if self.passkeys.rp_id().is_none() {
            return Ok(None);
        }
        let user = verified.user();
        let offer = PasskeyOffer {
            sub: user.id,
            sid: self.entropy.identifier()?,
            epoch: user.session_epoch,
            auth_time: verified.at(),
            amr: verified.amr(),
            page,
        };
        let session = self.session_of(&offer, client_id);
        let begun = self.begin_passkey(&session, now).await?;
        if !begun.existing.is_empty() {
            return Ok(None);
        }
        let sealed = self.tokens.seal(offer, client_id, LIFETIME, now)?;
        Ok(Some((sealed, begun)))
    }

    /// Opens an offer in the browser with this login cookie.
    ///
    /// # Errors
    /// The offer is expired, used or forged, belongs to another browser, or cannot be opened now.
    pub async fn open_offer(
        &self,
        sealed: &str,
        login_cookie: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<PasskeyOffer>, second_factor::Error> {
        let opened: SealedToken<PasskeyOffer> = self.tokens.unseal(sealed, now).await?;
        if !opened.claims.page.code_challenge.is_met_by(login_cookie) {
            return Err(ContinuationRejection::Elsewhere.into());
        }
        if self.spent_offers.contains(&opened.jti) {
            return Err(ContinuationRejection::Spent.into());
        }
        Ok(opened)
    }

    /// Creates another challenge for an offer.
    ///
    /// # Errors
    /// The session has ended, the user has too many passkeys, or the service fails.
    pub async fn begin_offered_passkey(
        &self,
        offer: &SealedToken<PasskeyOffer>,
        now: DateTime<Utc>,
    ) -> Result<RegistrationChallenge, Error> {
        let session = self.session_of(&offer.claims, &offer.client_id);
        self.begin_passkey(&session, now).await
    }

    /// Adds the offered passkey. Returns the login, which the change of the epoch does not end.
    ///
    /// # Errors
    /// See [`ProfileService::add_passkey`].
    pub async fn add_offered_passkey(
        &self,
        offer: &SealedToken<PasskeyOffer>,
        presented: PresentedRegistration<'_>,
        (network, locale): (Network, Locale),
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let session = self.session_of(&offer.claims, &offer.client_id);
        let requester = Requester {
            session: &session,
            password: None,
            network,
            locale,
        };
        let (user, _) = self.add_passkey(requester, presented, now).await?;
        audit!(AuditAction::FactorAdd, Done, user.id = %user.id, sid = %session.sid);
        // The new epoch has ended the offer.
        let methods = methods(&offer.claims).ok_or(Error::Ended)?;
        Ok(Verified::new(user, methods, offer.claims.auth_time))
    }

    /// Continues the login without a passkey.
    ///
    /// # Errors
    /// The offer was used, the session has ended, or the service fails.
    pub async fn decline_offer(
        &self,
        offer: &SealedToken<PasskeyOffer>,
        now: DateTime<Utc>,
    ) -> Result<Verified, second_factor::Error> {
        let PasskeyOffer { sub, epoch, .. } = offer.claims;
        let user: Option<User> = self.store.user(sub).await?;
        let user = user
            .filter(|user| user.accepts_epoch(epoch))
            .ok_or(ContinuationRejection::Ended)?;
        let methods = methods(&offer.claims);
        let methods = methods.ok_or(ContinuationRejection::Token(TokenRejection::Claims))?;
        self.spend_offer(offer, now).await?;
        Ok(Verified::new(user, methods, offer.claims.auth_time))
    }

    /// Marks an offer as used. After a logout, nobody continues the login by the page.
    async fn spend_offer(
        &self,
        offer: &SealedToken<PasskeyOffer>,
        now: DateTime<Utc>,
    ) -> Result<(), second_factor::Error> {
        let spent = self.spent_offers.spend(&offer.jti, offer.exp, now);
        spent
            .await
            .map_err(|not_spent| match InternalError::unrecordable(not_spent) {
                Some(fault) => second_factor::Error::Internal(fault),
                None => ContinuationRejection::Spent.into(),
            })
    }

    /// Returns the claims of a session that the offer stands for.
    fn session_of(&self, offer: &PasskeyOffer, client_id: &str) -> Access {
        let login = PageLogin {
            sub: offer.sub,
            epoch: offer.epoch,
            sid: &offer.sid,
            client_id,
            auth_time: offer.auth_time,
            amr: &offer.amr,
        };
        Access::unminted(self.tokens.issuer(), login)
    }
}

/// Returns the methods of the login. `None` if another release names a method that this one does not know.
fn methods(offer: &PasskeyOffer) -> Option<Vec<AuthMethod>> {
    let methods = offer.amr.iter().map(|word| word.parse().ok());
    methods.collect()
}
