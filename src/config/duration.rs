//! Durations such as `30s`, `5m`, `2h` and `30d`, and other simple values.

use chrono::TimeDelta;

/// Parses a duration of whole seconds, at most ten years.
pub(super) fn duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "must be a duration of whole seconds such as 30s, 5m, 2h or 30d".to_owned();
    let duration = humantime::parse_duration(text).map_err(|_| wrong())?;
    if duration.subsec_nanos() != 0 {
        return Err(wrong());
    }
    TimeDelta::from_std(duration)
        .ok()
        .filter(|duration| *duration <= TimeDelta::days(3650))
        .ok_or_else(|| "must be at most ten years".to_owned())
}

/// Returns a parser of durations from `least` to `most`, inclusive.
pub(super) fn between(
    least: TimeDelta,
    most: TimeDelta,
) -> impl FnOnce(&str) -> Result<TimeDelta, String> {
    move |text| {
        let duration = duration(text)?;
        if (least..=most).contains(&duration) {
            Ok(duration)
        } else {
            Err(format!(
                "must be between {} and {}",
                show(least),
                show(most)
            ))
        }
    }
}

/// Returns a parser of whole numbers from `least` to `most`, inclusive.
pub(super) fn number<T>(least: T, most: T) -> impl FnOnce(&str) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    move |text| match text.parse() {
        Ok(number) if (&least..=&most).contains(&&number) => Ok(number),
        _ => Err(format!("must be a whole number from {least} to {most}")),
    }
}

/// Parses `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

/// Formats a duration as a setting is written, in the largest unit that divides it.
pub fn show(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds();
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let unit = units
        .into_iter()
        .find(|(size, _)| seconds != 0 && seconds % size == 0);
    let (size, letter) = unit.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_formatted_duration_parses_to_the_same_duration(seconds in 0_i64..=3650 * 86_400) {
            let length = TimeDelta::seconds(seconds);
            prop_assert_eq!(duration(&show(length)), Ok(length));
        }

        #[test]
        fn parsing_never_panics_or_exceeds_ten_years(
            text in "\\PC{0,20}|([0-9]{1,20} ?(ns|ms|s|m|min|h|d|w|M|y|years) ?){1,3}",
        ) {
            if let Ok(length) = duration(&text) {
                prop_assert!(length <= TimeDelta::days(3650) && length >= TimeDelta::zero());
                prop_assert_eq!(length.subsec_nanos(), 0);
            }
        }
    }
}
