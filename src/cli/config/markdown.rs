//! The reference of settings as the page `docs/configuration.md`.

use std::fmt::Write;

use crate::config::{Setting, SettingSection, setting_sections};

/// The page before the tables.
const HEAD: &str = include_str!("head.md");

/// Returns the page: a table for each section.
pub(super) fn reference() -> String {
    let mut page = HEAD.to_owned();
    for section in setting_sections() {
        append_section(&mut page, section);
    }
    page
}

fn append_section(page: &mut String, section: &SettingSection) {
    let title = match section.header {
        "" => "Top level".to_owned(),
        header => code(header),
    };
    let _ = write!(page, "\n### {title}\n\n{}", section.description);
    let is_reloaded = section.settings.iter().all(Setting::is_reloaded);
    if is_reloaded {
        page.push_str(" A reload applies changes.");
    }
    page.push_str("\n\n");
    page.push_str("| setting | type | default | allowed | meaning | example |\n");
    page.push_str("|---|---|---|---|---|---|\n");
    for setting in section.settings {
        let cells = [
            code(setting.key()),
            setting.kind.as_str().to_owned(),
            setting
                .default_toml()
                .map(|it| code(&it))
                .unwrap_or_default(),
            allowed(setting),
            meaning(setting, is_reloaded),
            code(&setting.example_toml()),
        ];
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
}

/// Returns the description, and whether a reload applies the setting if the section does not say so.
fn meaning(setting: &Setting, is_said: bool) -> String {
    match setting.description {
        description if setting.is_reloaded() && !is_said => {
            format!("{description} A reload applies changes.")
        }
        description => description.to_owned(),
    }
}

/// Returns the bounds, or the allowed values.
fn allowed(setting: &Setting) -> String {
    if let Some((least, most)) = setting.bounds {
        return format!("{} to {}", code(least), code(most));
    }
    let values = setting.allowed.iter().map(|value| code(value));
    values.collect::<Vec<_>>().join(", ")
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
