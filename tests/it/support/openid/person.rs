//! The user at the provider.

use serde_json::{Map, Value, json};

/// A user with an account at the provider.
#[derive(Clone)]
pub struct Person {
    pub sub: String,
    pub email: Option<String>,
    /// Omitted if null.
    pub email_verified: Value,
    pub name: Option<String>,
    pub more: Map<String, Value>,
}

impl Person {
    /// A user with a verified email.
    pub fn new(sub: &str, email: &str) -> Self {
        Self {
            sub: sub.to_owned(),
            email: Some(email.to_owned()),
            email_verified: json!(true),
            name: None,
            more: Map::new(),
        }
    }

    pub fn without_email(sub: &str) -> Self {
        let mut person = Self::new(sub, "");
        (person.email, person.email_verified) = (None, Value::Null);
        person
    }

    pub fn with_name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Sets the claim `email_verified`.
    pub fn with_email_verified(mut self, email_verified: Value) -> Self {
        self.email_verified = email_verified;
        self
    }

    pub fn with(mut self, claim: &str, value: Value) -> Self {
        self.more.insert(claim.to_owned(), value);
        self
    }
}
