//! `/account/profile`: name and picture.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::session::{AccountForm, AccountRequest};
use crate::{
    app::App,
    http::openapi::OpenApiBuilder,
    identity::{ImageUrl, PersonName},
    json::Patch,
    pages::view::{DisplayText, ProfilePage, ProfileProblem},
    store::ProfileEdit,
};

pub(crate) const PATH: &str = "/account/profile";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(api, PATH, "Change name and picture.");
}

pub(crate) async fn page(request: AccountRequest) -> Response {
    let user = &request.user;
    let name = user.name.as_ref().map(PersonName::as_str);
    let picture = user.image.as_ref().map(ImageUrl::as_str);
    form(&request, (name, picture), None)
}

/// Stores name and picture. An empty field removes the value.
pub(crate) async fn submit(
    State(app): State<App>,
    AccountForm {
        request,
        form: posted,
    }: AccountForm,
) -> Result<Response, Response> {
    let (name, picture) = (posted.get("name"), posted.get("picture"));
    let again = |problem| form(&request, (name, picture), Some(problem));
    let edit = ProfileEdit {
        name: patch(name, PersonName::parse).map_err(|it| again(ProfileProblem::Name(it)))?,
        image: patch(picture, ImageUrl::parse).map_err(|_| again(ProfileProblem::Picture))?,
    };
    let now = request.context.caller.now;
    let edited = app.profiles.edit(&request.session, &edit, now).await;
    edited.map_err(|error| request.refuse(error))?;
    Ok(request.done(None).into_response())
}

fn patch<T, E>(
    given: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Patch<T>, E> {
    match given.map(str::trim) {
        // An empty field of a form counts as absent.
        None | Some("") => Ok(Patch::Clear),
        Some(text) => parse(text).map(Patch::Set),
    }
}

fn form(
    request: &AccountRequest,
    (name, picture): (Option<&str>, Option<&str>),
    problem: Option<ProfileProblem>,
) -> Response {
    request.context.render(ProfilePage {
        action: request.here(),
        back: request.back(),
        name: name.map(DisplayText::of),
        picture: picture.map(str::to_owned),
        problem,
    })
}
