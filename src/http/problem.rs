//! Errors as RFC 9457 problems.

mod body;
mod codes;
pub(crate) mod from_domain;
mod from_login;
pub(crate) mod from_policy;
mod from_second_factor;
mod unavailable;

use std::{any::Any, num::NonZeroU32, panic::AssertUnwindSafe, time::Duration};

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;

pub(crate) use self::{body::ProblemBody, codes::Code, unavailable::FailureCause};
use crate::{
    audit::AuditAction,
    http::dpop::set_nonce,
    limits::{BudgetScope, RateLimited},
    password::WeakPassword,
    second_factor::PendingSecondFactor,
};

/// The default of `Retry-After`, in seconds.
const RETRY_AFTER_SECONDS: u64 = 2;

/// The response to a failed request. It contains no internal cause and no secret, and of the input at most the
/// name of a field.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: Code,
    title: &'static str,
    detail: Option<Box<str>>,
    field: Option<Box<str>>,
    error: Option<&'static str>,
    challenge: Option<Box<str>>,
    extra: Option<Box<ProblemExtension>>,
    /// The number of seconds after which to retry, if known.
    wait: Option<NonZeroU32>,
    refusal: Option<Box<RecordedRefusal>>,
}

/// Data that only some problems have.
#[derive(Debug, Clone)]
enum ProblemExtension {
    /// The rate limit that was exceeded.
    Limit(RateLimited),
    /// The reason why a new password is refused.
    Weak(WeakPassword),
    /// The nonce for the next proof (RFC 9449 §8).
    Nonce(String),
    /// The login that waits for its second factor.
    SecondFactor(PendingSecondFactor),
    /// The cause of an internal error. It is not part of the response.
    Failure(FailureCause),
}

/// The refused action and the reason, for metrics. They are not part of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordedRefusal {
    pub(crate) act: AuditAction,
    pub(crate) reason: &'static str,
}

impl Problem {
    /// Creates a problem with the status, the title and the OAuth error of its code.
    pub(crate) fn new(code: Code) -> Self {
        Self {
            status: code.status(),
            code,
            title: code.title(),
            detail: None,
            field: None,
            error: code.oauth_error(),
            challenge: None,
            extra: None,
            wait: None,
            refusal: None,
        }
    }

