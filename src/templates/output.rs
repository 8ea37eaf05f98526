//! The output of a template: bounded, and escaped for HTML.

use std::io;

use minijinja::{HtmlEscape, Template, Value};

use super::TemplateError;

/// The longest output. A page that relays a form of 64 KiB stays below 400 KiB.
const MAX_OUTPUT: usize = 2 * 1024 * 1024;

struct BoundedOutput(Vec<u8>);

impl io::Write for BoundedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Renders a template and stops as soon as its output is longer than [`MAX_OUTPUT`].
pub(super) fn bounded(template: &Template<'_, '_>, values: Value) -> Result<String, TemplateError> {
    let mut output = BoundedOutput(Vec::with_capacity(16 * 1024));
    match template.render_captured_to(values, &mut output) {
        Ok(_) => Ok(String::from_utf8_lossy(&output.0).into_owned()),
        Err(error) if error.kind() == minijinja::ErrorKind::WriteFailure => Err(TemplateError {
            template: template.name().to_owned(),
            line: None,
            problem: format!("the output is longer than {} MiB", MAX_OUTPUT >> 20),
        }),
        Err(error) => Err(TemplateError::new(template.name(), &error)),
    }
}

/// Escapes a text for HTML, as content and in quoted attributes.
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped += "&#34;",
            '&' => escaped += "&#38;",
            '\'' => escaped += "&#39;",
            '<' => escaped += "&#60;",
            '>' => escaped += "&#62;",
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes a text for the HTML part of a mail. Slashes stay, for programs that search mails for links
/// and do not parse HTML.
pub(super) fn escape_mail_html(text: &str) -> String {
    HtmlEscape(text).to_string().replace("&#x2f;", "/")
}
