//! The sentences of a mail, and what a template has of it besides.

use serde::Serialize;
use url::Url;

use super::message::{MailFacts, Message};
use crate::locale::{Localizer, TextArgument};

/// What a template can show. Every text but the link is one line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct TemplateContext {
    /// The mail's name.
    pub(super) mail: &'static str,
    /// The language's tag.
    pub(super) lang: &'static str,
    pub(super) to: String,
    /// Whose link or page it is.
    pub(super) host: String,
    pub(super) subject: String,
    /// The first words that an inbox shows beside the subject. HTML only.
    pub(super) preheader: String,
    /// What it is about.
    pub(super) text: String,
    pub(super) link: String,
    /// What following the link is called.
    pub(super) button: String,
    /// Whether the link is what the mail is sent for, and not just a page to look at.
    pub(super) is_link: bool,
    /// What there is to know besides, and what to do if it was somebody else.
    pub(super) note: String,
    /// What to do where buttons do not work.
    pub(super) copy: String,
    /// Who sent this to whom.
    pub(super) footer: String,
    pub(super) good_for: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) address: Option<String>,
    /// The names of the providers whose accounts were removed, in one line.
    pub(super) removed: Option<String>,
}

impl TemplateContext {
    pub(super) fn new(message: &Message, localizer: &Localizer) -> Self {
        let MailFacts {
            mail,
            link,
            good_for,
            provider,
            address,
            removed,
        } = message.kind.facts();
        let to = message.to.as_str().to_owned();
        let host = one_line(&host(link));
        let good_for = good_for.map(|duration| localizer.duration(duration));
        let provider = provider.map(one_line);
        let address = address.map(|it| it.as_str().to_owned());

        let names: Vec<_> = removed.iter().map(|name| one_line(name)).collect();
        let separator = localizer.text("mail-list-separator");
        let removed = (!names.is_empty()).then(|| names.join(&separator));

        let always = [("to", Some(&to)), ("host", Some(&host))];
        let sometimes = [
            ("time", good_for.as_ref()),
            ("provider", provider.as_ref()),
            ("address", address.as_ref()),
            ("removed", removed.as_ref()),
        ];
        let args = || {
            let args = always.into_iter().chain(sometimes);
            args.filter_map(|(name, value)| Some((name, TextArgument::from(value?.as_str()))))
        };
        let say = |key: &str| one_line(&localizer.text_with(key, args()));
        let say_of = |what: &str| say(&format!("{mail}-{what}"));
        let is_link = good_for.is_some();
        Self {
            mail,
            lang: localizer.locale().tag(),
            subject: say_of("subject"),
            preheader: say_of("preheader"),
            text: say_of(if removed.is_some() {
                "text-removed"
            } else {
                "text"
            }),
            note: say_of("note"),
            button: if localizer.has_text(&format!("{mail}-button")) {
                say_of("button")
            } else {
                say("mail-page-button")
            },
            copy: say("mail-copy"),
            footer: say("mail-footer"),
            // A URL has no control characters; what is none begins no line.
            link: link.replace(char::is_control, ""),
            is_link,
            to,
            host,
            good_for,
            provider,
            address,
            removed,
        }
    }
}

impl TemplateContext {
    /// Whether a part shows what the mail is sent for.
    pub(super) fn is_shown_by(&self, part: &str) -> bool {
        !self.is_link || part.contains(&self.link)
    }
}

/// What a person knows a link by.
fn host(link: &str) -> String {
    let url = Url::parse(link).ok();
    let host = url.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| link.to_owned())
}

/// A text without breaks: a subject with one would be two headers.
pub(super) fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let plain: String = text
        .chars()
        .map(|c| if is_break(c) { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
