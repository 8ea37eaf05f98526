//! Every link of the README and of `docs` leads to an existing file and heading.

use std::{collections::BTreeSet, fs};

use crate::docs::{all, path};

/// Returns a text without its code blocks.
fn prose(text: &str) -> String {
    text.split("\n```")
        .step_by(2)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns the anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = prose(text);
    for line in text.lines().filter(|line| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = (1..).map(|count| format!("{anchor}-{count}"));
        let mut free = std::iter::once(anchor.clone()).chain(again);
        found.insert(free.find(|it| !found.contains(it)).unwrap());
    }
    found
}

#[test]
fn every_link_of_the_docs_leads_to_a_file_and_a_heading() {
    let mut faults = Vec::new();
    for (name, text) in all() {
        for link in prose(text).split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path(&name),
                _ => path(&name).parent().unwrap().join(file),
            };
            if !target.exists() {
                faults.push(format!("{name}: {link}: no such file"));
                continue;
            }
            if !anchor.is_empty() && !anchors(&fs::read_to_string(target).unwrap()).contains(anchor)
            {
                faults.push(format!("{name}: {link}: no such heading"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn anchors_are_those_of_github() {
    let text = "# A `b`: c, d\n\n## Same\n\n```\n# no heading\n```\n\n## Same\n";
    let expected = ["a-b-c-d", "same", "same-1"].map(str::to_owned);
    assert_eq!(anchors(text), expected.into());
}
