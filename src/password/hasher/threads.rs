//! The threads that hash passwords.

use std::io;

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// Threads that only hash: no file access, name resolution or other blocking call can occupy them.
#[derive(Debug)]
pub(super) struct HashThreads(Option<Runtime>);

impl HashThreads {
    /// Creates at most `count` threads. A thread starts when work finds no idle one.
    ///
    /// # Errors
    /// The operating system refuses the resources of a runtime.
    pub(super) fn new(count: usize) -> io::Result<Self> {
        let mut builder = Builder::new_current_thread();
        builder.thread_name("signet-hash");
        builder.max_blocking_threads(count);
        builder.build().map(Some).map(Self)
    }

    /// Runs the work to its end on one of the threads. Returns `None` after the threads were dropped.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<JoinHandle<T>> {
        let runtime = self.0.as_ref()?;
        Some(runtime.spawn_blocking(work))
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
