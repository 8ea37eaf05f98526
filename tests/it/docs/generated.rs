//! The generated parts of `docs`: the reference of the HTTP API and that of the command line. Each stands below
//! a mark in its page.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use axum::http::StatusCode;
use serde_json::Value;

use crate::{
    cli::commands::run_signet,
    docs::{page, path},
};

/// Separates the written part of a page from the generated one.
const MARK: &str = "<!-- A test writes everything below this line. -->\n";

/// Compares the generated part of a page. A failure writes the whole page and names the command that copies it.
fn assert_current(name: &str, generated: &str) {
    let (written, current) = page(name).split_once(MARK).expect("the mark");
    let folder = path("target/tmp");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.md"));
    fs::write(&file, format!("{written}{MARK}{generated}")).unwrap();
    assert!(
        current == generated,
        "docs/{name}.md is out of date. If the change is right:\n cp {} docs/{name}.md",
        file.display()
    );
}

/// Follows a reference within the document.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("the target"),
        None => value,
    }
}

/// Returns the members of a schema of objects, the optional ones with a question mark.
fn members(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[key].as_array() {
            let choices = choices.iter().map(|choice| members(document, choice));
            let choices: Vec<_> = choices.filter(|text| !text.is_empty()).collect();
            return choices.join("; or ");
        }
    }
    let Some(properties) = schema["properties"].as_object() else {
        return String::new();
    };
    let required = schema["required"].as_array();
    let names = properties.keys().map(|name| {
        let is_required = required.is_some_and(|all| all.iter().any(|it| it == name.as_str()));
        format!("`{name}{}`", if is_required { "" } else { "?" })
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Returns one row for each operation of the `OpenAPI` document.
fn operations(document: &Value) -> String {
    let mut rows = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if !operation.is_object() {
                continue;
            }
            let bodies = operation["requestBody"]["content"].as_object();
            let bodies = bodies.into_iter().flat_map(|content| content.values());
            let bodies = bodies.map(|body| members(document, &body["schema"]));
            let body = bodies.collect::<BTreeSet<_>>();
            let body = body.into_iter().collect::<Vec<_>>().join("; or ");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters = parameters.map(|it| resolved(document, it));
            let parameters = parameters.filter(|it| it["in"] == "query");
            let query = parameters.filter_map(|it| it["name"].as_str());
            let query: Vec<_> = query.map(|name| format!("`{name}`")).collect();
            let responses = operation["responses"].as_object().unwrap();
            let statuses: Vec<_> = responses.keys().map(String::as_str).collect();
            let needs = operation["security"]
                .as_array()
                .is_some_and(|all| !all.is_empty());
            let summary = operation["summary"].as_str().unwrap();
            let row = format!(
                "| `{} {path}` | {} | {summary} | {} | {body} | {} |\n",
                method.to_uppercase(),
                if needs { "access token" } else { "" },
                query.join(", "),
                statuses.join(" "),
            );
            rows.insert((path.clone(), method.clone()), row);
        }
    }
    rows.into_values().collect()
}

/// Returns the name of the constant of a status.
fn reason(status: u16) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    let reason = status.canonical_reason().unwrap_or_default();
    reason.to_uppercase().replace([' ', '-'], "_")
}

/// Returns one row for each row `Name = "code", STATUS, error, "title";` of the source.
fn codes() -> String {
    let source = include_str!("../../../src/http/problem/codes.rs");
    let (_, table) = source.split_once("\ncodes! {").expect("the table");
    let mut rows = String::new();
    for row in table.split(" = \"").skip(1) {
        let (code, rest) = row.split_once("\", ").unwrap();
        let (status, rest) = rest.split_once(',').unwrap();
        let (error, rest) = rest.split_once(",\n").unwrap_or(("", rest));
        let title = rest.split('"').nth(1).unwrap();
        let error = match error.trim() {
            "None" => String::new(),
            "ACCESS_DENIED" => "`access_denied`".to_owned(),
            "INVALID_REQUEST" => "`invalid_request`".to_owned(),
            "UNAVAILABLE" => "`temporarily_unavailable`".to_owned(),
            other => format!("`{}`", other.split('"').nth(1).unwrap()),
        };
        let status = (400..600).find(|number| reason(*number) == status).unwrap();
        writeln!(rows, "| `{code}` | {status} | {error} | {title} |").unwrap();
    }
    rows
}

#[test]
fn reference_of_the_api_is_current() {
    let document = include_str!("../../golden/openapi.json");
    let document: Value = serde_json::from_str(document).unwrap();
    let text = format!(
        "\n## Reference of operations\n\nA question mark follows the name of an optional member.\n\n\
         | operation | requires | summary | query | body | statuses |\n|---|---|---|---|---|---|\n{}\n\
         ## Reference of codes\n\n\
         | code | status | OAuth `error` | title |\n|---|---|---|---|\n{}",
        operations(&document),
        codes()
    );
    assert_current("api", &text);
}

/// Returns the help of a command and of all commands below it.
fn help(command: &[&str]) -> String {
    let mut arguments = command.to_vec();
    arguments.push("--help");
    let output = run_signet(Path::new("/"), &arguments, "");
    assert_eq!(output.code, 0, "{}", output.err);
    let mut name = vec!["signet"];
    name.extend(command);
    let lines: Vec<_> = output.out.lines().map(str::trim_end).collect();
    let printed = lines.join("\n");
    let mut text = format!(
        "\n## {}\n\n```text\n{}\n```\n",
        name.join(" "),
        printed.trim_end()
    );
    let listed = output
        .out
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    for line in listed.take_while(|line| line.starts_with("  ")) {
        // Continued descriptions are indented further.
        let Some(below) = line
            .strip_prefix("  ")
            .filter(|line| !line.starts_with(' '))
        else {
            continue;
        };
        let below = below.split(' ').next().unwrap();
        if below != "help" {
            let mut next = command.to_vec();
            next.push(below);
            text += &help(&next);
        }
    }
    text
}

#[test]
fn reference_of_the_command_line_is_current() {
    assert_current("cli", &help(&[]));
}
