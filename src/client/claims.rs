//! Claims that a client has added to its access tokens: constants, and what the user's row says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A column of the user's row that a claim can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserColumn {
    /// Who it is: the `sub`.
    Id,
    /// The address that was proved.
    Email,
    /// Whether it was.
    EmailVerified,
    /// What the person is called.
    Name,
    /// The URL of a picture.
    Image,
    /// What the person may do.
    Role,
}

impl UserColumn {
    /// All that a claim can hold.
    pub const ALL: &[Self] = &[
        Self::Id,
        Self::Email,
        Self::EmailVerified,
        Self::Name,
        Self::Image,
        Self::Role,
    ];

    /// Its name in the configuration, where a `$` stands before it.
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

/// What a claim is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimTemplate {
    /// What that column holds.
    Column(UserColumn),
    /// Always the same.
    Constant(Value),
    /// A list of others.
    List(Vec<ClaimTemplate>),
    /// An object of others.
    Table(BTreeMap<String, ClaimTemplate>),
}

/// Every claim that is added, by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraClaims(BTreeMap<String, ClaimTemplate>);

impl ExtraClaims {
    /// The claims of these names.
    pub fn new(templates: BTreeMap<String, ClaimTemplate>) -> Self {
        Self(templates)
    }

    /// What they are called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The claims with what a row holds. What it does not hold is left out, with its name or its
    /// place in a list.
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
