//! What every domain error becomes outside. No `_` arms: a new variant does not compile until
//! somebody has chosen its answer.

use chrono::TimeDelta;

pub(crate) use crate::http::problem::from_login::{
    no_login, not_resumed, of_account_code, of_code, unknown_provider,
};
use crate::{
    admin,
    audit::{AuditAction, audit},
    client::ClientLookupError,
    http::problem::{Code, Problem, RecordedRefusal},
    limits::{self, BudgetScope, LimitedAction},
    password::{HashingError, WeakPassword},
    profile, provider,
    session::{self, Session, SessionRefusal},
    token::{LinkRejection, TokenRejection},
};

/// The challenge where no credentials were given (RFC 6750 §3).
pub(crate) const BEARER: &str = "Bearer realm=\"signet\"";

/// The challenge where an access token was given that is no good (RFC 6750 §3.1).
pub(crate) const INVALID_TOKEN: &str = "Bearer realm=\"signet\", error=\"invalid_token\"";

/// The challenge where a request gives credentials in a way that is no good.
pub(crate) const INVALID_REQUEST: &str = "Bearer realm=\"signet\", error=\"invalid_request\"";

/// The one place that says why: to the log, and to who counts. The answer does not.
pub(super) fn refuse(act: AuditAction, reason: &'static str, answer: Problem) -> Problem {
    record(act, reason);
    answer.refusal(act, reason)
}

/// The same where the answer is none of ours to make: for whoever counts.
pub(crate) fn record(act: AuditAction, reason: &'static str) -> RecordedRefusal {
    audit!(act, Refused, reason);
    RecordedRefusal { act, reason }
}

/// A bad access token: one answer for every cause.
pub(crate) fn invalid_token(refused: SessionRefusal) -> Problem {
    if let SessionRefusal::Token(rejected) = refused
        && rejected.is_ours()
    {
        return Problem::lagging(rejected);
    }
    let answer = Problem::new(Code::InvalidToken).challenge(INVALID_TOKEN);
    refuse(AuditAction::Access, refused.as_str(), answer)
}

/// A bad refresh token: one answer for every cause, and the only one on which clients sign out.
pub(crate) fn invalid_grant(refused: SessionRefusal) -> Problem {
    if let SessionRefusal::Token(rejected) = refused
        && rejected.is_ours()
    {
        return Problem::lagging(rejected);
    }
    let answer = Problem::new(Code::InvalidGrant).challenge(BEARER);
    refuse(AuditAction::Refresh, refused.as_str(), answer)
}

/// A session that was minted, on record; or the answer that says why there is none.
pub(crate) fn minted(
    session: Result<Session, session::Error>,
    act: AuditAction,
) -> Result<Session, Problem> {
    // Only a refresh may say `invalid_grant`: clients sign out on it.
    let refusal = match act {
        AuditAction::Refresh => invalid_grant,
        _ => invalid_token,
    };
    let session = session.map_err(|error| of_session(error, refusal))?;
    audit!(
        act,
        Done,
        user.id = %session.access.sub,
        sid = %session.access.sid,
        client_id = %session.access.client_id,
    );
    Ok(session)
}

/// A scope that the client may not have, or was not granted.
pub(crate) fn scope_too_wide() -> Problem {
    Problem::new(Code::InvalidScope).of_field("scope")
}

/// An error of a session, where what was presented is answered by `refusal`.
pub(crate) fn of_session(error: session::Error, refusal: fn(SessionRefusal) -> Problem) -> Problem {
    match error {
        session::Error::Refused(refused) => refusal(refused),
        session::Error::Client(no_client) => no_client.into(),
        session::Error::Scope => scope_too_wide(),
        session::Error::Store(error) => Problem::trouble(&error),
        session::Error::Mint(error) => Problem::trouble(&error),
        session::Error::Entropy(error) => Problem::trouble(&error),
    }
}

/// A mailed link that does nothing: one answer for every cause, but for a link that is good elsewhere.
fn of_link(refused: LinkRejection) -> Problem {
    let code = match refused {
        LinkRejection::Token(rejected) if rejected.is_ours() => return Problem::lagging(rejected),
        LinkRejection::Elsewhere => Code::OpenedElsewhere,
        LinkRejection::Token(_) | LinkRejection::Taken | LinkRejection::Used => Code::InvalidLink,
    };
    refuse(AuditAction::Link, refused.as_str(), Problem::new(code))
}

/// What should be a mailed link has nothing in it.
pub(crate) fn no_link() -> Problem {
    of_link(LinkRejection::Token(TokenRejection::Malformed))
}

