//! A page as browsers parse it (the tokenizer of HTML §13.2.5). Tests see the page of a user, not the
//! intention of a template.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer, emitters::default::DefaultEmitter};

use crate::locale::Locale;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Tag(Tag),
    End(String),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Tag {
    fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl Document {
    /// Parses a page. Panics if the HTML has an error.
    pub(super) fn of(html: &str) -> Self {
        assert!(html.starts_with("<!doctype html>\n"), "{html}");
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut pieces = Vec::new();
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token.unwrap() {
                Token::StartTag(tag) => {
                    let attributes = tag.attributes.iter();
                    let attributes = attributes.map(|(name, value)| (text(name), text(value)));
                    pieces.push(Piece::Tag(Tag {
                        name: text(&tag.name),
                        attributes: attributes.collect(),
                    }));
                }
                Token::EndTag(tag) => pieces.push(Piece::End(text(&tag.name))),
                Token::String(more) => match pieces.last_mut() {
                    Some(Piece::Text(before)) => *before += &text(&more),
                    _ => pieces.push(Piece::Text(text(&more))),
                },
                Token::Doctype(doctype) => assert!(!doctype.force_quirks),
                other => panic!("{other:?} in {html}"),
            }
        }
        Self(pieces)
    }

    /// Replaces `old` by `new` in all texts and attributes.
    pub(super) fn with(mut self, old: &str, new: &str) -> Self {
        for piece in &mut self.0 {
            match piece {
                Piece::Text(text) => *text = text.replace(old, new),
                Piece::Tag(tag) => {
                    for value in tag.attributes.values_mut() {
                        *value = value.replace(old, new);
                    }
                }
                Piece::End(_) => {}
            }
        }
        self
    }

    fn all_tags(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Tag(tag) => Some(tag),
            _ => None,
        })
    }

    pub(super) fn tags(&self, name: &str) -> Vec<&Tag> {
        self.all_tags().filter(|tag| tag.name == name).collect()
    }

    /// The text in each element of that name.
    pub(super) fn texts_of(&self, name: &str) -> Vec<String> {
        let begins = |piece: &Piece| matches!(piece, Piece::Tag(tag) if tag.name == name);
        let ends = |piece: &&Piece| !matches!(piece, Piece::End(end) if end == name);
        let starts = (0..self.0.len()).filter(|at| begins(&self.0[*at]));
        let inner = starts.map(|at| self.0[at..].iter().take_while(ends));
        let texts = inner.map(|pieces| {
            pieces.filter_map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                _ => None,
            })
        });
        texts.map(Iterator::collect).collect()
    }

    pub(super) fn has_id(&self, id: &str) -> bool {
        self.all_tags().any(|tag| tag.get("id") == Some(id))
    }

    pub(super) fn has_field(&self, name: &str) -> bool {
        let fields = self.tags("input");
        fields.iter().any(|field| field.get("name") == Some(name))
    }

    /// The URLs of its links and forms.
    pub(super) fn urls(&self) -> Vec<String> {
        let url = |tag: &Tag| Some(tag.get("href").or(tag.get("action"))?.to_owned());
        self.all_tags().filter_map(url).collect()
    }

    /// Asserts that the page needs nothing but its inline style sheet and script, and images of this service, and
    /// that only links and forms have other URLs.
    pub(super) fn assert_loads_nothing(&self, name: &str) {
        let known = [
            "html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "p",
            "ul", "ol", "li", "b", "a", "bdi", "form", "input", "label", "button", "strong", "q",
            "code", "script", "noscript", "div", "span", "footer", "link", "img", "svg", "path",
            "circle", "rect", "nav", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd",
            "h3", "time",
        ];
        for tag in self.all_tags() {
            assert!(known.contains(&tag.name.as_str()), "{name}: {tag:?}");
            let url_attribute = match tag.name.as_str() {
                "a" => "href",
                "form" => "action",
                "link" if tag.get("rel") == Some("icon") => "href",
                "img" => "src",
                _ => "none",
            };
            let is_loaded = ["link", "img"].contains(&tag.name.as_str());
            let url = tag.get(url_attribute).unwrap_or_default();
            assert!(
                !is_loaded || url.starts_with("https://auth.example.com/tenant/"),
                "{name}: {tag:?}"
            );
            assert!(
                tag.name != "img" || tag.get("alt") == Some(""),
                "{name}: {tag:?}"
            );
            for attribute in tag.attributes.keys() {
                let is_script = attribute.starts_with("on") || attribute == "style";
                let is_link = ["href", "action", "src", "formaction", "http-equiv"]
                    .contains(&attribute.as_str());
                assert!(
                    !is_script && (!is_link || attribute == url_attribute),
                    "{name}: {tag:?}"
                );
            }
        }
    }

    /// Asserts what screen readers, keyboards and small screens need.
    pub(super) fn assert_accessible(&self, name: &str, locale: Locale) {
        let has = |tag: &str, attribute: &str, value: &str| {
            let tags = self.tags(tag);
            assert!(
                tags.iter().any(|tag| tag.get(attribute) == Some(value)),
                "{name} lacks {tag} {attribute}={value}"
            );
        };
        has("html", "lang", locale.tag());
        has("meta", "charset", "utf-8");
        has("meta", "content", "width=device-width, initial-scale=1");
        let (titles, headings) = (self.texts_of("title"), self.texts_of("h1"));
        assert_eq!((titles.len(), headings.len()), (1, 1), "{name}");
        assert!(!headings[0].trim().is_empty(), "{name}");
        assert_eq!(
            titles[0],
            format!("{} · auth.example.com", headings[0]),
            "{name}"
        );
        assert_eq!(self.tags("main").len(), 1, "{name}");

        let ids: Vec<_> = self.all_tags().filter_map(|tag| tag.get("id")).collect();
        for (at, id) in ids.iter().enumerate() {
            assert!(
                !ids[..at].contains(id),
                "{name}: two elements are called {id}"
            );
        }
        let labels = self.tags("label");
        for input in self.tags("input") {
            let is_labelled = |id| labels.iter().any(|label| label.get("for") == Some(id));
            let is_hidden = input.get("type") == Some("hidden") || input.get("hidden").is_some();
            assert!(
                is_hidden || input.get("id").is_some_and(is_labelled),
                "{name}: {input:?}"
            );
            // WCAG 2.2 §1.3.5: browsers and password managers fill in these fields.
            let filled = input.get("autocomplete").unwrap_or("off");
            let known = [
                "username",
                "username webauthn",
                "email",
                "name",
                "current-password",
                "new-password",
                "one-time-code",
                "photo",
            ];
            // No browser knows recovery codes and names of passkeys, and a deletion is confirmed by hand. An admin enters
            // the data of others.
            let unknown = [
                "second-factor-recovery",
                "account-passkey-name",
                "account-delete",
                "admin-",
            ];
            let is_unknown = unknown.iter().any(|it| name.starts_with(it));
            assert!(
                is_hidden || is_unknown || known.contains(&filled),
                "{name}: {input:?}"
            );
            let about = input.get("aria-describedby").unwrap_or_default();
            let mut about = about.split_whitespace();
            assert!(about.all(|about| ids.contains(&about)), "{name}: {input:?}");
        }
        for text in ["a", "button", "p", "li"]
            .iter()
            .flat_map(|tag| self.texts_of(tag))
        {
            assert!(!text.trim().is_empty(), "{name}");
        }
        let forms = self.tags("form");
        assert!(
            forms.iter().all(
                |form| form.get("method") == Some("post") || form.get("role") == Some("search")
            ),
            "{name}"
        );
        let buttons = self.tags("button").into_iter();
        let (others, submits): (Vec<_>, Vec<_>) =
            buttons.partition(|button| button.get("type") == Some("button"));
        assert!(submits.len() >= forms.len(), "{name}");
        // A button that needs a script is shown by the script.
        let waits = |button: &&Tag| button.get("hidden").is_some();
        assert!(others.iter().all(waits), "{name}: {others:?}");
        self.assert_focused(name);
    }

    /// Asserts that an error is shown at the faulty field, which has the focus, and nowhere else.
    fn assert_focused(&self, name: &str) {
        let alerts: Vec<_> = self
            .all_tags()
            .filter(|tag| tag.get("role") == Some("alert"))
            .collect();
        let faulty: Vec<_> = self
            .all_tags()
            .filter(|tag| tag.get("aria-invalid").is_some())
            .collect();
        let focused: Vec<_> = self
            .all_tags()
            .filter(|tag| tag.get("autofocus").is_some())
            .collect();
        assert!(alerts.len() <= 1, "{name}");
        assert_eq!(faulty, focused, "{name}");
        assert_eq!(faulty.len(), alerts.len(), "{name}");
        for (alert, faulty) in alerts.iter().zip(faulty) {
            let about = faulty.get("aria-describedby").unwrap().split_whitespace();
            assert!(
                about
                    .into_iter()
                    .any(|about| alert.get("id") == Some(about)),
                "{name}"
            );
        }
    }
}
