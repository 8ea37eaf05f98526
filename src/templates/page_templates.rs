//! The templates of the hosted pages, their style sheet and their brand.

use std::{borrow::Cow, sync::Arc};

use url::Url;

use super::{BUILT_IN, Context, TemplateError, Templates};

/// Replaces each CR LF and CR by LF, as browsers do before they hash an inline text (HTML §13.2.3.5).
pub fn normalize_newlines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The brand that is part of each page.
#[derive(Debug, Clone, Default)]
pub struct PageBrand {
    /// The name of the service, or `None` if it is known by its host.
    pub name: Option<String>,
    /// Set if the service has a logo.
    pub has_logo: bool,
    /// The privacy policy.
    pub privacy_url: Option<Url>,
    /// The terms of service.
    pub terms_url: Option<Url>,
}

/// The templates of the hosted pages, and the style sheet and the brand that are part of each page.
#[derive(Debug, Clone)]
pub struct PageTemplates {
    templates: Templates,
    style: Arc<str>,
    brand: Arc<PageBrand>,
}

impl PageTemplates {
    /// `templates` contains each template by its name. If there are files of an operator, it also contains each
    /// built-in template by its name after [`BUILT_IN`].
    pub fn new(templates: Templates, style: &str) -> Self {
        Self {
            templates,
            style: normalize_newlines(style).into(),
            brand: Arc::default(),
        }
    }

    /// Sets the brand.
    #[must_use]
    pub fn with_brand(self, brand: PageBrand) -> Self {
        Self {
            brand: Arc::new(brand),
            ..self
        }
    }

    /// The brand.
    pub fn brand(&self) -> &PageBrand {
        &self.brand
    }

    /// The name of the service, which is `host` if it has no other.
    pub fn name<'a>(&'a self, host: &'a str) -> &'a str {
        self.brand.name.as_deref().unwrap_or(host)
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
