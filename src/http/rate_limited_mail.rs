//! Rate-limited requests for mails, and the opening of mailed links.

use axum::{Extension, extract::FromRef};

use crate::{
    app::App,
    audit::{AuditAction, audit},
    client::AuthorizationRequest,
    http::problem::{Problem, RecordedRefusal, from_domain},
    identity::{EmailAddress, UserId},
    limits::{BudgetScope, ChargedCaller, LimitedAction, Limits},
    locale::Localizer,
    mail::{MailContext, Mailer},
    network::Network,
    profile,
    provider::{self, UpstreamError},
    session::Sessions,
};

/// What those routes work with.
#[derive(Clone)]
pub(crate) struct RateLimitedMail {
    limits: Limits,
    mailer: Mailer,
    pub(crate) sessions: Sessions,
}

impl FromRef<App> for RateLimitedMail {
    fn from_ref(app: &App) -> Self {
        Self {
            limits: app.limits.clone(),
            mailer: app.profiles.mailer.clone(),
            sessions: app.sessions.clone(),
        }
    }
}

/// What is counted of an answer that says nothing of it.
pub(crate) type Unsaid = Option<Extension<RecordedRefusal>>;

/// An error of the domain, of which it can be said whose trouble it is.
pub(crate) trait IsServerFault: Into<Problem> {
    /// Whether it is ours alone.
    fn is_ours(&self) -> bool;
}

impl IsServerFault for provider::Error {
    fn is_ours(&self) -> bool {
        self.is_ours()
    }
}

impl IsServerFault for profile::Error {
    fn is_ours(&self) -> bool {
        self.is_ours()
    }
}

impl IsServerFault for UpstreamError {
    fn is_ours(&self) -> bool {
        self.is_ours()
    }
}

impl RateLimitedMail {
    /// Who asks, in that language, on the way that a page of ours was come to.
    pub(crate) fn asked<'a>(
        &'a self,
        client_id: Option<&str>,
        localizer: &Localizer,
        request: Option<&'a AuthorizationRequest>,
    ) -> Result<MailContext<'a>, Problem> {
        Ok(MailContext {
            client: self.sessions.clients().choose(client_id)?,
            locale: localizer.locale(),
            request,
        })
    }

    /// Whether there is a way to send mail.
    pub(crate) fn can_mail(&self) -> bool {
        self.mailer.check().is_ok()
    }

    /// Sends a mail within the limits of mails. A mailbox whose limit is reached is logged, and hidden from
    /// the caller.
    pub(crate) async fn send<E: IsServerFault>(
        &self,
        network: Network,
        email: &EmailAddress,
        sending: impl Future<Output = Result<(), E>>,
    ) -> Result<Unsaid, Problem> {
        // Where there is no mail, nobody pays for one.
        self.mailer
            .check()
            .map_err(|error| Problem::trouble(&error))?;
        let caller = ChargedCaller::at(network).naming(email);
        let receipt = match self.limits.charge(LimitedAction::Mail, caller) {
            Err(refused) if refused.whose == BudgetScope::Address => {
                return Ok(Some(Extension(from_domain::limited(refused))));
            }
            charged => charged?,
        };
        let sent = sending.await;
        receipt.settle(sent.as_ref().is_err_and(E::is_ours));
        sent.map_err(E::into)?;
        Ok(None)
    }

    /// Opens a mailed link within the limit of confirmations.
    pub(crate) async fn open<T, E: IsServerFault>(
        &self,
        network: Network,
        opening: impl Future<Output = Result<T, E>>,
    ) -> Result<Result<T, E>, Problem> {
        let receipt = self
            .limits
            .charge(LimitedAction::Confirm, ChargedCaller::at(network))?;
        let opened = opening.await;
        receipt.settle(opened.as_ref().is_err_and(E::is_ours));
        Ok(opened)
    }
}

/// Writes the audit line of a change that was made through a mailed link. Returns an error unchanged, and
/// before the line: the fields of a line are evaluated only if the log filter admits it.
pub(crate) fn recorded(
    act: AuditAction,
    changed: Result<UserId, profile::Error>,
) -> Result<(), profile::Error> {
    let user_id = changed?;
    audit!(act, Done, user.id = %user_id);
    Ok(())
}
