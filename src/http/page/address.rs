//! A login by a provider that vouches for no address: the person's own is asked for and proven
//! first. These windows end here, or come from a mailbox: no app waits for them.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Form, Href, Line, Page, Said, problems};
use crate::{config::Issuer, identity::InvalidEmailAddress, locale::Voice};

/// Asks for an address: posts `token` and `email`.
#[derive(Template)]
#[template(path = "address.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Address {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) action: Href,
    /// What the form carries along: the sealed account that waits for its address.
    pub(in crate::http) token: String,
    pub(in crate::http) provider: Line,
    /// What the field holds already: what the provider said, or what was entered before.
    pub(in crate::http) claimed: Option<Line>,
    /// What is wrong with what was entered.
    pub(in crate::http) problem: Option<InvalidEmailAddress>,
}

impl Page for Address {
    const FORM: Form = Form::Ours;
    const KEEPS_OPENER: bool = false;

    fn voice(&self) -> &Voice {
        &self.voice
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }
}

impl IntoResponse for Address {
    fn into_response(self) -> Response {
        let status = match self.problem {
            None => StatusCode::OK,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, self.shown()).into_response()
    }
}

impl Address {
    fn flaw(&self) -> Option<Said> {
        self.problem
            .map(|problem| self.say(problems::of_email(problem)))
    }
}

/// Says that a link was mailed: the same for every address, known here or not.
#[derive(Template)]
#[template(path = "sent.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Sent {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) provider: Line,
}

impl Page for Sent {
    const KEEPS_OPENER: bool = false;

    fn voice(&self) -> &Voice {
        &self.voice
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }
}

impl IntoResponse for Sent {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, self.shown()).into_response()
    }
}

/// Where the mailed link leads. It shows what a press of the button does and posts `token`, which
/// its script takes from the fragment; opening the page does nothing.
#[derive(Template)]
#[template(path = "finish.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Finish {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) action: Href,
    pub(in crate::http) provider: Line,
}

impl Page for Finish {
    const SCRIPT: Option<&'static str> = Some(include_str!("finish.js"));
    const FORM: Form = Form::Onward;
    const KEEPS_OPENER: bool = false;

    fn voice(&self) -> &Voice {
        &self.voice
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }
}

impl IntoResponse for Finish {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// Says that the address belongs to somebody who has to log in and link the account.
#[derive(Template)]
#[template(path = "log_in_and_link.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct LogInAndLink {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) provider: Line,
    /// Back to the app.
    pub(in crate::http) back: Option<Href>,
}

impl Page for LogInAndLink {
    fn voice(&self) -> &Voice {
        &self.voice
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }
}

impl IntoResponse for LogInAndLink {
    fn into_response(self) -> Response {
        (StatusCode::CONFLICT, self.shown()).into_response()
    }
}
