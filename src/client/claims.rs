//! Extra claims of access tokens: constants, and columns of the user's row.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A column of the user's row that a claim can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserColumn {
    /// The user's id: the `sub`.
    Id,
    /// The user's email.
    Email,
    /// The state of the email: verified or not.
    EmailVerified,
    /// The user's name.
    Name,
    /// The URL of a picture.
    Image,
    /// The user's role.
    Role,
}

impl UserColumn {
    /// All columns that a claim can hold.
    pub const ALL: &[Self] = &[
        Self::Id,
        Self::Email,
        Self::EmailVerified,
        Self::Name,
        Self::Image,
        Self::Role,
    ];

    /// Returns the name in the configuration, where a `$` precedes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::EmailVerified => "email_verified",
            Self::Name => "name",
            Self::Image => "image",
            Self::Role => "role",
        }
    }
}

/// The template of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimTemplate {
    /// The value of a column.
    Column(UserColumn),
    /// A constant.
    Constant(Value),
    /// A list of templates.
    List(Vec<ClaimTemplate>),
    /// An object of templates.
    Table(BTreeMap<String, ClaimTemplate>),
}

/// The extra claims of a client, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraClaims(BTreeMap<String, ClaimTemplate>);

impl ExtraClaims {
    /// Creates the claims with these names.
    pub fn new(templates: BTreeMap<String, ClaimTemplate>) -> Self {
        Self(templates)
    }

    /// Returns the names of the claims.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns the claims with the values of a row. A column without a value is omitted, with its
    /// name or its place in a list.
    pub fn of_row(&self, row: impl Fn(UserColumn) -> Option<Value>) -> Map<String, Value> {
        members(&self.0, &row)
    }
}

impl ClaimTemplate {
    fn of_row(&self, row: &impl Fn(UserColumn) -> Option<Value>) -> Option<Value> {
        match self {
            Self::Column(column) => row(*column),
            Self::Constant(value) => Some(value.clone()),
            Self::List(items) => Some(items.iter().filter_map(|item| item.of_row(row)).collect()),
            Self::Table(items) => Some(members(items, row).into()),
        }
    }
}

fn members(
    templates: &BTreeMap<String, ClaimTemplate>,
    row: &impl Fn(UserColumn) -> Option<Value>,
) -> Map<String, Value> {
    let member = |(name, template): (&String, &ClaimTemplate)| {
        let value = template.of_row(row)?;
        Some((name.clone(), value))
    };
    templates.iter().filter_map(member).collect()
}
