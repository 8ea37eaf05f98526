//! Samples of the pages that explain the service, and of a page that leads to a client by its name.

use super::{client_link, own};
use crate::{
    config::Issuer,
    pages::view::{
        display_text::DisplayText,
        home::{AppLink, HomePage},
        login::LoginLandingPage,
        mailed_link::{ActionCompletedPage, CompletedAction},
        page::Page,
    },
};

pub(super) fn pages(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let app = client_link().map(|link| AppLink {
        name: DisplayText::of(text),
        link,
    });
    let home = HomePage {
        email: None,
        user: None,
        action: own(issuer, "/end-session"),
        apps: Vec::new(),
        log_in: Some(own(issuer, "/login")),
        sign_up: Some(own(issuer, "/signup")),
    };
    let home_logged_in = HomePage {
        email: Some(DisplayText::of(text)),
        user: Some("user".to_owned()),
        action: own(issuer, "/end-session"),
        apps: app.into_iter().collect(),
        log_in: None,
        sign_up: None,
    };
    let landing = LoginLandingPage {
        forgot: Some(own(issuer, "/password/forgot")),
        sign_up: Some(own(issuer, "/signup")),
    };
    let signed_up_at_client = ActionCompletedPage {
        action: CompletedAction::SignedUp,
        log_in: own(issuer, "/login"),
        client: Some(DisplayText::of(text)),
        app: client_link(),
    };
    vec![
        ("home", home.into()),
        ("home-logged-in", home_logged_in.into()),
        ("login-landing", landing.into()),
        ("signed-up-at-client", signed_up_at_client.into()),
    ]
}
