//! `signet config reference`, and the page that is generated from it.

use std::fs;

use serde_json::Value;

use super::commands::run_signet;

/// Runs `signet config reference`, in a folder whose configuration is invalid: none is needed.
fn reference(format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("signet.toml"), "this is not TOML").unwrap();
    let arguments = ["config", "reference", "--format", format];
    let output = run_signet(folder.path(), &arguments, "");
    assert_eq!(output.code, 0, "{}", output.err);
    output.out
}

fn settings() -> Vec<Value> {
    let settings: Value = serde_json::from_str(&reference("json")).unwrap();
    settings.as_array().unwrap().clone()
}

/// Removes the first `#` of each line.
fn uncommented(text: &str) -> String {
    let lines = text.split('\n');
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix('#').unwrap_or(line))
        .collect();
    lines.join("\n")
}

#[test]
fn reference_without_comment_signs_is_toml_with_every_setting() {
    let text = reference("toml");
    let is_comment = |line: &str| line.is_empty() || line.starts_with('#');
    assert!(text.lines().all(is_comment), "{text}");
    let file: toml::Table = uncommented(&text).parse().unwrap();
    for setting in settings() {
        let name = setting["name"].as_str().unwrap();
        let mut value = None;
        for part in name.split('.') {
            let table = value.map_or(Some(&file), toml::Value::as_table).unwrap();
            value = table.get(part.trim_end_matches("[]"));
            if part.ends_with("[]") {
                value = value.and_then(|all| all.get(0));
            }
            assert!(value.is_some(), "{name}");
        }
    }
}

/// The settings with a default are those that fit together.
#[test]
fn defaults_of_the_reference_are_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let defaults = settings().into_iter().filter_map(|setting| {
        let name = setting["name"].as_str()?.to_owned();
        let default = setting["default"].as_str()?.to_owned();
        // A list in the file; on the command line its entries have white space between them.
        let is_list = setting["type"] == "list of texts";
        // A policy needs a client, which only the file defines.
        let is_of_policy = name.starts_with("policies.");
        // The default database is SQLite.
        let description = setting["description"].as_str()?;
        let is_of_postgres = description.ends_with("PostgreSQL only.");
        let is_refused = is_list || is_of_policy || is_of_postgres;
        let is_flag = setting["variable"].is_string() && !is_refused;
        is_flag.then_some((name, default))
    });
    let mut arguments = vec!["migrate".to_owned()];
    for (name, default) in defaults {
        arguments.extend(["--set".to_owned(), format!("{name}={default}")]);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    assert!(arguments.len() > 100, "{arguments:?}");
    let output = run_signet(folder.path(), &arguments, "");
    assert_eq!(output.code, 0, "{}", output.err);
}

#[test]
fn json_reference_has_the_facts_of_a_setting() {
    let settings = settings();
    let of = |name: &str| settings.iter().find(|it| it["name"] == name).unwrap();
    let leeway = of("tokens.leeway");
    assert_eq!(leeway["type"], "duration");
    assert_eq!(leeway["default"], "30s");
    assert_eq!(leeway["minimum"], "0s");
    assert_eq!(leeway["maximum"], "1m");
    assert_eq!(leeway["variable"], "SIGNET_TOKENS__LEEWAY");
    assert_eq!(leeway["example"], "\"30s\"");
    assert_eq!(of("clients[].audience")["variable"], Value::Null);
    assert_eq!(
        of("log.format")["allowed"],
        serde_json::json!(["auto", "pretty", "json"])
    );
}

#[test]
fn configuration_page_is_generated() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    let page = fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == reference("markdown"),
        "docs/configuration.md differs from the table of settings. This command writes it:\n\
         cargo run --all-features -- config reference --format markdown > docs/configuration.md"
    );
}
