//! JSON from strangers: one object, nothing around it.
//!
//! `serde_json` fills a struct from an array as gladly as from an object; here only an object is
//! one. Members given twice, trailing data, invalid UTF-8 and deep nesting are refused by the
//! parser itself.

#[cfg(any(feature = "service", feature = "verifier"))]
pub mod foreign;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};

/// Why a text is not the object that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// Not one JSON object.
    Syntax,
    /// An object that lacks this member.
    Missing(String),
    /// An object with a member that the schema does not have. The name is the sender's.
    Unknown(String),
    /// An object whose member at this path is given twice, of a wrong type or out of range.
    Invalid(String),
}

/// Reads the single JSON object that `text` consists of.
pub fn object<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(JsonError::Syntax);
    }
    if let Ok(value) = serde_json::from_slice(text) {
        return Ok(value);
    }
    // Only a refusal names a member, and finding its path makes reading costlier.
    let mut parser = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let path = error.path().to_string();
        refusal(path, &error.into_inner())
    })?;
    parser.end().map_err(|_| JsonError::Syntax)?;
    Ok(value)
}

/// Whatever members an object has, each given once: `serde_json`'s own map would keep the last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UniqueMembers(pub Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;

        impl<'de> Visitor<'de> for Once {
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

        deserializer.deserialize_map(Once)
    }
}

/// What a member does to a value: keeps it by not being there, clears it by being null, or sets it
/// (RFC 7396 §1). Members of this type need `#[serde(default)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Nothing is said of it.
    #[default]
    Keep,
    /// Let there be none.
    Clear,
    /// Let it be this.
    Set(T),
}

impl<T> Patch<T> {
    /// The same with a value that may turn out to be none.
    pub fn parse<U, E>(self, parse: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(parse(value)?),
        })
    }

    /// Whether it changes anything, and what the value is then.
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

fn refusal(path: String, error: &serde_json::Error) -> JsonError {
    if !error.is_data() {
        return JsonError::Syntax;
    }
    // serde carries names only inside its messages; their wording is pinned by the tests below.
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

    fn refused(text: &str) -> JsonError {
        object::<Pair>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn only_one_object_passes() {
        assert_eq!(object(b" {\"a\":1}"), Ok(Pair { a: 1, b: None }));
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
            assert_eq!(refused(text), JsonError::Syntax, "{text}");
        }
        assert_eq!(object::<Pair>(b"{\"b\":\"\xff\"}"), Err(JsonError::Syntax));
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(object::<Pair>(deep.as_bytes()).is_err());
    }

    #[test]
    fn a_wrong_member_is_named() {
        assert_eq!(refused("{\"b\":null}"), JsonError::Missing("a".into()));
        assert_eq!(
            refused("{\"a\":1,\"role\":0}"),
            JsonError::Unknown("role".into())
        );
        assert_eq!(refused("{\"a\":\"1\"}"), JsonError::Invalid("a".into()));
        assert_eq!(refused("{\"a\":256}"), JsonError::Invalid("a".into()));
        assert_eq!(refused("{\"a\":1,\"b\":7}"), JsonError::Invalid("b".into()));
        assert_eq!(refused("{\"a\":1,\"a\":1}"), JsonError::Invalid("a".into()));
    }

    #[test]
    fn members_are_given_once_whatever_their_names() {
        let read =
            |text: &str| object::<UniqueMembers>(text.as_bytes()).map(|UniqueMembers(all)| all);
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
        fn what_is_read_is_one_object_and_the_same_for_every_parser(
            text in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                prop::collection::vec(prop::sample::select(&b"{}[]\"ab:,1 \\u\x0c\n"[..]), 0..24),
            ],
        ) {
            type Members = serde_json::Map<String, serde_json::Value>;
            let read = object::<Members>(&text);
            prop_assert_eq!(read.ok(), serde_json::from_slice::<Members>(&text).ok());
            // A name is said of what is no syntax error, and never made up.
            match object::<Pair>(&text) {
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
