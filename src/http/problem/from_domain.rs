//! What every domain error becomes outside. No `_` arms: a new variant does not compile until
//! somebody has chosen its answer.

use chrono::TimeDelta;

pub(crate) use crate::http::problem::from_login::{
    no_login, not_resumed, of_account_code, of_code, unknown_provider,
};
use crate::{
    admin,
    audit::{Act, audit},
    client::NoClient,
    http::problem::{Code, Problem, Refusal},
    limits::{self, Limited, Whose},
    password::{HashingError, Weak},
    provider, record,
    session::{self, Refused, Session},
    token::{LinkRefused, Rejected},
};

/// The challenge where no credentials were given (RFC 6750 §3).
pub(crate) const BEARER: &str = "Bearer realm=\"signet\"";

/// The challenge where an access token was given that is no good (RFC 6750 §3.1).
pub(crate) const INVALID_TOKEN: &str = "Bearer realm=\"signet\", error=\"invalid_token\"";

/// The challenge where a request gives credentials in a way that is no good.
pub(crate) const INVALID_REQUEST: &str = "Bearer realm=\"signet\", error=\"invalid_request\"";

/// The one place that says why: to the log, and to who counts. The answer does not.
pub(super) fn refuse(act: Act, reason: &'static str, answer: Problem) -> Problem {
    record(act, reason);
    answer.refusal(act, reason)
}

/// The same where the answer is none of ours to make: for whoever counts.
pub(crate) fn record(act: Act, reason: &'static str) -> Refusal {
    audit!(act, Refused, reason);
    Refusal { act, reason }
}

/// A bad access token: one answer for every cause.
pub(crate) fn invalid_token(refused: Refused) -> Problem {
    if let Refused::Token(rejected) = refused
        && rejected.is_ours()
    {
        return Problem::lagging(rejected);
    }
    let answer = Problem::new(Code::InvalidToken).challenge(INVALID_TOKEN);
    refuse(Act::Access, refused.as_str(), answer)
}

/// A bad refresh token: one answer for every cause, and the only one on which clients sign out.
pub(crate) fn invalid_grant(refused: Refused) -> Problem {
    if let Refused::Token(rejected) = refused
        && rejected.is_ours()
    {
        return Problem::lagging(rejected);
    }
    let answer = Problem::new(Code::InvalidGrant).challenge(BEARER);
    refuse(Act::Refresh, refused.as_str(), answer)
}

/// A session that was minted, on record; or the answer that says why there is none.
pub(crate) fn minted(
    session: Result<Session, session::Error>,
    act: Act,
) -> Result<Session, Problem> {
    // Only a refresh may say `invalid_grant`: clients sign out on it.
    let refusal = match act {
        Act::Refresh => invalid_grant,
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
pub(crate) fn of_session(error: session::Error, refusal: fn(Refused) -> Problem) -> Problem {
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
fn of_link(refused: LinkRefused) -> Problem {
    let code = match refused {
        LinkRefused::Token(rejected) if rejected.is_ours() => return Problem::lagging(rejected),
        LinkRefused::Elsewhere => Code::OpenedElsewhere,
        LinkRefused::Token(_) | LinkRefused::Taken | LinkRefused::Used => Code::InvalidLink,
    };
    refuse(Act::Link, refused.as_str(), Problem::new(code))
}

/// What should be a mailed link has nothing in it.
pub(crate) fn no_link() -> Problem {
    of_link(LinkRefused::Token(Rejected::Malformed))
}

impl Problem {
    /// A new password that anybody would try.
    pub(crate) fn weak_password(field: &str, weak: Weak) -> Self {
        Self::new(Code::WeakPassword).of_field(field).weak(weak)
    }

    /// A password that was asked for once more, and is another. No 401: the session is good.
    pub(crate) fn wrong_password(field: &str) -> Self {
        let answer = Self::new(Code::WrongPassword).of_field(field);
        refuse(Act::Access, "wrong password", answer)
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
    refuse(Act::Access, "login not recent", answer)
}

impl From<admin::Error> for Problem {
    fn from(error: admin::Error) -> Self {
        use admin::Error;
        match error {
            Error::Ended => invalid_token(Refused::Ended),
            Error::NotAdmin => refuse(Act::Access, "not an admin", Self::new(Code::AdminRequired)),
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

impl From<record::Error> for Problem {
    fn from(error: record::Error) -> Self {
        use record::Error;
        match error {
            Error::Ended => invalid_token(Refused::Ended),
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

impl From<NoClient> for Problem {
    fn from(error: NoClient) -> Self {
        let code = match error {
            NoClient::Unknown => Code::UnknownClient,
            NoClient::Ambiguous => Code::ClientIdRequired,
        };
        Self::new(code).of_field("client_id")
    }
}

/// 429 is about what the asking network did, 503 about what all together did.
impl From<limits::Refused> for Problem {
    fn from(refused: limits::Refused) -> Self {
        let refusal = limited(refused);
        let problem = if refused.limited == Limited::Mail && refused.whose == Whose::Everybody {
            let title = "The email limit of this service is reached. Try again later.";
            Self::new(Code::Overloaded).title(title)
        } else {
            Self::new(Code::RateLimited)
        };
        problem.limit(refused).refusal(refusal.act, refusal.reason)
    }
}

/// An attempt beyond a limit, on record; for whoever counts, also where no answer tells.
pub(crate) fn limited(refused: limits::Refused) -> Refusal {
    let reason = refused.limited.as_str();
    audit!(Act::Limit, Refused, reason, budget = %refused.whose);
    Refusal {
        act: Act::Limit,
        reason,
    }
}

impl From<provider::Error> for Problem {
    fn from(error: provider::Error) -> Self {
        use provider::Error;
        match error {
            Error::Refused(reason) => {
                let answer = Self::new(Code::InvalidCredentials).challenge(BEARER);
                refuse(Act::Login, reason.as_str(), answer)
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
