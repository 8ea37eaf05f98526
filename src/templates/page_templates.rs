//! The templates of the hosted pages, and their style sheet.

use std::{borrow::Cow, sync::Arc};

use super::{BUILT_IN, Context, TemplateError, Templates};

/// Replaces each CR LF and CR by LF, as browsers do before they hash an inline text (HTML §13.2.3.5).
pub fn normalize_newlines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The templates of the hosted pages, and the style sheet that is part of each page.
#[derive(Debug, Clone)]
pub struct PageTemplates {
    templates: Templates,
    style: Arc<str>,
}

impl PageTemplates {
    /// `templates` contains each template by its name. If there are files of an operator, it also contains each
    /// built-in template by its name after [`BUILT_IN`].
    pub fn new(templates: Templates, style: &str) -> Self {
        Self {
            templates,
            style: normalize_newlines(style).into(),
        }
    }

    /// The style sheet.
    pub fn style(&self) -> &str {
        &self.style
    }

    /// Renders a page.
    ///
    /// # Errors
    /// The template fails.
    pub fn try_render(&self, name: &str, context: &Context) -> Result<String, TemplateError> {
        self.templates.render(name, context)
    }

    /// Renders a page. If a file of the operator fails, the error is logged and the built-in template is used.
    ///
    /// # Errors
    /// The built-in template fails.
    pub fn render(&self, name: &str, context: &Context) -> Result<String, TemplateError> {
        let built_in = format!("{BUILT_IN}{name}");
        self.try_render(name, context).or_else(|error| {
            if !self.templates.has(&built_in) {
                return Err(error);
            }
            let TemplateError { template, line, .. } = &error;
            tracing::error!(
                template,
                line,
                "a page template failed: the built-in template was used"
            );
            self.templates.render(&built_in, context)
        })
    }
}
