//! The report of an import.

use std::{path::Path, sync::Arc};

use serde::Serialize;

use super::ReportFormat;
use crate::{
    cli::{print_result, progress::Progress, users::format::printable},
    import::{ImportObserver, ImportRefusal, ImportReport},
};

/// Prints refusals when they occur, or collects them for one JSON object.
pub(super) struct ImportOutput {
    format: ReportFormat,
    progress: Progress,
    file: Arc<str>,
    refusals: Vec<RefusedRow>,
}

/// A refused row.
#[derive(Serialize)]
struct RefusedRow {
    file: Arc<str>,
    line: u64,
    reason: &'static str,
}

/// The report in JSON.
#[derive(Serialize)]
struct JsonReport {
    imported: u64,
    unchanged: u64,
    refused: u64,
    refusals: Vec<RefusedRow>,
}

impl ImportOutput {
    /// Begins a report on files of this size.
    pub(super) fn new(format: ReportFormat, bytes: u64) -> Self {
        Self {
            format,
            progress: Progress::bar("Importing users", bytes),
            file: Arc::default(),
            refusals: Vec::new(),
        }
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
        } = report;
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

impl ImportObserver for ImportOutput {
    fn refused(&mut self, file: &Path, line: u64, reason: ImportRefusal) {
        let name = file.to_string_lossy();
        let reason = reason.as_str();
        match self.format {
            ReportFormat::Text => self.progress.pause(|| {
                print_result(format!("{}:{line}: {reason}", printable(&name)));
            }),
            ReportFormat::Json => {
                if *self.file != *name {
                    self.file = name.into();
                }
                self.refusals.push(RefusedRow {
                    file: self.file.clone(),
                    line,
                    reason,
                });
            }
        }
    }

    fn unreadable(&mut self, file: &Path, line: u64, problem: &str) {
        let file = printable(&file.to_string_lossy());
        self.progress
            .pause(|| tracing::warn!("{file}:{line}: {problem}"));
    }

    fn advanced(&mut self, bytes: u64) {
        self.progress.set(bytes);
    }
}
