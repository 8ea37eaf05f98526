//! Admits requests within the rate limits, in the order that every use case follows: the limits are
//! checked, the resource is reserved, the attempt is charged, and the charge is settled by the outcome.

use crate::{
    client::Acr,
    identity::{EmailAddress, EnrolledFactors},
    limits::{
        Attempt, BudgetScope, ChargedCaller, LimitError, LimitedAction, Limits, RateLimited,
        Receipt,
    },
    mail::{MailContext, MailUnavailable, Mailer},
    network::Network,
    password::{Hasher, HashingError, QueuePlace},
};

/// Admits a request that checks or hashes a password: the limits of logins are checked, a place in the
/// password pool is reserved, and the attempt is charged. A request that the pool turns away costs nothing.
///
/// # Errors
/// A limit is reached, or the pool is full.
pub async fn admit_password<E>(
    limits: &Limits,
    hasher: &Hasher,
    caller: ChargedCaller<'_>,
) -> Result<(QueuePlace, Receipt), E>
where
    E: From<LimitError> + From<HashingError>,
{
    let attempt = limits.check(LimitedAction::Login, caller).await?;
    admit_attempt(attempt, hasher, caller.network()).await
}

/// Admits a request whose limits have been checked, as [`admit_password`] does.
///
/// # Errors
/// Another attempt has exhausted a budget meanwhile, or the pool is full.
pub async fn admit_attempt<E>(
    attempt: Attempt,
    hasher: &Hasher,
    network: Network,
) -> Result<(QueuePlace, Receipt), E>
where
    E: From<LimitError> + From<HashingError>,
{
    let place = hasher.reserve(network)?;
    let receipt = attempt.charge().await?;
    Ok((place, receipt))
}

/// Returns the least strength of the login of a user with these factors for a sensitive request.
pub fn required_acr(factors: EnrolledFactors) -> Acr {
    if factors.has_any() {
        Acr::MultiFactor
    } else {
        Acr::OneFactor
    }
}

/// Returns whether a login of a user with these factors can be that strong.
pub fn can_reach(acr: Acr, factors: EnrolledFactors) -> bool {
    match acr {
        Acr::OneFactor => true,
        Acr::MultiFactor => factors.has_any(),
        Acr::PhishingResistant => factors.has_passkey,
    }
}

/// Opens a mailed link within the network's limit of confirmations. The charge is given back if opening fails
/// by a fault of the service.
///
/// # Errors
/// A limit is reached, or `opening` fails.
pub async fn open_link<T, E: From<LimitError>>(
    limits: &Limits,
    network: Network,
    is_fault: fn(&E) -> bool,
    opening: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let receipt = limits
        .charge(LimitedAction::Confirm, ChargedCaller::at(network))
        .await?;
    let outcome = opening.await;
    receipt.settle(outcome.as_ref().is_err_and(is_fault)).await;
    outcome
}

/// Asks a provider within the network's limit of confirmations. The attempt stays charged only if it fails
/// with an error that `is_charged`. Logins by password have their own budget, so a provider that is down
/// takes none from them.
///
/// # Errors
/// A limit is reached, or `asking` fails.
pub async fn ask_provider<T, E: From<LimitError>>(
    limits: &Limits,
    network: Network,
    is_charged: fn(&E) -> bool,
    asking: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let receipt = limits
        .charge(LimitedAction::Confirm, ChargedCaller::at(network))
        .await?;
    let outcome = asking.await;
    receipt
        .settle(!outcome.as_ref().is_err_and(is_charged))
        .await;
    outcome
}

/// A mail that a caller requests.
#[derive(Debug, Clone)]
pub struct RequestedMail<'a> {
    /// The recipient.
    pub to: EmailAddress,
    /// The network of the caller.
    pub network: Network,
    /// The client, the language and the page that the mail is requested for.
    pub context: MailContext<'a>,
}

/// The outcome of a request for a mail. The caller cannot tell the variants apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a suppressed mail is logged and counted"]
pub enum MailRequest {
    /// The mail is queued.
    Queued,
    /// No mail is sent, because the mailbox has received as many as its limit allows.
    Suppressed(RateLimited),
}

/// Sends a mail within the limits of mails. The charge is given back if `sending` fails by a fault of
/// the service. Where no mail server is configured, nothing is charged.
///
/// # Errors
/// A limit of the network or of the service is reached, or `sending` fails.
pub async fn request_mail<E>(
    limits: &Limits,
    mailer: &Mailer,
    mail: &RequestedMail<'_>,
    is_fault: fn(&E) -> bool,
    sending: impl Future<Output = Result<(), E>>,
) -> Result<MailRequest, E>
where
    E: From<LimitError> + From<MailUnavailable>,
{
    mailer.check()?;
    let caller = ChargedCaller::at(mail.network).naming(&mail.to);
    let receipt = match limits.charge(LimitedAction::Mail, caller).await {
        Err(LimitError::Reached(refused)) if refused.scope == BudgetScope::Email => {
            return Ok(MailRequest::Suppressed(refused));
        }
        charged => charged?,
    };
    let sent = sending.await;
    receipt.settle(sent.as_ref().is_err_and(is_fault)).await;
    sent?;
    Ok(MailRequest::Queued)
}
