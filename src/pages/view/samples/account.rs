//! Samples of the pages of the account.

use chrono::NaiveDate;

use super::own;
use crate::{
    config::Issuer,
    identity::{InvalidEmailAddress, InvalidPersonName},
    pages::view::{
        ACCOUNT_TAKEN, AccountDeletedPage, AccountLinks, AccountNotice, AccountPage,
        AddPasskeyPage, ChangeEmailPage, ChangeEmailProblem, ChangePasswordPage, ConfirmChangePage,
        ConfirmProblem, ConfirmedChange, ConnectedAccount, DisplayText, NewConnection,
        PasskeyOfferProblem, Passkeys, PasswordProblem, ProfilePage, ProfileProblem,
        RecoveryCodesPage, RenamePasskeyPage, SecuritySection, ShownPasskey, TotpPage, TotpProblem,
        page::Page,
    },
    password::InvalidPassword,
    second_factor::QrPath,
};

pub(super) fn pages(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let mut pages = overview(issuer, text);
    pages.extend(forms(issuer, text));
    pages.extend(factors(issuer, text));
    pages
}

fn overview(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let name = DisplayText::of(text);
    let link = |path: &str| own(issuer, path);
    let passkey = |is_usable: bool| ShownPasskey {
        name: name.clone(),
        added: NaiveDate::default(),
        is_synced: is_usable,
        other_domain: (!is_usable).then(|| name.clone()),
        rename: link("/account/passkeys/1"),
        remove: link("/account/passkeys/1/remove"),
    };
    let overview = |notice: Option<AccountNotice>, is_full: bool| AccountPage {
        log_out: link("/end-session"),
        user: text.to_owned(),
        notice,
        email: name.clone(),
        name: is_full.then(|| name.clone()),
        picture: is_full.then(|| name.clone()),
        has_password: is_full,
        can_change_email: is_full,
        accounts: Vec::from_iter(is_full.then(|| ConnectedAccount {
            provider: name.clone(),
            disconnect: link("/account/accounts/1/disconnect"),
        })),
        connect: Vec::from_iter((!is_full).then(|| NewConnection {
            provider: name.clone(),
            action: link("/account/connect/example"),
        })),
        security: SecuritySection {
            passkeys: Some(Passkeys {
                all: if is_full {
                    vec![passkey(true), passkey(false)]
                } else {
                    Vec::new()
                },
                add: Some(link("/account/passkeys/new")),
            }),
            has_totp: is_full,
            totp: link("/account/totp"),
            has_recovery_codes: is_full,
            recovery_codes: 9,
            recovery: Some(link("/account/recovery-codes")),
        },
        everywhere: "5 min".to_owned(),
        links: AccountLinks {
            profile: link("/account/profile"),
            email: link("/account/email"),
            password: link("/account/password"),
            data: link("/account/data"),
            delete: link("/account/delete"),
        },
    };
    vec![
        ("account", overview(None, true).into()),
        ("account-new", overview(None, false).into()),
        (
            "account-connected",
            overview(Some(AccountNotice::connected(name.clone())), true).into(),
        ),
        (
            "account-connected-taken",
            overview(AccountNotice::of(ACCOUNT_TAKEN), false).into(),
        ),
        (
            "account-email-asked",
            overview(Some(AccountNotice::email_asked(name.clone())), true).into(),
        ),
    ]
}

