//! Templates of pages and mails: one engine, and one loader for the folders of files that replace the
//! built-in templates (`pages.templates`, `mail.templates`).
//!
//! A set of templates has one [`Dialect`]. In HTML every value is escaped, also in files of the
//! operator: there is no filter that creates or changes markup, and `{% autoescape false %}` has no effect.

mod context;
mod error;
mod folder;
mod output;
mod page_templates;

use std::{borrow::Cow, fmt, sync::Arc};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
    syntax::SyntaxConfig,
};

pub use self::{
    context::Context,
    error::TemplateError,
    folder::{TemplateFile, read_folder},
    output::escape_html,
    page_templates::{PageBrand, PageTemplates, normalize_newlines},
};

/// The prefix by which a template names a built-in template, also where a file replaces that.
pub const BUILT_IN: &str = "built-in/";

/// The output format of a set of templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// HTML of a page. White space around blocks is kept.
    Page,
    /// HTML of a mail. Lines of blocks leave nothing behind.
    MailHtml,
    /// Plain text. Nothing is escaped, and lines of blocks leave nothing behind.
    Text,
}

/// The filters that HTML templates lack: they return a part of a markup text, or a changed one, as markup, and could turn
/// escaped values into tags. `reverse` makes `<VALUE>idb<` of `<bdi>…</bdi>`. The tests hold the list of the others.
const REMOVED_FILTERS: [&str; 9] = [
    "format", "last", "lines", "list", "replace", "reverse", "safe", "split", "tojson",
];

impl Dialect {
    fn environment(self) -> Environment<'static> {
        let mut environment = Environment::new();
        let trims = self != Self::Page;
        let syntax = SyntaxConfig::builder()
            .trim_blocks(trims)
            .lstrip_blocks(trims)
            .keep_trailing_newline(trims)
            .build();
        environment.set_syntax(syntax.unwrap_or_default());
        // An unknown name is an error. A value that is `None` can be tested with `{% if %}`.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_path_join_callback(|name, parent| {
            if parent.starts_with(BUILT_IN) && !name.starts_with(BUILT_IN) {
                Cow::Owned(format!("{BUILT_IN}{name}"))
            } else {
                Cow::Borrowed(name)
            }
        });
        if self == Self::Text {
            environment.set_auto_escape_callback(|_| AutoEscape::None);
        } else {
            environment.set_auto_escape_callback(|_| AutoEscape::Html);
            for filter in REMOVED_FILTERS {
                environment.remove_filter(filter);
            }
        }
        match self {
            Self::Page => environment.set_formatter(write_page),
            Self::MailHtml => environment.set_formatter(write_mail_html),
            Self::Text => environment.set_formatter(write_text),
        }
        environment
    }
}

/// A set of parsed templates. Cheap to clone.
#[derive(Clone)]
pub struct Templates(Arc<Environment<'static>>);

impl Templates {
    /// Parses `sources`, pairs of a name and a text. A later source replaces an earlier one of the same name.
    ///
    /// # Errors
    /// The syntax errors of all sources.
    pub fn new<N, S>(
        dialect: Dialect,
        sources: impl IntoIterator<Item = (N, S)>,
    ) -> (Self, Vec<TemplateError>)
    where
        N: Into<Cow<'static, str>>,
        S: Into<Cow<'static, str>>,
    {
        let mut environment = dialect.environment();
        let mut errors = Vec::new();
        for (name, source) in sources {
            let name = name.into();
            let added = environment.add_template_owned(name.clone(), source);
            errors.extend(added.err().map(|error| TemplateError::new(&name, &error)));
        }
        (Self(Arc::new(environment)), errors)
    }

    /// Returns whether a template has this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.get_template(name).is_ok()
    }

    /// Renders a template.
    ///
    /// # Errors
    /// The template does not exist or fails, or its output is longer than 2 MiB.
    pub fn render(&self, name: &str, context: &Context) -> Result<String, TemplateError> {
        let template = self.0.get_template(name);
        let template = template.map_err(|error| TemplateError::new(name, &error))?;
        output::bounded(&template, context.value())
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}

fn write_text(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    Ok(write!(out, "{}", present(value)?)?)
}

fn write_page(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    write_escaped(out, present(value)?, escape_html)
}

fn write_mail_html(
    out: &mut Output<'_>,
    _: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    write_escaped(out, present(value)?, output::escape_mail_html)
}

/// Writes a value, escaped unless it is markup of Signet.
fn write_escaped(
    out: &mut Output<'_>,
    value: &Value,
    escape: fn(&str) -> String,
) -> Result<(), Error> {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string().into(), Cow::Borrowed);
    if value.is_safe() {
        return Ok(out.write_str(&text)?);
    }
    Ok(out.write_str(&escape(&text))?)
}

fn present(value: &Value) -> Result<&Value, Error> {
    if value.is_none() {
        let detail = "this value is not always set: check it with {% if %}";
        return Err(Error::new(ErrorKind::UndefinedError, detail));
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
