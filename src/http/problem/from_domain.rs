//! Maps every domain error to its problem. There are no `_` arms: a new variant does not compile before its
//! problem is chosen.

use axum::{Extension, http::StatusCode};
use chrono::TimeDelta;

pub(crate) use crate::http::problem::from_login::{
    no_login, not_resumed, of_account_code, of_code, unknown_provider,
};
use crate::{
    admin,
    admission::MailRequest,
    audit::{AuditAction, audit},
    client::{Acr, ClientLookupError},
    dpop::{ProofAlgorithm, ProofError},
    http::problem::{Code, Problem, RecordedRefusal},
    internal::InternalError,
    limits::{self, BudgetScope, LimitedAction},
    password::{HashingError, WeakPassword},
    profile, provider, second_factor,
    session::{self, SessionRefusal},
    token::{LinkRejection, TokenRejection},
};

/// The challenge to a request without credentials (RFC 6750 §3).
pub(crate) const BEARER: &str = "Bearer realm=\"signet\"";

/// The challenge to an invalid access token (RFC 6750 §3.1).
pub(crate) const INVALID_TOKEN: &str = "Bearer realm=\"signet\", error=\"invalid_token\"";

/// The challenge to credentials in an invalid form (RFC 6750 §3.1).
pub(crate) const INVALID_REQUEST: &str = "Bearer realm=\"signet\", error=\"invalid_request\"";

/// Records the reason of a refusal in the audit log and for metrics. The response does not contain it.
pub(super) fn refuse(act: AuditAction, reason: &'static str, answer: Problem) -> Problem {
    record(act, reason);
    answer.refusal(act, reason)
}

/// Records a refusal whose response is not a problem, and returns it for metrics.
pub(crate) fn record(act: AuditAction, reason: &'static str) -> RecordedRefusal {
    audit!(act, Refused, reason);
    RecordedRefusal { act, reason }
}

/// The problem of a refused access token: the same for every reason, except for the token of a confidential client,
/// which is valid elsewhere, and tokens with the wrong scheme.
pub(crate) fn invalid_token(refused: SessionRefusal) -> Problem {
    let answer = if refused == SessionRefusal::ConfidentialClient {
        let title = "This access token is one of a client with credentials, which may read /userinfo and /session only.";
        let challenge = format!("{BEARER}, error=\"insufficient_scope\"");
        Problem::new(Code::InsufficientScope)
            .challenge(challenge)
            .title(title)
    } else if refused == SessionRefusal::BoundToken {
        let title =
            "This access token is bound to a key: send it with the scheme DPoP and a proof.";
        Problem::new(Code::InvalidToken).title(title).at_resource()
    } else if refused == SessionRefusal::Unbound {
        let title = "This access token is not bound to a key: send it with the scheme Bearer, or log in with a proof.";
        let answer = Problem::new(Code::InvalidToken).title(title);
        answer.challenge(INVALID_TOKEN)
    } else {
        Problem::new(Code::InvalidToken).challenge(INVALID_TOKEN)
    };
    refuse(AuditAction::Access, refused.as_str(), answer)
}

/// The problem of a refused refresh token: the same for every reason, and the only one on which clients sign
/// out.
pub(super) fn invalid_grant(refused: SessionRefusal) -> Problem {
    let answer = Problem::new(Code::InvalidGrant).challenge(BEARER);
    refuse(AuditAction::Refresh, refused.as_str(), answer)
}

/// The problem of a request for tokens without a valid proof (RFC 9449 §5, §8).
impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Invalid(rejection) => {
                let answer = Self::new(Code::InvalidDpopProof).detail(rejection.to_string());
                refuse(AuditAction::Proof, rejection.as_str(), answer)
            }
            // A client with a wrong clock makes another proof: nothing is refused.
            ProofError::UseNonce { nonce, reason } => {
                let answer = Self::new(Code::UseDpopNonce).detail(reason.to_string());
                answer.nonce(nonce)
            }
            ProofError::Unavailable(fault) => InternalError::from(fault).into(),
            ProofError::NoCoordination => InternalError::NoCoordination.into(),
        }
    }
}

