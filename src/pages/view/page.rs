//! The one way from a view to a response.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY,
            WWW_AUTHENTICATE,
        },
    },
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use super::brand::BrandVariables;
use crate::{
    config::Issuer,
    http::problem::{Problem, from_domain::BEARER},
    locale::Localizer,
    templates::{Context, PageTemplates, TemplateError, normalize_newlines},
};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// The destination of a form (CSP `form-action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormTarget {
    /// The page has no form.
    Missing,
    /// A route of Signet that answers with a page.
    Signet,
    /// A route of Signet that redirects to the client or to a provider. The page has no `form-action`: Chrome applies the
    /// directive to the redirects as well, also to those that follow.
    Client,
}

/// A page that is ready to be rendered in any language.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    template: &'static str,
    context: Context,
    status: StatusCode,
    script: Cow<'static, str>,
    form: FormTarget,
    connects: bool,
    keeps_opener: bool,
    problem: Option<Problem>,
}

impl Page {
    /// A page with the fields of `view` as the variables of its template.
    pub(super) fn new(template: &'static str, view: &impl Serialize) -> Self {
        Self {
            template,
            context: Context::new(view),
            status: StatusCode::OK,
            script: Cow::Borrowed(""),
            form: FormTarget::Missing,
            connects: false,
            keeps_opener: true,
            problem: None,
        }
    }

    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status 422 if the user has entered something wrong.
    pub(super) fn invalid_if(self, is_invalid: bool) -> Self {
        if is_invalid {
            self.status(StatusCode::UNPROCESSABLE_ENTITY)
        } else {
            self
        }
    }

    pub(super) fn script(mut self, script: &'static str) -> Self {
        self.script = normalize_newlines(script);
        self
    }

    /// Allows the script to send requests to this service.
    pub(super) fn connects(mut self) -> Self {
        self.connects = true;
        self
    }

    pub(super) fn form(mut self, form: FormTarget) -> Self {
        self.form = form;
        self
    }

    /// Separates the window from the page that opened it (HTML §7.1.3). A client that logs in through a popup
    /// loses the window for good at the first page that does so. Only pages from which the window never
    /// returns to such a client do it.
    pub(super) fn without_opener(mut self) -> Self {
        self.keeps_opener = false;
        self
    }

    /// The status and the headers of `problem`.
    pub(super) fn problem(mut self, problem: Problem) -> Self {
        self.problem = Some(problem);
        self
    }

    pub(super) fn template(&self) -> &'static str {
        self.template
    }

    /// The names of the variables of the view.
    #[cfg(test)]
    pub(super) fn variables(&self) -> Vec<String> {
        self.context.names()
    }

    /// The URL that the form posts to.
    pub(super) fn form_action(&self) -> Option<String> {
        let has_form = self.form != FormTarget::Missing;
        self.context.text("action").filter(|_| has_form)
    }

    /// The variables and functions of the template.
    pub(super) fn context(
        &self,
        templates: &PageTemplates,
        localizer: &Localizer,
        issuer: &Issuer,
    ) -> Context {
        let brand = templates.brand();
        let name = templates.name(issuer.host());
        let context = self.context.clone().with_texts(localizer, name);
        context
            .with("brand", &BrandVariables::new(brand, issuer))
            .with_markup("style", templates.style())
            .with_markup("script", &self.script)
    }

    fn policy(&self, style: &str) -> String {
        let style = source(style);
        let script = match &*self.script {
            "" => String::new(),
            script => format!("; script-src {}", source(script)),
        };
        let connect = if self.connects {
            "; connect-src 'self'"
        } else {
            ""
        };
        let form = match self.form {
            FormTarget::Missing => "; form-action 'none'",
            FormTarget::Signet => "; form-action 'self'",
            FormTarget::Client => "",
        };
        format!(
            "default-src 'none'; style-src {style}; img-src 'self'{script}{connect}{form}; frame-ancestors 'none'; \
             base-uri 'none'"
        )
    }

    /// Renders the page.
    pub(crate) fn render(
        &self,
        templates: &PageTemplates,
        localizer: &Localizer,
        issuer: &Issuer,
    ) -> Response {
        let context = self.context(templates, localizer, issuer);
        let page = match templates.render(self.template, &context) {
            Ok(html) => self.respond(html, localizer, templates.style()),
            Err(error) => failed(&error),
        };
        match &self.problem {
            Some(problem) => problem.respond(page),
            None => page,
        }
    }

    fn respond(&self, html: String, localizer: &Localizer, style: &str) -> Response {
        let mut response = (self.status, Html(html)).into_response();
        let headers = response.headers_mut();
        let language = HeaderValue::from_static(localizer.locale().tag());
        headers.insert(CONTENT_LANGUAGE, language);
        headers.insert(VARY, ACCEPT_LANGUAGE.into());
        if let Ok(policy) = HeaderValue::try_from(self.policy(style)) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        if self.form != FormTarget::Missing {
            // With `no-referrer`, browsers send `Origin: null` with a form (Fetch §3.2), and forms of other
            // sites could not be told apart.
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        }
        if !self.keeps_opener {
            let same_origin = HeaderValue::from_static("same-origin");
            headers.insert(CROSS_ORIGIN_OPENER_POLICY, same_origin);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // Required with this status (RFC 9110 §15.5.2). Browsers show no dialog for this scheme.
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(BEARER));
        }
        response
    }
}

fn failed(error: &TemplateError) -> Response {
    Problem::failed(error).into_response()
}

/// The hash of an inline text, as a source of a policy (CSP §2.3.1).
fn source(text: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!("'sha256-{hash}'")
}
