//! Samples of the pages for admins.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::own;
use crate::{
    config::Issuer,
    http::node::ListedKey,
    pages::view::{
        AdminActPage, AdminCreatePage, AdminCreateProblem, AdminEventRow, AdminEventsPage,
        AdminFilter, AdminKeysPage, AdminNavigation, AdminRecord, AdminRecordsPage, AdminSection,
        AdminUserPage, AdminUserRow, AdminUsersPage, DisplayText, PasswordProblem, admin_time,
        page::Page,
    },
    password::{WeakPassword, WeakReason},
};

type AdminSamples = Vec<(&'static str, Page)>;

pub(super) fn pages(issuer: &Issuer, text: &str) -> AdminSamples {
    let mut pages = users(issuer, text);
    pages.extend(user(issuer, text));
    pages.extend(acts(issuer, text));
    pages.extend(created(issuer, text));
    pages.extend(node(issuer, text));
    pages
}

fn navigation(issuer: &Issuer, text: &str, current: AdminSection) -> AdminNavigation {
    AdminNavigation::new(current, text, true, |path| own(issuer, path))
}

fn row(issuer: &Issuer, text: &str, is_active: bool) -> AdminUserRow {
    AdminUserRow {
        link: own(issuer, "/admin/pages/users/id"),
        email: DisplayText::of(text),
        name: is_active.then(|| DisplayText::of(text)),
        role: "editor".into(),
        is_active,
        created: admin_time(DateTime::UNIX_EPOCH),
    }
}

fn users(issuer: &Issuer, text: &str) -> AdminSamples {
    let filters = [
        "page-admin-filter-all",
        "page-admin-filter-admins",
        "page-admin-active",
        "page-admin-disabled",
    ];
    let users = |rows: &[bool], search: Option<&str>| AdminUsersPage {
        navigation: navigation(issuer, text, AdminSection::Users),
        done: search.is_none().then_some("page-admin-deleted-done"),
        find: own(issuer, "/admin/pages/users"),
        kept: vec![("filter", "active".to_owned())],
        search: search.map(DisplayText::of),
        filters: filters
            .map(|key| AdminFilter {
                text: key,
                link: own(issuer, "/admin/pages/users"),
                is_current: key == "page-admin-active",
            })
            .into(),
        users: rows.iter().map(|it| row(issuer, text, *it)).collect(),
        create: own(issuer, "/admin/pages/users/new"),
        first: search.map(|_| own(issuer, "/admin/pages/users")),
        next: search.map(|_| own(issuer, "/admin/pages/users")),
    };
    vec![
        (
            "admin-users",
            users(&[true, false, true], Some(text)).into(),
        ),
        ("admin-users-none", users(&[], None).into()),
        ("admin-users-no-match", users(&[], Some(text)).into()),
    ]
}

fn user(issuer: &Issuer, text: &str) -> AdminSamples {
    let names = [
        "role",
        "logout",
        "reset-factors",
        "disable",
        "enable",
        "delete",
    ];
    let user = |is_own, is_refused| AdminUserPage {
        navigation: navigation(issuer, text, AdminSection::Users),
        done: Some("page-admin-role-done"),
        is_refused,
        is_own,
        id: "01890000-0000-7000-8000-000000000000".to_owned(),
        user: row(issuer, text, !is_refused),
        is_email_verified: is_own,
        changed: admin_time(DateTime::UNIX_EPOCH),
        accounts: if is_own {
            Vec::new()
        } else {
            vec![DisplayText::of(text), "email".into()]
        },
        factors: if is_own {
            Vec::new()
        } else {
            vec!["passkey", "totp", "recovery_code"]
        },
        acts: names
            .map(|name| (name, own(issuer, "/admin/pages/users/id")))
            .into(),
        time: "5".to_owned(),
    };
    vec![
        ("admin-user", user(false, false).into()),
        ("admin-user-own", user(true, false).into()),
        ("admin-user-refused", user(true, true).into()),
    ]
}

fn acts(issuer: &Issuer, text: &str) -> AdminSamples {
    let act = |act, is_role_wrong| {
        AdminActPage {
            navigation: navigation(issuer, text, AdminSection::Users),
            action: own(issuer, "/admin/pages/users/id/act"),
            act,
            email: DisplayText::of(text),
            role: DisplayText::of(text),
            is_role_wrong,
            time: "5".to_owned(),
            back: own(issuer, "/admin/pages/users/id"),
        }
        .into()
    };
    vec![
        ("admin-role", act("role", false)),
        ("admin-role-wrong", act("role", true)),
        ("admin-disable", act("disable", false)),
        ("admin-enable", act("enable", false)),
        ("admin-logout", act("logout", false)),
        ("admin-reset-factors", act("reset-factors", false)),
        ("admin-delete", act("delete", false)),
    ]
}

fn created(issuer: &Issuer, text: &str) -> AdminSamples {
    let min_length = 8;
    let create = |problem: Option<AdminCreateProblem>| {
        let entered = || problem.map(|_| DisplayText::of(text));
        AdminCreatePage {
            navigation: navigation(issuer, text, AdminSection::Users),
            action: own(issuer, "/admin/pages/users/new"),
            email: entered(),
            name: entered(),
            role: entered(),
            min_length,
            problem,
            back: own(issuer, "/admin/pages/users"),
        }
        .into()
    };
    let weak = PasswordProblem::Weak(WeakPassword {
        reason: WeakReason::TooShort,
        min_length,
    });
    vec![
        ("admin-create", create(None)),
        (
            "admin-create-taken",
            create(Some(AdminCreateProblem::Taken)),
        ),
        (
            "admin-create-weak",
            create(Some(AdminCreateProblem::Password(weak))),
        ),
    ]
}

fn node(issuer: &Issuer, text: &str) -> AdminSamples {
    let at = DateTime::UNIX_EPOCH;
    let keys = ["upcoming", "signing", "verifying", "retired"].map(|phase| ListedKey {
        kind: "ES256".to_owned(),
        kid: text.to_owned(),
        phase,
        signs_from: at,
        signs_until: (phase != "upcoming").then_some(at),
        verifies_until: None,
    });
    let records = |section, groups| AdminRecordsPage {
        navigation: navigation(
            issuer,
            text,
            match section {
                "health" => AdminSection::Health,
                _ => AdminSection::Clients,
            },
        ),
        section,
        groups,
    };
    let client = json!({
        "client_id": text, "name": text, "redirect_uris": [text, text], "dpop": "off",
        "backchannel_logout_uri": null,
    });
    let health = json!({"ready": true, "database": {"failed": 0}, "mail": {"waiting": 0}});
    let clients = vec![
        ("clients", vec![AdminRecord::new(&client, "client_id")]),
        ("providers", Vec::new()),
    ];
    let health = vec![("health", vec![AdminRecord::new(&health, "")])];
    let events = |events| AdminEventsPage {
        navigation: navigation(issuer, text, AdminSection::Events),
        events,
    };
    let of_users = vec![
        event(
            issuer,
            at,
            &[("act", "login"), ("outcome", "done"), ("user.id", text)],
        ),
        event(
            issuer,
            at,
            &[
                ("act", "access"),
                ("outcome", "refused"),
                ("reason", text),
                ("network", text),
                ("kid", text),
            ],
        ),
        event(issuer, at, &[("act", text), ("outcome", "done")]),
    ];
    let all = AdminKeysPage::new(navigation(issuer, text, AdminSection::Keys), keys.into());
    vec![
        ("admin-keys", all.into()),
        ("admin-clients", records("clients", clients).into()),
        ("admin-health", records("health", health).into()),
        ("admin-events", events(of_users).into()),
        ("admin-events-none", events(Vec::new()).into()),
    ]
}

fn event(issuer: &Issuer, at: DateTime<Utc>, fields: &[(&'static str, &str)]) -> AdminEventRow {
    let fields: Vec<(&'static str, Value)> = fields
        .iter()
        .map(|(name, text)| (*name, Value::from(*text)))
        .collect();
    let fields = fields.iter().map(|(name, value)| (*name, value));
    AdminEventRow::new(at, fields, |_| own(issuer, "/admin/pages/users/id"))
}
