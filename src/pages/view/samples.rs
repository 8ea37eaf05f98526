//! A sample of every page in every state: rendered at start with the files of `pages.templates`, shown by
//! `signet pages preview`, and tested.

mod account;
mod admin;
mod branding;
mod errors;
mod forms;
mod logout;

use url::Url;

use super::{
    ActionCompletedPage, ChooseAccountPage, ClientView, CompletedAction, ConfirmLoginPage,
    DisplayText, FormPostRelay, Link, LinkRequiredPage, LoggedInPage, LoginCodeForm,
    LoginCodeProblem, MailSentPage, RelayPurpose, page::Page,
};
use crate::config::Issuer;

#[cfg(test)]
pub(super) use self::errors::rate_limited;

/// The name of clients, providers and users in samples.
pub(super) const NAME: &str = "Acme";

/// A route of this service.
pub(super) fn own(issuer: &Issuer, route: &str) -> Link {
    let query = [("state", "it's <\"state\"> & more"), ("a", "b")];
    Link::own(issuer, route, query)
}

/// A link to a client.
pub(super) fn client_link() -> Option<Link> {
    let url = "https://app.example.com/cb?error=access_denied&state=it's";
    Url::parse(url).ok().and_then(|url| Link::to(&url))
}

/// The name of each sample, and the page, with `text` in the place of all text of others.
pub(super) fn pages(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let name = DisplayText::of(text);
    let client = ClientView::named(name.clone()).with_logo(own(issuer, "/logo/acme"));
    let mail_sent = |is_for_here, code, back| MailSentPage {
        email: name.clone(),
        is_for_here,
        code,
        back,
    };
    let code = |problem| LoginCodeForm {
        action: own(issuer, "/login/link/confirm"),
        challenge: text.to_owned(),
        problem,
    };
    let completed = |action| ActionCompletedPage {
        action,
        log_in: own(issuer, "/authorize"),
        client: None,
        app: None,
    };
    let confirm_login = ConfirmLoginPage {
        client: client.clone(),
        provider: name.clone(),
        onward: own(issuer, "/login/it"),
        cancel: client_link(),
    };
    let relay = |purpose| FormPostRelay {
        action: own(issuer, "/callback/apple"),
        fields: ["code", "state"]
            .map(|field| (field.to_owned(), text.to_owned()))
            .into(),
        purpose,
    };
    let logged_in = LoggedInPage {
        action: own(issuer, "/end-session"),
        account: Some(own(issuer, "/account")),
        email: name.clone(),
        user: "user".to_owned(),
    };
    let choose_account = |needs_confirmation: bool| ChooseAccountPage {
        client: client.clone(),
        action: own(issuer, "/authorize"),
        sid: "sid".to_owned(),
        name: name.clone(),
        email: needs_confirmation.then(|| name.clone()),
        needs_confirmation,
        other: own(issuer, "/authorize"),
        cancel: client_link(),
    };
    let back = Some(own(issuer, "/password/forgot"));
    let mut pages: Vec<(&str, Page)> = vec![
        ("choose-account", choose_account(false).into()),
        ("choose-account-confirm", choose_account(true).into()),
        ("confirm-login", confirm_login.into()),
        ("form-post-relay", relay(RelayPurpose::Login).into()),
        ("form-post-relay-logout", relay(RelayPurpose::Logout).into()),
        ("logged-in", logged_in.into()),
        ("mail-sent", mail_sent(false, None, back).into()),
        ("mail-sent-for-here", mail_sent(true, None, None).into()),
        (
            "mail-sent-code",
            mail_sent(true, Some(code(None)), None).into(),
        ),
        (
            "mail-sent-code-wrong",
            mail_sent(true, Some(code(Some(LoginCodeProblem::Wrong))), None).into(),
        ),
        ("signed-up", completed(CompletedAction::SignedUp).into()),
        (
            "password-reset",
            completed(CompletedAction::PasswordReset).into(),
        ),
        (
            "email-changed",
            completed(CompletedAction::EmailChanged).into(),
        ),
        (
            "link-required",
            LinkRequiredPage {
                provider: name.clone(),
                back: client_link(),
            }
            .into(),
        ),
    ];
    pages.extend(account::pages(issuer, text));
    pages.extend(logout::pages(issuer, text));
    pages.extend(branding::pages(issuer, text));
    pages.extend(forms::pages(issuer, text));
    pages.extend(errors::pages(issuer, text));
    pages.extend(admin::pages(issuer, text));
    pages
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use tracing::{Event, Metadata, Subscriber, span, subscriber::with_default};

    use super::super::templates;
    use super::*;

    /// The samples are rendered at every start.
    #[test]
    fn samples_log_nothing() {
        #[derive(Clone, Default)]
        struct Counter(Arc<AtomicUsize>);
        impl Subscriber for Counter {
            fn enabled(&self, _: &Metadata<'_>) -> bool {
                true
            }
            fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
                span::Id::from_u64(1)
            }
            fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
            fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
            fn event(&self, _: &Event<'_>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            fn enter(&self, _: &span::Id) {}
            fn exit(&self, _: &span::Id) {}
        }
        let issuer = Issuer::parse("https://auth.example.com").unwrap();
        let counter = Counter::default();
        let logged = counter.0.clone();
        with_default(counter, || {
            let problems = templates::sample_problems(&templates::built_in(), &issuer);
            assert!(problems.is_empty(), "{}", problems.join("\n"));
        });
        assert_eq!(logged.load(Ordering::Relaxed), 0);
    }
}
