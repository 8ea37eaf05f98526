//! `clients.claims`: what a client has added to its access tokens.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reader::SettingReader;
use crate::client::{ClaimTemplate, ExtraClaims, UserColumn};

/// Claims to which Signet or a specification gives their meaning: nobody's to set. Those of RFC 7519
/// §4.1, RFC 9068 §2.2, RFC 8693 §4, RFC 7800 §3.1, RFC 9396 §9.1 and OpenID Connect Core §2 and
/// §3.3.2.11; of logout tokens and events (RFC 8417 §2.2), which no access token may look like; and our
/// own.
const TAKEN: &str = "iss sub aud exp nbf iat jti client_id scope roles act may_act cnf auth_time acr \
                     amr azp nonce at_hash c_hash s_hash sid events epoch abs_exp typ \
                     authorization_details";

/// The deepest that claims may be nested, and how many there may be, each in each list and table
/// counted.
const DEEPEST: usize = 5;
const MOST: usize = 64;

/// The longest name.
const LONGEST_NAME: usize = 128;

/// The largest whole number that every reader of JSON keeps as it is (RFC 8259 §6).
const LARGEST: i64 = (1 << 53) - 1;
const SMALLEST: i64 = -LARGEST;

/// Reads the table of that setting.
pub(super) fn read(reader: &mut SettingReader, setting: &str) -> ExtraClaims {
    let Some((value, origin)) = reader.taken(setting) else {
        return ExtraClaims::default();
    };
    let mut reading = ClaimsReader::default();
    let claims = if let toml::Value::Table(table) = value {
        for name in table.keys().filter(|name| is_taken(name)) {
            let problem = "is reserved: Signet or a specification defines this claim";
            reading.fault(&member(setting, name), problem);
        }
        reading.table(setting, table, 1, false)
    } else {
        reading.fault(setting, "must be a table: [clients.claims]");
        BTreeMap::new()
    };
    if reading.read > MOST {
        reading.fault(
            setting,
            &format!("must have at most {MOST} values in total"),
        );
    }
    for (setting, problem) in reading.faults {
        reader.fault(&setting, &origin, problem);
    }
    ExtraClaims::new(claims)
}

/// How far it has got.
#[derive(Default)]
struct ClaimsReader {
    read: usize,
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
        empowers: bool,
    ) -> BTreeMap<String, ClaimTemplate> {
        let mut members = BTreeMap::new();
        for (name, value) in table {
            let setting = member(setting, &name);
            if name.is_empty() || name.len() > LONGEST_NAME {
                let problem = format!("must have a name of 1 to {LONGEST_NAME} bytes");
                self.fault(&setting, &problem);
            }
            let empowers = empowers || may_empower(&name);
            if let Some(template) = self.template(&setting, value, depth, empowers) {
                members.insert(name, template);
            }
        }
        members
    }

    /// What a value says, in a claim that `empowers` whoever it is about or in any other.
    fn template(
        &mut self,
        setting: &str,
        value: toml::Value,
        depth: usize,
        empowers: bool,
    ) -> Option<ClaimTemplate> {
        use toml::Value::{Array, Boolean, Datetime, Float, Integer, String, Table};

        self.read += 1;
        let judged = match value {
            Array(_) | Table(_) if depth >= DEEPEST => {
                Err(format!("must be nested at most {DEEPEST} levels deep"))
            }
            String(text) => read_text(text, empowers),
            Integer(number @ SMALLEST..=LARGEST) => Ok(ClaimTemplate::Constant(number.into())),
            Integer(_) => Err(format!("must be from {SMALLEST} to {LARGEST}")),
            Boolean(truth) => Ok(ClaimTemplate::Constant(truth.into())),
            Float(_) | Datetime(_) => {
                Err("must be a string, an integer, a boolean, a list or a table".to_owned())
            }
            Array(items) => {
                let items = items.into_iter().enumerate().filter_map(|(place, item)| {
                    self.template(&format!("{setting}[{place}]"), item, depth + 1, empowers)
                });
                Ok(ClaimTemplate::List(items.collect()))
            }
            Table(table) => Ok(ClaimTemplate::Table(self.table(
                setting,
                table,
                depth + 1,
                empowers,
            ))),
        };
        judged.map_err(|problem| self.fault(setting, &problem)).ok()
    }
}

fn is_taken(name: &str) -> bool {
    TAKEN.split(' ').any(|taken| taken == folded(name))
}

/// Whether consumers may take a claim of that name for what somebody may do: it is called a role, or
/// is a session variable of Hasura's.
fn may_empower(name: &str) -> bool {
    let name = folded(name);
    name.contains("role") || name.starts_with("x-hasura-")
}

/// A name without its case: some readers of JSON do not tell. By way of capitals, so that the long s
/// (U+017F), a small letter already, is an s; and down again, so that the sign for kelvin is a k.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// A column of the user's row, or a text that is meant as it is.
fn read_text(text: String, empowers: bool) -> Result<ClaimTemplate, String> {
    let Some(word) = text.strip_prefix('$') else {
        return Ok(ClaimTemplate::Constant(text.into()));
    };
    if word.starts_with('$') {
        return Ok(ClaimTemplate::Constant(Value::from(word)));
    }
    let mut columns = UserColumn::ALL.iter().copied();
    let column = columns.find(|column| column.as_str() == word);
    if empowers && matches!(column, Some(UserColumn::Name | UserColumn::Image)) {
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

/// The name of a member as it would be written in the file.
fn member(setting: &str, name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !name.is_empty() && name.bytes().all(is_bare) {
        format!("{setting}.{name}")
    } else {
        format!("{setting}.{name:?}")
    }
}
