//! How long to wait before the next try.

use std::time::Duration;

use chrono::TimeDelta;

/// For how long a letter is tried. Who waits for one has asked again by then.
const PATIENCE: Duration = Duration::from_mins(30);

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_mins(5);

/// For how long a letter is tried whose link is good for so long: nobody needs a dead one.
pub(super) fn retry_window(good_for: Option<TimeDelta>) -> Duration {
    let life = good_for.and_then(|it| it.to_std().ok());
    life.map_or(PATIENCE, |life| life.min(PATIENCE))
}

/// The pause after so many tries.
pub(super) fn delay_after(tries: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
    FIRST.saturating_mul(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_with_the_link() {
        assert_eq!(retry_window(None), PATIENCE);
        assert_eq!(retry_window(Some(TimeDelta::days(1))), PATIENCE);
        let minutes = Duration::from_mins(10);
        assert_eq!(retry_window(Some(TimeDelta::minutes(10))), minutes);
    }

    #[test]
    fn pauses_grow_and_stop_growing() {
        let pauses = (1..=9).map(|tries| delay_after(tries).as_secs());
        assert_eq!(
            pauses.collect::<Vec<_>>(),
            [5, 10, 20, 40, 80, 160, 300, 300, 300]
        );
        assert_eq!(delay_after(u32::MAX), LONGEST);
    }
}
