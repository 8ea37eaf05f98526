//! How long to wait before the next try.

use std::time::Duration;

/// For how long a letter is tried: most links in letters live hardly longer.
pub(super) const PATIENCE: Duration = Duration::from_mins(30);

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_mins(5);

/// The pause after so many tries.
pub(super) fn after(tries: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
    FIRST.saturating_mul(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stop_growing() {
        let pauses = (1..=9).map(|tries| after(tries).as_secs());
        assert_eq!(
            pauses.collect::<Vec<_>>(),
            [5, 10, 20, 40, 80, 160, 300, 300, 300]
        );
        assert_eq!(after(u32::MAX), LONGEST);
    }
}