/// The problem of a request that presents an access token which is refused.
pub(crate) fn of_presented(error: session::Error) -> Problem {
    match error {
        session::Error::Proof(
            error @ (ProofError::Unavailable(_) | ProofError::NoCoordination),
        ) => error.into(),
        session::Error::Proof(error) => Problem::from(error).at_resource(),
        other => other.into(),
    }
}

/// Requests that present an access token, and logins.
impl From<session::Error> for Problem {
    fn from(error: session::Error) -> Self {
        of_session(error, invalid_token)
    }
}

/// The problem of a refresh that failed.
pub(crate) fn of_refresh(error: session::Error) -> Problem {
    of_session(error, invalid_grant)
}

/// The challenge to failed client authentication (RFC 6749 §5.2).
const BASIC: &str = "Basic realm=\"signet\", charset=\"UTF-8\"";

/// The problem of failed client authentication.
pub(crate) fn invalid_client(reason: &'static str) -> Problem {
    let answer = Problem::new(Code::InvalidClient).challenge(BASIC);
    refuse(AuditAction::ClientAuthentication, reason, answer)
}

/// The reason of a refusal for a missing scope.
pub(super) const WITHOUT_SCOPE: &str = "insufficient scope";

/// The problem of an access token without the scope that an endpoint needs (RFC 6750 §3.1). It is not recorded.
pub(super) fn without_scope(scope: &str) -> Problem {
    let challenge = format!("{BEARER}, error=\"insufficient_scope\", scope=\"{scope}\"");
    Problem::new(Code::InsufficientScope).challenge(challenge)
}

/// The problem of a subject token that cannot be exchanged (RFC 8693 §2.2.2): the same for every reason.
pub(crate) fn invalid_subject_token(reason: &'static str) -> Problem {
    let title = "The subject token is invalid, expired, revoked, or for another service.";
    let answer = Problem::new(Code::InvalidRequest).title(title);
    refuse(AuditAction::TokenExchange, reason, answer)
}

/// The problem of a scope that the client may not have or was not granted.
pub(crate) fn scope_too_wide() -> Problem {
    Problem::new(Code::InvalidScope).of_field("scope")
}

/// Maps an error of a session. `refusal` maps the refusal of the presented token.
pub(super) fn of_session(error: session::Error, refusal: fn(SessionRefusal) -> Problem) -> Problem {
    match error {
        session::Error::Refused(refused) => refusal(refused),
        session::Error::Client(no_client) => no_client.into(),
        session::Error::Scope => scope_too_wide(),
        session::Error::Strength(acr) => refuse(AuditAction::Login, NOT_STRONG, too_weak(acr)),
        session::Error::Target => Problem::new(Code::InvalidTarget),
        session::Error::Proof(error) => error.into(),
        session::Error::Internal(fault) => fault.into(),
    }
}

/// The problem of a refused link: the same for every reason, except for a link that is valid elsewhere and for too many
/// codes.
fn of_link(refused: LinkRejection) -> Problem {
    let problem = match refused {
        LinkRejection::Elsewhere => Problem::new(Code::OpenedElsewhere),
        LinkRejection::TooManyCodes => Problem::new(Code::InvalidLink)
            .title("Too many codes were tried. Use the link in the email or request a new one."),
        LinkRejection::Token(_)
        | LinkRejection::Taken
        | LinkRejection::Used
        | LinkRejection::WrongCode => Problem::new(Code::InvalidLink),
    };
    refuse(AuditAction::Link, refused.as_str(), problem)
}

/// The problem of a request without the token of a link.
pub(crate) fn no_link() -> Problem {
    of_link(LinkRejection::Token(TokenRejection::Malformed))
}

impl Problem {
    /// Sets the status 401 and the challenge of a request that presents an access token (RFC 9449 §7.1).
    fn at_resource(mut self) -> Self {
        self.status = StatusCode::UNAUTHORIZED;
        let (error, algorithms) = (self.error.unwrap_or_default(), ProofAlgorithm::LIST);
        self.challenge(format!("DPoP error=\"{error}\", algs=\"{algorithms}\""))
    }

    /// The problem of a weak new password.
    pub(crate) fn weak_password(field: &str, weak: WeakPassword) -> Self {
        Self::new(Code::WeakPassword).of_field(field).weak(weak)
    }

