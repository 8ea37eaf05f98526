//! The reference of settings as a configuration file in which every line is a comment.

use std::fmt::Write;

use crate::config::{Setting, SettingKind, setting_sections};

/// The width to which descriptions are wrapped.
const WIDTH: usize = 96;

const HEAD: &str = "\
## Every setting of Signet, each with its default or an example.
## Remove `#` before a setting and before the [table] above it.
";

/// Returns the file. Without the first `#` of each line it is valid TOML.
pub(super) fn reference() -> String {
    let mut text = HEAD.to_owned();
    for section in setting_sections() {
        text.push('\n');
        comment(&mut text, section.description);
        if !section.header.is_empty() {
            let _ = writeln!(text, "# {}", section.header);
        }
        for setting in section.settings {
            text.push('\n');
            comment(&mut text, setting.description);
            comment(&mut text, &facts(setting));
            let (key, example) = (setting.key(), setting.example_toml());
            let _ = writeln!(text, "# {key} = {example}");
        }
    }
    text
}

/// Returns the type, the default and the allowed values as one line.
fn facts(setting: &Setting) -> String {
    let mut facts = vec![format!("Type: {}", setting.kind.as_str())];
    if let Some(default) = setting.default_toml() {
        facts.push(format!("default: {default}"));
    }
    match setting.bounds {
        Some((least, most)) => facts.push(format!("from {least} to {most}")),
        None if setting.kind == SettingKind::Boolean => facts.push("true or false".to_owned()),
        None if !setting.allowed.is_empty() => {
            facts.push(format!("one of {}", setting.allowed.join(", ")));
        }
        None => {}
    }
    if setting.is_reloaded() {
        facts.push("a reload applies changes".to_owned());
    }
    facts.join("; ")
}

/// Appends a comment, wrapped between words.
fn comment(text: &mut String, content: &str) {
    let mut line = String::from("##");
    for word in content.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            "##".clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
