//! Email templates: the built-in ones, and those that replace them from the folder `mail.templates`.

use std::path::Path;

use super::template_context::{TemplateContext, one_line};
use crate::{
    locale::Locale,
    templates::{Context, Dialect, TemplateError, TemplateFile, Templates, read_folder},
};

/// A part of an email, rendered from its own template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailPart {
    Subject,
    Text,
    Html,
}

impl MailPart {
    const ALL: [Self; 3] = [Self::Subject, Self::Text, Self::Html];

    /// Returns the file extension of templates for this part.
    const fn extension(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Text => "txt",
            Self::Html => "html",
        }
    }

    /// Returns the source of the built-in template, which serves every kind of email.
    const fn built_in(self) -> &'static str {
        match self {
            Self::Subject => "{{ subject }}",
            Self::Text => include_str!("templates/layout.txt"),
            Self::Html => include_str!("templates/layout.html"),
        }
    }

    const fn dialect(self) -> Dialect {
        match self {
            Self::Subject | Self::Text => Dialect::Text,
            Self::Html => Dialect::MailHtml,
        }
    }
}

/// The name of the template for emails without a more specific template. A file can replace it.
const LAYOUT: &str = "layout";
/// The name of the built-in template. It stays available if a file replaces [`LAYOUT`].
const BUILT_IN: &str = "built-in";

/// The emails that a template file applies to.
#[derive(Debug, Clone, Copy)]
struct MailTarget {
    part: MailPart,
    /// The kind of email, or `None` for every kind.
    mail: Option<&'static str>,
    /// The language, or `None` for every language.
    locale: Option<Locale>,
}

impl MailTarget {
    /// Parses a file name: `<mail>.<language>.<part>`, `<mail>.<part>` or `layout.<part>`.
    ///
    /// # Errors
    /// The name has another form, an unknown email or language, or another extension.
    fn parse(name: &str, samples: &[TemplateContext]) -> Result<Self, String> {
        let error = |reason: String| format!("{name:?} is not the name of a template{reason}");
        let words: Vec<_> = name.split('.').collect();
        let (first, language, extension) = match *words.as_slice() {
            [first, extension] => (first, None, extension),
            [first, language, extension] => (first, Some(language), extension),
            _ => return Err(error(String::new())),
        };
        let mut parts = MailPart::ALL.into_iter();
        let part = parts.find(|part| part.extension() == extension);
        let part = part.ok_or_else(|| error(": it must end in .subject, .txt or .html".into()))?;
        let mut mails = samples.iter().map(|sample| sample.mail);
        let mail = match first {
            LAYOUT => None,
            _ => Some(
                mails
                    .find(|mail| *mail == first)
                    .ok_or_else(|| error(format!(": no email is called {first:?}")))?,
            ),
        };
        let locale = language.map(|tag| {
            // Only the exact tag is accepted, so that each template has one name.
            let mut all = Locale::ALL.into_iter().filter(|_| mail.is_some());
            all.find(|locale| locale.tag() == tag).ok_or_else(|| {
                error(format!(
                    ": {tag:?} is not a language that this name can have"
                ))
            })
        });
        Ok(Self {
            part,
            mail,
            locale: locale.transpose()?,
        })
    }

    /// Returns whether the file applies to the email with these values.
    fn is_for(self, values: &TemplateContext) -> bool {
        self.mail.is_none_or(|mail| mail == values.mail)
            && self.locale.is_none_or(|locale| locale.tag() == values.lang)
    }
}

/// The templates for all parts of emails. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct MailTemplates {
    subject: Templates,
    text: Templates,
    html: Templates,
}

impl MailTemplates {
    /// Returns the built-in templates.
    pub(super) fn built_in() -> Self {
        Self::new(&[]).0
    }