    /// The problem of a wrong password in a session. Not a 401: the session is valid.
    pub(crate) fn wrong_password(field: &str) -> Self {
        let answer = Self::new(Code::WrongPassword).of_field(field);
        refuse(AuditAction::Access, "wrong password", answer)
    }
}

/// The problem of an ID that no user has.
pub(crate) fn unknown_user() -> Problem {
    Problem::new(Code::UnknownUser)
}

/// The problem of an ID that no account of the user has.
pub(crate) fn unknown_account() -> Problem {
    Problem::new(Code::UnknownAccount)
}

/// The reason of a refusal for an old login.
pub(super) const NOT_RECENT: &str = "login not recent";

/// The reason of a refusal for a weak login.
pub(super) const NOT_STRONG: &str = "login not strong";

/// The problem of a sensitive request whose login is not recent enough, or not strong enough.
fn no_recent_login(acr: Acr, within: TimeDelta) -> Problem {
    let requirement = format!("{}, {}", acr_values(acr), max_age(within));
    refuse(
        AuditAction::Access,
        NOT_RECENT,
        weak_authentication(&requirement),
    )
}

/// The problem of a login that is weaker than required. It is not recorded.
pub(super) fn too_weak(acr: Acr) -> Problem {
    weak_authentication(&acr_values(acr))
        .title("This request requires a stronger login. The challenge names its acr.")
}

fn acr_values(acr: Acr) -> String {
    format!("acr_values=\"{}\"", acr.as_str())
}

pub(super) fn max_age(within: TimeDelta) -> String {
    format!("max_age=\"{}\"", within.num_seconds())
}

/// The problem of a login that is not recent or not strong enough. `requirement` are the parameters of the challenge
/// (RFC 9470 §3). It is not recorded.
pub(super) fn weak_authentication(requirement: &str) -> Problem {
    let error = "error=\"insufficient_user_authentication\"";
    Problem::new(Code::InsufficientUserAuthentication)
        .challenge(format!("{BEARER}, {error}, {requirement}"))
}

impl From<admin::Error> for Problem {
    fn from(error: admin::Error) -> Self {
        use admin::Error;
        match error {
            Error::Ended => invalid_token(SessionRefusal::Ended),
            Error::NotAdmin => refuse(
                AuditAction::Access,
                "not an admin",
                Self::new(Code::AdminRequired),
            ),
            Error::NotRecent { within, acr, .. } => no_recent_login(acr, within),
            Error::OwnRecord => Self::new(Code::OwnRecord),
            Error::NoSuchUser => unknown_user(),
            Error::Taken => Self::new(Code::AddressTaken).of_field("email"),
            Error::Limited(limit) => limit.into(),
            Error::Weak(weak) => Self::weak_password("password", weak),
            Error::Internal(fault) => fault.into(),
        }
    }
}

impl From<profile::Error> for Problem {
    fn from(error: profile::Error) -> Self {
        use profile::Error;
        match error {
            Error::Scope(scope) => refuse(AuditAction::Access, WITHOUT_SCOPE, without_scope(scope)),
            Error::Ended => invalid_token(SessionRefusal::Ended),
            Error::NotRecent { within, acr } => no_recent_login(acr, within),
            Error::WrongPassword => Self::wrong_password("password"),
            Error::Limited(limit) => limit.into(),
            Error::NoSuchAccount => unknown_account(),
            Error::AccountTaken => Self::new(Code::AccountTaken),
            Error::NotUnlinkable => Self::new(Code::NotUnlinkable),
            Error::LastWayIn => Self::new(Code::LastWayIn),
            Error::TotpExists => Self::new(Code::TotpExists),
            Error::Enrolment(reason) => Self::invalid_enrolment(reason),
            Error::WrongCode => Self::wrong_code(),
            Error::NoSuchFactor => Self::new(Code::UnknownFactor),
            Error::NoSecondFactor => Self::new(Code::NoSecondFactor),
            Error::Registration(refused) => refuse(
                AuditAction::FactorAdd,
                refused.as_str(),
                Self::new(Code::InvalidRegistration),
            ),
            Error::PasskeyExists => Self::new(Code::PasskeyExists),
            Error::TooManyPasskeys => Self::new(Code::TooManyPasskeys),
            Error::SameAddress => Self::field("email", "is already your email"),
            Error::Link(refused) => of_link(refused),
            Error::Client(no_client) => no_client.into(),
            Error::Weak(weak) => Self::weak_password("password", weak),
            Error::Internal(fault) => fault.into(),
        }
    }
}

