//! The views of the pages for admins.

use axum::http::StatusCode;
use serde::Serialize;

use super::{
    DisplayText, Link,
    page::{FormTarget, Page},
};

/// A page in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdminSection {
    Users,
    Keys,
    Clients,
    Health,
    Events,
}

impl AdminSection {
    const ALL: [Self; 5] = [
        Self::Users,
        Self::Keys,
        Self::Clients,
        Self::Health,
        Self::Events,
    ];

    /// The path of the page, and the key of its title.
    const fn page(self) -> (&'static str, &'static str) {
        match self {
            Self::Users => ("/admin/pages/users", "page-admin-users"),
            Self::Keys => ("/admin/pages/keys", "page-admin-keys"),
            Self::Clients => ("/admin/pages/clients", "page-admin-clients"),
            Self::Health => ("/admin/pages/health", "page-admin-health"),
            Self::Events => ("/admin/pages/events", "page-admin-events"),
        }
    }
}

/// The links between the pages, and the admin who is logged in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AdminNavigation {
    sections: Vec<NavigationLink>,
    admin: DisplayText,
    /// The account page of the admin, if it is served.
    account: Option<Link>,
    /// The page that asks whether to log out.
    log_out: Link,
}

#[derive(Debug, Clone, Serialize)]
struct NavigationLink {
    text: &'static str,
    link: Link,
    is_current: bool,
}

impl AdminNavigation {
    pub(crate) fn new(
        current: AdminSection,
        admin: &str,
        serves_account: bool,
        href: impl Fn(&str) -> Link,
    ) -> Self {
        let link = |section: AdminSection| {
            let (path, text) = section.page();
            NavigationLink {
                text,
                link: href(path),
                is_current: section == current,
            }
        };
        Self {
            sections: AdminSection::ALL.map(link).into(),
            admin: DisplayText::of(admin),
            account: serves_account.then(|| href("/account")),
            log_out: href("/end-session"),
        }
    }
}

/// The users that match a filter.
#[derive(Serialize)]
pub(crate) struct AdminUsersPage {
    pub(crate) navigation: AdminNavigation,
    /// The key of a text about what was done.
    pub(crate) done: Option<&'static str>,
    /// The target of the search, a form with the method GET.
    pub(crate) find: Link,
    /// Parameters that the search keeps.
    pub(crate) kept: Vec<(&'static str, String)>,
    pub(crate) search: Option<DisplayText>,
    pub(crate) filters: Vec<AdminFilter>,
    pub(crate) users: Vec<AdminUserRow>,
    pub(crate) create: Link,
    pub(crate) first: Option<Link>,
    pub(crate) next: Option<Link>,
}

/// A link that filters the users.
#[derive(Serialize)]
pub(crate) struct AdminFilter {
    /// The key of the text.
    pub(crate) text: &'static str,
    pub(crate) link: Link,
    pub(crate) is_current: bool,
}

/// A user in the list.
#[derive(Serialize)]
pub(crate) struct AdminUserRow {
    pub(crate) link: Link,
    pub(crate) email: DisplayText,
    pub(crate) name: Option<DisplayText>,
    pub(crate) role: DisplayText,
    pub(crate) is_active: bool,
    pub(crate) created: String,
}

impl From<AdminUsersPage> for Page {
    fn from(view: AdminUsersPage) -> Self {
        Self::new("admin-users.html", &view)
            .form(FormTarget::Signet)
            .without_opener()
    }
}

/// A user, with links to the pages of every change.
#[derive(Serialize)]
pub(crate) struct AdminUserPage {
    pub(crate) navigation: AdminNavigation,
    /// The key of a text about what was done.
    pub(crate) done: Option<&'static str>,
    /// Set if an admin has tried to change their own account in a way that is refused.
    pub(crate) is_refused: bool,
    /// Set for the account of the admin.
    pub(crate) is_own: bool,
    pub(crate) id: String,
    pub(crate) user: AdminUserRow,
    pub(crate) is_email_verified: bool,
    pub(crate) changed: String,
    /// The kinds and the names of the login methods.
    pub(crate) accounts: Vec<DisplayText>,
    /// The kinds of second factors.
    pub(crate) factors: Vec<&'static str>,
    /// The address of the changes, before their name.
    pub(crate) acts: Vec<(&'static str, Link)>,
    /// The time until a role applies, in words.
    pub(crate) time: String,
}

impl From<AdminUserPage> for Page {
    fn from(view: AdminUserPage) -> Self {
        let page = Self::new("admin-user.html", &view).without_opener();
        if view.is_refused {
            page.status(StatusCode::CONFLICT)
        } else {
            page
        }
    }
}

/// Asks to confirm a change of a user. Posts `role` for a change of the role, and otherwise nothing.
#[derive(Serialize)]
pub(crate) struct AdminActPage {
    pub(crate) navigation: AdminNavigation,
    pub(crate) action: Link,
    /// The name of the change in the path.
    pub(crate) act: &'static str,
    pub(crate) email: DisplayText,
    /// The present role, or the last input.
    pub(crate) role: DisplayText,
    /// Set if the role is no valid one.
    pub(crate) is_role_wrong: bool,
    /// The time until a role applies, in words.
    pub(crate) time: String,
    /// The page of the user.
    pub(crate) back: Link,
}

impl From<AdminActPage> for Page {
    fn from(view: AdminActPage) -> Self {
        Self::new("admin-act.html", &view)
            .invalid_if(view.is_role_wrong)
            .form(FormTarget::Signet)
            .without_opener()
    }
}
