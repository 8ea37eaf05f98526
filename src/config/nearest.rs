//! The known name that a mistyped name probably means.

/// Returns the name in `known` that is nearest to `unknown`, if at most a third of the last part of the name differs. One
/// character always may, and more than three never.
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
