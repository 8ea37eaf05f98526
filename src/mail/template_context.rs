//! The variables of the mail templates: the sentences of a mail in the user's language and its facts.

use serde::Serialize;
use url::Url;

use super::message::{MailFacts, Message};
use crate::locale::{Localizer, TextArgument};

/// The variables of a mail template. Every value but the link is a single line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct TemplateContext {
    /// The name of the mail, such as `log-in`.
    pub(super) mail: &'static str,
    /// The language tag.
    pub(super) lang: &'static str,
    /// The recipient's email.
    pub(super) to: String,
    /// The name of the service, or the host of the link.
    pub(super) host: String,
    pub(super) subject: String,
    /// The preview that an inbox shows beside the subject. HTML only.
    pub(super) preheader: String,
    /// The main text.
    pub(super) text: String,
    /// The link that acts, or the page to visit.
    pub(super) link: String,
    /// The label of the link's button.
    pub(super) button: String,
    /// True if the mail is sent for its link, false if the link is only a page to visit.
    pub(super) is_link: bool,
    /// Further advice, and the steps to take if another person caused the mail.
    pub(super) note: String,
    /// The advice for readers whose buttons do not work.
    pub(super) copy: String,
    /// The sentence that names sender and recipient.
    pub(super) footer: String,
    /// The lifetime of the link, in words.
    pub(super) good_for: Option<String>,
    /// The provider's name.
    pub(super) provider: Option<String>,
    /// An email other than the recipient's.
    pub(super) address: Option<String>,
    /// The names of the providers whose accounts were unlinked, in one line.
    pub(super) removed: Option<String>,
    /// The number of recovery codes that remain.
    pub(super) count: Option<String>,
    /// The code that can be entered in place of the link.
    pub(super) code: Option<String>,
    /// The sentence before the code.
    pub(super) code_label: Option<String>,
}

impl TemplateContext {
    /// Returns the variables of a message in the localizer's language. A service without a name is called by the
    /// host of the link.
    pub(super) fn new(
        message: &Message,
        localizer: &Localizer,
        service_name: Option<&str>,
    ) -> Self {
        let MailFacts {
            mail,
            link,
            lifetime,
            provider,
            address,
            removed,
            count,
            code,
            removes_passkeys,
        } = message.kind.facts();
        let to = message.to.as_str().to_owned();
        let host = service_name.map_or_else(|| host(link), str::to_owned);
        let host = one_line(&host);
        let good_for = lifetime.map(|duration| localizer.duration(duration));
        let provider = provider.map(one_line);
        let count = count.map(one_line);
        let address = address.map(|email| email.as_str().to_owned());

        let passkeys = removes_passkeys.then(|| localizer.text("mail-passkeys"));
        let names = removed.iter().map(|name| one_line(name)).chain(passkeys);
        let names: Vec<_> = names.collect();
        let separator = localizer.text("mail-list-separator");
        let removed = (!names.is_empty()).then(|| names.join(&separator));

        let required = [("to", Some(&to)), ("host", Some(&host))];
        let optional = [
            ("time", good_for.as_ref()),
            ("provider", provider.as_ref()),
            ("address", address.as_ref()),
            ("removed", removed.as_ref()),
            ("count", count.as_ref()),
        ];
        let args = || {
            let args = required.into_iter().chain(optional);
            args.filter_map(|(name, value)| Some((name, TextArgument::from(value?.as_str()))))
        };
        let text = |key: &str| one_line(&localizer.text_with(key, args()));
        let mail_text = |part: &str| text(&format!("{mail}-{part}"));
        let is_link = good_for.is_some();
        let code_label = code.map(|_| text("mail-code-label"));
        Self {
            mail,
            lang: localizer.locale().tag(),
            subject: mail_text("subject"),
            preheader: mail_text("preheader"),
            text: mail_text(if removed.is_some() {
                "text-removed"
            } else {
                "text"
            }),
            note: mail_text(if code.is_some() { "note-code" } else { "note" }),
            button: if localizer.has_text(&format!("{mail}-button")) {
                mail_text("button")
            } else {
                text("mail-page-button")
            },
            copy: text("mail-copy"),
            footer: text("mail-footer"),
            // A URL has no control characters; removing them keeps any other link on one line.
            link: link.replace(char::is_control, ""),
            is_link,
            to,
            host,
            good_for,
            provider,
            address,
            removed,
            count,
            code: code.map(one_line),
            code_label,
        }
    }
}

impl TemplateContext {
    /// Returns whether a rendered part contains the link, if the mail is sent for its link.
    pub(super) fn is_shown_by(&self, part: &str) -> bool {
        !self.is_link || part.contains(&self.link)
    }
}

/// Returns the host of a link, or the whole link if the link is not a URL.
fn host(link: &str) -> String {
    let url = Url::parse(link).ok();
    let host = url.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| link.to_owned())
}

/// Returns a text without line breaks: a subject with a line break would be two headers.
pub(super) fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let plain: String = text
        .chars()
        .map(|c| if is_break(c) { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
