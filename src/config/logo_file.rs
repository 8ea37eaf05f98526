//! Logo files, which are read with the configuration.

use std::io::Read;

use super::secret_file::open_regular;
use crate::branding::Logo;

/// Reads a logo.
///
/// # Errors
/// The fault and the path: the file cannot be read, is too large, or neither PNG nor SVG.
pub(super) fn read(path: &str) -> Result<Logo, String> {
    let cannot = |error| format!("{path:?} cannot be read: {error}");
    let file = open_regular(path).map_err(cannot)?;
    let file = file.ok_or_else(|| format!("{path:?} is not a regular file"))?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(Logo::MAX_BYTES).unwrap_or(u64::MAX);
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    Logo::parse(bytes).map_err(|invalid| format!("{path:?} {invalid}"))
}