    /// Reads the templates in `folder`. Built-in templates are used for everything else. Each file is rendered
    /// with every sample that it applies to.
    ///
    /// # Errors
    /// The problems of the files: unknown names, syntax errors, and templates that fail, render an empty
    /// subject or leave out the link.
    pub(super) fn of_folder(
        folder: &Path,
        samples: &[TemplateContext],
    ) -> Result<Self, Vec<String>> {
        let (files, mut problems) = read_folder(folder, |name| MailTarget::parse(name, samples));
        let (templates, errors) = Self::new(&files);
        problems.extend(errors.iter().map(TemplateError::to_string));
        if problems.is_empty() {
            let tried = files.iter();
            problems.extend(tried.filter_map(|file| templates.problem(file, samples)));
        }
        if problems.is_empty() {
            Ok(templates)
        } else {
            Err(problems)
        }
    }

    /// Compiles the built-in templates and `files`. Returns the templates that compile, and the errors of the
    /// others.
    fn new(files: &[TemplateFile<MailTarget>]) -> (Self, Vec<TemplateError>) {
        let mut errors = Vec::new();
        let mut of_part = |part: MailPart| {
            let built_in = [LAYOUT, BUILT_IN].map(|name| {
                let name = format!("{name}.{}", part.extension());
                (name, part.built_in().to_owned())
            });
            let files = files.iter().filter(|file| file.target.part == part);
            let files = files.map(|file| (file.name.clone(), file.source.clone()));
            let sources = built_in.into_iter().chain(files);
            let (templates, failed) = Templates::new(part.dialect(), sources);
            errors.extend(failed);
            templates
        };
        let templates = Self {
            subject: of_part(MailPart::Subject),
            text: of_part(MailPart::Text),
            html: of_part(MailPart::Html),
        };
        (templates, errors)
    }

    /// Renders a file with each sample that it applies to, and returns the first problem.
    fn problem(
        &self,
        file: &TemplateFile<MailTarget>,
        samples: &[TemplateContext],
    ) -> Option<String> {
        let TemplateFile { name, target, .. } = file;
        let mut problems = samples
            .iter()
            .filter(|values| target.is_for(values))
            .filter_map(|values| {
                let rendered = self.of(target.part).render(name, &Context::new(values));
                let problem = match (rendered, target.part) {
                    (Err(error), _) => error.to_string(),
                    (Ok(text), MailPart::Subject) if one_line(&text).is_empty() => {
                        format!("{name}: is empty")
                    }
                    (Ok(text), MailPart::Text | MailPart::Html) if !values.is_shown_by(&text) => {
                        format!("{name}: does not show the whole link")
                    }
                    _ => return None,
                };
                Some(format!("{problem} ({}, {})", values.mail, values.lang))
            });
        problems.next()
    }

    /// Renders a part of an email with the most specific template: the one for the email and language, the
    /// one for the email, or the layout. If that template fails, the function logs an error and uses the
    /// built-in template.
    pub(super) fn render(&self, part: MailPart, values: &TemplateContext) -> String {
        let (TemplateContext { mail, lang, .. }, extension) = (values, part.extension());
        let names = [
            format!("{mail}.{lang}.{extension}"),
            format!("{mail}.{extension}"),
            format!("{LAYOUT}.{extension}"),
        ];
        let (templates, context) = (self.of(part), Context::new(values));
        let found = names.iter().find(|name| templates.has(name));
        let rendered = found.and_then(|name| {
            let failed = |error: &TemplateError| {
                let TemplateError { template, line, .. } = error;
                tracing::error!(
                    template,
                    line,
                    "an email template failed: the built-in template was used"
                );
            };
            templates.render(name, &context).inspect_err(failed).ok()
        });
        // Tests ensure that the built-in template renders every mail.
        let built_in = || templates.render(&format!("{BUILT_IN}.{extension}"), &context);
        rendered.or_else(|| built_in().ok()).unwrap_or_default()
    }

    /// Returns the templates for a part.
    fn of(&self, part: MailPart) -> &Templates {
        match part {
            MailPart::Subject => &self.subject,
            MailPart::Text => &self.text,
            MailPart::Html => &self.html,
        }
    }
}
