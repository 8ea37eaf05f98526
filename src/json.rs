//! Reads untrusted JSON: one object with nothing around it.
//!
//! `serde_json` also fills a struct from an array; this module accepts only an object. The parser itself
//! refuses repeated members, trailing data, invalid UTF-8 and deep nesting.

#[cfg(any(feature = "service", feature = "verifier"))]
pub mod foreign;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};

/// A reason why a text is not the expected object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// The text is not one JSON object.
    Syntax,
    /// The object lacks this member.
    Missing(String),
    /// The object has a member that the schema does not have. The sender chose the name.
    Unknown(String),
    /// The member at this path is repeated, has a wrong type or is out of range.
    Invalid(String),
}

/// Reads the single JSON object that `text` consists of. Returns `None` if the text is not one JSON object, or if
/// the object does not match `T`.
pub fn object<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    starts_an_object(text)
        .then(|| serde_json::from_slice(text).ok())
        .flatten()
}

/// Reads the single JSON object that `text` consists of, with a reason for an error. Slower than [`object`], because
/// it tracks the path of each member.
///
/// # Errors
/// The text is not one JSON object, or the object does not match `T`.
pub fn object_or_reason<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    if !starts_an_object(text) {
        return Err(JsonError::Syntax);
    }
    let mut parser = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let path = error.path().to_string();
        json_error(path, &error.into_inner())
    })?;
    parser.end().map_err(|_| JsonError::Syntax)?;
    Ok(value)
}

fn starts_an_object(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'{')
}

/// The members of any object, each of which must be given once. The map of `serde_json` would keep the last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UniqueMembers(pub Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UniqueMembersVisitor;

        impl<'de> Visitor<'de> for UniqueMembersVisitor {
            type Value = UniqueMembers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<UniqueMembers, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = given.next_entry::<String, Value>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    members.insert(name, value);
                }
                Ok(UniqueMembers(members))
            }
        }

        deserializer.deserialize_map(UniqueMembersVisitor)
    }
}

/// The change of a value by a member of a merge patch (RFC 7396 §1): an absent member keeps the value, null
/// clears it, and another value sets it. Members of this type need `#[serde(default)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The value stays.
    #[default]
    Keep,
    /// The value is removed.
    Clear,
    /// The value is replaced by this one.
    Set(T),
}

impl<T> Patch<T> {
    /// Converts the new value.
    ///
    /// # Errors
    /// The error of `parse`.
    pub fn parse<U, E>(self, parse: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(parse(value)?),
        })
    }

    /// Returns whether the patch changes the value, and the new value.
    pub fn change(&self) -> (bool, Option<&T>) {
        match self {
            Self::Keep => (false, None),
            Self::Clear => (true, None),
            Self::Set(value) => (true, Some(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

fn json_error(path: String, error: &serde_json::Error) -> JsonError {
    if !error.is_data() {
        return JsonError::Syntax;
    }
    // serde holds names only in its messages. The tests below fail if their wording changes.
    let message = error.to_string();
    let named = |prefix: &str| {
        let rest = message.strip_prefix(prefix)?;
        Some(rest.split_once('`')?.0.to_owned())
    };
    if let Some(name) = named("missing field `") {
        JsonError::Missing(name)
    } else if let Some(name) = named("unknown field `") {
        JsonError::Unknown(name)
    } else {
        JsonError::Invalid(named("duplicate field `").unwrap_or(path))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, serde::Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Pair {
        a: u8,
        b: Option<String>,
    }

    fn error_of(text: &str) -> JsonError {
        object_or_reason::<Pair>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn only_a_single_object_is_accepted() {
        assert_eq!(object_or_reason(b" {\"a\":1}"), Ok(Pair { a: 1, b: None }));
        for text in [
            "",
            "[1,\"x\"]",
            "1",
            "{",
            "{\"a\":1}x",
            "{\"a\":1}{}",
            "\u{feff}{\"a\":1}",
            "{\"a\":1,}",
            "{\"a\":1,\"b\":\"\\ud800\"}",
        ] {
            assert_eq!(error_of(text), JsonError::Syntax, "{text}");
        }
        assert_eq!(
            object_or_reason::<Pair>(b"{\"b\":\"\xff\"}"),
            Err(JsonError::Syntax)
        );
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(object_or_reason::<Pair>(deep.as_bytes()).is_err());
    }

    #[test]
    fn error_names_the_wrong_member() {
        assert_eq!(error_of("{\"b\":null}"), JsonError::Missing("a".into()));
        assert_eq!(
            error_of("{\"a\":1,\"role\":0}"),
            JsonError::Unknown("role".into())
        );
        assert_eq!(error_of("{\"a\":\"1\"}"), JsonError::Invalid("a".into()));
        assert_eq!(error_of("{\"a\":256}"), JsonError::Invalid("a".into()));
        assert_eq!(
            error_of("{\"a\":1,\"b\":7}"),
            JsonError::Invalid("b".into())
        );
        assert_eq!(
            error_of("{\"a\":1,\"a\":1}"),
            JsonError::Invalid("a".into())
        );
    }

    #[test]
    fn repeated_members_of_any_name_are_rejected() {
        let read = |text: &str| {
            object_or_reason::<UniqueMembers>(text.as_bytes()).map(|UniqueMembers(all)| all)
        };
        assert_eq!(
            read("{\"a\":1,\"b\":[2]}").unwrap()["b"],
            serde_json::json!([2])
        );
        assert!(read("{}").unwrap().is_empty());
        for text in ["{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"\\u0061\":1}"] {
            assert_eq!(read(text), Err(JsonError::Invalid("a".into())), "{text}");
        }
        assert_eq!(read("[1]"), Err(JsonError::Syntax));
    }

    proptest! {
        #[test]
        fn accepted_texts_are_objects_and_read_as_serde_json_reads_them(
            text in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                prop::collection::vec(prop::sample::select(&b"{}[]\"ab:,1 \\u\x0c\n"[..]), 0..24),
            ],
        ) {
            type Members = serde_json::Map<String, serde_json::Value>;
            let read = object_or_reason::<Members>(&text);
            let as_serde_json = serde_json::from_slice::<Members>(&text).ok();
            prop_assert_eq!(read.as_ref().ok(), as_serde_json.as_ref());
            prop_assert_eq!(read.ok(), object(&text));
            prop_assert_eq!(object_or_reason::<Pair>(&text).ok(), object(&text));
            // Only errors that are not syntax errors name a member, and the name comes from the text.
            match object_or_reason::<Pair>(&text) {
                Err(JsonError::Unknown(name)) => {
                    let found = serde_json::from_slice::<Members>(&text);
                    prop_assert!(found.is_err() || found.unwrap().contains_key(&name));
                }
                Err(JsonError::Missing(name)) => prop_assert_eq!(name, "a"),
                Ok(_) | Err(JsonError::Syntax | JsonError::Invalid(_)) => {}
            }
        }
    }
}
