//! The page of a mail as its reader's program reads it.

use html5gum::{Token, Tokenizer, emitters::default::DefaultEmitter};

/// Tags with their attributes, and the texts between them.
pub(super) struct Document {
    tags: Vec<(String, Vec<(String, String)>)>,
    texts: Vec<String>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl Document {
    /// Panics where it is no faultless HTML.
    pub(super) fn of(html: &str) -> Self {
        assert!(html.starts_with("<!doctype html>\n"), "{html}");
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let (mut tags, mut texts): (Vec<_>, Vec<String>) = <_>::default();
        let mut is_new = true;
        let mut is_style = false;
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token.unwrap() {
                Token::StartTag(tag) => {
                    let attributes = tag.attributes.iter();
                    let attributes = attributes.map(|(name, value)| (text(name), text(value)));
                    is_style = *tag.name == *b"style";
                    tags.push((text(&tag.name), attributes.collect()));
                    is_new = true;
                }
                Token::EndTag(tag) => {
                    tags.push((format!("/{}", text(&tag.name)), Vec::new()));
                    is_new = true;
                }
                Token::String(_) if is_style => {}
                Token::String(more) if is_new => {
                    texts.push(text(&more));
                    is_new = false;
                }
                Token::String(more) => *texts.last_mut().unwrap() += &text(&more),
                Token::Doctype(doctype) => assert!(!doctype.force_quirks),
                other => panic!("{other:?} in {html}"),
            }
        }
        Self { tags, texts }
    }

    /// What it is made of, whatever is filled in.
    pub(super) fn tags(&self) -> Vec<(&str, Vec<&str>)> {
        self.tags
            .iter()
            .map(|(name, attributes)| {
                let attributes = attributes.iter().map(|(name, _)| name.as_str());
                (name.as_str(), attributes.collect())
            })
            .collect()
    }

    /// What there is to read.
    pub(super) fn texts(&self) -> Vec<&str> {
        let texts = self.texts.iter().map(|text| text.trim());
        texts.filter(|text| !text.is_empty()).collect()
    }

    fn all(&self, attribute: &str) -> Vec<&str> {
        let attributes = self.tags.iter().flat_map(|(_, attributes)| attributes);
        let named = attributes.filter(|(name, _)| name == attribute);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Where its links lead.
    pub(super) fn links(&self) -> Vec<&str> {
        self.all("href")
    }

    pub(super) fn language(&self) -> &str {
        self.all("lang")[0]
    }

    /// Nothing is asked of any server, and nothing is but text, boxes and a link.
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
