//! Durations such as `30s`, `5m`, `2h` and `30d`, and other simple values.

use std::time::Duration;

use chrono::TimeDelta;

/// The units of durations, and their seconds.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Parses a duration: a whole number and a unit, at most ten years.
pub(super) fn duration(text: &str) -> Result<TimeDelta, String> {
    let unit = UNITS.iter().find_map(|(letter, seconds)| {
        let number = text.strip_suffix(*letter)?;
        Some((number, *seconds))
    });
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (number, unit) = unit
        .filter(|(number, _)| is_number(number))
        .ok_or("must be a duration of whole seconds such as 30s, 5m, 2h or 30d")?;
    let seconds = number.parse::<i64>().ok();
    let seconds = seconds.and_then(|number| number.checked_mul(unit));
    seconds
        .and_then(TimeDelta::try_seconds)
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

/// Parses a short time: whole milliseconds such as `100ms`, or a duration of whole seconds.
pub(super) fn milliseconds(text: &str) -> Result<Duration, String> {
    let time = match text.strip_suffix("ms").map(str::parse) {
        Some(Ok(milliseconds)) => Some(Duration::from_millis(milliseconds)),
        Some(Err(_)) => None,
        None => duration(text).ok().and_then(|time| time.to_std().ok()),
    };
    time.ok_or_else(|| "must be a time such as 100ms or 1s".to_owned())
}

/// Returns a parser of short times from `least` to `most`, inclusive.
pub(super) fn milliseconds_between(
    (least, most): (Duration, Duration),
) -> impl FnOnce(&str) -> Result<Duration, String> {
    move |text| {
        let time = milliseconds(text)?;
        if (least..=most).contains(&time) {
            Ok(time)
        } else {
            Err(format!("must be between {least:?} and {most:?}"))
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

/// Returns the element of `all` with this name, or an error that lists the names.
pub(super) fn one_of<T: Copy>(
    text: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().copied().map(name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

/// Formats a duration as a setting is written, in the largest unit that divides it.
pub fn show(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds();
    let divides = |(_, size): &(char, i64)| seconds != 0 && seconds % size == 0;
    let (letter, size) = UNITS.into_iter().find(divides).unwrap_or(('s', 1));
    format!("{}{letter}", seconds / size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_documented_forms_are_durations() {
        for wrong in [
            "",
            "5",
            "m",
            "5 m",
            "5 minutes",
            "1M",
            "1.5m",
            "5m0s",
            "-5m",
            "+5m",
            "5w",
            "5ms",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

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
