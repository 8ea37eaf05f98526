//! The delays between delivery attempts, and the time after which a mail is given up.

use std::time::Duration;

use chrono::TimeDelta;

/// The time for which delivery is attempted. A user who waits longer has requested another mail by
/// then.
const MAX_RETRY_WINDOW: Duration = Duration::from_mins(30);

/// The delay after the first attempt.
const FIRST_DELAY: Duration = Duration::from_secs(5);
/// The longest delay.
const MAX_DELAY: Duration = Duration::from_mins(5);

/// Returns the time for which delivery is attempted. It ends with the lifetime of the mail's link: an
/// expired link is useless.
pub(super) fn retry_window(lifetime: Option<TimeDelta>) -> Duration {
    let lifetime = lifetime.and_then(|lifetime| lifetime.to_std().ok());
    lifetime.map_or(MAX_RETRY_WINDOW, |lifetime| lifetime.min(MAX_RETRY_WINDOW))
}

/// Returns the delay after the given number of attempts.
pub(super) fn delay_after(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    FIRST_DELAY.saturating_mul(doubled).min(MAX_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_window_ends_when_the_link_expires() {
        assert_eq!(retry_window(None), MAX_RETRY_WINDOW);
        assert_eq!(retry_window(Some(TimeDelta::days(1))), MAX_RETRY_WINDOW);
        let minutes = Duration::from_mins(10);
        assert_eq!(retry_window(Some(TimeDelta::minutes(10))), minutes);
    }

    #[test]
    fn delay_doubles_up_to_the_maximum() {
        let delays = (1..=9).map(|attempts| delay_after(attempts).as_secs());
        assert_eq!(
            delays.collect::<Vec<_>>(),
            [5, 10, 20, 40, 80, 160, 300, 300, 300]
        );
        assert_eq!(delay_after(u32::MAX), MAX_DELAY);
    }
}
