//! Every page, filled in.

mod troubles;

use axum::response::{IntoResponse, Response};
use url::Url;

use self::troubles::troubles;
use crate::{
    config::Issuer,
    identity::{InvalidEmailAddress, InvalidPersonName},
    locale::{Locale, Localizer, Translations},
    pages::view::{
        ActionCompletedPage, ChoosePasswordPage, CompleteSignUpPage, CompletedAction,
        ConfirmEmailPage, ConfirmLoginPage, DisplayText, ForgotPasswordPage, FormPostRelay, Link,
        LinkRequiredPage, LoginLandingPage, LoginLinkPage, LoginPage, LoginProblem, MailSentPage,
        PasswordProblem, PasswordPurpose, ProviderEmailPage, SignUpPage, SignUpProblem,
    },
    password::{InvalidPassword, WeakPassword, WeakReason},
};

pub(super) use self::troubles::refused;

pub(super) fn issuer() -> Issuer {
    Issuer::parse("https://auth.example.com/tenant").unwrap()
}

pub(super) fn localizer(locale: Locale) -> Localizer {
    Translations::built_in().of(locale)
}

pub(super) fn own(route: &str) -> Link {
    Link::own(
        &issuer(),
        route,
        [("state", "it's <\"state\"> & more"), ("a", "b")],
    )
}

pub(super) fn app() -> Option<Link> {
    let url = "https://app.example.com/cb?error=access_denied&state=it's";
    Link::to(&Url::parse(url).unwrap())
}

fn logins(localizer: &Localizer, text: &str) -> Vec<(&'static str, Response)> {
    let login = |email, problem, names: &[&str]| LoginPage {
        localizer: localizer.clone(),
        issuer: issuer(),
        client: DisplayText::of(text),
        action: own("/authorize"),
        email,
        problem,
        providers: names
            .iter()
            .map(|name| (DisplayText::of(name), own("/login/it")))
            .collect(),
        by_password: true,
        by_mail: true,
        forgot: Some(own("/password/forgot")),
        sign_up: Some(own("/signup")),
        cancel: app(),
    };
    let names = &["Google", "GitHub"];
    let wrong = |problem| login(Some(DisplayText::of(text)), Some(problem), names);
    let bare = |names| LoginPage {
        by_password: false,
        by_mail: false,
        sign_up: None,
        ..login(None, None, names)
    };
    let pages = [
        ("login", login(None, None, names)),
        ("login-wrong", wrong(LoginProblem::Wrong)),
        ("login-no-password", wrong(LoginProblem::NoPassword)),
        (
            "login-address",
            wrong(LoginProblem::Address(InvalidEmailAddress::Domain)),
        ),
        (
            "login-by-password",
            LoginPage {
                by_mail: false,
                cancel: None,
                ..login(None, None, &[])
            },
        ),
        (
            "login-by-mail",
            LoginPage {
                by_password: false,
                ..login(None, None, &[text])
            },
        ),
        (
            "login-providers",
            bare(&["Google", "GitHub", text, "Apple"]),
        ),
        ("login-none", bare(&[])),
    ];
    let pages = pages.into_iter();
    pages
        .map(|(name, page)| (name, page.into_response()))
        .collect()
}

/// Pages on which somebody enters something on the way to a mail.
fn entries(localizer: &Localizer, text: &str) -> Vec<(&'static str, Response)> {
    let forgot = |email, problem| ForgotPasswordPage {
        localizer: localizer.clone(),
        issuer: issuer(),
        action: own("/password/forgot"),
        email,
        problem,
        back: Some(own("/authorize")),
    };
    let sign_up = |name, email, problem| SignUpPage {
        localizer: localizer.clone(),
        issuer: issuer(),
        action: own("/signup"),
        name,
        email,
        problem,
        back: Some(own("/authorize")),
    };
    let line = || Some(DisplayText::of(text));
    let wrong = |problem| sign_up(line(), line(), Some(problem));
    let name = |problem| wrong(SignUpProblem::Name(problem));
    vec![
        ("forgot", forgot(None, None).into_response()),
        (
            "forgot-wrong",
            forgot(line(), Some(InvalidEmailAddress::LocalPart)).into_response(),
        ),
        ("sign-up", sign_up(None, None, None).into_response()),
        (
            "sign-up-wrong",
            wrong(SignUpProblem::Address(InvalidEmailAddress::TooLong)).into_response(),
        ),
        (
            "sign-up-empty-name",
            name(InvalidPersonName::Empty).into_response(),
        ),
        (
            "sign-up-long-name",
            name(InvalidPersonName::TooLong).into_response(),
        ),
        (
            "sign-up-odd-name",
            name(InvalidPersonName::Forbidden).into_response(),
        ),
    ]
}

