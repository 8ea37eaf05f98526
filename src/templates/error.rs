//! The error of a template.

use std::error::Error;

/// A template cannot be parsed or rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{template}{}: {problem}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct TemplateError {
    /// The file or the built-in template that holds the error.
    pub template: String,
    /// The line of the error, if it has one.
    pub line: Option<usize>,
    /// The problem, in words for an operator.
    pub problem: String,
}

impl TemplateError {
    /// The error of the engine. `rendered` names the template if the engine does not.
    pub(super) fn new(rendered: &str, error: &minijinja::Error) -> Self {
        let error = innermost(error);
        let detail = error.detail().map(|detail| format!(": {detail}"));
        Self {
            template: error.name().unwrap_or(rendered).to_owned(),
            line: error.line(),
            problem: format!("{}{}", error.kind(), detail.unwrap_or_default()),
        }
    }
}

/// The error of the template in which the fault is: templates that include that one wrap its error.
fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let source = error.source();
    let inner = source.and_then(|source| source.downcast_ref());
    inner.map_or(error, innermost)
}
