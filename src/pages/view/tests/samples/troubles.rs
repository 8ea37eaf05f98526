//! Every problem as a page.

use std::{num::NonZeroU32, time::Duration};

use chrono::TimeDelta;

use crate::{
    config::Rate,
    http::problem::{Code, Problem},
    limits::{Limited, Refused, Whose},
    locale::Voice,
    pages::view::{
        Line, Told, Trouble,
        tests::samples::{app, issuer, own},
    },
};

pub(in super::super) fn refused(seconds: u64) -> Problem {
    Problem::from(Refused {
        limited: Limited::Login,
        whose: Whose::Network,
        rate: Rate {
            count: NonZeroU32::new(30).unwrap(),
            window: TimeDelta::minutes(5),
        },
        retry_after: Duration::from_secs(seconds),
    })
}

pub(super) fn troubles(voice: &Voice, text: &str) -> Vec<(&'static str, Trouble)> {
    let problem = |code| Problem::new(code).title("This is a title.");
    let bad = problem(Code::UnknownClient);
    let bad = bad.of_field("redirect_uri").detail(text);
    let of = |problem: &Problem| Trouble::of(voice.clone(), &issuer(), problem.clone());
    let line = || Some(Line::of(text));
    vec![
        ("app", of(&bad)),
        (
            "over",
            Trouble {
                told: Told::Over,
                back: app(),
                ..of(&bad)
            },
        ),
        (
            "other-browser",
            Trouble {
                told: Told::OtherBrowser,
                request_id: line(),
                ..of(&bad)
            },
        ),
        (
            "link-over",
            Trouble {
                told: Told::LinkOver,
                again: Some(own("/password/forgot")),
                ..of(&bad)
            },
        ),
        (
            "opened-elsewhere",
            Trouble {
                told: Told::OpenedElsewhere,
                again: Some(own("/authorize")),
                back: app(),
                ..of(&bad)
            },
        ),
        (
            "foreign-form",
            Trouble {
                told: Told::ForeignForm,
                ..of(&problem(Code::ForeignOrigin))
            },
        ),
        ("no-such-provider", of(&problem(Code::UnknownProvider))),
        ("too-often", of(&refused(200))),
        (
            "away",
            Trouble {
                told: Told::Away,
                provider: line(),
                back: app(),
                ..of(&problem(Code::ProviderUnavailable))
            },
        ),
        ("busy", of(&problem(Code::Unavailable))),
        ("broken", of(&problem(Code::InternalError))),
    ]
}
