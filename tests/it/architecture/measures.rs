//! The measures of the architecture, each with a limit that may only be lowered. To see them:
//! `cargo test --test it -- measures --nocapture`

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Item, Meta};

use super::{circles::Graph, source::Source};

/// A measure, its value and the most that it may be.
type Measure = (&'static str, usize, usize);

/// Openings that make a comment a riddle.
const OPENINGS: &[&str] = &[
    "What", "Who", "Whoever", "Where", "Whether", "How", "Nobody", "Somebody",
];

fn sources() -> Vec<Source> {
    let all = Source::all().into_iter();
    all.filter(|source| !source.is_test()).collect()
}

/// The value below which this share of the sorted values lies.
fn percentile(values: &mut [usize], percent: usize) -> usize {
    values.sort_unstable();
    values[(values.len() - 1) * percent / 100]
}

/// How many arguments each handler takes that the router names.
fn handler_arguments(sources: &[Source]) -> Vec<usize> {
    let router = sources
        .iter()
        .filter(|source| source.top_module() == "router");
    let named: BTreeSet<_> = router
        .flat_map(Source::paths_in_items)
        .map(|path| path.segments)
        .collect();
    let mut counts = Vec::new();
    for source in sources
        .iter()
        .filter(|source| matches!(source.top_module(), "api" | "pages"))
    {
        for item in &source.items {
            let Item::Fn(function) = item else { continue };
            let path = [&source.module[1..], &[function.sig.ident.to_string()]].concat();
            if function.sig.asyncness.is_some() && named.contains(&path) {
                counts.push(function.sig.inputs.len());
            }
        }
    }
    assert!(counts.len() > 50, "the handlers are found");
    counts
}

/// How many type names are used for two things.
fn duplicate_names(sources: &[Source]) -> usize {
    let mut names = BTreeMap::<_, usize>::new();
    for item in sources.iter().flat_map(|source| &source.items) {
        let name = match item {
            Item::Struct(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            _ => continue,
        };
        *names.entry(name.to_string()).or_default() += 1;
    }
    // Each module may have one error type.
    names
        .iter()
        .filter(|(name, count)| **count > 1 && *name != "Error")
        .count()
}

/// How many comments open with a word that makes them a riddle.
fn riddles(sources: &[Source]) -> usize {
    let opens_so = |text: &str| {
        let first = text
            .split(|c: char| !c.is_alphabetic())
            .next()
            .unwrap_or_default();
        OPENINGS.contains(&first)
    };
    let mut count = 0;
    for source in sources {
        let root = env!("CARGO_MANIFEST_DIR");
        let text = std::fs::read_to_string(format!("{root}/{}", source.file)).unwrap();
        let mut follows_comment = false;
        for line in text.lines().map(str::trim_start) {
            let comment = line.strip_prefix("//");
            if let Some(comment) = comment.filter(|_| !follows_comment) {
                let comment = comment.trim_start_matches(['/', '!', ' ']);
                count += usize::from(opens_so(comment));
            }
            follows_comment = comment.is_some();
        }
    }
    count
}

fn allows(attribute: &Attribute) -> bool {
    matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("allow"))
}

fn measures() -> Vec<Measure> {
    let sources = sources();
    let mut lines: Vec<_> = sources.iter().map(|source| source.lines).collect();
    let total: usize = lines.iter().sum();
    let mut modules = BTreeMap::<_, usize>::new();
    for source in &sources {
        *modules.entry(source.top_module()).or_default() += source.lines;
    }
    let biggest = modules.values().max().copied().unwrap_or_default();
    let mut arguments = handler_arguments(&sources);
    let attributes = sources.iter().flat_map(|source| &source.items);
    let allowed = attributes.filter(|item| match item {
        Item::Fn(item) => item.attrs.iter().any(allows),
        Item::Impl(item) => item.attrs.iter().any(allows),
        Item::Mod(item) => item.attrs.iter().any(allows),
        _ => false,
    });
    vec![
        ("lines of a file, median", percentile(&mut lines, 50), 120),
        (
            "lines of a file, 90 of 100",
            percentile(&mut lines, 90),
            240,
        ),
        ("lines of a file, most", percentile(&mut lines, 100), 400),
        (
            "percent of all lines in the biggest module",
            biggest * 100 / total,
            14,
        ),
        (
            "arguments of a handler, median",
            percentile(&mut arguments, 50),
            3,
        ),
        (
            "arguments of a handler, most",
            percentile(&mut arguments, 100),
            4,
        ),
        (
            "arrows in circles of files",
            Graph::of(&sources).circles().len(),
            0,
        ),
        ("type names for two things", duplicate_names(&sources), 0),
        ("comments that open as a riddle", riddles(&sources), 0),
        ("items that allow a lint", allowed.count(), 0),
    ]
}

#[test]
fn measures_are_within_their_limits() {
    let measures = measures();
    for (name, value, limit) in &measures {
        println!("{value:>5} (at most {limit}) {name}");
    }
    for (name, value, limit) in measures {
        assert!(value <= limit, "{name}: {value}, at most {limit}");
    }
}
