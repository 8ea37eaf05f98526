//! Writes messages out.

use super::{
    Letter, Message,
    templates::{Part, Templates},
    words::Words,
};
use crate::locale::Voices;

/// A cheap handle on what makes letters of messages.
#[derive(Debug, Clone)]
pub struct Writer {
    voices: Voices,
    templates: Templates,
}

impl Writer {
    /// One that writes as the program itself does.
    pub fn built_in(voices: Voices) -> Self {
        Self {
            voices,
            templates: Templates::built_in(),
        }
    }

    /// Writes a message out.
    pub fn write(&self, message: &Message) -> Letter {
        let words = Words::of(message, &self.voices.of(message.locale));
        Letter {
            to: message.to.clone(),
            locale: message.locale,
            text: self.templates.render(Part::Text, &words),
            html: self.templates.render(Part::Html, &words),
            subject: words.subject,
        }
    }
}

#[cfg(test)]
mod tests;
