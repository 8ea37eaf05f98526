//! Writes messages out.

use std::path::Path;

use super::{
    Letter, Message,
    templates::{Part, Templates},
    words::{Words, one_line},
};
use crate::{
    config::{Fault, Faults},
    locale::{Locale, Voices},
};

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

    /// One that writes with the templates of that folder, the setting `mail.templates`.
    ///
    /// # Errors
    /// A file that is no template, or that fails with any sample of a mail in any language.
    pub fn new(voices: Voices, folder: Option<&Path>) -> Result<Self, Faults> {
        let Some(folder) = folder else {
            return Ok(Self::built_in(voices));
        };
        let samples = Locale::ALL.into_iter().flat_map(Message::samples);
        let samples: Vec<_> = samples
            .map(|message| Words::of(&message, &voices.of(message.locale)))
            .collect();
        let fault = |problem| Fault {
            setting: "mail.templates".to_owned(),
            origin: folder.display().to_string(),
            problem,
        };
        let templates = Templates::of_folder(folder, &samples)
            .map_err(|problems| Faults(problems.into_iter().map(fault).collect()))?;
        Ok(Self { voices, templates })
    }

    /// Writes a message out.
    pub fn write(&self, message: &Message) -> Letter {
        let mut words = Words::of(message, &self.voices.of(message.locale));
        words.subject = one_line(&self.templates.render(Part::Subject, &words));
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
