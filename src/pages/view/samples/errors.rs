//! Samples of the error page.

use std::{num::NonZeroU32, time::Duration};

use chrono::TimeDelta;

use super::{client_link, own};
use crate::{
    audit::AuditAction,
    config::{Issuer, Rate},
    http::problem::{Code, Problem},
    limits::{BudgetScope, LimitedAction, RateLimited},
    pages::view::{
        display_text::DisplayText,
        error::{ErrorMessage, ErrorPage},
        page::Page,
    },
};

/// A rate limit that ends in `seconds`. It is not converted from the limit, which would write an audit line.
pub(in crate::pages::view) fn rate_limited(seconds: u64) -> Problem {
    let problem = Problem::new(Code::RateLimited).limit(RateLimited {
        limited: LimitedAction::Login,
        scope: BudgetScope::Network,
        rate: Rate {
            count: NonZeroU32::MIN.saturating_add(29),
            window: TimeDelta::minutes(5),
        },
        retry_after: Duration::from_secs(seconds),
    });
    problem.refusal(AuditAction::Limit, LimitedAction::Login.as_str())
}

pub(super) fn pages(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let problem = |code| Problem::new(code).title("This is a title.");
    let bad = problem(Code::UnknownClient);
    let bad = bad.of_field("redirect_uri").detail(text);
    let of_bad = |message| ErrorPage {
        message,
        ..ErrorPage::of(bad.clone())
    };
    let name = || Some(DisplayText::of(text));
    let pages = [
        (
            "error-invalid-request",
            of_bad(ErrorMessage::InvalidRequest),
        ),
        (
            "error-login-expired",
            ErrorPage {
                back: client_link(),
                ..of_bad(ErrorMessage::LoginExpired)
            },
        ),
        (
            "error-other-browser",
            ErrorPage {
                request_id: name(),
                ..of_bad(ErrorMessage::OtherBrowser)
            },
        ),
        (
            "error-link-expired",
            ErrorPage {
                again: Some(own(issuer, "/password/forgot")),
                ..of_bad(ErrorMessage::LinkExpired)
            },
        ),
        (
            "error-link-expired-login",
            ErrorPage {
                log_in: Some(own(issuer, "/login")),
                ..of_bad(ErrorMessage::LinkExpired)
            },
        ),
        (
            "error-opened-elsewhere",
            ErrorPage {
                again: Some(own(issuer, "/authorize")),
                back: client_link(),
                ..of_bad(ErrorMessage::OpenedElsewhere)
            },
        ),
        (
            "error-login-canceled",
            ErrorPage {
                log_in: Some(own(issuer, "/login")),
                ..of_bad(ErrorMessage::LoginCanceled)
            },
        ),
    ];
    let pages = pages.into_iter().chain(pages_of_codes(issuer, text));
    pages.map(|(name, page)| (name, page.into())).collect()
}

/// The pages whose message is that of the code.
fn pages_of_codes(issuer: &Issuer, text: &str) -> impl Iterator<Item = (&'static str, ErrorPage)> {
    let of = |code| ErrorPage::of(Problem::new(code).title("This is a title."));
    let pages = [
        ("error-foreign-origin", of(Code::ForeignOrigin)),
        ("error-unknown-provider", of(Code::UnknownProvider)),
        (
            "error-rate-limited",
            ErrorPage {
                retry: Some(own(issuer, "/authorize")),
                ..ErrorPage::of(rate_limited(200))
            },
        ),
        (
            "error-not-found",
            ErrorPage {
                log_in: Some(own(issuer, "/login")),
                ..of(Code::NotFound)
            },
        ),
        ("error-forbidden", of(Code::AdminRequired)),
        (
            "error-not-admitted",
            ErrorPage {
                log_out: Some(own(issuer, "/end-session")),
                ..of(Code::NotAllowed)
            },
        ),
        ("error-duplicate-cookie", of(Code::DuplicateCookie)),
        (
            "error-provider-unavailable",
            ErrorPage {
                message: ErrorMessage::ProviderUnavailable,
                provider: Some(DisplayText::of(text)),
                back: client_link(),
                ..of(Code::ProviderUnavailable)
            },
        ),
        ("error-unavailable", of(Code::Unavailable)),
        (
            "error-mail-not-configured",
            ErrorPage {
                log_in: Some(own(issuer, "/login")),
                ..of(Code::MailNotConfigured)
            },
        ),
        ("error-internal", of(Code::InternalError)),
    ];
    pages.into_iter()
}
