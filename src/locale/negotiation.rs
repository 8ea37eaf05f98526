//! Language negotiation: the best supported language for a user.

use super::Locale;

/// The most language tags that are read of a list, because clients choose its length.
const MAX_TAGS: usize = 32;

/// The weight 1. Weights are thousandths (RFC 9110 §12.4.2).
pub const MAX_WEIGHT: u16 = 1000;

impl Locale {
    /// Returns the best language of an `Accept-Language` header (RFC 9110 §12.5.4). Malformed
    /// entries are ignored.
    pub fn accepted(list: &str) -> Option<Self> {
        let weighed = list.split(',').take(MAX_TAGS).filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = weight(parameters).filter(|weight| *weight > 0)?;
            Some((Self::of_range(tag.trim())?, weight))
        });
        // Of equal weights the first wins, because users list languages in the order of preference.
        let best = weighed.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.map(|(locale, _)| locale)
    }

    /// Returns the first supported language of a list such as `ui_locales` (OpenID Connect Core
    /// §3.1.2.1).
    pub fn preferred(list: &str) -> Option<Self> {
        let mut tags = list.split(' ').take(MAX_TAGS);
        tags.find_map(Self::of_tag)
    }

    fn of_range(range: &str) -> Option<Self> {
        match range {
            "*" => Some(Self::default()),
            tag => Self::of_tag(tag),
        }
    }
}

/// Returns the weight of an entry of a list, in thousandths, by its parameter `q` (RFC 9110 §12.4.2). Without
/// parameters it is [`MAX_WEIGHT`]; a malformed weight is `None`.
pub fn weight(parameters: &str) -> Option<u16> {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return Some(MAX_WEIGHT);
    }
    let value = parameters
        .strip_prefix("q=")
        .or(parameters.strip_prefix("Q="))?;
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let is_number = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok().filter(|_| is_number)?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(MAX_WEIGHT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_supported_language_with_the_highest_weight_is_selected() {
        for (list, best) in [
            ("de", Some(Locale::German)),
            ("de-AT, en;q=0.8", Some(Locale::German)),
            ("en;q=0.8,ES;q=0.9", Some(Locale::Spanish)),
            ("fr, zh-Hant-TW;q=0.7, en;q=0.3", Some(Locale::Chinese)),
            ("fr, *;q=0.1", Some(Locale::English)),
            ("en;q=0, de;q=0.001", Some(Locale::German)),
            ("de;q=0.5, es;q=0.5", Some(Locale::German)),
            ("de;q=2, es;q=0.1", Some(Locale::Spanish)),
            ("de;q=0.9999, es;level=1, zh;q=1.000", Some(Locale::Chinese)),
            ("fr", None),
            ("deutsch", None),
            ("", None),
        ] {
            assert_eq!(Locale::accepted(list), best, "{list}");
        }
    }

    #[test]
    fn the_first_supported_language_is_preferred() {
        assert_eq!(Locale::preferred("fr-CA es en"), Some(Locale::Spanish));
        assert_eq!(Locale::preferred("fr"), None);
        assert_eq!(Locale::preferred(""), None);
    }

    proptest! {
        #[test]
        fn any_list_is_read_without_panic(list in "(?s).{0,300}") {
            let _ = (Locale::accepted(&list), Locale::preferred(&list));
        }

        #[test]
        fn weights_are_read_exactly(thousandths in 0u16..=1000) {
            let text = format!("q={}.{:03}", thousandths / 1000, thousandths % 1000);
            prop_assert_eq!(weight(&text), Some(thousandths));
        }
    }
}
