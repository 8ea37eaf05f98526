//! The admin who requests a page.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
    response::{IntoResponse, Response},
};

use crate::{
    admin::{Admin, Error},
    app::App,
    client::Acr,
    http::{extract::Form, problem::Problem},
    pages::{
        account::session::{AccountForm, AccountRequest},
        error_page::PageError,
        view::{AdminNavigation, AdminSection},
    },
};

/// A request for a page by an admin: a session at the issuer whose user has the admin role in the row, with a login that
/// is recent and strong enough.
pub(crate) struct AdminRequest {
    pub(crate) account: AccountRequest,
    pub(crate) admin: Admin,
}

impl AdminRequest {
    async fn admitted(account: AccountRequest, app: &App) -> Result<Self, Response> {
        let now = account.context.caller.now;
        let error = match app.administration.admit(&account.session, now).await {
            Ok(admin) => return Ok(Self { account, admin }),
            Err(error) => error,
        };
        // Another login would lead here again.
        if let Error::NotRecent {
            acr,
            lacks_factor: true,
            ..
        } = error
        {
            return Err(match account.context.flow.enrolment_page(acr) {
                Some(page) => account.redirect(page, None).into_response(),
                None => PageError::from(Problem::from(error)).into_response(),
            });
        }
        Err(refuse(&account, error))
    }

    /// Answers an error that no field of the form caused: a login that does not suffice leads to another one.
    pub(super) fn refuse(&self, error: Error) -> Response {
        refuse(&self.account, error)
    }

    /// The time until a change of a role applies, in words.
    pub(super) fn time_to_notice(&self) -> String {
        self.account.time_to_notice()
    }

    /// The links between the pages, on a page of that section.
    pub(super) fn navigation(&self, current: AdminSection) -> AdminNavigation {
        let email = self.account.user.email.as_str();
        let serves_account = self.account.context.flow.serves_account;
        AdminNavigation::new(current, email, serves_account, |path| {
            self.account.href(path)
        })
    }
}

fn refuse(account: &AccountRequest, error: Error) -> Response {
    match error {
        Error::NotRecent { acr, .. } => account.log_in_again(acr),
        Error::Ended => account.log_in_again(Acr::default()),
        error => PageError::from(Problem::from(error)).into_response(),
    }
}

impl FromRequestParts<App> for AdminRequest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let account = AccountRequest::from_request_parts(parts, app).await?;
        Self::admitted(account, app).await
    }
}

/// A form of a page for admins. Only pages of this service may post it. The admin is admitted after the form has arrived.
pub(crate) struct AdminForm {
    pub(crate) request: AdminRequest,
    pub(crate) form: Form,
}

impl FromRequest<App> for AdminForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let AccountForm { request, form } = AccountForm::from_request(request, app).await?;
        let request = AdminRequest::admitted(request, app).await?;
        Ok(Self { request, form })
    }
}
