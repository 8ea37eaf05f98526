//! `/admin/pages/…`: the pages on which admins administer users and look at the node.

pub(crate) mod act;
pub(crate) mod create;
pub(crate) mod node;
mod session;
mod user_act;
pub(crate) mod users;

use axum::response::{IntoResponse, Response};

use self::session::AdminRequest;
use crate::http::openapi::OpenApiBuilder;

/// The path that leads to the first page.
pub(crate) const PATH: &str = "/admin";

/// The pages of users.
pub(crate) const USERS: &str = "/admin/pages/users";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "Lead an admin to the first page.")
        .tag("page")
        .redirects("Redirect to the users, or to the login at the issuer.")
        .answers_page(&[403, 404, 503]);
    users::describe(api);
    create::describe(api);
    act::describe(api);
    node::describe(api);
}

/// Redirects to the first page.
pub(crate) async fn index(AdminRequest { account, .. }: AdminRequest) -> Response {
    account.redirect(USERS, None).into_response()
}
