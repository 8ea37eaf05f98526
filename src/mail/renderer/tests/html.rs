//! The HTML part of a mail, parsed as a mail program does.

use html5gum::{Token, Tokenizer, emitters::default::DefaultEmitter};

/// The tags of an HTML document with their attributes, and the texts between them.
pub(super) struct Document {
    tags: Vec<(String, Vec<(String, String)>)>,
    texts: Vec<String>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl Document {
    /// Parses a document. Panics if the HTML has an error.
    pub(super) fn parse(html: &str) -> Self {
        assert!(html.starts_with("<!doctype html>\n"), "{html}");
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let (mut tags, mut texts): (Vec<_>, Vec<String>) = <_>::default();
        let mut is_new_text = true;
        let mut is_style = false;
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token.unwrap() {
                Token::StartTag(tag) => {
                    let attributes = tag.attributes.iter();
                    let attributes = attributes.map(|(name, value)| (text(name), text(value)));
                    is_style = *tag.name == *b"style";
                    tags.push((text(&tag.name), attributes.collect()));
                    is_new_text = true;
                }
                Token::EndTag(tag) => {
                    tags.push((format!("/{}", text(&tag.name)), Vec::new()));
                    is_new_text = true;
                }
                Token::String(_) if is_style => {}
                Token::String(more) if is_new_text => {
                    texts.push(text(&more));
                    is_new_text = false;
                }
                Token::String(more) => *texts.last_mut().unwrap() += &text(&more),
                Token::Doctype(doctype) => assert!(!doctype.force_quirks),
                other => panic!("{other:?} in {html}"),
            }
        }
        Self { tags, texts }
    }

    /// Returns the structure without the values: the tags and the names of their attributes.
    pub(super) fn tags(&self) -> Vec<(&str, Vec<&str>)> {
        self.tags
            .iter()
            .map(|(name, attributes)| {
                let attributes = attributes.iter().map(|(name, _)| name.as_str());
                (name.as_str(), attributes.collect())
            })
            .collect()
    }

    /// Returns the visible texts.
    pub(super) fn texts(&self) -> Vec<&str> {
        let texts = self.texts.iter().map(|text| text.trim());
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// Returns the values of every attribute of that name.
    fn attribute_values(&self, attribute: &str) -> Vec<&str> {
        let attributes = self.tags.iter().flat_map(|(_, attributes)| attributes);
        let named = attributes.filter(|(name, _)| name == attribute);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Returns the targets of the links.
    pub(super) fn links(&self) -> Vec<&str> {
        self.attribute_values("href")
    }

    /// Returns the language tag of the document.
    pub(super) fn language(&self) -> &str {
        self.attribute_values("lang")[0]
    }

    /// Asserts that the document contains only text, boxes and links, and loads nothing from a server.
    pub(super) fn assert_is_inert(&self) {
        let known = [
            "html", "head", "meta", "title", "style", "body", "div", "h1", "p", "a", "span", "br",
        ];
        for (name, attributes) in &self.tags {
            assert!(known.contains(&name.trim_start_matches('/')), "{name}");
            for (attribute, value) in attributes {
                let known = [
                    "lang", "charset", "name", "content", "class", "style", "href",
                ];
                assert!(known.contains(&attribute.as_str()), "{name} {attribute}");
                let is_link = name == "a" && attribute == "href";
                assert!(is_link || !value.contains("//"), "{name} {attribute}");
                assert!(!value.contains("url("), "{name} {attribute}");
            }
        }
    }
}