/// Pages to which mails lead, and what comes of them.
fn links(localizer: &Localizer, text: &str) -> Vec<(&'static str, Response)> {
    let choose = |purpose, problem: Option<PasswordProblem>| ChoosePasswordPage {
        localizer: localizer.clone(),
        issuer: issuer(),
        action: own("/password/reset"),
        purpose,
        token: problem.map(|_| text.to_owned()),
        min_length: 8,
        problem,
    };
    let wrong = |problem| choose(PasswordPurpose::Reset, Some(problem)).into_response();
    let weak = |reason| {
        wrong(PasswordProblem::Weak(WeakPassword {
            reason,
            min_length: 8,
        }))
    };
    let done = |what| ActionCompletedPage {
        localizer: localizer.clone(),
        issuer: issuer(),
        what,
        log_in: Some(own("/authorize")),
    };
    let (localizer, issuer) = (localizer.clone(), issuer());
    let finish = CompleteSignUpPage {
        localizer: localizer.clone(),
        issuer: issuer.clone(),
        action: own("/login/it/confirm"),
        provider: DisplayText::of(text),
    };
    let confirm_address = ConfirmEmailPage {
        localizer: localizer.clone(),
        issuer: issuer.clone(),
        action: own("/email/confirm"),
    };
    let front = LoginLandingPage {
        localizer: localizer.clone(),
        issuer: issuer.clone(),
        forgot: Some(own("/password/forgot")),
        sign_up: Some(own("/signup")),
    };
    let login_link = LoginLinkPage {
        localizer: localizer.clone(),
        issuer,
        action: own("/login/link/confirm"),
    };
    vec![
        ("finish", finish.into_response()),
        ("confirm-address", confirm_address.into_response()),
        ("login-link", login_link.into_response()),
        ("front", front.into_response()),
        (
            "choose-password",
            choose(PasswordPurpose::SignUp, None).into_response(),
        ),
        (
            "new-password",
            choose(PasswordPurpose::Reset, None).into_response(),
        ),
        (
            "new-password-missing",
            wrong(PasswordProblem::Invalid(InvalidPassword::Empty)),
        ),
        (
            "new-password-too-long",
            wrong(PasswordProblem::Invalid(InvalidPassword::TooLong)),
        ),
        ("new-password-too-short", weak(WeakReason::TooShort)),
        ("new-password-common", weak(WeakReason::Common)),
        (
            "new-password-contains-email",
            weak(WeakReason::ContainsEmail),
        ),
        (
            "new-password-contains-service",
            weak(WeakReason::ContainsServiceName),
        ),
        ("new-password-guessable", weak(WeakReason::Guessable)),
        ("signed-up", done(CompletedAction::SignedUp).into_response()),
        (
            "password-reset",
            done(CompletedAction::PasswordReset).into_response(),
        ),
        (
            "address-changed",
            done(CompletedAction::AddressChanged).into_response(),
        ),
    ]
}

/// Every page in every language, and what it is called.
pub(super) fn all(text: &str) -> impl Iterator<Item = (Locale, String, Response)> {
    let translations = Translations::built_in();
    Locale::ALL.into_iter().flat_map(move |locale| {
        let pages = pages(&translations.of(locale), text).into_iter();
        pages.map(move |(name, page)| (locale, name, page))
    })
}

/// Every page, and what it is called, with that text wherever somebody else's is shown.
pub(super) fn pages(localizer: &Localizer, text: &str) -> Vec<(String, Response)> {
    let (issuer, line) = (issuer(), DisplayText::of(text));
    let address = |email, problem| ProviderEmailPage {
        localizer: localizer.clone(),
        issuer: issuer.clone(),
        action: own("/login/address"),
        token: text.to_owned(),
        provider: line.clone(),
        email,
        problem,
    };
    let mailed = |is_for_here, back| MailSentPage {
        localizer: localizer.clone(),
        issuer: issuer.clone(),
        email: line.clone(),
        is_for_here,
        back,
    };
    let fields = vec![("code", text.to_owned()), ("state", text.to_owned())];
    let pages = [
        (
            "ask-first",
            ConfirmLoginPage {
                localizer: localizer.clone(),
                issuer: issuer.clone(),
                client: line.clone(),
                provider: line.clone(),
                onward: own("/login/it"),
                cancel: app(),
            }
            .into_response(),
        ),
        (
            "repost",
            FormPostRelay {
                localizer: localizer.clone(),
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
            "mailed",
            mailed(false, Some(own("/password/forgot"))).into_response(),
        ),
        ("mailed-for-here", mailed(true, None).into_response()),
        (
            "log-in-and-link",
            LinkRequiredPage {
                localizer: localizer.clone(),
                issuer: issuer.clone(),
                provider: line,
                back: app(),
            }
            .into_response(),
        ),
    ];
    let pages = pages.into_iter().chain(logins(localizer, text));
    let pages = pages.chain(entries(localizer, text));
    let pages = pages.chain(links(localizer, text));
    let pages = pages.map(|(name, page)| (name.to_owned(), page));
    let troubles = troubles(localizer, text).into_iter();
    pages
        .chain(troubles.map(|(name, page)| (format!("trouble-{name}"), page.into_response())))
        .collect()
}
