//! The templates of the two parts of a mail. Each part has an environment of its own: what is shown
//! in HTML is always escaped, whatever a template asks for, and what is text never is.

use std::{fmt, sync::Arc};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, HtmlEscape, Output, State, UndefinedBehavior, Value,
    syntax::SyntaxConfig, value::Serde,
};

use super::words::Words;

/// What a mail consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Text,
    Html,
}

impl Part {
    /// The name and the source of what every mail looks like.
    const fn layout(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("layout.txt", include_str!("templates/layout.txt")),
            Self::Html => ("layout.html", include_str!("templates/layout.html")),
        }
    }
}

/// A cheap handle on the templates of both parts.
#[derive(Clone)]
pub(super) struct Templates(Arc<Environments>);

struct Environments {
    text: Environment<'static>,
    html: Environment<'static>,
}

impl Templates {
    /// What the program itself has.
    pub(super) fn built_in() -> Self {
        Self(Arc::new(Environments {
            text: environment(Part::Text),
            html: environment(Part::Html),
        }))
    }

    /// One part of a mail.
    pub(super) fn render(&self, part: Part, words: &Words) -> String {
        let environment = match part {
            Part::Text => &self.0.text,
            Part::Html => &self.0.html,
        };
        // Tests see to it that what is built in shows whatever mail there is.
        environment
            .get_template(part.layout().0)
            .and_then(|template| template.render(Serde(words)))
            .unwrap_or_default()
    }
}

fn environment(part: Part) -> Environment<'static> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    environment.set_syntax(syntax.unwrap_or_default());
    // A name that is not there is a mistake; one that this mail has nothing for can be asked about.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    match part {
        Part::Text => {
            environment.set_auto_escape_callback(|_| AutoEscape::None);
            environment.set_formatter(|out, _, value| {
                there(value)?;
                Ok(write!(out, "{value}")?)
            });
        }
        Part::Html => {
            environment.set_auto_escape_callback(|_| AutoEscape::Html);
            environment.set_formatter(escaped);
            // Nothing of ours is markup.
            environment.remove_filter("safe");
        }
    }
    let (name, source) = part.layout();
    let _ = environment.add_template(name, source);
    environment
}

/// Escapes whatever has not been, even where a template would rather not.
fn escaped(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    there(value)?;
    let text = value.to_string();
    if value.is_safe() {
        return Ok(out.write_str(&text)?);
    }
    // Links stay as they are where they may: not everybody who looks for one reads HTML.
    let text = HtmlEscape(&text).to_string().replace("&#x2f;", "/");
    Ok(out.write_str(&text)?)
}

fn there(value: &Value) -> Result<(), Error> {
    if value.is_none() {
        let detail = "this mail has no such thing: ask whether it is there";
        return Err(Error::new(ErrorKind::UndefinedError, detail));
    }
    Ok(())
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}
