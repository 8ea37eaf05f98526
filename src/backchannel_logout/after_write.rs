//! Notifies the clients of a user after a write that ends every session of the user.

use super::BackchannelLogout;
use crate::{detached::detached, identity::UserId};

/// The maximum number of writes for which a stop of the service waits.
pub(super) const MAX_WRITES: u32 = 1 << 16;

impl BackchannelLogout {
    /// Runs a write that ends every session of the user, and then notifies all clients. No client is notified if
    /// the write succeeds and `has_ended` returns false for its result.
    ///
    /// The write runs in a task of its own: if the caller hangs up and this future is dropped, the write is
    /// completed and the clients are notified. They are also notified if the write fails, because the database may
    /// commit although it reports a timeout. A client that is notified although no session has ended only loses
    /// a login that the user can repeat.
    ///
    /// # Errors
    /// The write fails.
    pub async fn notify_after<T, E>(
        &self,
        user: UserId,
        write: impl Future<Output = Result<T, E>> + Send + 'static,
        has_ended: fn(&T) -> bool,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let clients = self.clone();
        let running = self.0.writes.clone().try_acquire_owned();
        let task = async move {
            let result = write.await;
            if result.as_ref().map_or(true, has_ended) {
                clients.notify_of_user(user);
            }
            // A stop of the service waits for the write and then for its notifications.
            drop(running);
            result
        };
        detached(task).await
    }
}
