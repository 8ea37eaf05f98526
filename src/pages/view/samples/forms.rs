//! Samples of the pages with forms.

use super::{client_link, own};
use crate::{
    config::Issuer,
    identity::{InvalidEmailAddress, InvalidPersonName, SecondFactorKind},
    pages::view::{
        client::ClientView,
        display_text::DisplayText,
        email_forms::{ForgotPasswordPage, ProviderEmailPage, SignUpPage, SignUpProblem},
        form_errors::PasswordProblem,
        login::{LoginPage, LoginProblem},
        mailed_link::{
            ChoosePasswordPage, CompleteSignUpPage, ConfirmEmailPage, LoginLinkPage,
            PasswordPurpose,
        },
        page::Page,
        passkey::{PasskeyButton, PasskeyOfferPage, PasskeyOfferProblem},
        provider_button::{ProviderButton, ProviderMark},
        second_factor::{SecondFactorPage, SecondFactorProblem},
    },
    password::{InvalidPassword, WeakPassword, WeakReason},
};

type Samples = Vec<(&'static str, Page)>;

pub(super) fn pages(issuer: &Issuer, text: &str) -> Samples {
    let mut pages = logins(issuer, text);
    pages.extend(emails(issuer, text));
    pages.extend(mailed_links(issuer, text));
    pages.extend(passwords(issuer, text));
    pages.extend(second_factors(issuer, text));
    pages.extend(passkey_offers(issuer, text));
    pages
}

fn logins(issuer: &Issuer, text: &str) -> Samples {
    let login = |problem: Option<LoginProblem>, names: &[&str]| LoginPage {
        client: ClientView::named(DisplayText::of(text)).with_logo(own(issuer, "/logo/acme")),
        action: own(issuer, "/authorize"),
        is_renewal: false,
        email: problem.map(|_| DisplayText::of(text)),
        problem,
        providers: names
            .iter()
            .map(|name| ProviderButton {
                name: DisplayText::of(name),
                link: own(issuer, "/login/it"),
                mark: ProviderMark::of(&name.to_ascii_lowercase()),
            })
            .collect(),
        passkey: Some(passkey_button(issuer, text)),
        by_password: true,
        by_mail: true,
        forgot: Some(own(issuer, "/password/forgot")),
        sign_up: Some(own(issuer, "/signup")),
        cancel: client_link(),
    };
    let names = &["Google", "GitHub"];
    let unknown_passkey = LoginPage {
        passkey: Some(passkey_button(issuer, text).refused(Some(text.to_owned()))),
        ..login(Some(LoginProblem::Passkey), names)
    };
    let wrong = |problem| login(Some(problem), names).into();
    let without_form = |names| LoginPage {
        by_password: false,
        by_mail: false,
        passkey: None,
        sign_up: None,
        ..login(None, names)
    };
    let at_issuer = LoginPage {
        action: own(issuer, "/login"),
        cancel: None,
        ..login(None, &[])
    };
    let renewal = LoginPage {
        action: own(issuer, "/login"),
        is_renewal: true,
        email: Some(DisplayText::of(text)),
        sign_up: None,
        cancel: None,
        ..login(None, &[])
    };
    let by_password = LoginPage {
        by_mail: false,
        passkey: None,
        cancel: None,
        ..login(None, &[])
    };
    let by_mail = LoginPage {
        by_password: false,
        ..login(None, &[text])
    };
    vec![
        ("login", login(None, names).into()),
        ("login-at-issuer", at_issuer.into()),
        ("login-renewal", renewal.into()),
        ("login-passkey-refused", unknown_passkey.into()),
        ("login-wrong", wrong(LoginProblem::Wrong)),
        ("login-no-password", wrong(LoginProblem::NoPassword)),
        (
            "login-invalid-email",
            wrong(LoginProblem::Address(InvalidEmailAddress::Domain)),
        ),
        ("login-by-password", by_password.into()),
        ("login-by-mail", by_mail.into()),
        (
            "login-providers",
            without_form(&["Google", "GitHub", text, "Apple"]).into(),
        ),
        ("login-none", without_form(&[]).into()),
    ]
}

fn passkey_button(issuer: &Issuer, text: &str) -> PasskeyButton {
    let challenge = own(issuer, "/passkeys/challenge");
    PasskeyButton::of_login(challenge, text.to_owned(), issuer.host().to_owned())
}

fn passkey_offers(issuer: &Issuer, text: &str) -> Samples {
    let offer = |problem| PasskeyOfferPage {
        action: own(issuer, "/login/new-passkey"),
        continuation: text.to_owned(),
        challenge: text.to_owned(),
        options: text.to_owned(),
        problem,
    };
    vec![
        ("passkey-offer", offer(None).into()),
        (
            "passkey-offer-exists",
            offer(Some(PasskeyOfferProblem::Exists)).into(),
        ),
        (
            "passkey-offer-refused",
            offer(Some(PasskeyOfferProblem::NotCreated)).into(),
        ),
    ]
}

fn emails(issuer: &Issuer, text: &str) -> Samples {
    let name = || Some(DisplayText::of(text));
    let provider_email = |email, problem| ProviderEmailPage {
        action: own(issuer, "/login/address"),
        token: text.to_owned(),
        provider: DisplayText::of(text),
        email,
        problem,
    };
    let forgot = |email, problem| ForgotPasswordPage {
        action: own(issuer, "/password/forgot"),
        email,
        problem,
        back: Some(own(issuer, "/authorize")),
    };
    let sign_up = |problem: Option<SignUpProblem>| SignUpPage {
        action: own(issuer, "/signup"),
        name: problem.and_then(|_| name()),
        email: problem.and_then(|_| name()),
        problem,
        back: Some(own(issuer, "/authorize")),
        client: name(),
        cancel: client_link(),
    };
    let wrong = |problem| sign_up(Some(problem)).into();
    let wrong_name = |problem| wrong(SignUpProblem::Name(problem));
    vec![
        ("provider-email", provider_email(None, None).into()),
        (
            "provider-email-invalid",
            provider_email(name(), Some(InvalidEmailAddress::Form)).into(),
        ),
        ("forgot-password", forgot(None, None).into()),
        (
            "forgot-password-invalid",
            forgot(name(), Some(InvalidEmailAddress::LocalPart)).into(),
        ),
        ("sign-up", sign_up(None).into()),
        (
            "sign-up-invalid-email",
            wrong(SignUpProblem::Address(InvalidEmailAddress::TooLong)),
        ),
        ("sign-up-empty-name", wrong_name(InvalidPersonName::Empty)),
        ("sign-up-long-name", wrong_name(InvalidPersonName::TooLong)),
        (
            "sign-up-invalid-name",
            wrong_name(InvalidPersonName::Forbidden),
        ),
    ]
}

fn mailed_links(issuer: &Issuer, text: &str) -> Samples {
    let complete_sign_up = CompleteSignUpPage {
        action: own(issuer, "/login/it/confirm"),
        provider: DisplayText::of(text),
    };
    let confirm_email = ConfirmEmailPage {
        action: own(issuer, "/email/confirm"),
    };
    let login_link = LoginLinkPage {
        action: own(issuer, "/login/link/confirm"),
    };
    vec![
        ("complete-sign-up", complete_sign_up.into()),
        ("confirm-email", confirm_email.into()),
        ("login-link", login_link.into()),
    ]
}

fn second_factors(issuer: &Issuer, text: &str) -> Samples {
    use SecondFactorKind::{RecoveryCode, Totp};

    let page = |kind, problem| {
        let action = own(issuer, "/login/second-factor");
        let codes = (Some(kind), &[Totp, RecoveryCode][..]);
        let page = SecondFactorPage::new(action, text.to_owned(), codes, None);
        page.with_problem(problem).into()
    };
    let passkey = |codes, problem| {
        let challenge = own(issuer, "/passkeys/challenge");
        let rp_id = issuer.host().to_owned();
        let button = PasskeyButton::of_second_step(challenge, text.to_owned(), rp_id);
        let button = match problem {
            Some(_) => button.refused(None),
            None => button,
        };
        let action = own(issuer, "/login/second-factor");
        let page = SecondFactorPage::new(action, text.to_owned(), codes, Some(button));
        page.with_problem(problem).into()
    };
    let refused = Some(SecondFactorProblem::Passkey);
    vec![
        ("second-factor", page(Totp, None)),
        (
            "second-factor-used",
            page(Totp, Some(SecondFactorProblem::Used)),
        ),
        (
            "second-factor-wrong",
            page(Totp, Some(SecondFactorProblem::Wrong(Totp))),
        ),
        (
            "second-factor-or-passkey",
            passkey((Some(Totp), &[Totp, RecoveryCode][..]), None),
        ),
        ("second-factor-passkey", passkey((None, &[][..]), None)),
        (
            "second-factor-passkey-refused",
            passkey((None, &[][..]), refused),
        ),
        ("second-factor-recovery", page(RecoveryCode, None)),
        (
            "second-factor-recovery-wrong",
            page(RecoveryCode, Some(SecondFactorProblem::Wrong(RecoveryCode))),
        ),
    ]
}

fn passwords(issuer: &Issuer, text: &str) -> Samples {
    let min_length = 8;
    let choose = |purpose, problem: Option<PasswordProblem>| ChoosePasswordPage {
        action: own(issuer, "/password/reset"),
        purpose,
        token: problem.map(|_| text.to_owned()),
        email: problem.map(|_| DisplayText::of(text)),
        min_length,
        problem,
    };
    let wrong = |problem| choose(PasswordPurpose::Reset, Some(problem)).into();
    let weak = |reason| wrong(PasswordProblem::Weak(WeakPassword { reason, min_length }));
    vec![
        (
            "choose-password",
            choose(PasswordPurpose::SignUp, None).into(),
        ),
        ("new-password", choose(PasswordPurpose::Reset, None).into()),
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
    ]
}
