//! Envelopes: the sender, the recipient and the encoded content of a mail (RFC 5322, RFC 2046 §5.1.4).

use std::time::SystemTime;

use lettre::{
    Address, Message,
    address::AddressError,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

use super::RenderedMail;
use crate::{
    clock::Clock,
    config::Sender,
    entropy::{self, Entropy},
    identity::EmailAddress,
};

/// The mail cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub(super) enum EnvelopeError {
    /// The operating system provides no random bytes for the identifiers.
    #[error(transparent)]
    Entropy(#[from] entropy::EntropyError),
    /// The mail library rejects an email.
    #[error("the mail library rejects an email")]
    Address(#[from] AddressError),
    /// The headers do not form a valid message.
    #[error("the message has no valid headers")]
    Headers(#[from] lettre::error::Error),
}

/// Builds envelopes: it holds the sender, the clock for `Date` and the entropy for `Message-ID`.
#[derive(Debug, Clone)]
pub(super) struct EnvelopeBuilder {
    from: Mailbox,
    clock: Clock,
    entropy: Entropy,
}

/// A mail as it is sent to the server.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) from: Address,
    pub(super) to: Address,
    /// The encoded message. It is the same in all attempts, `Message-ID` included, so that a recipient can
    /// detect a duplicate.
    pub(super) content: Vec<u8>,
}

impl EnvelopeBuilder {
    /// Returns a builder for mails from that sender.
    ///
    /// # Errors
    /// The mail library rejects the sender's email.
    pub(super) fn new(from: &Sender, clock: Clock, entropy: Entropy) -> Result<Self, AddressError> {
        Ok(Self {
            from: Mailbox::new(from.name.clone(), address(&from.address)?),
            clock,
            entropy,
        })
    }

    /// Returns the envelope of a mail to one recipient, with a text part and an HTML part.
    pub(super) fn envelope(&self, mail: &RenderedMail) -> Result<Envelope, EnvelopeError> {
        let to = address(&mail.to)?;
        let id = self.entropy.identifier()?;
        let parts = MultiPart::alternative()
            .boundary(self.entropy.identifier()?)
            .singlepart(SinglePart::plain(mail.text.clone()))
            .singlepart(SinglePart::html(mail.html.clone()));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(&mail.subject)
            .date(SystemTime::from(self.clock.now()))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(header("Content-Language", mail.locale.tag()))
            // Prevents automatic replies (RFC 3834 §5).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .multipart(parts)?;
        Ok(Envelope {
            from: self.from.email.clone(),
            to,
            content: message.formatted(),
        })
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn address(email: &EmailAddress) -> Result<Address, AddressError> {
    email.as_str().parse()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::locale::Locale;

    fn builder(name: Option<&str>) -> EnvelopeBuilder {
        let from = Sender {
            name: name.map(str::to_owned),
            address: EmailAddress::parse("no-reply@example.com").unwrap(),
        };
        let clock = Clock::from_fn(|| Utc.with_ymd_and_hms(2026, 1, 2, 3, 4, 5).unwrap());
        let entropy = Entropy::from_fn(|buffer| {
            buffer.fill(7);
            Ok(())
        });
        EnvelopeBuilder::new(&from, clock, entropy).unwrap()
    }

    fn mail(to: &str, subject: &str, text: &str) -> RenderedMail {
        RenderedMail {
            to: EmailAddress::parse(to).unwrap(),
            locale: Locale::German,
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: format!("<p>{text}</p>"),
        }
    }

    #[test]
    fn envelope_has_sender_recipient_and_date() {
        let mail = mail(
            "ada@example.com",
            "Adresse bestätigen",
            "Viele freundliche Grüße\n.\nSignet",
        );
        let envelope = builder(Some("Signet, Inc.")).envelope(&mail).unwrap();
        let text = String::from_utf8(envelope.content).unwrap();
        let id = "BwcHBwcHBwcHBwcHBwcHBw";
        assert_eq!(
            text.replace("\r\n", "\n"),
            format!(
                "From: =?utf-8?b?U2lnbmV0LCBJbmMu?= <no-reply@example.com>\n\
                 To: ada@example.com\n\
                 Subject: Adresse =?utf-8?b?YmVzdMOkdGlnZW4=?=\n\
                 Date: Fri, 02 Jan 2026 03:04:05 +0000\n\
                 Message-ID: <{id}@example.com>\n\
                 Content-Language: de\n\
                 Auto-Submitted: auto-generated\n\
                 MIME-Version: 1.0\n\
                 Content-Type: multipart/alternative; boundary=\"{id}\"\n\n\
                 --{id}\n\
                 Content-Type: text/plain; charset=utf-8\n\
                 Content-Transfer-Encoding: quoted-printable\n\n\
                 Viele freundliche Gr=C3=BC=C3=9Fe\n.\nSignet\n\
                 --{id}\n\
                 Content-Type: text/html; charset=utf-8\n\
                 Content-Transfer-Encoding: quoted-printable\n\n\
                 <p>Viele freundliche Gr=C3=BC=C3=9Fe\n.\nSignet</p>\n\
                 --{id}--\n"
            )
        );
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    proptest! {
        /// The mail library accepts every email that Signet accepts, and does not change it.
        #[test]
        fn every_accepted_email_is_a_valid_recipient(
            local in "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}(\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}){0,3}",
            domain in "[a-z0-9]{1,10}(-[a-z0-9]{1,5}){0,2}(\\.[a-z]{2,10}){1,3}",
        ) {
            if let Ok(email) = EmailAddress::parse(&format!("{local}@{domain}")) {
                let parsed = address(&email).unwrap();
                let parsed: &str = parsed.as_ref();
                prop_assert_eq!(parsed, email.as_str());
            }
        }

        /// A subject with line breaks or other unusual characters adds no header.
        #[test]
        fn subject_is_one_header(subject in "\\PC{0,60}|[ -~\r\n]{0,80}") {
            let mail = mail("ada@example.com", &subject, "text");
            let envelope = builder(None).envelope(&mail).unwrap();
            let text = String::from_utf8(envelope.content).unwrap();
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            let headers: Vec<_> = head.split("\r\n").filter(|line| !line.starts_with(' ')).collect();
            prop_assert_eq!(headers.len(), 9, "{}", head);
            prop_assert!(text.is_ascii());
        }
    }
}
