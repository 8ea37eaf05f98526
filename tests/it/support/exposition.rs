//! A parser of the `OpenMetrics` 1.0 text format that also checks the naming rules.

use std::collections::{BTreeMap, BTreeSet};

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// One metric: its type, its unit, and its samples in order.
#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub unit: Option<String>,
    pub samples: Vec<(String, Labels, f64)>,
}

/// Every metric of a scrape, by name.
#[derive(Debug)]
pub struct Exposition(pub BTreeMap<String, Family>);

/// Units other than base units, and other spellings of base units.
const NO_UNITS: &[&str] = &[
    "milliseconds",
    "ms",
    "micros",
    "microseconds",
    "nanoseconds",
    "minutes",
    "hours",
    "days",
    "kib",
    "kb",
    "mb",
    "mib",
    "kilobytes",
    "percent",
    "sec",
    "secs",
    "byte",
    "second",
];

impl Exposition {
    /// Parses a scrape. Panics if the text breaks a rule.
    pub fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("an end");
        let mut families = BTreeMap::<String, Family>::new();
        let mut current = String::new();
        let mut seen = BTreeSet::new();
        for line in body.lines() {
            assert_eq!(line.trim(), line, "{line:?}");
            if let Some(rest) = line.strip_prefix("# ") {
                let mut words = rest.splitn(3, ' ');
                let mut next = || words.next().unwrap_or_else(|| panic!("{line}"));
                let (keyword, name, rest) = (next(), next(), next());
                if keyword == "HELP" {
                    assert!(rest.ends_with('.') && rest.len() > 8, "{line}");
                    let is_new = families.insert(name.to_owned(), Family::default());
                    assert!(is_new.is_none(), "{name} is described twice");
                    assert_name(name);
                    name.clone_into(&mut current);
                }
                assert_eq!(name, current, "{line}");
                let family = families.get_mut(name).unwrap();
                assert!(family.samples.is_empty(), "{line}");
                match keyword {
                    "HELP" => {}
                    "TYPE" => rest.clone_into(&mut family.kind),
                    "UNIT" => {
                        assert!(name.ends_with(&format!("_{rest}")), "{line}");
                        family.unit = Some(rest.to_owned());
                    }
                    _ => panic!("{line}"),
                }
                continue;
            }
            let (name, labels, value) = sample(line);
            let family = families.get_mut(&current).expect("a description first");
            let suffix = name.strip_prefix(current.as_str());
            let suffix = suffix.unwrap_or_else(|| panic!("{line} under {current}"));
            let allowed: &[&str] = match family.kind.as_str() {
                "counter" => &["_total"],
                "gauge" => &[""],
                "histogram" => &["_bucket", "_sum", "_count"],
                "info" => &["_info"],
                kind => panic!("{kind} of {current}"),
            };
            assert!(allowed.contains(&suffix), "{line} in a {}", family.kind);
            assert!(value >= 0.0, "{line}");
            assert!(seen.insert((name.clone(), labels.clone())), "twice: {line}");
            family.samples.push((name, labels, value));
        }
        for (name, family) in &families {
            assert!(!family.samples.is_empty(), "{name} has a name alone");
            assert!(
                !name.ends_with("_total") && !name.ends_with("_info"),
                "{name}"
            );
            if family.kind == "histogram" {
                assert_buckets(name, family);
            }
        }
        Self(families)
    }

    /// The value of the sample with this name and these labels, or 0 if no sample matches.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let family = ["_total", "_info", "_count", "_sum", "_bucket"]
            .iter()
            .find_map(|suffix| self.0.get(name.strip_suffix(suffix)?));
        let family = family.or_else(|| self.0.get(name));
        let fits = |(of, has, _): &&(String, Labels, f64)| {
            let has = |(label, value): &(&str, &str)| has.get(*label).is_some_and(|v| v == value);
            of == name && labels.iter().all(has)
        };
        let mut found = family
            .into_iter()
            .flat_map(|family| &family.samples)
            .filter(fits);
        let value = found.next().map_or(0.0, |(.., value)| *value);
        assert!(found.next().is_none(), "more than one {name}{labels:?}");
        value
    }
}

/// `name{label="value"} 1.5`
fn sample(line: &str) -> (String, Labels, f64) {
    let (rest, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
    let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
    let Some((name, labels)) = rest.split_once('{') else {
        assert_name(rest);
        return (rest.to_owned(), Labels::new(), value);
    };
    assert_name(name);
    let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"));
    let mut read = Labels::new();
    let mut rest = labels;
    while !rest.is_empty() {
        let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
        assert_name(label);
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().unwrap_or_else(|| panic!("{line}")) {
                (_, '\\') => match chars.next().map(|(_, c)| c) {
                    Some('n') => value.push('\n'),
                    Some(c @ ('\\' | '"')) => value.push(c),
                    _ => panic!("{line}"),
                },
                (end, '"') => break end,
                (_, c) => value.push(c),
            }
        };
        assert!(!value.is_empty(), "{line}");
        assert!(read.insert(label.to_owned(), value).is_none(), "{line}");
        rest = &after[end + 1..];
        if let Some(next) = rest.strip_prefix(',') {
            assert!(!next.is_empty(), "{line}");
            rest = next;
        } else {
            assert!(rest.is_empty(), "{line}");
        }
    }
    assert!(!read.is_empty(), "{line}");
    (name.to_owned(), read, value)
}

/// Checks that a name consists of lower-case words and uses base units.
fn assert_name(name: &str) {
    assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    assert!(name.bytes().all(plain) && !name.contains("__"), "{name}");
    assert!(
        !name.split('_').any(|word| NO_UNITS.contains(&word)),
        "{name}"
    );
}

/// Checks that buckets are cumulative and that the last bucket equals the count.
fn assert_buckets(name: &str, family: &Family) {
    let mut series = BTreeMap::<Labels, Vec<(f64, f64)>>::new();
    for (of, labels, value) in &family.samples {
        if of.ends_with("_bucket") {
            let mut labels = labels.clone();
            let bound = labels.remove("le").expect("a bound");
            let bound = bound.replace("+Inf", "inf").parse().unwrap();
            series.entry(labels).or_default().push((bound, *value));
        }
    }
    for (labels, buckets) in series {
        let grows = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
        assert!(buckets.windows(2).all(grows), "{name}{labels:?}");
        let (bound, all) = *buckets.last().unwrap();
        assert!(bound.is_infinite());
        let count = format!("{name}_count");
        let counted = family
            .samples
            .iter()
            .find(|(of, with, _)| *of == count && *with == labels);
        assert!(
            counted.is_some_and(|(.., counted)| (counted - all).abs() < 0.5),
            "{name}"
        );
    }
}
