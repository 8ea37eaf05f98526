//! The report of an import.

use std::{collections::HashSet, sync::Arc};

use serde::Serialize;

use super::ReportFormat;
use crate::{
    cli::{
        print_result,
        progress::Progress,
        users::{format::printable, role_warning},
    },
    config::Config,
    identity::{External, Role},
    import::{ImportObserver, ImportReport, RefusedRow},
};

/// The most causes of refusals that are logged.
const MAX_CAUSES: usize = 20;

/// The most unknown roles, and the most providers that are not configured, that are logged.
const MAX_NAMES: usize = 100;

/// Prints refusals when they occur, or collects them for one JSON object.
pub(super) struct ImportOutput<'a> {
    format: ReportFormat,
    progress: Progress,
    file: Arc<str>,
    refusals: Vec<JsonRefusal>,
    /// The number of causes that were logged.
    causes: usize,
    /// The number of rows that could not be read.
    unreadable: u64,
    config: &'a Config,
    /// The unknown roles that were logged.
    roles: HashSet<String>,
    /// The providers that are not configured and were logged.
    providers: HashSet<String>,
}

/// A refused row.
#[derive(Serialize)]
struct JsonRefusal {
    file: Arc<str>,
    line: u64,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// The report in JSON.
#[derive(Serialize)]
struct JsonReport {
    imported: u64,
    unchanged: u64,
    refused: u64,
    refusals: Vec<JsonRefusal>,
}

impl<'a> ImportOutput<'a> {
    /// Begins a report on files of this size.
    pub(super) fn new(format: ReportFormat, bytes: u64, config: &'a Config) -> Self {
        Self {
            format,
            progress: Progress::bar("Importing users", bytes),
            file: Arc::default(),
            refusals: Vec::new(),
            causes: 0,
            unreadable: 0,
            config,
            roles: HashSet::new(),
            providers: HashSet::new(),
        }
    }

    /// Returns whether no row of the files could be read.
    pub(super) fn is_foreign(&self, report: ImportReport) -> bool {
        report.imported + report.unchanged == 0 && self.unreadable == report.refused
    }

    /// Prints the numbers.
    pub(super) fn finish(self, report: ImportReport) {
        let Self {
            format,
            progress,
            refusals,
            ..
        } = self;
        drop(progress);
        let ImportReport {
            imported,
            unchanged,
            refused,
            passwords,
        } = report;
        if imported > 0 && passwords == 0 {
            tracing::warn!(
                "no imported user has a password: if the users have passwords elsewhere, check that --from names the \
                 system that wrote the files"
            );
        }
        match format {
            ReportFormat::Text => print_result(format!(
                "imported: {imported}, unchanged: {unchanged}, refused: {refused}"
            )),
            ReportFormat::Json => {
                let report = JsonReport {
                    imported,
                    unchanged,
                    refused,
                    refusals,
                };
                match serde_json::to_string(&report) {
                    Ok(report) => print_result(report),
                    Err(error) => tracing::error!(%error, "the report cannot be encoded"),
                }
            }
        }
    }
}

impl ImportObserver for ImportOutput<'_> {
    fn refused(&mut self, refusal: RefusedRow<'_>) {
        let RefusedRow {
            line,
            reason,
            is_rest,
            ..
        } = refusal;
        let name = refusal.file.to_string_lossy();
        self.unreadable += u64::from(reason.is_unreadable());
        let reason = reason.as_str();
        // An array may be one line.
        let element = refusal.element.map(|element| format!("element {element}"));
        let cause = refusal.cause.map(printable);
        let detail = [element.as_deref(), cause.as_deref()].into_iter().flatten();
        let detail = detail.collect::<Vec<_>>().join(": ");
        match self.format {
            ReportFormat::Text => {
                let place = format!("{}:{line}", printable(&name));
                let element = element.map(|element| format!(" ({element})"));
                let element = element.unwrap_or_default();
                // The cause of the rest of a file is always logged: it is the cause of all further rows.
                let is_logged = self.causes < MAX_CAUSES || is_rest;
                self.progress.pause(|| {
                    print_result(format!("{place}: {reason}{element}"));
                    if cause.is_some() && is_logged {
                        tracing::warn!("{place}: {detail}");
                    }
                });
                if !is_rest && cause.is_some() {
                    self.causes += 1;
                    if self.causes == MAX_CAUSES {
                        tracing::warn!(
                            "the causes of further rows are not logged: --format json reports all of them"
                        );
                    }
                }
            }
            ReportFormat::Json => {
                if *self.file != *name {
                    self.file = name.into();
                }
                self.refusals.push(JsonRefusal {
                    file: self.file.clone(),
                    line,
                    reason,
                    detail: (!detail.is_empty()).then_some(detail),
                });
            }
        }
    }

    fn has_role(&mut self, role: &Role) {
        let name = role.to_string();
        let is_new = !self.config.roles.is_known(&name)
            && self.roles.len() < MAX_NAMES
            && self.roles.insert(name);
        if is_new {
            let config = self.config;
            self.progress.pause(|| role_warning::log(config, role));
        }
    }

    fn has_account(&mut self, account: &External) {
        let provider = account.provider.as_str();
        let is_new = account.kind.is_external()
            && self.config.providers.of_account(provider).is_none()
            && self.providers.len() < MAX_NAMES
            && self.providers.insert(provider.to_owned());
        if is_new {
            let provider = printable(provider);
            self.progress.pause(|| {
                tracing::warn!(
                    "the provider {provider} is not configured, so no one can log in by its accounts: add it to [[providers]]"
                );
            });
        }
    }

    fn advanced(&mut self, bytes: u64) {
        self.progress.set(bytes);
    }
}
