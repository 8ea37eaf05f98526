//! Times in the forms of the sources.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

/// Numbers above this one are times in milliseconds, others in seconds.
const LARGEST_SECONDS: i64 = 100_000_000_000;

/// The form of times in SQL, without the offset.
const SQL_TIME: &str = "%Y-%m-%d %H:%M:%S%.f";

/// Parses a time. `None` if the text is not a time, or its year is not one of 1 to 9999.
pub(super) fn time_of(text: &str) -> Option<DateTime<Utc>> {
    let time = if let Ok(number) = text.parse::<i64>() {
        let seconds = if number.abs() > LARGEST_SECONDS {
            number.div_euclid(1000)
        } else {
            number
        };
        Utc.timestamp_opt(seconds, 0).single()
    } else if let Ok(date) = text.parse::<NaiveDate>() {
        Some(date.and_time(NaiveTime::MIN).and_utc())
    } else {
        let spaced = text.trim_end_matches(" UTC").replacen('T', " ", 1);
        let with_offset = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(&spaced, &format!("{SQL_TIME}%#z")))
            .or_else(|_| DateTime::parse_from_str(&spaced, &format!("{SQL_TIME} %#z")));
        if let Ok(time) = with_offset {
            Some(time.to_utc())
        } else {
            let time = NaiveDateTime::parse_from_str(&spaced, SQL_TIME);
            time.ok().map(|time| time.and_utc())
        }
    };
    // The years that RFC 3339 and both databases can write.
    let time = time.filter(|time| (1..=9999).contains(&time.year()));
    time.and_then(|time| Utc.timestamp_opt(time.timestamp(), 0).single())
}
