//! Writes messages out.

use std::path::Path;

use super::{
    Message, RenderedMail,
    template_context::{TemplateContext, one_line},
    templates::{MailPart, MailTemplates},
};
use crate::{
    config::{ConfigError, ConfigErrors},
    locale::{Locale, Translations},
};

/// A cheap handle on what makes letters of messages.
#[derive(Debug, Clone)]
pub struct MailRenderer {
    translations: Translations,
    templates: MailTemplates,
}

impl MailRenderer {
    /// One that writes as the program itself does.
    pub fn built_in(translations: Translations) -> Self {
        Self {
            translations,
            templates: MailTemplates::built_in(),
        }
    }

    /// One that writes with the templates of that folder, the setting `mail.templates`.
    ///
    /// # Errors
    /// A file that is no template, or that fails with any sample of a mail in any language.
    pub fn new(translations: Translations, folder: Option<&Path>) -> Result<Self, ConfigErrors> {
        let Some(folder) = folder else {
            return Ok(Self::built_in(translations));
        };
        let samples = Locale::ALL.into_iter().flat_map(Message::samples);
        let samples: Vec<_> = samples
            .map(|message| TemplateContext::new(&message, &translations.of(message.locale)))
            .collect();
        let fault = |problem| ConfigError {
            setting: "mail.templates".to_owned(),
            origin: folder.display().to_string(),
            problem,
        };
        let templates = MailTemplates::of_folder(folder, &samples)
            .map_err(|problems| ConfigErrors(problems.into_iter().map(fault).collect()))?;
        Ok(Self {
            translations,
            templates,
        })
    }

    /// Writes a message out.
    pub fn render(&self, message: &Message) -> RenderedMail {
        let mut words = TemplateContext::new(message, &self.translations.of(message.locale));
        words.subject = one_line(&self.templates.render(MailPart::Subject, &words));
        RenderedMail {
            to: message.to.clone(),
            locale: message.locale,
            text: self.templates.render(MailPart::Text, &words),
            html: self.templates.render(MailPart::Html, &words),
            subject: words.subject,
        }
    }
}

#[cfg(test)]
mod tests;
