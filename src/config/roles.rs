//! `[roles.NAME]`: the roles of users, and the groups that each role stands for.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    nearest::nearest,
    reader::{SettingReader, each_entry},
};
use crate::identity::Role;

/// The roles that exist without configuration.
const BUILT_IN: [&str; 2] = ["admin", "user"];

/// The longest name of a group.
const LONGEST_GROUP: usize = 64;

/// The most groups of a role.
const MOST_GROUPS: usize = 32;

/// The known roles and their groups. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct RolesConfig(Arc<BTreeMap<String, Vec<String>>>);

impl RolesConfig {
    /// Returns whether the role is configured, or one of `admin` and `user`.
    pub fn is_known(&self, role: &str) -> bool {
        BUILT_IN.contains(&role) || self.0.contains_key(role)
    }

    /// Returns the known role whose name is nearest to a mistyped one.
    pub fn nearest(&self, role: &str) -> Option<&str> {
        let configured = self.0.keys().map(String::as_str);
        nearest(role, configured.chain(BUILT_IN))
    }

    /// Returns the names if each is that of a role.
    ///
    /// # Errors
    /// Each unknown role, and the nearest one or how to define it.
    pub(super) fn all_known(&self, names: Vec<String>) -> Result<Vec<String>, String> {
        each_entry(names, |role| match self.nearest(&role) {
            _ if self.is_known(&role) => Ok(role),
            Some(known) => Err(format!("{role:?} is not a role. Did you mean {known}?")),
            None => Err(format!(
                "{role:?} is not a role: define it as [roles.{role}] with groups = […]"
            )),
        })
    }

    /// Returns the names if each is that of a group in which a user can be.
    ///
    /// # Errors
    /// Each group that no known role gives, and how to define it.
    pub(super) fn all_given(&self, groups: Vec<String>) -> Result<Vec<String>, String> {
        let built_in = BUILT_IN
            .into_iter()
            .filter(|role| !self.0.contains_key(*role));
        let configured = self.0.values().flatten().map(String::as_str);
        let given: Vec<_> = configured.chain(built_in).collect();
        each_entry(groups, |group| {
            if given.contains(&group.as_str()) {
                return Ok(group);
            }
            Err(match nearest(&group, given.iter().copied()) {
                Some(known) => format!("{group:?} is not a group of a role. Did you mean {known}?"),
                None => format!(
                    "{group:?} is not a group of a role: add it to groups = […] of a role in [roles.NAME]"
                ),
            })
        })
    }

    /// The groups of a role: the value of the claim `groups`. The name of the role where none are
    /// configured.
    pub fn groups(&self, role: &Role) -> Vec<String> {
        let role = role.to_string();
        self.0.get(&role).cloned().unwrap_or_else(|| vec![role])
    }

    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let mut roles = BTreeMap::new();
        for name in reader.names_in("roles") {
            let setting = format!("roles.{name}.groups");
            if let Err(wrong) = Role::parse(&name) {
                let origin = reader.origin(&setting);
                reader.fault(&format!("roles.{name}"), &origin, wrong.to_string());
            }
            let groups = reader.words(&setting, |words| groups(&words));
            roles.insert(name, groups.unwrap_or_default());
        }
        Self(Arc::new(roles))
    }
}

fn groups(words: &[String]) -> Result<Vec<String>, String> {
    let is_group = |word: &&String| {
        (1..=LONGEST_GROUP).contains(&word.len()) && !word.contains(char::is_control)
    };
    if words.len() > MOST_GROUPS || !words.iter().all(|word| is_group(&word)) {
        return Err(format!(
            "must have at most {MOST_GROUPS} names of 1 to {LONGEST_GROUP} characters"
        ));
    }
    Ok(words.to_vec())
}
