//! The tables of `docs`: they name exactly the existing codes and audit events.

use std::{collections::BTreeSet, fs};

use crate::docs::{page, section};

/// The restore runbook names the audit events whose effects a restore loses, and no unknown event.
#[test]
fn restore_runbook_names_the_lost_audit_events() {
    let rows = section("operations", "Restoring a backup")
        .lines()
        .skip_while(|line| !line.starts_with("| `act` |"));
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1)).skip(2);
    let named: BTreeSet<_> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    for act in [
        "password_change",
        "user_disable",
        "user_delete",
        "role_change",
        "address_change",
    ] {
        assert!(named.contains(act), "{act}: {named:?}");
    }
    let known = include_str!("../../../src/audit.rs");
    for act in named {
        assert!(known.contains(&format!("=> \"{act}\",")), "{act}");
    }
}

/// `docs/api.md` lists exactly the existing error codes.
#[test]
fn docs_list_every_error_code() {
    let named: BTreeSet<_> = section("api", "Routes")
        .lines()
        .skip_while(|line| !line.starts_with("| code |"))
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| {
            line.split('|')
                .nth(1)
                .unwrap()
                .split('`')
                .skip(1)
                .step_by(2)
        })
        .map(str::to_owned)
        .collect();
    let source = include_str!("../../../src/http/problem/codes.rs");
    let (_, table) = source.split_once("\ncodes! {").expect("the table");
    // Each row begins with `Name = "code", STATUS`.
    let rows = table.split(" = \"").skip(1);
    let used = rows
        .map(|row| row.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(named, used);
}

/// The documentation mentions every setting of clients and providers.
#[test]
fn docs_mention_every_client_and_provider_setting() {
    let text = ["clients", "configuration", "providers", "relying-parties"]
        .map(page)
        .join("\n");
    for file in ["clients", "providers/read", "providers/credentials"] {
        let path = format!("{}/src/config/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let source = fs::read_to_string(path).unwrap();
        for name in source.split("name(\"").skip(1) {
            let name = name.split('"').next().unwrap();
            assert!(
                text.contains(name),
                "the documentation does not name {name}"
            );
        }
    }
}
