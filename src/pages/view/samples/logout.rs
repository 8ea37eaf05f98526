//! Samples of the pages of a logout.

use super::own;
use crate::{
    config::Issuer,
    pages::view::{
        display_text::DisplayText,
        log_out::{LogOutEverywherePage, LogOutPage, LoggedOutPage},
        page::Page,
    },
};

/// The time until apps notice a logout, which this service formats.
const TIME: &str = "15 minutes";

pub(super) fn pages(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let log_out = LogOutPage {
        action: own(issuer, "/end-session"),
        fields: vec![("client_id", text.to_owned()), ("state", text.to_owned())],
        client: Some(DisplayText::of(text)),
        stay: own(issuer, "/login"),
        everywhere: TIME.to_owned(),
    };
    let log_out_everywhere = |is_logged_in: bool| LogOutEverywherePage {
        action: own(issuer, "/end-session"),
        client_id: Some(text.to_owned()),
        user: Some("user".to_owned()),
        time: is_logged_in.then(|| TIME.to_owned()),
        reset: Some(own(issuer, "/password/forgot")),
        log_in: own(issuer, "/login"),
    };
    let logged_out = |was_logged_in: bool, everywhere: bool| LoggedOutPage {
        log_in: own(issuer, "/login"),
        was_logged_in,
        everywhere: everywhere.then(|| TIME.to_owned()),
    };
    vec![
        ("log-out", log_out.into()),
        ("log-out-everywhere", log_out_everywhere(true).into()),
        (
            "log-out-everywhere-logged-out",
            log_out_everywhere(false).into(),
        ),
        ("logged-out", logged_out(true, false).into()),
        ("logged-out-everywhere", logged_out(true, true).into()),
        ("not-logged-in", logged_out(false, false).into()),
    ]
}
