//! The pages in `docs`: their links, commands and configurations are valid, and generated parts are current.

mod commands;
mod configurations;
mod forward_auth;
mod generated;
mod links;
mod tables;

use std::{collections::BTreeSet, fs, path::PathBuf};

/// Every page of `docs`.
const PAGES: &[&str] = &[
    "account",
    "api",
    "architecture",
    "browser-client",
    "changelog",
    "cli",
    "clients",
    "configuration",
    "contributing",
    "coordination",
    "dpop",
    "forward-auth",
    "getting-started",
    "keys",
    "mail",
    "migrating",
    "operations",
    "pages-and-branding",
    "passkeys",
    "performance",
    "providers",
    "relying-parties",
    "second-factor",
    "security",
    "sizing",
    "verifying-tokens",
];

/// Returns the path of a file from the root of the repository.
fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), name].iter().collect()
}

fn read(name: &str) -> &'static str {
    fs::read_to_string(path(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .leak()
}

/// Returns the text of a page of `docs`.
pub fn page(name: &str) -> &'static str {
    read(&format!("docs/{name}.md"))
}

pub fn readme() -> &'static str {
    read("README.md")
}

/// Returns the text of the README and of every page, each with its path.
fn all() -> Vec<(String, &'static str)> {
    let mut all = vec![("README.md".to_owned(), readme())];
    let pages = PAGES.iter();
    all.extend(pages.map(|name| (format!("docs/{name}.md"), page(name))));
    all
}

/// Returns a section of a text.
pub fn section_of(text: &'static str, title: &str) -> &'static str {
    let (_, rest) = text
        .split_once(&format!("\n## {title}\n"))
        .unwrap_or_else(|| panic!("no section {title}"));
    rest.split("\n## ").next().unwrap()
}

/// Returns a section of a page of `docs`.
pub fn section(name: &str, title: &str) -> &'static str {
    section_of(page(name), title)
}

/// Returns the code blocks in a language. The empty language selects blocks without one.
pub fn blocks(text: &'static str, language: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (place, piece) in text.split("\n```").enumerate() {
        let (of, code) = piece.split_once('\n').unwrap_or((piece, ""));
        if place % 2 == 1 && of == language {
            found.push(code);
        }
    }
    found
}

#[test]
fn docs_has_exactly_the_listed_pages() {
    let files = fs::read_dir(path("docs")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<_> = names
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .collect();
    assert_eq!(names, PAGES.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_page_says_who_it_is_for_and_what_readers_will_have() {
    for name in PAGES {
        let mut paragraphs = page(name).split("\n\n");
        assert!(paragraphs.next().unwrap().starts_with("# "), "{name}");
        let opening = paragraphs.next().unwrap().replace('\n', " ");
        assert!(opening.starts_with("This page is for "), "{name}");
        assert!(opening.contains(" At the end "), "{name}");
    }
}

#[test]
fn readme_is_short_and_links_to_every_page() {
    let lines = readme().lines().count();
    assert!(lines <= 180, "README.md has {lines} lines");
    for name in PAGES {
        let link = format!("](docs/{name}.md");
        assert!(readme().contains(&link), "README.md has no link {link}");
    }
    let picture = fs::metadata(path("docs/login.png")).unwrap();
    assert!(picture.len() <= 60_000, "{} bytes", picture.len());
}

/// The sources of a module and its submodules.
pub fn sources(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(folder);
    let mut files = vec![folder.with_extension("rs")];
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}