fn forms(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let name = DisplayText::of(text);
    let link = |path: &str| own(issuer, path);
    let back = || link("/account");
    let profile = |problem| ProfilePage {
        action: link("/account/profile"),
        back: back(),
        name: Some(name.clone()),
        picture: Some("https://example.com/me.png".to_owned()),
        problem,
    };
    let email = |problem| ChangeEmailPage {
        action: link("/account/email"),
        back: back(),
        email: Some(name.clone()),
        problem,
    };
    let password = |problem| ChangePasswordPage {
        action: link("/account/password"),
        back: back(),
        email: name.clone(),
        min_length: 10,
        problem,
    };
    let confirm = |change, problem| ConfirmChangePage {
        action: link("/account/delete"),
        back: back(),
        change,
        subject: Some(name.clone()),
        problem,
    };
    let invalid_name = ProfileProblem::Name(InvalidPersonName::Forbidden);
    let invalid_email = ChangeEmailProblem::Invalid(InvalidEmailAddress::Form);
    vec![
        ("account-profile", profile(None).into()),
        ("account-profile-name", profile(Some(invalid_name)).into()),
        (
            "account-profile-picture",
            profile(Some(ProfileProblem::Picture)).into(),
        ),
        ("account-email", email(None).into()),
        ("account-email-invalid", email(Some(invalid_email)).into()),
        (
            "account-email-same",
            email(Some(ChangeEmailProblem::Same)).into(),
        ),
        ("account-password", password(None).into()),
        (
            "account-password-missing",
            password(Some(PasswordProblem::Invalid(InvalidPassword::Empty))).into(),
        ),
        (
            "account-disconnect",
            confirm(ConfirmedChange::Disconnect, None).into(),
        ),
        (
            "account-disconnect-last",
            confirm(ConfirmedChange::Disconnect, Some(ConfirmProblem::LastWayIn)).into(),
        ),
        (
            "account-delete",
            confirm(ConfirmedChange::DeleteAccount, None).into(),
        ),
        (
            "account-delete-other",
            confirm(
                ConfirmedChange::DeleteAccount,
                Some(ConfirmProblem::OtherEmail),
            )
            .into(),
        ),
        (
            "account-deleted",
            AccountDeletedPage {
                time: "5 min".to_owned(),
            }
            .into(),
        ),
    ]
}

fn factors(issuer: &Issuer, text: &str) -> Vec<(&'static str, Page)> {
    let name = DisplayText::of(text);
    let link = |path: &str| own(issuer, path);
    let back = || link("/account");
    let confirm = |change, problem| ConfirmChangePage {
        action: link("/account/totp/remove"),
        back: back(),
        change,
        subject: Some(name.clone()),
        problem,
    };
    let totp = |problem: Option<TotpProblem>| TotpPage {
        action: link("/account/totp"),
        back: back(),
        enrolment: text.to_owned(),
        secret: "JBSWY3DPEHPK3PXP".to_owned(),
        qr: QrPath {
            size: 29,
            path: "M4 4h1v1h-1z".to_owned(),
        },
        client: problem.is_some().then(|| name.clone()),
        problem,
    };
    let new_passkey = |problem: Option<PasskeyOfferProblem>| AddPasskeyPage {
        action: link("/account/passkeys/new"),
        back: back(),
        challenge: text.to_owned(),
        options: "{}".to_owned(),
        client: problem.is_some().then(|| name.clone()),
        problem,
    };
    let rename = |is_invalid| RenamePasskeyPage {
        action: link("/account/passkeys/1"),
        back: back(),
        name: Some(name.clone()),
        is_invalid,
    };
    vec![
        ("account-passkey", new_passkey(None).into()),
        (
            "account-passkey-exists",
            new_passkey(Some(PasskeyOfferProblem::Exists)).into(),
        ),
        ("account-passkey-name", rename(false).into()),
        ("account-passkey-name-invalid", rename(true).into()),
        (
            "account-passkey-remove",
            confirm(ConfirmedChange::RemovePasskey, None).into(),
        ),
        ("account-totp", totp(None).into()),
        (
            "account-totp-wrong",
            totp(Some(TotpProblem::WrongCode)).into(),
        ),
        ("account-totp-over", totp(Some(TotpProblem::Over)).into()),
        (
            "account-totp-remove",
            confirm(ConfirmedChange::RemoveTotp, None).into(),
        ),
        (
            "account-recovery",
            confirm(ConfirmedChange::NewRecoveryCodes, None).into(),
        ),
        (
            "account-recovery-codes",
            RecoveryCodesPage {
                codes: vec!["ABCD-EFGH-IJKL-MNOP".to_owned(); 10],
                back: back(),
            }
            .into(),
        ),
    ]
}
