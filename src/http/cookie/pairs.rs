//! The pairs of a `Cookie` header (RFC 6265 §4.2.1).

/// Iterates over the names and values of a `Cookie` header. Other applications on the same host may set cookies of any
/// bytes, so the header is not decoded.
///
/// Only spaces and tabs around a name are removed. A browser protects the prefixes `__Host-` and `__Secure-` by the
/// first bytes of the name (RFC 6265bis §4.1.3): if other white space were removed, a page of another host could set
/// a cookie that is read under such a name.
pub(super) fn pairs(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    header.split(|byte| *byte == b';').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = pair.split_at(at);
        Some((trim(name), trim(value.get(1..)?)))
    })
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::pairs;

    #[rstest]
    #[case("a=1; b=2;c=3", &[("a", "1"), ("b", "2"), ("c", "3")])]
    #[case(" \ta = 1 \t;;", &[("a", "1")])]
    #[case("a=1=2; =3; b; c=", &[("a", "1=2"), ("", "3"), ("c", "")])]
    #[case("a=\"1\"", &[("a", "\"1\"")])]
    #[case("\u{2000}__Host-a=1", &[("\u{2000}__Host-a", "1")])]
    #[case("\u{a0}a=1; \u{85}b=2; \u{b}c=3; \u{c}d=4", &[
        ("\u{a0}a", "1"), ("\u{85}b", "2"), ("\u{b}c", "3"), ("\u{c}d", "4"),
    ])]
    #[case("", &[])]
    fn names_and_values_are_those_of_the_browser(
        #[case] header: &str,
        #[case] expected: &[(&str, &str)],
    ) {
        let text = |bytes| str::from_utf8(bytes).unwrap();
        let found = pairs(header.as_bytes()).map(|(name, value)| (text(name), text(value)));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
