//! `/admin/pages/users/ID/ACT`: the changes of a user. Each page asks for confirmation, and its form posts to it.

use axum::{
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    admin::Error,
    app::App,
    http::{
        openapi::OpenApiBuilder,
        problem::{Code, Problem},
    },
    identity::{Role, UserId},
    pages::{
        admin::{
            USERS,
            session::{AdminForm, AdminRequest},
            user_act::UserAct,
            users::{Shown, path_of, user_page},
        },
        error_page::PageError,
        view::{AdminActPage, AdminSection, DisplayText},
    },
};

/// The path of the pages.
pub(crate) const PATH: &str = "/admin/pages/users/{id}/{act}";

/// The form of a change. Only a change of the role has a field.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct ActForm {
    role: Option<String>,
}

pub(super) fn describe(api: &mut OpenApiBuilder) {
    let act = json!({
        "type": "string",
        "enum": UserAct::ALL.map(UserAct::name),
    });
    api.get(PATH, "Ask an admin to confirm a change of a user.")
        .tag("page")
        .path_parameter("act", &act)
        .redirects("Redirect to the login at the issuer, which returns here.")
        .answers_page(&[200, 400, 403, 404, 503]);
    api.post(PATH, "Change a user, as an admin.")
        .tag("page")
        .path_parameter("act", &act)
        .takes_form::<ActForm>()
        .answers_page(&[400, 403, 404, 408, 409, 413, 415, 422, 503])
        .redirects("Redirect to the user, or to the login at the issuer.");
}

/// The user and the change in the path. Other segments are no page.
pub(crate) struct ActPath {
    id: UserId,
    act: UserAct,
}

impl FromRequestParts<App> for ActPath {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let path = Path::<(UserId, String)>::from_request_parts(parts, app).await;
        let path = path.ok().and_then(|Path((id, act))| {
            let act = UserAct::parse(&act)?;
            Some(Self { id, act })
        });
        path.ok_or_else(|| PageError::from(Problem::new(Code::NotFound)).into_response())
    }
}

/// Asks for confirmation.
pub(crate) async fn ask(
    State(app): State<App>,
    request: AdminRequest,
    path: ActPath,
) -> Result<Response, Response> {
    act_page(&app, &request, &path, None).await
}

/// Renders the page of a change. `wrong` is an invalid role.
async fn act_page(
    app: &App,
    request: &AdminRequest,
    path: &ActPath,
    wrong: Option<&str>,
) -> Result<Response, Response> {
    let found = app.administration.show(request.admin, path.id).await;
    let user = found.map_err(|error| request.refuse(error))?.user;
    let account = &request.account;
    let of_user = path_of(path.id);
    Ok(account.context.render(AdminActPage {
        navigation: request.navigation(AdminSection::Users),
        action: account.action(&format!("{of_user}/{}", path.act.name())),
        act: path.act.name(),
        email: DisplayText::of(user.email.as_str()),
        role: DisplayText::of(wrong.unwrap_or(&user.role.to_string())),
        is_role_wrong: wrong.is_some(),
        time: request.time_to_notice(),
        back: account.href(&of_user),
    }))
}

/// Makes the change, by the rules of the administration API.
pub(crate) async fn submit(
    State(app): State<App>,
    path: ActPath,
    AdminForm { request, form }: AdminForm,
) -> Result<Response, Response> {
    let ActPath { id, act } = path;
    let given = form.get("role").unwrap_or_default();
    let made = match (act, Role::parse(given)) {
        (UserAct::Role, Err(_)) => return act_page(&app, &request, &path, Some(given)).await,
        (UserAct::Role, Ok(role)) => {
            let now = request.account.context.caller.now;
            let setting = app.administration.set_role(request.admin, id, &role, now);
            setting.await
        }
        (act, _) => make(&app, &request, id, act).await,
    };
    match made {
        Ok(()) if act == UserAct::Delete => {
            let redirect = request.account.redirect(USERS, Some("deleted"));
            Ok(redirect.into_response())
        }
        Ok(()) => {
            let redirect = request.account.redirect(&path_of(id), Some(act.name()));
            Ok(redirect.into_response())
        }
        Err(Error::OwnRecord) => user_page(&app, &request, id, Shown::Refused).await,
        Err(error) => Err(request.refuse(error)),
    }
}

/// Makes a change that has no field.
async fn make(app: &App, request: &AdminRequest, id: UserId, act: UserAct) -> Result<(), Error> {
    let (administration, admin) = (&app.administration, request.admin);
    let caller = &request.account.context.caller;
    let now = caller.now;
    match act {
        UserAct::Role => Ok(()),
        UserAct::Disable => administration.set_active(admin, id, false, now).await,
        UserAct::Enable => administration.set_active(admin, id, true, now).await,
        UserAct::LogOut => administration.log_out(admin, id, now).await,
        UserAct::Delete => administration.delete(admin, id).await,
        UserAct::ResetFactors => {
            let user = administration.reset_factors(admin, id, now).await?;
            let client_id = request.account.session.mailing_client();
            let profiles = &app.profiles;
            profiles
                .notify_factors_reset(&user, caller.locale(), client_id)
                .await;
            Ok(())
        }
    }
}
