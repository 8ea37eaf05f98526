//! `signet users list`: prints the users that match filters, page by page.

use std::{
    io::{self, IsTerminal, Write},
    num::NonZeroU64,
};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;

use super::format::ListFormat;
use crate::{
    admin::{Admin, AdminService},
    cli::{CommandFailure, progress::Progress},
    identity::{EmailAddress, Role, UserId},
    store::{EmailFilter, LikePattern, UserFilter},
};

/// The number of users that are read at once. No more of them are in memory.
const PAGE: u32 = 500;

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// Only this email; * stands for any characters, as in 'ada*' or '*@example.com'
    #[arg(long, value_parser = email_filter)]
    email: Option<EmailFilter>,
    /// Only users with this role
    #[arg(long)]
    role: Option<Role>,
    /// Only disabled users
    #[arg(long, conflicts_with = "enabled")]
    disabled: bool,
    /// Only enabled users
    #[arg(long)]
    enabled: bool,
    /// Only users created at this time or later: a date in UTC, or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = time)]
    created_after: Option<DateTime<Utc>>,
    /// Only users created before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    created_before: Option<DateTime<Utc>>,
    /// At most this many users [default: all]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<NonZeroU64>,
    /// Continue after this user: the last ID of the previous page
    #[arg(long, value_name = "ID")]
    after: Option<UserId>,
    /// Format of the list
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

fn email_filter(text: &str) -> Result<EmailFilter, String> {
    if text.contains('*') {
        // Stored emails are in lower case.
        let pattern = LikePattern::with_wildcards(&text.to_lowercase());
        return Ok(EmailFilter::Like(pattern));
    }
    match EmailAddress::parse(text) {
        Ok(email) => Ok(EmailFilter::Exactly(email)),
        Err(error) => Err(format!(
            "an email {error}; for a part of it use *, as in '*{text}*'"
        )),
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| time.to_utc())
        .map_err(|_| "must be a date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z")
}

impl ListArgs {
    fn filter(&self) -> UserFilter {
        UserFilter {
            name_or_email: None,
            email: self.email.clone(),
            role: self.role.clone(),
            is_active: (self.enabled || self.disabled).then_some(self.enabled),
            created_from: self.created_after,
            created_before: self.created_before,
        }
    }
}

/// Prints the users in the order of their IDs, which is the order of creation to the second. Each page is printed before the next is read.
///
/// # Errors
/// The database fails, or standard output cannot be written. A closed pipe is not an error, and ends the list.
pub(super) async fn run(admin: &AdminService, arguments: &ListArgs) -> Result<(), CommandFailure> {
    let filter = arguments.filter();
    let mut text = String::new();
    arguments.format.append_header(&mut text);
    let mut left = arguments.limit.map_or(u64::MAX, NonZeroU64::get);
    let mut after = arguments.after;
    let progress = if io::stdout().is_terminal() {
        Progress::hidden()
    } else {
        Progress::count("Listed users")
    };
    loop {
        let size = u32::try_from(left).unwrap_or(u32::MAX).min(PAGE);
        let page = admin.list(Admin::OPERATOR, &filter, after, size).await?;
        for user in &page {
            let appended = arguments.format.append_user(&mut text, user);
            appended.map_err(CommandFailure::new)?;
        }
        if !is_read_on(&text)? {
            return Ok(());
        }
        text.clear();
        progress.add(page.len());
        let count = u64::try_from(page.len()).unwrap_or(u64::MAX);
        left = left.saturating_sub(count);
        match page.last() {
            Some(last) if left > 0 && count == u64::from(size) => after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

/// Prints a part of the list. Returns whether the reader wants more: a closed pipe has been read enough.
fn is_read_on(text: &str) -> Result<bool, CommandFailure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CommandFailure::unprinted(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_in_utc_or_moments() {
        let noon = time("2026-01-31T13:00:00+01:00").unwrap();
        assert_eq!(noon, time("2026-01-31T12:00:00Z").unwrap());
        assert_eq!(
            time("2026-01-31").unwrap(),
            time("2026-01-31T00:00:00Z").unwrap()
        );
        assert!(time("31.1.2026").is_err());
    }
}