    /// The body is not JSON or has another `Content-Type`.
    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(Code::UnsupportedMediaType)
    }

    /// A required member of the body is missing.
    pub(crate) fn missing_field(field: &str) -> Self {
        Self::new(Code::MissingField).of_field(field)
    }

    /// The route does not accept this member of the body or this parameter.
    pub(crate) fn unknown_field(field: &str) -> Self {
        Self::new(Code::UnknownField).of_field(field)
    }

    /// The value of this member of the body is invalid.
    pub(crate) fn field(field: &str, detail: impl Into<Box<str>>) -> Self {
        Self::new(Code::InvalidField).of_field(field).detail(detail)
    }

    /// Replaces the title of the code by a more precise one.
    pub(crate) fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    /// Replaces the OAuth error of the code.
    pub(crate) fn error(mut self, error: &'static str) -> Self {
        self.error = Some(error);
        self
    }

    /// Sets the status 400, which the token endpoint uses for every invalid request (RFC 6749 §5.2).
    pub(crate) fn bad_request(mut self) -> Self {
        self.status = StatusCode::BAD_REQUEST;
        self
    }

    /// Sets the detail.
    pub(crate) fn detail(mut self, detail: impl Into<Box<str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the invalid field. Names may be chosen by the client, so only text that has the form of a name is
    /// included.
    pub(crate) fn of_field(mut self, field: &str) -> Self {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let is_name = (1..=64).contains(&field.len()) && field.bytes().all(plain);
        self.field = is_name.then(|| field.into());
        self
    }

    /// Sets the `WWW-Authenticate` header of a 401 (RFC 9110 §11.6.1).
    pub(crate) fn challenge(mut self, challenge: impl Into<Box<str>>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// Sets the rate limit that was exceeded.
    pub(crate) fn limit(mut self, limit: RateLimited) -> Self {
        self.extra = Some(Box::new(ProblemExtension::Limit(limit)));
        self
    }

    /// Sets the time after which to retry, if known.
    pub(crate) fn again_after(mut self, wait: Option<Duration>) -> Self {
        let seconds = |wait| u32::try_from(whole_seconds(wait)).unwrap_or(u32::MAX);
        self.wait = wait.map(seconds).and_then(NonZeroU32::new);
        self
    }

    /// Sets the refused action and the reason for metrics. They are not part of the response.
    pub(crate) fn refusal(mut self, act: AuditAction, reason: &'static str) -> Self {
        self.refusal = Some(Box::new(RecordedRefusal { act, reason }));
        self
    }

    /// Sets the reason why a new password is refused: `detail`, `reason` and `min_length`.
    pub(crate) fn weak(mut self, weak: WeakPassword) -> Self {
        self.extra = Some(Box::new(ProblemExtension::Weak(weak)));
        self.detail(weak.to_string())
    }

    /// Sets the nonce with which the client makes another proof.
    pub(crate) fn nonce(mut self, nonce: String) -> Self {
        self.extra = Some(Box::new(ProblemExtension::Nonce(nonce)));
        self
    }

    /// Sets the login that waits for its second factor.
    fn pending(mut self, pending: PendingSecondFactor) -> Self {
        self.extra = Some(Box::new(ProblemExtension::SecondFactor(pending)));
        self
    }

    fn pending_login(&self) -> Option<&PendingSecondFactor> {
        match self.extra.as_deref() {
            Some(ProblemExtension::SecondFactor(pending)) => Some(pending),
            _ => None,
        }
    }

    /// Returns the cause of an internal error.
    pub(crate) fn cause(&self) -> Option<&FailureCause> {
        match self.extra.as_deref() {
            Some(ProblemExtension::Failure(cause)) => Some(cause),
            _ => None,
        }
    }

    fn rate_limit(&self) -> Option<RateLimited> {
        match self.extra.as_deref() {
            Some(ProblemExtension::Limit(limit)) => Some(*limit),
            _ => None,
        }
    }

    fn weakness(&self) -> Option<WeakPassword> {
        match self.extra.as_deref() {
            Some(ProblemExtension::Weak(weak)) => Some(*weak),
            _ => None,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn oauth_error(&self) -> Option<&'static str> {
        self.error
    }

    /// Returns the title and the detail as one text.
    pub(crate) fn description(&self) -> String {
        let field = self
            .field
            .as_deref()
            .map(|field| format!(" {field}:"))
            .unwrap_or_default();
        match &self.detail {
            // A reason that is no sentence of its own.
            Some(reason) if field.is_empty() && reason.starts_with(char::is_lowercase) => {
                format!("{}: {reason}", self.title.trim_end_matches('.'))
            }
            Some(detail) => format!("{}{field} {detail}", self.title),
            None => self.title.to_owned(),
        }
    }

    /// Returns the value of `Retry-After` in seconds, if a retry can succeed.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let is_ours = self.status == StatusCode::SERVICE_UNAVAILABLE;
        self.rate_limit()
            .map(|limit| whole_seconds(limit.retry_after))
            .or(self.wait.map(|wait| wait.get().into()))
            .or(is_ours.then_some(RETRY_AFTER_SECONDS))
    }

    /// Returns an empty redirect (303) that records the refusal. The caller adds the target.
    pub(crate) fn respond_see_other(self) -> Response {
        let mut response = self.respond(());
        *response.status_mut() = StatusCode::SEE_OTHER;
        response.headers_mut().remove(WWW_AUTHENTICATE);
        response
    }

    /// Returns a response of `body` with the status and the headers of this problem.
    pub(crate) fn respond(&self, body: impl IntoResponse) -> Response {
        let mut response = (self.status, body).into_response();
        if let Some(refusal) = &self.refusal {
            response.extensions_mut().insert(**refusal);
        }
        if let Some(cause) = self.cause() {
            response.extensions_mut().insert(cause.clone());
        }
        let headers = response.headers_mut();
        let challenge = self.challenge.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(challenge)) = challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(ProblemExtension::Nonce(nonce)) = self.extra.as_deref() {
            set_nonce(headers, Some(nonce));
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
            if let Some(limit) = self.rate_limit()
                && self.status == StatusCode::TOO_MANY_REQUESTS
            {
                set_rate_limit_headers(headers, &limit, wait);
            }
        }
        response
    }
}

/// Rounds up to whole seconds, at least one: an immediate retry would fail.
fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait
        .as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0));
    seconds.max(1)
}

/// Adds the `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers), for a limit that the client itself has
/// exceeded.
fn set_rate_limit_headers(headers: &mut HeaderMap, limit: &RateLimited, wait: u64) {
    let name = match limit.scope {
        BudgetScope::Network | BudgetScope::Site => {
            format!("{}-{}", limit.limited.as_str(), limit.scope)
        }
        _ => limit.limited.as_str().to_owned(),
    };
    let (quota, window) = (limit.rate.count, limit.rate.window.num_seconds());
    for (field, value) in [
        (
            "ratelimit-policy",
            format!("\"{name}\";q={quota};w={window}"),
        ),
        ("ratelimit", format!("\"{name}\";r=0;t={wait}")),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(field, value);
        }
    }
}

/// Catches a panic of the handler and answers with [`panic_response`].
pub(crate) fn catch_panic(
    answer: impl Future<Output = Response>,
) -> impl Future<Output = Response> {
    let answer = AssertUnwindSafe(answer).catch_unwind();
    answer.map(|answer| answer.unwrap_or_else(panic_response))
}

/// Returns the response after a panic of a handler, which fails one request and not the process.
pub(crate) fn panic_response(panic: Box<dyn Any + Send + 'static>) -> Response {
    // The message is not logged, because it may contain a secret.
    drop(panic);
    tracing::error!("a handler panicked");
    Problem::new(Code::InternalError).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::MAX), u64::MAX);
    }
}
