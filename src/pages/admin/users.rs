//! `GET /admin/pages/users` and `GET /admin/pages/users/ID`: the users.

use axum::{extract::State, response::Response};

use crate::{
    admin::UserRecord,
    app::App,
    http::{
        extract::{Query, UserIdPath},
        openapi::OpenApiBuilder,
    },
    identity::{Role, SecondFactorKind, User, UserId},
    pages::{
        account::session,
        admin::{USERS, session::AdminRequest, user_act::UserAct},
        error_page::OrErrorPage,
        view::{
            AdminFilter, AdminSection, AdminUserPage, AdminUserRow, AdminUsersPage, DisplayText,
            admin_time,
        },
    },
    store::{LikePattern, UserFilter},
};

/// The number of users on a page.
const PAGE: u32 = 50;

/// The filters: the value of `filter`, and the key of the text.
const FILTERS: [(&str, &str); 4] = [
    ("", "page-admin-filter-all"),
    ("admins", "page-admin-filter-admins"),
    ("active", "page-admin-active"),
    ("disabled", "page-admin-disabled"),
];

pub(super) fn describe(api: &mut OpenApiBuilder) {
    let text = serde_json::json!({ "type": "string" });
    api.get(USERS, "Show the users to an admin.")
        .tag("page")
        .query("search", &text)
        .query("filter", &text)
        .query("after", &text)
        .redirects("Redirect to the login at the issuer, which returns here.")
        .answers_page(&[200, 400, 403, 404, 503]);
    api.get("/admin/pages/users/{id}", "Show a user to an admin.")
        .tag("page")
        .redirects("Redirect to the login at the issuer, which returns here.")
        .answers_page(&[200, 400, 403, 404, 503]);
}

/// Lists the users. Unknown values of `filter` and `after` show the first page of all users.
pub(crate) async fn list(
    State(app): State<App>,
    request: AdminRequest,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, Response> {
    let search = query.get("search");
    let chosen = FILTERS.iter().find(|it| query.get("filter") == Some(it.0));
    let (chosen, _) = chosen.unwrap_or(&FILTERS[0]);
    let after: Option<UserId> = query.get("after").and_then(|id| id.parse().ok());
    let filter = UserFilter {
        name_or_email: search.map(LikePattern::containing),
        role: Role::parse(Role::ADMIN)
            .ok()
            .filter(|_| *chosen == "admins"),
        is_active: match *chosen {
            "active" => Some(true),
            "disabled" => Some(false),
            _ => None,
        },
        ..UserFilter::default()
    };
    let listing = app.administration.list(request.admin, &filter, after, PAGE);
    let users = listing.await.map_err(|error| request.refuse(error))?;
    let is_full = u32::try_from(users.len()).is_ok_and(|length| length == PAGE);
    let next = users.last().filter(|_| is_full).map(|it| it.id.to_string());
    let account = &request.account;
    let link = |filter: &str, after: Option<&str>| {
        let parameters = [
            ("search", search),
            ("filter", Some(filter)),
            ("after", after),
        ];
        let given = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?)));
        account.href_with(USERS, given.collect::<Vec<_>>())
    };
    let kept = account.context.caller.language.kept().into_iter();
    let kept = kept.chain([("filter", *chosen)]);
    let kept = kept.filter(|(_, value)| !value.is_empty());
    Ok(account.context.render(AdminUsersPage {
        navigation: request.navigation(AdminSection::Users),
        done: (session::done(&query) == Some("deleted")).then_some("page-admin-deleted-done"),
        find: account.href_with(USERS, []),
        kept: kept.map(|(name, value)| (name, value.to_owned())).collect(),
        search: search.map(DisplayText::of),
        filters: FILTERS
            .iter()
            .map(|(filter, text)| AdminFilter {
                text,
                link: link(filter, None),
                is_current: filter == chosen,
            })
            .collect(),
        users: users.iter().map(|user| row(&request, user)).collect(),
        create: account.href("/admin/pages/users/new"),
        first: after.map(|_| link(chosen, None)),
        next: next.map(|after| link(chosen, Some(&after))),
    }))
}

/// Returns the path of the page of a user.
pub(super) fn path_of(id: UserId) -> String {
    path_of_text(&id.to_string())
}

/// Returns the path of the page of a user with this ID, which a log names.
pub(super) fn path_of_text(id: &str) -> String {
    format!("{USERS}/{id}")
}

fn row(request: &AdminRequest, user: &User) -> AdminUserRow {
    let name = user.name.as_ref();
    AdminUserRow {
        link: request.account.href(&path_of(user.id)),
        email: DisplayText::of(user.email.as_str()),
        name: name.map(|name| DisplayText::of(name.as_str())),
        role: DisplayText::of(&user.role.to_string()),
        is_active: user.is_active,
        created: admin_time(user.created_at),
    }
}

/// Shows a user.
pub(crate) async fn show(
    State(app): State<App>,
    request: AdminRequest,
    OrErrorPage(UserIdPath(id)): OrErrorPage<UserIdPath>,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, Response> {
    let done = session::done(&query);
    let done = match done {
        Some("created") => Some("page-admin-created-done"),
        Some(done) => UserAct::parse(done).and_then(UserAct::done),
        None => None,
    };
    user_page(&app, &request, id, Shown::AsItIs(done)).await
}

/// Why the page of a user is shown.
pub(super) enum Shown {
    /// With the key of a text about what was done.
    AsItIs(Option<&'static str>),
    /// A change of the admin's own account was refused.
    Refused,
}

/// Renders the page of a user.
pub(super) async fn user_page(
    app: &App,
    request: &AdminRequest,
    id: UserId,
    shown: Shown,
) -> Result<Response, Response> {
    let found = app.administration.show(request.admin, id).await;
    let found: UserRecord = found.map_err(|error| request.refuse(error))?;
    let account = &request.account;
    let user = &found.user;
    let is_own = user.id == account.user.id;
    let acts = UserAct::ALL
        .into_iter()
        .filter(|act| act.fits(user, is_own));
    let path = path_of(id);
    let (done, is_refused) = match shown {
        Shown::AsItIs(done) => (done, false),
        Shown::Refused => (None, true),
    };
    Ok(account.context.render(AdminUserPage {
        navigation: request.navigation(AdminSection::Users),
        done,
        is_refused,
        is_own,
        id: id.to_string(),
        user: row(request, user),
        is_email_verified: user.email_verified.is_some(),
        changed: admin_time(user.updated_at),
        accounts: found
            .accounts
            .iter()
            .map(|it| DisplayText::of(&it.provider))
            .collect(),
        factors: found
            .factors
            .kinds()
            .into_iter()
            .map(SecondFactorKind::as_str)
            .collect(),
        acts: acts
            .map(|act| (act.name(), account.href(&format!("{path}/{}", act.name()))))
            .collect(),
        time: request.time_to_notice(),
    }))
}
