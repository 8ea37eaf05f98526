//! The hosted pages satisfy WCAG 2.2 A and AA, as far as a program can tell.

use std::fs;

use serde_json::{Value, json};
use signet::{
    config::{Config, FlagSettings, SettingSources},
    locale::Locale,
    pages,
};

use crate::support::script::Chromium;

/// Every page on a phone, and in dark colours on a desktop.
#[test]
fn slow_pages_have_no_violation_of_wcag() {
    let Some(mut chromium) = Chromium::start() else {
        return;
    };
    let sources = SettingSources::new(("test", ""), [], FlagSettings::default()).unwrap();
    let config = Config::load(sources).unwrap();
    let templates = pages::read_templates(&config).unwrap();
    let sample = |name| pages::preview(&templates, &config.issuer, name, Locale::English).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let all = sample(None);
    let names: Vec<&str> = all
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        // It submits itself.
        .filter(|name| !name.starts_with("form-post-relay"))
        .collect();
    assert!(names.len() > 50, "{all}");
    let mut violations = Vec::new();
    for (screen, kind) in [
        (json!({"width": 390, "height": 844}), "all"),
        (json!({"dark": true}), "contrast"),
    ] {
        chromium.take(&json!([{"emulate": screen}]));
        for name in &names {
            let file = folder.path().join(format!("{name}.html"));
            // No service answers here: links and images lead nowhere.
            let html = sample(Some(name)).replace(&config.issuer.endpoint("/"), "data:,");
            fs::write(&file, html).unwrap();
            let url = format!("file://{}", file.display());
            let found = chromium.take(&json!([{"open": url}, {"violations": kind}]));
            let found = found["read"][0].as_array().unwrap().clone();
            violations.extend(
                found
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|it| format!("{name}: {it}")),
            );
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}
