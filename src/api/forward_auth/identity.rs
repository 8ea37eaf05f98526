//! The headers with the identity of the user.

use axum::http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::{
    config::{IdentityHeaders, RolesConfig},
    session::policy,
    token::Access,
};

/// The characters that are escaped, besides those that are not ASCII.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

/// The same in an element of a list.
const ESCAPED_IN_LIST: &AsciiSet = &ESCAPED.add(b',');

/// Returns the headers without a user. They are present, so that a proxy that copies them replaces those of the
/// client.
pub(super) fn empty(names: &IdentityHeaders) -> HeaderMap {
    let names = [&names.user, &names.email, &names.name, &names.groups];
    let headers = names.map(|name| (name.clone(), HeaderValue::from_static("")));
    headers.into_iter().collect()
}

/// Returns the headers with the user of a session. The values of unknown claims are empty.
pub(super) fn of(session: &Access, roles: &RolesConfig, names: &IdentityHeaders) -> HeaderMap {
    let claim = |name: &str| session.extra.0.get(name);
    let is_verified = claim("email_verified").is_some_and(|it| it.as_bool() == Some(true));
    let text = |name: &str| claim(name).and_then(|it| it.as_str()).unwrap_or_default();
    let email = if is_verified { text("email") } else { "" };
    let groups = policy::groups(session, roles);
    let groups: Vec<_> = groups
        .iter()
        .map(|group| utf8_percent_encode(group, ESCAPED_IN_LIST).to_string())
        .collect();
    let mut headers = empty(names);
    for (name, value) in [
        (&names.user, session.sub.to_string()),
        (&names.email, escaped(email)),
        (&names.name, escaped(text("name"))),
        (&names.groups, groups.join(",")),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name.clone(), value);
        }
    }
    headers
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}
