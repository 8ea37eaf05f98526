//! Rate limits on the server. One script checks and charges all budgets of an attempt at once.

use std::fmt::Write as _;

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY};
use redis::{Cmd, Value};

use super::{Coordination, CoordinationFailure};

/// The script.
pub(super) const SCRIPT: &str = include_str!("budgets.lua");

/// The part of a budget in an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BudgetRole {
    /// It must allow the attempt, or the fallback that follows it.
    Required,
    /// The fallback of the budget before, which every attempt is charged to.
    Throughout,
    /// The fallback of the budget before, which is charged once that one refuses.
    OnceRefused,
}

impl BudgetRole {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Throughout => "throughout",
            Self::OnceRefused => "once_refused",
        }
    }
}

/// A budget of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct SharedEntry {
    pub(crate) role: BudgetRole,
    /// The key. `None` if the caller has no such budget, which then allows everything.
    pub(crate) key: Option<String>,
    /// The time in which one attempt is refilled, in microseconds.
    pub(crate) interval: u64,
    /// The burst tolerance, in microseconds.
    pub(crate) tolerance: u64,
}

/// The outcome of an attempt.
#[derive(Debug)]
pub(crate) enum SharedOutcome {
    /// All budgets allow it. The charges can be refunded.
    Allowed(Vec<SharedCharge>),
    /// A budget is exhausted.
    Exhausted {
        /// The index of the budget.
        index: usize,
        /// The time to wait, in microseconds.
        wait: u64,
    },
}

/// A charge to an entry with that serial number.
#[derive(Debug)]
pub(crate) struct SharedCharge {
    key: String,
    serial: String,
    interval: u64,
}

impl Coordination {
    /// Checks whether all budgets allow an attempt, and charges them if `is_charged`.
    ///
    /// # Errors
    /// The server cannot be used.
    pub(crate) async fn attempt(
        &self,
        entries: &[SharedEntry],
        is_charged: bool,
    ) -> Result<SharedOutcome, CoordinationFailure> {
        let mode = if is_charged { "charge" } else { "check" };
        let keys: Vec<_> = entries.iter().filter_map(|it| it.key.as_deref()).collect();
        let mut arguments = vec![self.budget_time(), mode.to_owned(), self.serial()];
        for entry in entries {
            let has_key = if entry.key.is_some() { "1" } else { "0" };
            arguments.push(entry.role.as_str().to_owned());
            arguments.push(has_key.to_owned());
            arguments.push(entry.interval.to_string());
            arguments.push(entry.tolerance.to_string());
        }
        let answer = self.run_script(&keys, &arguments).await?;
        outcome(answer, entries).ok_or(CoordinationFailure::Other)
    }

    /// Refunds charges to entries that still exist.
    pub(crate) async fn refund(&self, charges: Vec<SharedCharge>) {
        if charges.is_empty() {
            return;
        }
        let keys: Vec<_> = charges.iter().map(|it| it.key.as_str()).collect();
        let mut arguments = vec![self.budget_time(), "refund".to_owned(), String::new()];
        for charge in &charges {
            arguments.push(charge.serial.clone());
            arguments.push("1".to_owned());
            arguments.push(charge.interval.to_string());
            arguments.push("0".to_owned());
        }
        // A failure is counted. The charges then end with their window.
        let _ = self.run_script(&keys, &arguments).await;
    }

    /// Fills the budgets with these keys.
    pub(crate) async fn refill(&self, keys: &[String]) {
        let Some(parts) = self.parts().filter(|_| !keys.is_empty()) else {
            return;
        };
        let mut command = redis::cmd("DEL");
        command.arg(keys);
        let _ = parts.link.run::<i64>(&command).await;
    }

    /// Runs the script by its digest, and sends its text if the server does not know it.
    async fn run_script(
        &self,
        keys: &[&str],
        arguments: &[String],
    ) -> Result<Vec<Value>, CoordinationFailure> {
        let parts = self.parts().ok_or(CoordinationFailure::Connect)?;
        let by_digest = script_command("EVALSHA", &parts.script_digest, keys, arguments);
        if let Some(answer) = parts.link.run(&by_digest).await? {
            return Ok(answer);
        }
        let answer = parts
            .link
            .run(&script_command("EVAL", SCRIPT, keys, arguments))
            .await?;
        answer.ok_or(CoordinationFailure::Other)
    }
}

/// Returns the command that runs the script, by its text (`EVAL`) or by its digest (`EVALSHA`).
pub(super) fn script_command(name: &str, script: &str, keys: &[&str], arguments: &[String]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    command
}

/// Returns the digest by which the server knows the script, in hexadecimal.
pub(super) fn script_digest() -> String {
    let digest = digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, SCRIPT.as_bytes());
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn outcome(answer: Vec<Value>, entries: &[SharedEntry]) -> Option<SharedOutcome> {
    let mut answer = answer.into_iter();
    let Value::Int(refusing) = answer.next()? else {
        return None;
    };
    if refusing > 0 {
        let Value::Int(wait) = answer.next()? else {
            return None;
        };
        return Some(SharedOutcome::Exhausted {
            index: usize::try_from(refusing).ok()?.checked_sub(1)?,
            wait: u64::try_from(wait).ok()?,
        });
    }
    let mut charges = vec![];
    while let Some(key) = answer.next() {
        let (key, serial) = (text(key)?, text(answer.next()?)?);
        let entry = entries.iter().find(|it| it.key.as_ref() == Some(&key))?;
        charges.push(SharedCharge {
            interval: entry.interval,
            key,
            serial,
        });
    }
    Some(SharedOutcome::Allowed(charges))
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    }
}
