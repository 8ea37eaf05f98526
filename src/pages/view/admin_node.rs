//! The pages that show the node to admins. They change nothing.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{AdminNavigation, DisplayText, Link, page::Page};
use crate::http::node::ListedKey;

/// Returns a time as pages for admins show it, in UTC.
pub(crate) fn admin_time(time: DateTime<Utc>) -> String {
    let text = time.to_rfc3339_opts(SecondsFormat::Secs, true);
    text.replace('T', " ").replace('Z', " UTC")
}

/// The keys and secrets, without their values.
#[derive(Serialize)]
pub(crate) struct AdminKeysPage {
    navigation: AdminNavigation,
    keys: Vec<KeyRow>,
}

#[derive(Serialize)]
struct KeyRow {
    kind: String,
    kid: DisplayText,
    phase: &'static str,
    signs_from: String,
    signs_until: Option<String>,
    verifies_until: Option<String>,
}

impl AdminKeysPage {
    pub(crate) fn new(navigation: AdminNavigation, keys: Vec<ListedKey>) -> Self {
        let row = |key: ListedKey| KeyRow {
            kid: DisplayText::of(&key.kid),
            kind: key.kind,
            phase: key.phase,
            signs_from: admin_time(key.signs_from),
            signs_until: key.signs_until.map(admin_time),
            verifies_until: key.verifies_until.map(admin_time),
        };
        Self {
            navigation,
            keys: keys.into_iter().map(row).collect(),
        }
    }
}

impl From<AdminKeysPage> for Page {
    fn from(view: AdminKeysPage) -> Self {
        Self::new("admin-keys.html", &view).without_opener()
    }
}

/// Records as the administration API answers them: those of the configuration, or the health of the node.
#[derive(Serialize)]
pub(crate) struct AdminRecordsPage {
    pub(crate) navigation: AdminNavigation,
    /// `clients` or `health`.
    pub(crate) section: &'static str,
    /// The groups, with `clients` or `providers` as their names.
    pub(crate) groups: Vec<(&'static str, Vec<AdminRecord>)>,
}

/// A JSON object, member by member.
#[derive(Serialize)]
pub(crate) struct AdminRecord {
    name: Option<DisplayText>,
    fields: Vec<(DisplayText, Vec<DisplayText>)>,
}

impl AdminRecord {
    /// The record of an object, under the value of its member `title`. Objects in it become members such as
    /// `database.failed`.
    pub(crate) fn new(object: &Value, title: &str) -> Self {
        let mut fields = Vec::new();
        flatten("", object, &mut fields);
        let name = object.get(title).and_then(Value::as_str);
        Self {
            name: name.map(DisplayText::of),
            fields,
        }
    }
}

fn flatten(path: &str, value: &Value, fields: &mut Vec<(DisplayText, Vec<DisplayText>)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let below = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(&below, value, fields);
            }
        }
        Value::Array(values) => {
            fields.push((DisplayText::of(path), values.iter().map(shown).collect()));
        }
        Value::Null => fields.push((DisplayText::of(path), Vec::new())),
        value => fields.push((DisplayText::of(path), vec![shown(value)])),
    }
}

/// Returns a value of a JSON member as text.
fn shown(value: &Value) -> DisplayText {
    match value {
        Value::String(text) => DisplayText::of(text),
        value => DisplayText::of(&value.to_string()),
    }
}

impl From<AdminRecordsPage> for Page {
    fn from(view: AdminRecordsPage) -> Self {
        Self::new("admin-records.html", &view).without_opener()
    }
}

/// The last audit events of this node.
#[derive(Serialize)]
pub(crate) struct AdminEventsPage {
    pub(crate) navigation: AdminNavigation,
    pub(crate) events: Vec<AdminEventRow>,
}

/// An audit event.
#[derive(Serialize)]
pub(crate) struct AdminEventRow {
    at: String,
    act: DisplayText,
    outcome: DisplayText,
    /// The page of the user concerned.
    user: Option<(DisplayText, Link)>,
    /// The other fields, with their names in the log.
    fields: Vec<(&'static str, DisplayText)>,
}

impl AdminEventRow {
    /// The row of an event with these fields. `user` makes the link to a user.
    pub(crate) fn new<'a>(
        at: DateTime<Utc>,
        fields: impl IntoIterator<Item = (&'static str, &'a Value)>,
        user: impl Fn(&str) -> Link,
    ) -> Self {
        let mut row = Self {
            at: admin_time(at),
            act: DisplayText::of(""),
            outcome: DisplayText::of(""),
            user: None,
            fields: Vec::new(),
        };
        for (name, value) in fields {
            let text = shown(value);
            match name {
                "act" => row.act = text,
                "outcome" => row.outcome = text,
                "user.id" => row.user = Some((text.clone(), user(&text.to_string()))),
                "message" => {}
                name => row.fields.push((name, text)),
            }
        }
        row
    }
}

impl From<AdminEventsPage> for Page {
    fn from(view: AdminEventsPage) -> Self {
        Self::new("admin-events.html", &view).without_opener()
    }
}