impl Problem {
    /// A new password that anybody would try.
    pub(crate) fn weak_password(field: &str, weak: WeakPassword) -> Self {
        Self::new(Code::WeakPassword).of_field(field).weak(weak)
    }

    /// A password that was asked for once more, and is another. No 401: the session is good.
    pub(crate) fn wrong_password(field: &str) -> Self {
        let answer = Self::new(Code::WrongPassword).of_field(field);
        refuse(AuditAction::Access, "wrong password", answer)
    }
}

/// No such user, or no id at all.
pub(crate) fn unknown_user() -> Problem {
    Problem::new(Code::UnknownUser)
}

/// No such account of that person, or no id at all.
pub(crate) fn unknown_account() -> Problem {
    Problem::new(Code::UnknownAccount)
}

/// The login is too long ago (RFC 9470 §3).
fn not_recent(within: TimeDelta) -> Problem {
    let max_age = within.num_seconds();
    let answer = Problem::new(Code::InsufficientUserAuthentication).challenge(format!(
        "{BEARER}, error=\"insufficient_user_authentication\", max_age=\"{max_age}\""
    ));
    refuse(AuditAction::Access, "login not recent", answer)
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
            Error::NotRecent { within } => not_recent(within),
            Error::OwnRecord => Self::new(Code::OwnRecord),
            Error::NoSuchUser => unknown_user(),
            Error::Taken => Self::new(Code::AddressTaken).of_field("email"),
            Error::Limited(limit) => limit.into(),
            Error::Weak(weak) => Self::weak_password("password", weak),
            Error::Hashing(error) => error.into(),
            Error::Store(error) => Self::trouble(&error),
            Error::Entropy(error) => Self::trouble(&error),
        }
    }
}

impl From<profile::Error> for Problem {
    fn from(error: profile::Error) -> Self {
        use profile::Error;
        match error {
            Error::Ended => invalid_token(SessionRefusal::Ended),
            Error::NotRecent { within } => not_recent(within),
            Error::WrongPassword => Self::wrong_password("password"),
            Error::Limited(limit) => limit.into(),
            Error::NoSuchAccount => unknown_account(),
            Error::AccountTaken => Self::new(Code::AccountTaken),
            Error::NotUnlinkable => Self::new(Code::NotUnlinkable),
            Error::LastWayIn => Self::new(Code::LastWayIn),
            Error::SameAddress => Self::field("email", "is already your email"),
            Error::Link(refused) => of_link(refused),
            Error::Client(no_client) => no_client.into(),
            Error::Weak(weak) => Self::weak_password("password", weak),
            Error::Hashing(error) => error.into(),
            Error::Store(error) => Self::trouble(&error),
            Error::Entropy(error) => Self::trouble(&error),
            Error::Mint(error) => Self::trouble(&error),
            Error::Mail(error) => Self::trouble(&error),
        }
    }
}

impl From<HashingError> for Problem {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::overloaded(),
            HashingError::Entropy(_) | HashingError::Failed => Self::trouble(&error),
        }
    }
}

impl From<ClientLookupError> for Problem {
    fn from(error: ClientLookupError) -> Self {
        let code = match error {
            ClientLookupError::Unknown => Code::UnknownClient,
            ClientLookupError::Ambiguous => Code::ClientIdRequired,
        };
        Self::new(code).of_field("client_id")
    }
}

/// 429 is about what the asking network did, 503 about what all together did.
impl From<limits::RateLimited> for Problem {
    fn from(refused: limits::RateLimited) -> Self {
        let refusal = limited(refused);
        let problem =
            if refused.limited == LimitedAction::Mail && refused.whose == BudgetScope::Everybody {
                let title = "The email limit of this service is reached. Try again later.";
                Self::new(Code::Overloaded).title(title)
            } else {
                Self::new(Code::RateLimited)
            };
        problem.limit(refused).refusal(refusal.act, refusal.reason)
    }
}

/// An attempt beyond a limit, on record; for whoever counts, also where no answer tells.
pub(crate) fn limited(refused: limits::RateLimited) -> RecordedRefusal {
    let reason = refused.limited.as_str();
    audit!(AuditAction::Limit, Refused, reason, budget = %refused.whose);
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
            Error::Limited(limit) => limit.into(),
            Error::Link(refused) => of_link(refused),
            Error::Weak(weak) => Self::weak_password("password", weak),
            Error::Hashing(error) => error.into(),
            Error::Store(error) => Self::trouble(&error),
            Error::Mint(error) => Self::trouble(&error),
            Error::Entropy(error) => Self::trouble(&error),
            Error::Mail(error) => Self::trouble(&error),
        }
    }
}
