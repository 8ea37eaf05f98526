//! Renders messages in the user's language.

use std::path::Path;

use super::{
    Message, RenderedMail,
    template_context::{TemplateContext, one_line},
    templates::{MailPart, MailTemplates},
};
use crate::{
    branding::DisplayName,
    config::ConfigErrors,
    locale::{Locale, Translations},
};

/// Renders messages with translations and templates. A clone is cheap.
#[derive(Debug, Clone)]
pub struct MailRenderer {
    translations: Translations,
    templates: MailTemplates,
    service_name: Option<String>,
}

impl MailRenderer {
    /// Returns a renderer with the built-in templates.
    pub fn built_in(translations: Translations) -> Self {
        Self {
            translations,
            templates: MailTemplates::built_in(),
            service_name: None,
        }
    }

    /// Sets the name of the service. Without it, mails name the host of their link.
    #[must_use]
    pub fn with_service_name(self, name: Option<&DisplayName>) -> Self {
        Self {
            service_name: name.map(ToString::to_string),
            ..self
        }
    }

    /// Returns a renderer with the templates of a folder (the setting `mail.templates`), or with the
    /// built-in templates if there is no folder.
    ///
    /// # Errors
    /// A file is not a valid template, or a sample of a mail cannot be rendered in one of the languages.
    pub fn new(translations: Translations, folder: Option<&Path>) -> Result<Self, ConfigErrors> {
        let Some(folder) = folder else {
            return Ok(Self::built_in(translations));
        };
        let samples = Locale::ALL.into_iter().flat_map(Message::samples);
        let samples: Vec<_> = samples
            .map(|message| TemplateContext::new(&message, &translations.of(message.locale), None))
            .collect();
        let templates = MailTemplates::of_folder(folder, &samples)
            .map_err(|problems| ConfigErrors::of_folder("mail.templates", folder, problems))?;
        Ok(Self {
            translations,
            templates,
            service_name: None,
        })
    }

    /// Renders a message: subject, text part and HTML part.
    pub fn render(&self, message: &Message) -> RenderedMail {
        let localizer = self.translations.of(message.locale);
        let mut context = TemplateContext::new(message, &localizer, self.service_name.as_deref());
        context.subject = one_line(&self.templates.render(MailPart::Subject, &context));
        RenderedMail {
            to: message.to.clone(),
            locale: message.locale,
            text: self.templates.render(MailPart::Text, &context),
            html: self.templates.render(MailPart::Html, &context),
            subject: context.subject,
        }
    }
}

#[cfg(test)]
mod tests;
