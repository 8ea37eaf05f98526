//! A key or a secret with its schedule.

use std::sync::Arc;

use super::{file::KeyFileName, schedule::KeyWindow};

/// A key or a secret, the file it was read from, and the times at which it is published, signs and
/// verifies.
#[derive(Debug)]
pub(super) struct HeldKey<T> {
    pub(super) file: KeyFileName,
    pub(super) window: KeyWindow,
    pub(super) key: Arc<T>,
}
