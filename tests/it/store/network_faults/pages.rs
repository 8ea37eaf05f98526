//! Requests of pages by a browser with a session at the issuer.

use super::requests::{People, Prepared, authorization};
use crate::support::{Browser, PASSWORD, routes::Route};

/// Returns whether the route shows or changes something for the user who is logged in at the issuer.
pub fn has_session(route: &Route) -> bool {
    let of_session = ["/", "/authorize", "/login", "/admin", "/end-session"];
    let is_below = |folder: &str| route.path.starts_with(folder);
    (route.method == "GET" && of_session.contains(&route.path))
        || is_below("/account")
        || is_below("/admin/pages")
}

/// The request of the route by a new user, who is an admin where that is needed.
pub async fn prepare(people: &People<'_>, route: &Route) -> Prepared {
    let email = people.new_email();
    let member = people.service.signed_up(&email).await;
    if route.path.starts_with("/admin") {
        member.set_role("admin").await;
    }
    let browser = Browser::new(people.service);
    let login = [
        ("email", &*email),
        ("password", PASSWORD),
        ("by", "password"),
    ];
    let login = login.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.post_form("/login", &login).await.assert_status(200);
    let mut prepared = Prepared::new(route).of_page(&browser);
    if route.path == "/authorize" {
        prepared.path = authorization("openid");
    }
    if route.path.starts_with("/admin/pages") && route.path.contains("{id}") {
        let other = people.service.signed_up(&people.new_email()).await;
        let path = route.path.replace("{id}", &other.id().to_string());
        prepared.path = path.replace("{act}", "role");
    }
    match (route.method, route.path) {
        ("POST", "/admin/pages/users/new") => prepared
            .form(&[
                ("email", &people.new_email()),
                ("password", PASSWORD),
                ("role", "user"),
            ])
            .once(&[409]),
        ("POST", "/account/email") => prepared.form(&[("email", &people.new_email())]),
        ("POST", "/account/delete") => prepared.form(&[("email", &email)]).once(&[303]),
        _ => prepared,
    }
}
