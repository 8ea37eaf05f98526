//! Notifies the clients of a user after a write that ends every session of the user.

use super::BackchannelLogout;
use crate::identity::UserId;

/// The maximum number of writes for which a stop of the service waits.
pub(super) const MAX_WRITES: u32 = 1 << 16;

impl BackchannelLogout {
    /// Runs a write that ends every session of the user, and then notifies all clients. No client is notified if
    /// the write succeeds and `has_ended` returns false for its result.
    ///
    /// The clients are also notified if the write fails, because the database may commit although it reports a
    /// timeout. A client that is notified although no session has ended only loses a login that the user can repeat.
    /// If the returned future is dropped, no client is notified: routes with such a write complete their requests
    /// (`http::completion`), so a caller that hangs up drops nothing.
    ///
    /// # Errors
    /// The write fails.
    pub async fn notify_after<T, E>(
        &self,
        user: UserId,
        write: impl Future<Output = Result<T, E>>,
        has_ended: fn(&T) -> bool,
    ) -> Result<T, E> {
        // A stop of the service waits for the write and then for its notifications.
        let _running = self.0.shared.writes.try_acquire();
        let result = write.await;
        if result.as_ref().map_or(true, has_ended) {
            self.notify_of_logout_everywhere(user);
        }
        result
    }
}
