//! The transcript of a world: one line for each event.

use std::{cell::RefCell, fmt};

use tokio::time::Instant;

/// The lines of a world, with the time since its beginning.
#[derive(Debug, Default)]
pub(super) struct Transcript(RefCell<Vec<String>>);

impl Transcript {
    pub(super) fn note(&self, origin: Instant, event: impl fmt::Display) {
        let millis = origin.elapsed().as_millis();
        let (minutes, seconds, millis) = (millis / 60_000, millis / 1_000 % 60, millis % 1_000);
        let line = format!("{minutes:3}:{seconds:02}.{millis:03} {event}");
        self.0.borrow_mut().push(line);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}
