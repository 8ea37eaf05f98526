//! Reads JSON documents of other services member by member.
//!
//! Other services add members, repeat them and change their types. Only the needed members are read. A
//! required member that is missing or has another type is an error that names the member. An optional member
//! of another type counts as absent. Values are never logged.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::object;

/// A reason why a document of another service cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForeignDocumentError {
    /// The document is not the expected JSON.
    #[error("the {0} is not the expected JSON")]
    Syntax(&'static str),
    /// A required member is missing, repeated or of another type.
    #[error("the {0} has no usable member {1}")]
    Member(&'static str, &'static str),
}

/// A JSON object of another service.
#[derive(Debug)]
pub struct ForeignDocument {
    name: &'static str,
    members: ForeignMembers,
}

/// All members. No value of a repeated member is used.
#[derive(Debug, Default)]
struct ForeignMembers {
    once: Map<String, Value>,
    repeated: BTreeSet<String>,
}

impl ForeignDocument {
    /// Reads the JSON object that `text` consists of. Logs and errors name the document `name`.
    ///
    /// # Errors
    /// The text is not one JSON object.
    pub fn parse(name: &'static str, text: &[u8]) -> Result<Self, ForeignDocumentError> {
        let members = object(text).ok_or(ForeignDocumentError::Syntax(name))?;
        Ok(Self { name, members })
    }

    /// Converts an object inside a document. Returns `None` if the value is not an object.
    pub fn of_value(name: &'static str, value: Value) -> Option<Self> {
        match value {
            Value::Object(once) => Some(Self::of_members(name, once)),
            _ => None,
        }
    }

    /// Creates a document from parsed members.
    pub fn of_members(name: &'static str, once: Map<String, Value>) -> Self {
        let repeated = BTreeSet::new();
        let members = ForeignMembers { once, repeated };
        Self { name, members }
    }

    /// Takes a required member.
    ///
    /// # Errors
    /// The member is missing, repeated, or `read` does not accept it.
    pub fn required<T>(
        &mut self,
        member: &'static str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<T, ForeignDocumentError> {
        let value = self.members.once.remove(member);
        value
            .and_then(read)
            .ok_or(ForeignDocumentError::Member(self.name, member))
    }

    /// Takes an optional member. A member that is null, repeated or not accepted by `read` counts as
    /// absent; the last two are logged.
    pub fn optional<T>(
        &mut self,
        member: &'static str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Option<T> {
        let given = self.members.once.remove(member);
        let given = given.filter(|value| !value.is_null());
        let is_given = given.is_some() || self.members.repeated.contains(member);
        let value = given.and_then(read);
        if is_given && value.is_none() {
            let document = self.name;
            tracing::warn!(
                document,
                member,
                "an optional member of a document has an unexpected type and is ignored"
            );
        }
        value
    }

    /// Returns the members that were not taken.
    pub fn rest(self) -> Map<String, Value> {
        self.members.once
    }
}

impl<'de> Deserialize<'de> for ForeignMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = ForeignMembers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut given: A,
            ) -> Result<ForeignMembers, A::Error> {
                let mut members = ForeignMembers::default();
                while let Some((name, value)) = given.next_entry::<String, Value>()? {
                    if members.repeated.contains(&name) {
                        continue;
                    }
                    if members.once.remove(&name).is_some() {
                        members.repeated.insert(name);
                    } else {
                        members.once.insert(name, value);
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Reads a text.
pub fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Reads a boolean, which some services write as the text `true` or `false`.
pub fn boolean(value: Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(text: &str) -> ForeignDocument {
        ForeignDocument::parse("answer", text.as_bytes()).unwrap()
    }

    #[test]
    fn members_are_taken_one_by_one_and_the_rest_is_not_checked() {
        let mut it = document(r#"{"a":"x","b":7,"c":null,"d":true,"e":[1],"e":[2],"e":"x"}"#);
        assert_eq!(it.required("a", text).as_deref(), Ok("x"));
        assert_eq!(it.optional("b", text), None);
        assert_eq!(it.optional("c", text), None);
        assert_eq!(it.optional("d", boolean), Some(true));
        assert_eq!(it.optional("e", text), None);
        assert_eq!(it.optional("f", text), None);
        assert!(it.rest().is_empty());
        assert_eq!(document(r#"{"a":1,"z":2}"#).rest().len(), 2);
    }

    #[test]
    fn error_names_a_wrong_required_member_without_its_value() {
        for wrong in [
            "{}",
            r#"{"a":null}"#,
            r#"{"a":["secret"]}"#,
            r#"{"a":"secret","a":"x"}"#,
        ] {
            let error = document(wrong).required("a", text).unwrap_err();
            assert_eq!(
                error,
                ForeignDocumentError::Member("answer", "a"),
                "{wrong}"
            );
            assert_eq!(error.to_string(), "the answer has no usable member a");
        }
        for no_object in ["", "[]", "<html>", "{", "{} {}", "\"a\""] {
            let error = ForeignDocument::parse("answer", no_object.as_bytes()).unwrap_err();
            assert_eq!(error, ForeignDocumentError::Syntax("answer"), "{no_object}");
        }
        assert!(ForeignDocument::of_value("answer", json!([1])).is_none());
        assert!(ForeignDocument::of_value("answer", json!({"a": 1})).is_some());
    }

    #[test]
    fn boolean_accepts_only_true_and_false_and_their_texts() {
        for (value, read) in [
            (json!(true), Some(true)),
            (json!("true"), Some(true)),
            (json!(false), Some(false)),
            (json!("false"), Some(false)),
            (json!("TRUE"), None),
            (json!("1"), None),
            (json!(1), None),
            (json!([true]), None),
            (json!({"true": true}), None),
            (Value::Null, None),
        ] {
            assert_eq!(boolean(value.clone()), read, "{value}");
        }
    }
}
