//! `/admin/pages/users/new`: creates a user.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    admin::{Error, UserDetails},
    app::App,
    http::{extract::Form, openapi::OpenApiBuilder},
    identity::{EmailAddress, PersonName, Role},
    pages::{
        admin::{
            USERS,
            session::{AdminForm, AdminRequest},
            users::path_of,
        },
        chosen,
        view::{
            AdminCreatePage, AdminCreateProblem, AdminSection, DisplayText, PasswordProblem,
            SignUpProblem,
        },
    },
};

/// The path of the page.
pub(crate) const PATH: &str = "/admin/pages/users/new";

/// The new user. The email counts as verified.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct CreateForm {
    email: String,
    password: String,
    name: Option<String>,
    role: Option<String>,
}

pub(super) fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "Ask an admin for a new user.")
        .tag("page")
        .redirects("Redirect to the login at the issuer, which returns here.")
        .answers_page(&[200, 403, 404, 503]);
    api.post(PATH, "Create a user, as an admin.")
        .tag("page")
        .takes_form::<CreateForm>()
        .answers_page(&[400, 403, 404, 408, 409, 413, 415, 422, 429, 503])
        .redirects("Redirect to the user, or to the login at the issuer.");
}

/// Asks for the new user.
pub(crate) async fn ask(request: AdminRequest) -> Response {
    page(&request, None, None)
}

fn page(
    request: &AdminRequest,
    entered: Option<&Form>,
    problem: Option<AdminCreateProblem>,
) -> Response {
    let account = &request.account;
    let get = |name| entered.and_then(|form| form.get(name)).map(DisplayText::of);
    account.context.render(AdminCreatePage {
        navigation: request.navigation(AdminSection::Users),
        action: account.action(PATH),
        email: get("email"),
        name: get("name"),
        role: get("role"),
        min_length: account.context.min_length,
        problem,
        back: account.href(USERS),
    })
}

/// Creates the user, by the rules of the administration API.
pub(crate) async fn submit(
    State(app): State<App>,
    AdminForm { request, form }: AdminForm,
) -> Result<Response, Response> {
    let again = |problem| page(&request, Some(&form), Some(problem));
    let new = match details(&form) {
        Ok(new) => new,
        Err(problem) => return Ok(again(problem)),
    };
    let caller = &request.account.context.caller;
    let creating = app
        .administration
        .create(request.admin, new, caller.network, caller.now);
    match creating.await {
        Ok(user) => {
            let redirect = request.account.redirect(&path_of(user.id), Some("created"));
            Ok(redirect.into_response())
        }
        Err(Error::Taken) => Ok(again(AdminCreateProblem::Taken)),
        Err(Error::Weak(weak)) => {
            let problem = PasswordProblem::Weak(weak);
            Ok(again(AdminCreateProblem::Password(problem)))
        }
        Err(error) => Err(request.refuse(error)),
    }
}

fn details(form: &Form) -> Result<UserDetails, AdminCreateProblem> {
    let email = EmailAddress::parse(form.get("email").unwrap_or_default());
    let email = email.map_err(SignUpProblem::Address);
    let name = form.get("name").map(PersonName::parse).transpose();
    let name = name.map_err(SignUpProblem::Name);
    let role = form.get("role").map(Role::parse).transpose();
    Ok(UserDetails {
        email: email.map_err(AdminCreateProblem::Person)?,
        is_verified: true,
        name: name.map_err(AdminCreateProblem::Person)?,
        role: role
            .map_err(|_| AdminCreateProblem::Role)?
            .unwrap_or_default(),
        password: chosen(form).map_err(AdminCreateProblem::Password)?,
    })
}
