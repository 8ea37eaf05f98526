//! The formats of a list of users: a table, CSV and JSON Lines.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::ValueEnum;
use serde::Serialize;

use crate::{
    characters::breaks_text,
    identity::{EmailAddress, ImageUrl, PersonName, Role, User, UserId},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// Aligned columns with a header, for people
    #[default]
    Table,
    /// One JSON object on each line (JSON Lines), with the fields of the admin API
    Json,
    /// RFC 4180 with a header; a text that a spreadsheet would read as a formula begins with '
    Csv,
}

/// The columns of CSV.
const COLUMNS: [&str; 9] = [
    "id",
    "email",
    "email_verified",
    "name",
    "image",
    "role",
    "is_active",
    "created_at",
    "updated_at",
];

/// A user as a JSON object, with the names of the admin API.
#[derive(Serialize)]
struct JsonUser<'a> {
    id: UserId,
    name: Option<&'a PersonName>,
    email: &'a EmailAddress,
    email_verified: Option<DateTime<Utc>>,
    image: Option<&'a ImageUrl>,
    role: &'a Role,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl ListFormat {
    /// Appends the header, if the format has one.
    pub(super) fn append_header(self, text: &mut String) {
        match self {
            Self::Table => append_table_row(
                text,
                ["ID", "STATE", "VERIFIED", "CREATED", "ROLE", "EMAIL"],
            ),
            Self::Json => {}
            Self::Csv => append_record(text, COLUMNS.map(str::to_owned)),
        }
    }

    /// Appends a user.
    ///
    /// # Errors
    /// The user cannot be encoded.
    pub(super) fn append_user(
        self,
        text: &mut String,
        user: &User,
    ) -> Result<(), serde_json::Error> {
        match self {
            Self::Table => {
                let verified = match user.email_verified {
                    Some(_) => "verified",
                    None => "unverified",
                };
                append_table_row(
                    text,
                    [
                        &user.id.to_string(),
                        if user.is_active { "active" } else { "disabled" },
                        verified,
                        &user.created_at.format("%F").to_string(),
                        &printable(&user.role.to_string()),
                        &printable(user.email.as_str()),
                    ],
                );
            }
            Self::Json => append_json(text, user)?,
            Self::Csv => append_record(text, csv_fields(user)),
        }
        Ok(())
    }
}

fn append_table_row(text: &mut String, [id, state, verified, created, role, email]: [&str; 6]) {
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{id:<36}  {state:<8}  {verified:<10}  {created:<10}  {role:<8}  {email}"
    );
}

fn append_json(text: &mut String, user: &User) -> Result<(), serde_json::Error> {
    let object = serde_json::to_string(&JsonUser {
        id: user.id,
        name: user.name.as_ref(),
        email: &user.email,
        email_verified: user.email_verified,
        image: user.image.as_ref(),
        role: &user.role,
        is_active: user.is_active,
        created_at: user.created_at,
        updated_at: user.updated_at,
    })?;
    // Such characters occur in strings only, in which JSON spells them so.
    for c in object.chars() {
        if breaks_text(c) {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    Ok(())
}

fn csv_fields(user: &User) -> [String; 9] {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let text = |text: &str| without_formula(printable(text));
    [
        user.id.to_string(),
        text(user.email.as_str()),
        user.email_verified.map(time).unwrap_or_default(),
        text(user.name.as_ref().map_or("", PersonName::as_str)),
        text(
            &user
                .image
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        text(&user.role.to_string()),
        user.is_active.to_string(),
        time(user.created_at),
        time(user.updated_at),
    ]
}

/// Puts an apostrophe before a text that a spreadsheet would evaluate as a formula.
fn without_formula(text: String) -> String {
    if text.starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) {
        format!("'{text}")
    } else {
        text
    }
}

/// Appends a record and its CRLF (RFC 4180 §2). A field is quoted if it has a comma or a quote, or the separator of
/// spreadsheets in other languages, a semicolon.
fn append_record<const N: usize>(text: &mut String, fields: [String; N]) {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if field.contains([',', '"', ';']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push_str("\r\n");
}

/// Escapes a value for a terminal: characters that can control it are spelt out, and the value is one line. Other
/// programs may have written the row.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::new();
    for c in text.chars() {
        if breaks_text(c) {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
        let name = "Zo\u{eb}, \u{1f469}\u{200d}\u{1f4bb} \\ \u{1b}[2J\r\n\u{9b}1m\u{202e}x";
        assert_eq!(
            printable(name),
            "Zo\u{eb}, \u{1f469}\u{200d}\u{1f4bb} \\ \\u{1b}[2J\\r\\n\\u{9b}1m\\u{202e}x"
        );
    }

    #[test]
    fn formulas_and_separators_are_inert_in_csv() {
        let mut record = String::new();
        let fields = [
            "=1+1",
            "@x",
            "\u{ff1d}1",
            "a;=b",
            "say \"hi\", Ada",
            "plain",
            "",
        ];
        append_record(&mut record, fields.map(|it| without_formula(it.to_owned())));
        assert_eq!(
            record,
            "'=1+1,'@x,'\u{ff1d}1,\"a;=b\",\"say \"\"hi\"\", Ada\",plain,\r\n"
        );
    }
}