/// The only place that maps faults of the service to a 503, and the lack of a mail server to a 501.
impl From<InternalError> for Problem {
    fn from(fault: InternalError) -> Self {
        match fault {
            InternalError::Hashing(HashingError::Busy) => Self::overloaded(),
            InternalError::SpentTokensFull => Self::crowded(),
            InternalError::NoCoordination => Self::uncoordinated(),
            InternalError::Unverifiable(rejected) => Self::lagging(rejected),
            InternalError::Mail(cause) => Self::mail_not_configured(cause),
            InternalError::Store(_)
            | InternalError::Mint(_)
            | InternalError::Entropy(_)
            | InternalError::Nonce(_)
            | InternalError::StoredSecret(_)
            | InternalError::Passkey(_)
            | InternalError::Hashing(
                HashingError::Entropy(_) | HashingError::Failed | HashingError::Secrets(_),
            ) => Self::failed(&fault),
        }
    }
}

impl From<ClientLookupError> for Problem {
    fn from(error: ClientLookupError) -> Self {
        let code = match error {
            ClientLookupError::Unknown => Code::UnknownClient,
            ClientLookupError::Ambiguous => Code::ClientIdRequired,
            ClientLookupError::Unauthenticated => return invalid_client("no credentials"),
            ClientLookupError::Grant => return Self::new(Code::UnauthorizedClient),
        };
        Self::new(code).of_field("client_id")
    }
}

/// The budgets of the caller's network are answered by 429, the budget of all mails by 503.
impl From<limits::RateLimited> for Problem {
    fn from(refused: limits::RateLimited) -> Self {
        let refusal = limited(refused);
        let problem =
            if refused.limited == LimitedAction::Mail && refused.scope == BudgetScope::Global {
                let title = "The email limit of this service is reached. Try again later.";
                Self::new(Code::Overloaded).title(title)
            } else {
                Self::new(Code::RateLimited)
            };
        problem.limit(refused).refusal(refusal.act, refusal.reason)
    }
}

/// A refusal that is recorded in metrics and the audit log but hidden from the caller.
pub(crate) type HiddenRefusal = Option<Extension<RecordedRefusal>>;

/// Records a mail that was suppressed by the limit of its mailbox. The response must not reveal it.
pub(crate) fn suppressed(request: MailRequest) -> HiddenRefusal {
    match request {
        MailRequest::Queued => None,
        MailRequest::Suppressed(refused) => Some(Extension(limited(refused))),
    }
}

/// Records an attempt beyond a rate limit, and returns it for metrics.
fn limited(refused: limits::RateLimited) -> RecordedRefusal {
    let reason = refused.limited.as_str();
    audit!(AuditAction::Limit, Refused, reason, budget = %refused.scope);
    RecordedRefusal {
        act: AuditAction::Limit,
        reason,
    }
}

impl From<provider::Error> for Problem {
    fn from(error: provider::Error) -> Self {
        use provider::Error;
        match error {
            Error::Refused(reason) => {
                let answer = Self::new(Code::InvalidCredentials).challenge(BEARER);
                refuse(AuditAction::Login, reason.as_str(), answer)
            }
            Error::Passkey(reason) => {
                let answer = Self::new(Code::InvalidPasskey).challenge(BEARER);
                refuse(AuditAction::Login, reason.as_str(), answer)
            }
            Error::Limited(limit) => limit.into(),
            Error::Link(refused) => of_link(refused),
            Error::Continuation(refused) => second_factor::Error::from(refused).into(),
            Error::Weak(weak) => Self::weak_password("password", weak),
            Error::Migration(fault) => Self::failed(&fault),
            Error::Internal(fault) => fault.into(),
        }
    }
}
