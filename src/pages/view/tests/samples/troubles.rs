//! Every problem as a page.

use std::{num::NonZeroU32, time::Duration};

use chrono::TimeDelta;

use crate::{
    config::Rate,
    http::problem::{Code, Problem},
    limits::{BudgetScope, LimitedAction, RateLimited},
    locale::Localizer,
    pages::view::{
        DisplayText, ErrorMessage, ErrorPage,
        tests::samples::{app, issuer, own},
    },
};

pub(in super::super) fn refused(seconds: u64) -> Problem {
    Problem::from(RateLimited {
        limited: LimitedAction::Login,
        whose: BudgetScope::Network,
        rate: Rate {
            count: NonZeroU32::new(30).unwrap(),
            window: TimeDelta::minutes(5),
        },
        retry_after: Duration::from_secs(seconds),
    })
}

pub(super) fn troubles(localizer: &Localizer, text: &str) -> Vec<(&'static str, ErrorPage)> {
    let problem = |code| Problem::new(code).title("This is a title.");
    let bad = problem(Code::UnknownClient);
    let bad = bad.of_field("redirect_uri").detail(text);
    let of = |problem: &Problem| ErrorPage::of(localizer.clone(), &issuer(), problem.clone());
    let line = || Some(DisplayText::of(text));
    vec![
        ("app", of(&bad)),
        (
            "over",
            ErrorPage {
                told: ErrorMessage::Over,
                back: app(),
                ..of(&bad)
            },
        ),
        (
            "other-browser",
            ErrorPage {
                told: ErrorMessage::OtherBrowser,
                request_id: line(),
                ..of(&bad)
            },
        ),
        (
            "link-over",
            ErrorPage {
                told: ErrorMessage::LinkOver,
                again: Some(own("/password/forgot")),
                ..of(&bad)
            },
        ),
        (
            "opened-elsewhere",
            ErrorPage {
                told: ErrorMessage::OpenedElsewhere,
                again: Some(own("/authorize")),
                back: app(),
                ..of(&bad)
            },
        ),
        (
            "foreign-form",
            ErrorPage {
                told: ErrorMessage::ForeignForm,
                ..of(&problem(Code::ForeignOrigin))
            },
        ),
        ("no-such-provider", of(&problem(Code::UnknownProvider))),
        ("too-often", of(&refused(200))),
        (
            "away",
            ErrorPage {
                told: ErrorMessage::Away,
                provider: line(),
                back: app(),
                ..of(&problem(Code::ProviderUnavailable))
            },
        ),
        ("busy", of(&problem(Code::Unavailable))),
        ("broken", of(&problem(Code::InternalError))),
    ]
}
