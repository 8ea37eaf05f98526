//! Every page, filled in.

use std::{num::NonZeroU32, time::Duration};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use url::Url;

use crate::{
    config::{Issuer, Rate},
    http::{
        page::{Address, Chooser, Finish, Href, Line, LogInAndLink, Repost, Sent, Told, Trouble},
        problem::Problem,
    },
    identity::InvalidEmailAddress,
    limits::{Limited, Refused, Whose},
    locale::{Locale, Voice, Voices},
};

pub(super) fn issuer() -> Issuer {
    Issuer::parse("https://auth.example.com/tenant").unwrap()
}

pub(super) fn voice(locale: Locale) -> Voice {
    Voices::built_in().of(locale)
}

pub(super) fn own(route: &str) -> Href {
    Href::own(
        &issuer(),
        route,
        [("state", "it's <\"state\"> & more"), ("a", "b")],
    )
}

pub(super) fn app() -> Option<Href> {
    let url = "https://app.example.com/cb?error=access_denied&state=it's";
    Href::to(&Url::parse(url).unwrap())
}

pub(super) fn refused(seconds: u64) -> Problem {
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

fn troubles(voice: &Voice, text: &str) -> Vec<(&'static str, Trouble)> {
    let problem = |status, code| Problem::new(status, code, "This is a title.");
    let bad = problem(StatusCode::BAD_REQUEST, "unknown_client");
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
            "no-such-provider",
            of(&problem(StatusCode::NOT_FOUND, "unknown_provider")),
        ),
        ("too-often", of(&refused(200))),
        (
            "away",
            Trouble {
                told: Told::Away,
                provider: line(),
                back: app(),
                ..of(&problem(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "provider_unavailable",
                ))
            },
        ),
        (
            "busy",
            of(&problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable")),
        ),
        (
            "broken",
            of(&problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
            )),
        ),
    ]
}

/// Every page in every language, and what it is called.
pub(super) fn all(text: &str) -> impl Iterator<Item = (Locale, String, Response)> {
    Locale::ALL.into_iter().flat_map(move |locale| {
        let pages = pages(locale, text).into_iter();
        pages.map(move |(name, page)| (locale, name, page))
    })
}

/// Every page, and what it is called, with that text wherever somebody else's is shown.
pub(super) fn pages(locale: Locale, text: &str) -> Vec<(String, Response)> {
    let (voice, issuer, line) = (voice(locale), issuer(), Line::of(text));
    let choices = |names: &[&str]| {
        let one = |name: &&str| (Line::of(name), own("/login/it"));
        names.iter().map(one).collect()
    };
    let chooser = |client, providers, cancel| Chooser {
        voice: voice.clone(),
        issuer: issuer.clone(),
        client,
        providers,
        cancel,
    };
    let address = |claimed, problem| Address {
        voice: voice.clone(),
        issuer: issuer.clone(),
        action: own("/login/address"),
        token: text.to_owned(),
        provider: line.clone(),
        claimed,
        problem,
    };
    let said = choices(&["Google", "GitHub", text, "Apple"]);
    let fields = vec![("code", text.to_owned()), ("state", text.to_owned())];
    let pages = [
        (
            "chooser",
            chooser(Some(line.clone()), said, app()).into_response(),
        ),
        (
            "chooser-nameless",
            chooser(None, choices(&["Google"]), None).into_response(),
        ),
        (
            "chooser-empty",
            chooser(None, choices(&[]), app()).into_response(),
        ),
        (
            "repost",
            Repost {
                voice: voice.clone(),
                issuer: issuer.clone(),
                action: own("/callback/apple"),
                fields,
            }
            .into_response(),
        ),
        ("address", address(None, None).into_response()),
        (
            "address-wrong",
            address(Some(line.clone()), Some(InvalidEmailAddress::Form)).into_response(),
        ),
        (
            "sent",
            Sent {
                voice: voice.clone(),
                issuer: issuer.clone(),
                provider: line.clone(),
            }
            .into_response(),
        ),
        (
            "finish",
            Finish {
                voice: voice.clone(),
                issuer: issuer.clone(),
                action: own("/login/link/finish"),
                provider: line.clone(),
            }
            .into_response(),
        ),
        (
            "log-in-and-link",
            LogInAndLink {
                voice: voice.clone(),
                issuer: issuer.clone(),
                provider: line,
                back: app(),
            }
            .into_response(),
        ),
    ];
    let pages = pages
        .map(|(name, page)| (name.to_owned(), page))
        .into_iter();
    let troubles = troubles(&voice, text).into_iter();
    pages
        .chain(troubles.map(|(name, page)| (format!("trouble-{name}"), page.into_response())))
        .collect()
}
