//! The templates of a mail's parts. Each part has an environment of its own: what is shown in HTML
//! is always escaped, whatever a template asks for, and what is text never is.

mod folder;

use std::{fmt, path::Path, sync::Arc};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, HtmlEscape, Output, State, UndefinedBehavior, Value,
    syntax::SyntaxConfig, value::Serde,
};

use self::folder::TemplateFile;
use super::template_context::{TemplateContext, one_line};

/// What a mail consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailPart {
    Subject,
    Text,
    Html,
}

impl MailPart {
    /// How the names of its templates end.
    const fn extension(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Text => "txt",
            Self::Html => "html",
        }
    }

    /// What every mail looks like.
    const fn built_in(self) -> &'static str {
        match self {
            Self::Subject => "{{ subject }}",
            Self::Text => include_str!("templates/layout.txt"),
            Self::Html => include_str!("templates/layout.html"),
        }
    }
}

/// What a template is called that shows every mail: the one that a file may replace, and ours.
const LAYOUT: &str = "layout";
const BUILT_IN: &str = "built-in";

/// A cheap handle on the templates of all parts.
#[derive(Clone)]
pub(super) struct MailTemplates(Arc<Environments>);

struct Environments {
    subject: Environment<'static>,
    text: Environment<'static>,
    html: Environment<'static>,
}

impl MailTemplates {
    /// What the program itself has.
    pub(super) fn built_in() -> Self {
        Self::with(&[], &mut Vec::new())
    }

    /// What is in that folder, and what the program itself has where nothing is. Each file is tried
    /// with every sample that it is for.
    pub(super) fn of_folder(
        folder: &Path,
        samples: &[TemplateContext],
    ) -> Result<Self, Vec<String>> {
        let (files, mut problems) = folder::read(folder, samples);
        let templates = Self::with(&files, &mut problems);
        if problems.is_empty() {
            let tried = files
                .iter()
                .filter_map(|file| templates.flaw(file, samples));
            problems.extend(tried);
        }
        if problems.is_empty() {
            Ok(templates)
        } else {
            Err(problems)
        }
    }

    fn with(files: &[TemplateFile], problems: &mut Vec<String>) -> Self {
        let mut environment = |part| environment(part, files, problems);
        Self(Arc::new(Environments {
            subject: environment(MailPart::Subject),
            text: environment(MailPart::Text),
            html: environment(MailPart::Html),
        }))
    }

    /// What is wrong with what a file makes of the mails it is for.
    fn flaw(&self, file: &TemplateFile, samples: &[TemplateContext]) -> Option<String> {
        let TemplateFile { name, part, .. } = file;
        let mut flaws = samples
            .iter()
            .filter(|words| file.is_for(words))
            .filter_map(|words| {
                let flaw = match self.rendered(*part, name, words) {
                    Err(error) => told(name, &error),
                    Ok(text) if *part == MailPart::Subject && one_line(&text).is_empty() => {
                        format!("{name}: is empty")
                    }
                    Ok(text) if *part != MailPart::Subject && !words.is_shown_by(&text) => {
                        format!("{name}: does not show the whole link")
                    }
                    Ok(_) => return None,
                };
                Some(format!("{flaw} ({}, {})", words.mail, words.lang))
            });
        flaws.next()
    }

    /// One part of a mail.
    pub(super) fn render(&self, part: MailPart, words: &TemplateContext) -> String {
        let (TemplateContext { mail, lang, .. }, extension) = (words, part.extension());
        let names = [
            format!("{mail}.{lang}.{extension}"),
            format!("{mail}.{extension}"),
            format!("{LAYOUT}.{extension}"),
        ];
        let of_part = self.of(part);
        let found = names.iter().find(|name| of_part.get_template(name).is_ok());
        let replaced = found.and_then(|name| {
            let rendered = self.rendered(part, name, words);
            let failed = |error: &Error| {
                let (template, line) = (error.name().unwrap_or(name), error.line());
                tracing::error!(
                    template,
                    line,
                    "an email template failed: the built-in template was used"
                );
            };
            rendered.inspect_err(failed).ok()
        });
        // Tests see to it that what is built in shows whatever mail there is.
        let ours = || self.rendered(part, &format!("{BUILT_IN}.{extension}"), words);
        replaced.or_else(|| ours().ok()).unwrap_or_default()
    }

    fn rendered(
        &self,
        part: MailPart,
        name: &str,
        words: &TemplateContext,
    ) -> Result<String, Error> {
        self.of(part).get_template(name)?.render(Serde(words))
    }

    fn of(&self, part: MailPart) -> &Environment<'static> {
        match part {
            MailPart::Subject => &self.0.subject,
            MailPart::Text => &self.0.text,
            MailPart::Html => &self.0.html,
        }
    }
}

fn environment(
    part: MailPart,
    files: &[TemplateFile],
    problems: &mut Vec<String>,
) -> Environment<'static> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    environment.set_syntax(syntax.unwrap_or_default());
    // A name that is not there is a mistake; one that this mail has nothing for can be asked about.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    if part == MailPart::Html {
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_formatter(escaped);
        // Nothing that we have to show is markup.
        environment.remove_filter("safe");
    } else {
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(plain);
    }
    let extension = part.extension();
    for ours in [LAYOUT, BUILT_IN] {
        let _ = environment.add_template_owned(format!("{ours}.{extension}"), part.built_in());
    }
    for file in files.iter().filter(|file| file.part == part) {
        let added = environment.add_template_owned(file.name.clone(), file.source.clone());
        problems.extend(added.err().map(|error| told(&file.name, &error)));
    }
    environment
}

fn plain(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    there(value)?;
    Ok(write!(out, "{value}")?)
}

/// Escapes whatever has not been, even where a template would rather not.
fn escaped(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    there(value)?;
    let text = value.to_string();
    if value.is_safe() {
        return Ok(out.write_str(&text)?);
    }
    // Slashes may stay: a link is looked for by some who read no HTML.
    let text = HtmlEscape(&text).to_string().replace("&#x2f;", "/");
    Ok(out.write_str(&text)?)
}

fn there(value: &Value) -> Result<(), Error> {
    if value.is_none() {
        let detail = "not every email has this value: check it with {% if %}";
        return Err(Error::new(ErrorKind::UndefinedError, detail));
    }
    Ok(())
}

/// What is wrong with a template, and where.
fn told(name: &str, error: &Error) -> String {
    let name = error.name().unwrap_or(name);
    let line = error.line().map(|line| format!(", line {line}"));
    let detail = error.detail().map(|detail| format!(": {detail}"));
    let [line, detail] = [line, detail].map(Option::unwrap_or_default);
    format!("{name}{line}: {}{detail}", error.kind())
}

impl fmt::Debug for MailTemplates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}
