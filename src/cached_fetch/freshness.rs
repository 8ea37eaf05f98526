//! The freshness lifetime of a response (RFC 9111 §4.2.1).

use chrono::TimeDelta;

/// The time for which a fetched document is used before it is fetched again.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// The lifetime of a response that states none.
    pub usual: TimeDelta,
    /// The shortest lifetime, whatever the response states.
    pub shortest: TimeDelta,
    /// The longest lifetime, whatever the response states.
    pub longest: TimeDelta,
}

impl Freshness {
    /// Returns the lifetime by the lines of `Cache-Control` and the `Age` of the response.
    pub fn of<'a>(
        &self,
        cache_control: impl Iterator<Item = &'a str>,
        age: Option<&str>,
    ) -> TimeDelta {
        let directives: Vec<_> = cache_control
            .flat_map(|line| line.split(','))
            .map(|directive| directive.trim().to_ascii_lowercase())
            .collect();
        if directives
            .iter()
            .any(|it| it == "no-store" || it == "no-cache")
        {
            return self.shortest;
        }
        let max_age = directives.iter().find_map(|it| {
            let seconds = it.strip_prefix("max-age=")?;
            seconds.trim_matches('"').parse::<u32>().ok()
        });
        let age = age.and_then(|age| age.parse::<u32>().ok()).unwrap_or(0);
        max_age.map_or(self.usual, |max_age| {
            let remaining = i64::from(max_age) - i64::from(age);
            TimeDelta::seconds(remaining).clamp(self.shortest, self.longest)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(cache_control: &[&str], age: Option<&str>) -> i64 {
        let bounds = Freshness {
            usual: TimeDelta::minutes(5),
            shortest: TimeDelta::seconds(5),
            longest: TimeDelta::hours(1),
        };
        bounds.of(cache_control.iter().copied(), age).num_seconds()
    }

    #[test]
    fn lifetime_follows_cache_control_within_bounds() {
        for (cache, seconds) in [
            ("public, max-age=300", 300),
            ("Max-Age=\"900\", public", 900),
            ("max-age=0", 5),
            ("max-age=30", 30),
            ("max-age=31536000", 3600),
            ("no-store", 5),
            ("no-cache, max-age=900", 5),
            ("public", 300),
            ("s-maxage=900", 300),
            ("max-age=-1", 300),
            ("max-age=99999999999999", 300),
        ] {
            assert_eq!(of(&[cache], None), seconds, "{cache}");
        }
        assert_eq!(of(&[], None), 300);
        assert_eq!(of(&["max-age=900"], Some("600")), 300);
        assert_eq!(of(&["public", "max-age=120"], None), 120);
    }

    proptest! {
        #[test]
        fn every_header_gives_a_lifetime_within_bounds(
            cache in "[ -~]{0,40}|max-age=[0-9]{0,24}", age in "[ -~]{0,12}|[0-9]{0,24}",
        ) {
            let seconds = of(&[&cache], Some(&age));
            prop_assert!((5..=3600).contains(&seconds));
        }
    }
}
