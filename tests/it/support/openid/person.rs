//! Whoever sits before the browser, as the provider knows them.

use serde_json::{Map, Value, json};

/// Somebody who has an account at a provider.
#[derive(Clone)]
pub struct Person {
    pub sub: String,
    pub email: Option<String>,
    /// Left out if null.
    pub email_verified: Value,
    pub name: Option<String>,
    pub more: Map<String, Value>,
}

impl Person {
    /// Whose address the provider has verified.
    pub fn new(sub: &str, email: &str) -> Self {
        Self {
            sub: sub.to_owned(),
            email: Some(email.to_owned()),
            email_verified: json!(true),
            name: None,
            more: Map::new(),
        }
    }

    pub fn without_address(sub: &str) -> Self {
        let mut person = Self::new(sub, "");
        (person.email, person.email_verified) = (None, Value::Null);
        person
    }

    pub fn called(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Of whose address the provider says so.
    pub fn verified(mut self, email_verified: Value) -> Self {
        self.email_verified = email_verified;
        self
    }

    pub fn with(mut self, claim: &str, value: Value) -> Self {
        self.more.insert(claim.to_owned(), value);
        self
    }
}
