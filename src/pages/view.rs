//! Pages: what people see who log in here, or follow a link from a mail. Views alone: a route fills
//! one in and answers it.
//!
//! Templates are `view/*.html`, one file for each page; texts are in `locale/*/page.ftl`, one file for each
//! language. Whatever is filled in is escaped, and comes as a
//! type that cannot be anything else: a [`DisplayText`] of text, an [`Link`] that leads somewhere. A page
//! loads nothing: its style and its script are in it, and its policy admits these two by their
//! hashes and nothing else.

mod display_text;
mod email_forms;
mod error;
mod form_errors;
mod link;
mod localized_text;
mod login;
mod mailed_link;
mod repost;

use std::fmt::Display;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    http::{
        HeaderName, HeaderValue,
        header::{
            ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY,
        },
    },
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use self::localized_text::LocalizedText;
pub(crate) use self::{
    display_text::DisplayText,
    email_forms::{LinkRequiredPage, MailSentPage, ProviderEmailPage},
    error::{ErrorMessage, ErrorPage},
    link::Link,
    login::{ConfirmLoginPage, LoginLandingPage, LoginPage},
    mailed_link::CompleteSignUpPage,
    repost::FormPostRelay,
};
pub(crate) use self::{
    email_forms::{ForgotPasswordPage, SignUpPage, SignUpProblem},
    form_errors::PasswordProblem,
    login::LoginProblem,
    mailed_link::{
        ActionCompletedPage, ChoosePasswordPage, CompletedAction, ConfirmEmailPage, LoginLinkPage,
        PasswordPurpose,
    },
};
use crate::{config::Issuer, http::problem::Problem, locale::Localizer};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Where the form of a page may lead (CSP `form-action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormTarget {
    /// There is none.
    Missing,
    /// To us, and the answer is a page of ours.
    Ours,
    /// To us, and the answer redirects to the app. Nothing is said here: Chrome applies the
    /// directive to that redirect too, and to wherever the app redirects from there.
    Onward,
}

/// What is sent as HTML, and how. The template takes the texts from here, so that what is hashed
/// is what is sent.
trait Page: Template + Sized {
    const STYLE: &'static str = include_str!("view/style.css");
    const SCRIPT: Option<&'static str> = None;
    const FORM: FormTarget = FormTarget::Missing;
    /// Whether the window stays within reach of the page that opened it (HTML §7.1.3). An app that
    /// logs people in through a popup loses it for good at the first page that ends this; so
    /// only those do from which this window does not come back to such an app.
    const KEEPS_OPENER: bool = true;

    /// Whether its form holds what the link said, and none has to be read.
    fn has_token(&self) -> bool {
        false
    }

    fn script(&self) -> Option<&'static str> {
        Self::SCRIPT
    }

    fn form(&self) -> FormTarget {
        Self::FORM
    }

    /// What it says, and in which language.
    fn localizer(&self) -> &Localizer;
    /// Whose page it is.
    fn issuer(&self) -> &Issuer;

    /// The sentence of that name.
    fn say(&self, key: &str) -> LocalizedText {
        self.naming(key, "", &"")
    }

    /// The sentence of that name, with something filled in.
    fn naming(&self, key: &str, name: &str, value: &dyn Display) -> LocalizedText {
        LocalizedText::naming(
            self.localizer(),
            self.issuer(),
            key,
            (name, value.to_string()),
        )
    }

    fn policy(&self) -> String {
        let style = source(Self::STYLE);
        let script = self
            .script()
            .map(|text| format!("; script-src {}", source(text)));
        let script = script.unwrap_or_default();
        let form = match self.form() {
            FormTarget::Missing => "; form-action 'none'",
            FormTarget::Ours => "; form-action 'self'",
            FormTarget::Onward => "",
        };
        format!(
            "default-src 'none'; style-src {style}{script}{form}; frame-ancestors 'none'; \
             base-uri 'none'"
        )
    }

    fn shown(&self) -> Response {
        let html = match self.render() {
            Ok(html) => html,
            Err(error) => return Problem::trouble(&error).into_response(),
        };
        let mut response = Html(html).into_response();
        let headers = response.headers_mut();
        let language = HeaderValue::from_static(self.localizer().locale().tag());
        headers.insert(CONTENT_LANGUAGE, language);
        headers.insert(VARY, ACCEPT_LANGUAGE.into());
        if let Ok(policy) = HeaderValue::try_from(self.policy()) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        if self.form() != FormTarget::Missing {
            // With `no-referrer`, a browser says `Origin: null` of a form (Fetch §3.2): we could
            // not tell ours from a stranger's.
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        }
        if !Self::KEEPS_OPENER {
            let ours = HeaderValue::from_static("same-origin");
            headers.insert(CROSS_ORIGIN_OPENER_POLICY, ours);
        }
        response
    }
}

/// What the layout takes from every page.
macro_rules! framed {
    () => {
        fn localizer(&self) -> &$crate::locale::Localizer {
            &self.localizer
        }

        fn issuer(&self) -> &$crate::config::Issuer {
            &self.issuer
        }
    };
}
use framed;

/// A text of our own as a source of a policy (CSP §2.3.1).
fn source(text: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!("'sha256-{hash}'")
}

#[cfg(test)]
mod tests;
