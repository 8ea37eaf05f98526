//! The known name that a mistyped name probably means.

/// Returns the known name that is nearest to `unknown`. The names may differ by a third of the last part of `unknown`,
/// but by at least one and at most three characters.
pub(super) fn nearest<'a>(
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let last = unknown.rsplit('.').next().unwrap_or_default();
    let limit = (last.chars().count() / 3).clamp(1, 3);
    let distances = known
        .into_iter()
        .map(|known| (strsim::osa_distance(unknown, known), known));
    let (distance, known) = distances.min()?;
    (distance <= limit).then_some(known)
}
