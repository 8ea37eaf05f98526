//! The table `users`: pages of the users that match a filter.

use chrono::{DateTime, Utc};

use crate::{
    identity::{EmailAddress, Role, User, UserId},
    store::{Error, Store, read, simulated},
};

/// Selects a page of users by everything but the email. A condition whose argument is NULL holds for every user.
macro_rules! select_page {
    ($by_email:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM users WHERE id > $1 AND ",
            $by_email,
            " AND (role = $4 OR $4 IS NULL) AND (is_active = $5 OR $5 IS NULL) \
             AND (created_at >= $6 OR $6 IS NULL) AND (created_at < $7 OR $7 IS NULL) \
             AND (email LIKE lower($8) ESCAPE '\\' OR lower(name) LIKE lower($8) ESCAPE '\\' OR $8 IS NULL) \
             ORDER BY id LIMIT $2"
        )
    };
}

/// The page of users whose email matches a pattern, in the order of the primary key.
pub(in crate::store) const PAGE_LIKE: &str =
    select_page!("(email LIKE $3 ESCAPE '\\' OR $3 IS NULL)");

/// The page of the user with this email, which the unique index of emails finds.
pub(in crate::store) const PAGE_OF_EMAIL: &str = select_page!("email = $3");

/// The conditions that listed users meet. The default lists every user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// The emails.
    pub email: Option<EmailFilter>,
    /// A pattern of the name or the email. Upper and lower case are the same, in SQLite for ASCII only.
    pub name_or_email: Option<LikePattern>,
    /// The role.
    pub role: Option<Role>,
    /// Set for enabled users only, or for disabled users only.
    pub is_active: Option<bool>,
    /// The users that were created at this time or later.
    pub created_from: Option<DateTime<Utc>>,
    /// The users that were created before this time.
    pub created_before: Option<DateTime<Utc>>,
}

/// The emails of listed users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailFilter {
    /// One email, in canonical form.
    Exactly(EmailAddress),
    /// Every email that matches this pattern of `LIKE`.
    Like(LikePattern),
}

/// A pattern of `LIKE`, in which a backslash escapes the next character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikePattern(String);

impl LikePattern {
    /// Returns the pattern of every text that contains `part`.
    pub fn containing(part: &str) -> Self {
        Self(format!("%{}%", escaped(part)))
    }

    /// Returns the pattern of every text that equals `text`, in which `*` stands for any number of characters.
    pub fn with_wildcards(text: &str) -> Self {
        Self(text.split('*').map(escaped).collect::<Vec<_>>().join("%"))
    }

    /// Returns the pattern.
    pub(in crate::store) fn as_str(&self) -> &str {
        &self.0
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

impl Store {
    /// Returns at most `limit` users after that ID that match the filter, in the order of their IDs, which is the
    /// order of creation to the second.
    ///
    /// The page is read along the primary key from `after`, so a list of all pages reads each row once.
    ///
    /// # Errors
    /// The database fails.
    pub async fn users_matching(
        &self,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, Error> {
        simulated!(self, read, |tables| tables
            .users_matching(filter, after, limit));
        let (statement, email) = match &filter.email {
            None => (PAGE_LIKE, None),
            Some(EmailFilter::Like(LikePattern(pattern))) => (PAGE_LIKE, Some(pattern.as_str())),
            Some(EmailFilter::Exactly(email)) => (PAGE_OF_EMAIL, Some(email.as_str())),
        };
        read!(self, |db| sqlx::query_as(statement)
            .bind(after.unwrap_or(UserId::BEFORE_ALL))
            .bind(i64::from(limit))
            .bind(email)
            .bind(&filter.role)
            .bind(filter.is_active)
            .bind(filter.created_from)
            .bind(filter.created_before)
            .bind(filter.name_or_email.as_ref().map(LikePattern::as_str))
            .fetch_all(db)
            .await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_like_are_escaped_in_patterns() {
        assert_eq!(LikePattern::containing("a_%\\").0, "%a\\_\\%\\\\%");
        assert_eq!(LikePattern::with_wildcards("a_b*@*.com").0, "a\\_b%@%.com");
    }
}
