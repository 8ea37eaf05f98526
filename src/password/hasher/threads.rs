//! The threads that hash passwords.

use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::blocking::Threads;

/// Threads that only hash: no file access, name resolution or other blocking call can occupy them.
#[derive(Debug)]
pub(super) struct HashThreads(
    /// `None` if callers hash on their own thread.
    Option<Runtime>,
);

impl HashThreads {
    /// Creates at most `count` threads, unless callers hash on their own. A thread starts when work finds no idle one.
    ///
    /// # Errors
    /// The operating system refuses the resources of a runtime.
    pub(super) fn new(threads: Threads, count: usize) -> io::Result<Self> {
        if threads == Threads::Caller {
            return Ok(Self(None));
        }
        let mut builder = Builder::new_current_thread();
        builder.thread_name("signet-hash");
        builder.max_blocking_threads(count);
        builder.build().map(Some).map(Self)
    }

    /// Runs the work to its end on one of the threads. Returns `None` if it panicked.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        match &self.0 {
            Some(runtime) => runtime.spawn_blocking(work).await.ok(),
            None => Some(work()),
        }
    }
}

impl Drop for HashThreads {
    fn drop(&mut self) {
        // A runtime that is dropped on a thread of another runtime must not wait for its work.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
