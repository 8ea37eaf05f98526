//! Alerts and the dashboard query metrics that exist.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::file;
use crate::{
    cli::commands::run_signet,
    support::{
        PASSWORD,
        exposition::Exposition,
        process::{ServiceProcess, free_address},
    },
};

/// A metric in a query and the labels that the query selects.
type Selection = (String, Vec<String>);

/// The metrics of this program that a query selects.
fn selections(query: &str) -> Vec<Selection> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut found = Vec::new();
    let mut rest = query;
    while let Some(start) = rest.find(is_name) {
        rest = &rest[start..];
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        if !name.starts_with("signet_") && !name.starts_with("process_") {
            continue;
        }
        let selector = rest.strip_prefix('{').and_then(|it| it.split('}').next());
        let labels = selector.unwrap_or_default().split(", ");
        let labels = labels.filter_map(|label| label.split(['=', '!']).next());
        let labels = labels.filter(|label| !["", "job", "instance"].contains(label));
        found.push((name.to_owned(), labels.map(str::to_owned).collect()));
    }
    found
}

/// A scrape of a service with an upcoming key, so that every metric has a value.
fn scrape() -> Exposition {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    for _ in 0..2 {
        let output = run_signet(folder.path(), &["keys", "generate"], "");
        assert_eq!(output.code, 0, "{}", output.err);
    }
    // A server that is down has the same metrics.
    let coordination = ("SIGNET_COORDINATION__URL", "redis://127.0.0.1:9");
    let mut service = ServiceProcess::start_in(folder, free_address(), &[coordination]);
    assert_eq!(service.get("/readyz", "").0, 200);
    // Counters of tokens and refusals have labels, which appear with the first event.
    service.sign_up("ada@example.com", PASSWORD);
    assert_eq!(service.get("/me", "no-token").0, 401);
    let login = json!({"email": "ada@example.com", "password": "wrong"});
    assert_eq!(service.post("/login", &login).0, 401);
    let (status, metrics) = service.get("/metrics", "");
    assert_eq!(status, 200);
    Exposition::parse(&metrics)
}

/// The queries of the alerts: the expressions of the rules, which may have several lines.
fn alerts() -> Vec<String> {
    let text = file("prometheus-alerts.yaml");
    let rules = text.split("expr:").skip(1);
    let ends = ["\n        for:", "\n        labels:"];
    let end = |rule: &str| ends.iter().filter_map(|end| rule.find(end)).min().unwrap();
    rules.map(|rule| rule[..end(rule)].to_owned()).collect()
}

/// The queries of the panels and of the variables.
fn dashboard() -> Vec<String> {
    fn collect(value: &Value, queries: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(text) if name == "expr" || name == "definition" => {
                            queries.push(text.to_owned());
                        }
                        _ => collect(value, queries),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|it| collect(it, queries)),
            _ => {}
        }
    }
    let dashboard = serde_json::from_str(&file("grafana-dashboard.json")).unwrap();
    let mut queries = Vec::new();
    collect(&dashboard, &mut queries);
    queries
}

#[test]
fn queries_name_existing_metrics_and_labels() {
    let scrape = scrape();
    let mut existing = BTreeSet::new();
    let mut labels = BTreeSet::new();
    for (name, has, _) in scrape.0.values().flat_map(|family| &family.samples) {
        existing.insert(name.as_str());
        labels.extend(has.keys().map(|label| (name.as_str(), label.as_str())));
    }
    let (alerts, dashboard) = (alerts(), dashboard());
    assert!(alerts.len() > 10 && dashboard.len() > 20);
    let mut used = BTreeSet::new();
    for query in alerts.iter().chain(&dashboard) {
        for (name, selected) in selections(query) {
            assert!(existing.contains(name.as_str()), "no {name}: {query}");
            for label in selected {
                let is_there = labels.contains(&(name.as_str(), label.as_str()));
                assert!(is_there, "{name} has no label {label}: {query}");
            }
            used.insert(name);
        }
    }
    // Each metric is used by an alert or a panel.
    let is_shown = |name: &str| {
        let histogram = name.strip_suffix("_sum").or(name.strip_suffix("_count"));
        used.contains(name) || histogram.is_some_and(|it| used.contains(&format!("{it}_bucket")))
    };
    let unused: Vec<_> = existing.iter().filter(|name| !is_shown(name)).collect();
    assert!(unused.is_empty(), "neither alerts nor panels: {unused:?}");
}
