//! `/account/data`: everything that is stored about the user.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::session::AccountRequest;
use crate::{
    app::App,
    http::{openapi::OpenApiBuilder, user_data::UserData},
};

pub(crate) const PATH: &str = "/account/data";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "Download everything that is stored about the user.")
        .tag("page")
        .redirects("Redirect to the login at the issuer, which returns here.")
        .answers::<UserData>(200, "The file `signet-data.json`.")
        .answers_page(&[503])
        .fails(&[404]);
}

pub(crate) async fn download(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    let data = app.profiles.data(&request.session).await;
    let data = data.map_err(|error| request.refuse(error))?;
    Ok(UserData::from(data).into_response())
}
