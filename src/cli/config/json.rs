//! The reference of settings as JSON.

use serde_json::{Value, json};

use crate::config::{Setting, setting_sections};

/// Returns an array with an object for each setting.
pub(super) fn reference() -> String {
    let settings = setting_sections().iter().flat_map(|it| it.settings);
    let all = Value::Array(settings.map(object).collect());
    format!("{all:#}")
}

fn object(setting: &Setting) -> Value {
    json!({
        "name": setting.name,
        "type": setting.kind.as_str(),
        "default": setting.default,
        "minimum": setting.bounds.map(|(least, _)| least),
        "maximum": setting.bounds.map(|(_, most)| most),
        "allowed": setting.allowed,
        "description": setting.description,
        "reloaded": setting.is_reloaded(),
        "variable": setting.variable(),
        "example": setting.example_toml(),
    })
}
