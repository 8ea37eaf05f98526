//! Progress of long work, on a terminal only.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The time between two changes of the spinner.
const TICK: Duration = Duration::from_millis(120);

/// A line on standard error that shows the work in progress. It is removed when dropped. Nothing is written if
/// standard error is no terminal.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Shows a text.
    pub(super) fn show(text: &'static str) -> Self {
        Self::with_template(text, "{spinner} {msg} ({elapsed})")
    }

    /// Shows a text and the number of items that are done.
    pub(super) fn count(text: &'static str) -> Self {
        Self::with_template(text, "{spinner} {msg}: {human_pos}")
    }

    /// Shows a text and a bar of the part of `total` that is done.
    pub(super) fn bar(text: &'static str, total: u64) -> Self {
        let progress = Self::with_template(text, "{spinner} {msg}: {percent}% {bar:40}");
        if let Some(bar) = &progress.0 {
            bar.set_length(total);
        }
        progress
    }

    /// Shows nothing.
    pub(super) fn hidden() -> Self {
        Self(None)
    }

    fn with_template(text: &'static str, template: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(text);
        bar.enable_steady_tick(TICK);
        Self(Some(bar))
    }

    /// Adds that many items to those that are done.
    pub(super) fn add(&self, items: usize) {
        if let Some(bar) = &self.0 {
            bar.inc(u64::try_from(items).unwrap_or(u64::MAX));
        }
    }

    /// Sets the part that is done.
    pub(super) fn set(&self, done: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(done);
        }
    }

    /// Removes the line while something else is printed.
    pub(super) fn pause<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
