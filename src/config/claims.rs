//! `clients.claims`: extra claims of a client's access tokens.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reader::SettingReader;
use crate::client::{ClaimTemplate, ExtraClaims, UserColumn};

/// Claims that Signet or a specification defines, so that no configuration may set them: the claims
/// of RFC 7519 §4.1, RFC 9068 §2.2, RFC 8693 §4, RFC 7800 §3.1, RFC 9396 §9.1 and OpenID Connect
/// Core §2 and §3.3.2.11; the claims of logout tokens and events (RFC 8417 §2.2), for which no
/// access token may be mistaken; and the claims of Signet.
const RESERVED: &str = "iss sub aud exp nbf iat jti client_id scope roles act may_act cnf session_jkt auth_time acr \
                     amr azp nonce at_hash c_hash s_hash sid events epoch abs_exp typ \
                     authorization_details";

/// The deepest nesting of claims, and the most values. Each list and each table counts as one
/// value.
const MAX_DEPTH: usize = 5;
const MAX_VALUES: usize = 64;

/// The longest name of a claim, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// The largest integer that every JSON reader keeps exactly (RFC 8259 §6).
const MAX_INTEGER: i64 = (1 << 53) - 1;
const MIN_INTEGER: i64 = -MAX_INTEGER;

/// Reads the table `setting`. Reports every fault to `reader`.
pub(super) fn read(reader: &mut SettingReader, setting: &str) -> ExtraClaims {
    let Some((value, origin)) = reader.take_raw(setting) else {
        return ExtraClaims::default();
    };
    let mut reading = ClaimsReader::default();
    let claims = if let toml::Value::Table(table) = value {
        for name in table.keys().filter(|name| is_reserved(name)) {
            let problem = "is reserved: Signet or a specification defines this claim";
            reading.fault(&member(setting, name), problem);
        }
        reading.table(setting, table, 1, false)
    } else {
        reading.fault(setting, "must be a table: [clients.claims]");
        BTreeMap::new()
    };
    if reading.values > MAX_VALUES {
        reading.fault(
            setting,
            &format!("must have at most {MAX_VALUES} values in total"),
        );
    }
    for (setting, problem) in reading.faults {
        reader.fault(&setting, &origin, problem);
    }
    ExtraClaims::new(claims)
}

/// The state of reading: the number of values, and the faults with the settings that they belong
/// to.
#[derive(Default)]
struct ClaimsReader {
    values: usize,
    faults: Vec<(String, String)>,
}

impl ClaimsReader {
    fn fault(&mut self, setting: &str, problem: &str) {
        self.faults.push((setting.to_owned(), problem.to_owned()));
    }

    fn table(
        &mut self,
        setting: &str,
        table: toml::Table,
        depth: usize,
        grants: bool,
    ) -> BTreeMap<String, ClaimTemplate> {
        let mut members = BTreeMap::new();
        for (name, value) in table {
            let setting = member(setting, &name);
            if name.is_empty() || name.len() > MAX_NAME_BYTES {
                let problem = format!("must have a name of 1 to {MAX_NAME_BYTES} bytes");
                self.fault(&setting, &problem);
            }
            let grants = grants || may_grant_permissions(&name);
            if let Some(template) = self.template(&setting, value, depth, grants) {
                members.insert(name, template);
            }
        }
        members
    }

    /// Reads the template of a value. `grants` states that consumers may read the claim as a
    /// permission.
    fn template(
        &mut self,
        setting: &str,
        value: toml::Value,
        depth: usize,
        grants: bool,
    ) -> Option<ClaimTemplate> {
        use toml::Value::{Array, Boolean, Datetime, Float, Integer, String, Table};

        self.values += 1;
        let template = match value {
            Array(_) | Table(_) if depth >= MAX_DEPTH => {
                Err(format!("must be nested at most {MAX_DEPTH} levels deep"))
            }
            String(text) => read_text(text, grants),
            Integer(number @ MIN_INTEGER..=MAX_INTEGER) => {
                Ok(ClaimTemplate::Constant(number.into()))
            }
            Integer(_) => Err(format!("must be from {MIN_INTEGER} to {MAX_INTEGER}")),
            Boolean(value) => Ok(ClaimTemplate::Constant(value.into())),
            Float(_) | Datetime(_) => {
                Err("must be a string, an integer, a boolean, a list or a table".to_owned())
            }
            Array(items) => {
                let items = items.into_iter().enumerate().filter_map(|(index, item)| {
                    self.template(&format!("{setting}[{index}]"), item, depth + 1, grants)
                });
                Ok(ClaimTemplate::List(items.collect()))
            }
            Table(table) => Ok(ClaimTemplate::Table(self.table(
                setting,
                table,
                depth + 1,
                grants,
            ))),
        };
        template
            .map_err(|problem| self.fault(setting, &problem))
            .ok()
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.split(' ').any(|reserved| reserved == folded(name))
}

/// Returns whether consumers may read a claim with this name as a permission: its name contains
/// `role`, or it is a session variable of Hasura.
fn may_grant_permissions(name: &str) -> bool {
    let name = folded(name);
    name.contains("role") || name.starts_with("x-hasura-")
}

/// Folds the case of a name, because some JSON readers ignore case. Upper case comes first, so that
/// the long s (U+017F), a lower-case letter itself, becomes an s; lower case follows, so that the
/// kelvin sign becomes a k.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// Reads a text: `$column`, an escaped `$$text`, or a constant.
fn read_text(text: String, grants: bool) -> Result<ClaimTemplate, String> {
    let Some(word) = text.strip_prefix('$') else {
        return Ok(ClaimTemplate::Constant(text.into()));
    };
    if word.starts_with('$') {
        return Ok(ClaimTemplate::Constant(Value::from(word)));
    }
    let mut columns = UserColumn::ALL.iter().copied();
    let column = columns.find(|column| column.as_str() == word);
    if grants && matches!(column, Some(UserColumn::Name | UserColumn::Image)) {
        return Err(format!(
            "must not be ${word}: users choose this value themselves, and the claim may grant them \
             permissions"
        ));
    }
    column.map(ClaimTemplate::Column).ok_or_else(|| {
        let words: Vec<_> = UserColumn::ALL
            .iter()
            .map(|it| format!("${}", it.as_str()))
            .collect();
        let words = words.join(", ");
        format!("begins with $ but is not one of {words}. For the text \"$x\", write \"$$x\"")
    })
}

/// Returns the name of a member as it is written in the file.
fn member(setting: &str, name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !name.is_empty() && name.bytes().all(is_bare) {
        format!("{setting}.{name}")
    } else {
        format!("{setting}.{name:?}")
    }
}
