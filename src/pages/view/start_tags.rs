//! The start tags of a page, for the checks of templates.

/// Elements whose content is text: tags in it have no effect (HTML §13.2.6.2).
const TEXT_ELEMENTS: [&str; 4] = ["script", "style", "textarea", "title"];

/// A start tag, with its names in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StartTag<'a> {
    pub(super) name: String,
    /// Names and values, as written: character references are not decoded.
    attributes: Vec<(String, &'a str)>,
}

impl<'a> StartTag<'a> {
    /// The value of an attribute. Of two with the same name, the first counts (HTML §13.2.5.33).
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut attributes = self.attributes.iter();
        attributes.find_map(|(known, value)| (known == name).then_some(*value))
    }

    /// Parses a tag after its `<`. Returns the tag and the rest of the text.
    fn parse(text: &'a str) -> (Self, &'a str) {
        let (name, mut rest) = split(text, |c| is_space(c) || c == '/' || c == '>');
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c| is_space(c) || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            // An equals sign at the start belongs to the name.
            let ends = |c| is_space(c) || matches!(c, '/' | '>' | '=');
            let mut name_end = rest.char_indices().skip(1).filter(|(_, c)| ends(*c));
            let name_end = name_end.next().map_or(rest.len(), |(at, _)| at);
            let (name, after) = rest.split_at(name_end);
            let value;
            (value, rest) = match after.trim_start_matches(is_space).strip_prefix('=') {
                Some(after) => split_value(after.trim_start_matches(is_space)),
                None => ("", after),
            };
            attributes.push((name.to_ascii_lowercase(), value));
        }
        let name = name.to_ascii_lowercase();
        (Self { name, attributes }, rest)
    }
}

/// The start tags of `html`, without those in comments and in text elements.
pub(super) fn start_tags(html: &str) -> Vec<StartTag<'_>> {
    let (mut tags, mut rest) = (Vec::new(), html);
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, after) = StartTag::parse(after);
            rest = if TEXT_ELEMENTS.contains(&&*tag.name) {
                let end = after.to_ascii_lowercase().find(&format!("</{}", tag.name));
                end.and_then(|end| after.get(end..)).unwrap_or_default()
            } else {
                after
            };
            tags.push(tag);
        } else {
            rest = after;
        }
    }
    tags
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// Splits after a value, in quotes or without.
fn split_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(value) = text.strip_prefix(quote) {
            return value.split_once(quote).unwrap_or((value, ""));
        }
    }
    split(text, |c| is_space(c) || c == '>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_in_browsers() {
        let html = "a < b<!-- <form a> --><FORM\nMethod = POST action='x > y' a=\"1\" a=2 hidden/><p =b=c></p>\
                    <Style><a></STYLE><i/x=y z>";
        let attributes = |list: &[(&str, &'static str)]| {
            let list = list.iter();
            list.map(|(name, value)| ((*name).to_owned(), *value))
                .collect::<Vec<_>>()
        };
        let found = start_tags(html);
        let names: Vec<_> = found.iter().map(|tag| &*tag.name).collect();
        assert_eq!(names, ["form", "p", "style", "i"]);
        let [form, p, _, i] = &found[..] else {
            panic!("four tags");
        };
        assert_eq!(form.attribute("method"), Some("POST"));
        assert_eq!(form.attribute("action"), Some("x > y"));
        assert_eq!(form.attribute("a"), Some("1"));
        assert_eq!(form.attribute("hidden"), Some(""));
        assert_eq!(p.attributes, attributes(&[("=b", "c")]));
        assert_eq!(i.attributes, attributes(&[("x", "y"), ("z", "")]));
        for unfinished in [
            "<a", "<a ", "<a b", "<a b=", "<a b='", "<a b=c", "<script>", "<!--",
        ] {
            assert!(start_tags(unfinished).len() < 2, "{unfinished}");
        }
    }
}
