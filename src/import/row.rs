//! A row of a source file: values by the names of their columns or members.

mod time;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use self::time::time_of;
use super::refusal::RowRefusal;

/// A row. Names are compared without upper case and underscores, because `emailVerified` and `email_verified` are the
/// same column in databases with different conventions.
#[derive(Debug)]
pub(super) struct SourceRow(Map<String, Value>);

impl SourceRow {
    pub(super) fn new(values: Map<String, Value>) -> Self {
        Self(values)
    }

    /// Returns whether the row has all of these columns, which may be empty.
    pub(super) fn has_columns(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.find(name).is_some())
    }

    /// Returns whether the row has a column of exactly this name, which may be empty.
    pub(super) fn has_exactly(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn find(&self, name: &str) -> Option<&Value> {
        let exact = self.0.get(name);
        exact.or_else(|| {
            let mut all = self.0.iter();
            all.find_map(|(other, value)| is_same_name(other, name).then_some(value))
        })
    }

    /// Returns a value that is present and not null.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.find(name).filter(|value| !value.is_null())
    }

    /// Returns a text that is not empty. Numbers are texts as well.
    ///
    /// # Errors
    /// The value is neither a text nor a number.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, RowRefusal> {
        let text = self.value(name).map_or(Ok(None), text_of);
        text.map_err(|OtherType| is_not(name, "a text or a number"))
    }

    /// Returns a text that must be present.
    ///
    /// # Errors
    /// The text is absent, or the value is neither a text nor a number.
    pub(super) fn required(&self, name: &str) -> Result<String, RowRefusal> {
        self.text(name)?
            .ok_or_else(|| RowRefusal::malformed(format!("{name} is missing")))
    }

    /// Returns a truth value. `false` if it is absent.
    ///
    /// # Errors
    /// The value is no truth value.
    pub(super) fn flag(&self, name: &str) -> Result<bool, RowRefusal> {
        let Some(value) = self.value(name) else {
            return Ok(false);
        };
        if let Value::Bool(flag) = value {
            return Ok(*flag);
        }
        let text = text_of(value).map(|text| text.unwrap_or_default().to_ascii_lowercase());
        match text.as_deref() {
            Ok("true" | "t" | "1" | "yes") => Ok(true),
            Ok("" | "false" | "f" | "0" | "no" | "null") => Ok(false),
            _ => Err(is_not(name, "true or false")),
        }
    }

    /// Returns a time: RFC 3339, a time of SQL (in UTC unless it has an offset), or a number of seconds or milliseconds
    /// since 1970. Fractions of a second are left out.
    ///
    /// # Errors
    /// The value is no time.
    pub(super) fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, RowRefusal> {
        let text = self.text(name)?;
        // MySQL has a date for an unknown time, and writes NULL as a word.
        let text = text.filter(|it| !it.starts_with("0000-00-00") && it != "NULL");
        text.map(|text| time_of(&text).ok_or_else(|| is_not(name, "a time")))
            .transpose()
    }

    /// Returns an object as a row. `None` if it is absent.
    ///
    /// # Errors
    /// The value is of another type.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, RowRefusal> {
        let object = self.value(name).map(object_of).transpose();
        object.map_err(|OtherType| is_not(name, "an object"))
    }

    /// Returns the objects of a list as rows. Empty if the list is absent.
    ///
    /// # Errors
    /// The value is no list of objects.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, RowRefusal> {
        let objects = match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(object_of).collect(),
            Some(_) => Err(OtherType),
        };
        objects.map_err(|OtherType| is_not(name, "a list of objects"))
    }

    /// Returns an object as a row, which may be given as a text that contains JSON, as in a column of CSV.
    ///
    /// # Errors
    /// The value is neither an object nor such a text.
    pub(super) fn json(&self, name: &str) -> Result<Option<Self>, RowRefusal> {
        match self.value(name) {
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                let object = match serde_json::from_str::<Value>(text) {
                    Ok(Value::Null) => return Ok(None),
                    Ok(value) => object_of(&value),
                    Err(_) => Err(OtherType),
                };
                object
                    .map(Some)
                    .map_err(|OtherType| is_not(name, "an object"))
            }
            _ => self.object(name),
        }
    }
}

fn is_same_name(left: &str, right: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        let bytes = name.bytes().filter(|byte| *byte != b'_');
        bytes.map(|byte| byte.to_ascii_lowercase())
    }
    letters(left).eq(letters(right))
}

/// Refuses a row because of a column or member that is not of this form.
fn is_not(name: &str, form: &str) -> RowRefusal {
    RowRefusal::malformed(format!("{name} is not {form}"))
}

/// Returns a text or the text of a number. `None` if it is empty.
fn text_of(value: &Value) -> Result<Option<String>, OtherType> {
    match value {
        Value::String(text) => Ok((!text.is_empty()).then(|| text.clone())),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(OtherType),
    }
}

/// The value is of another type.
#[derive(Debug)]
struct OtherType;

fn object_of(value: &Value) -> Result<SourceRow, OtherType> {
    let object = value.as_object().ok_or(OtherType)?;
    Ok(SourceRow(object.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: &Value) -> SourceRow {
        object_of(value).unwrap()
    }

    #[test]
    fn times_of_all_forms_are_read() {
        for text in [
            json!("2024-02-03T04:05:06Z"),
            json!("2024-02-03T04:05:06.789Z"),
            json!("2024-02-03T05:05:06+01:00"),
            json!("2024-02-03 04:05:06.123456+00"),
            json!("2024-02-03 04:05:06"),
            json!("2024-02-03 04:05:06 UTC"),
            json!("2024-02-03 04:05:06.0000000 +00:00"),
            json!("2024-02-03T04:05:06.123"),
            json!("1706933106"),
            json!(1_706_933_106),
            json!(1_706_933_106_789_i64),
        ] {
            let time = row(&json!({"t": text})).time("t");
            assert_eq!(time.unwrap().unwrap().timestamp(), 1_706_933_106, "{text}");
        }
        let date = row(&json!({"t": "2024-02-03"})).time("t").unwrap().unwrap();
        assert_eq!(date.to_rfc3339(), "2024-02-03T00:00:00+00:00");
        for absent in [
            json!(null),
            json!(""),
            json!("0000-00-00 00:00:00"),
            json!("NULL"),
        ] {
            assert_eq!(row(&json!({"t": absent})).time("t"), Ok(None), "{absent}");
        }
        for bad in [
            json!("yesterday"),
            json!("99999999999999999999"),
            json!("+99999-01-01T00:00:00Z"),
        ] {
            let time = row(&json!({"t": bad})).time("t");
            assert_eq!(time, Err(RowRefusal::malformed("t is not a time")), "{bad}");
        }
    }

    #[test]
    fn names_are_compared_without_case_and_underscores() {
        let row = row(&json!({"emailVerified": "True", "_id": 7, "note": null}));
        assert_eq!(row.flag("email_verified"), Ok(true));
        assert_eq!(row.text("id"), Ok(Some("7".to_owned())));
        assert!(row.has_columns(&["EMAIL_VERIFIED", "note"]));
        assert_eq!(
            row.required("note"),
            Err(RowRefusal::malformed("note is missing"))
        );
        assert_eq!(
            row.flag("id"),
            Err(RowRefusal::malformed("id is not true or false"))
        );
    }
}
