//! Files have no import circles, direct or through other files.
//!
//! A module contains its submodules, so a use of a submodule is not an import.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, ItemMacro};

use super::source::{Import, Source};

/// The files, and the names that each file uses from each other file.
pub struct Graph {
    files: Vec<String>,
    /// From, to, and the used names.
    arrows: BTreeMap<(usize, usize), BTreeSet<String>>,
}

impl Graph {
    pub fn of(sources: &[Source]) -> Self {
        let modules: BTreeMap<&[String], usize> = sources
            .iter()
            .enumerate()
            .filter(|(_, source)| !source.is_test() && source.file != "src/main.rs")
            .map(|(number, source)| (&*source.module, number))
            .collect();
        let names = Names { sources, modules };
        let mut arrows = BTreeMap::<_, BTreeSet<_>>::new();
        for &from in names.modules.values() {
            let source = &sources[from];
            let private = source.imports.iter().filter(|import| !import.is_public);
            let imported = private.map(|import| import.path.clone());
            let in_items = source.paths_in_items().into_iter();
            for path in imported.chain(in_items.map(|path| path.segments)) {
                let name = path.last().cloned().unwrap_or_default();
                let Some(to) = names
                    .absolute(from, &path)
                    .and_then(|it| names.defined_in(&it, 0))
                else {
                    continue;
                };
                if !names.sources[to].module.starts_with(&source.module) {
                    arrows.entry((from, to)).or_default().insert(name);
                }
            }
        }
        let files = sources.iter().map(|source| source.file.clone()).collect();
        Self { files, arrows }
    }

    fn reaches(&self, from: usize) -> BTreeSet<usize> {
        let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(from) = left.pop() {
            let next = self.arrows.range((from, 0)..(from + 1, 0));
            left.extend(
                next.map(|((_, to), _)| *to)
                    .filter(|to| reached.insert(*to)),
            );
        }
        reached
    }

    /// The imports within circles, formatted for the failed test.
    pub fn circles(&self) -> Vec<String> {
        let reached: Vec<_> = (0..self.files.len())
            .map(|from| self.reaches(from))
            .collect();
        let circular = self
            .arrows
            .iter()
            .filter(|((from, to), _)| reached[*to].contains(from));
        let shown = circular.map(|((from, to), names)| {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            format!(
                "{} -> {}: {}",
                self.files[*from],
                self.files[*to],
                names.join(", ")
            )
        });
        shown.collect()
    }
}

struct Names<'a> {
    sources: &'a [Source],
    modules: BTreeMap<&'a [String], usize>,
}

impl Names<'_> {
    /// The path from the crate root. `None` for items of other crates and items local to a
    /// function.
    fn absolute(&self, file: usize, path: &[String]) -> Option<Vec<String>> {
        let source = &self.sources[file];
        let first = path.first()?;
        match first.as_str() {
            "crate" | "self" if path.len() == 1 => return None,
            "crate" => return Some(path.to_vec()),
            "self" => return Some([&source.module, &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|it| *it == "super").count();
                let kept = source.module.len().checked_sub(up)?;
                return Some([&source.module[..kept], &path[up..]].concat());
            }
            _ => {}
        }
        let child = [&*source.module, std::slice::from_ref(first)].concat();
        if self.modules.contains_key(&*child) {
            return Some([&child, &path[1..]].concat());
        }
        let import = source.imports.iter().find(|import| import.name == *first)?;
        if import.path.first() == Some(first) {
            return None;
        }
        let target = self.absolute(file, &import.path)?;
        Some([&target, &path[1..]].concat())
    }

    /// The file that defines the item at an absolute path, through re-exports.
    fn defined_in(&self, path: &[String], depth: usize) -> Option<usize> {
        let longest = (1..=path.len()).rev().find_map(|length| {
            let file = self.modules.get(&path[..length])?;
            Some((*file, &path[length..]))
        });
        let (file, rest) = longest?;
        let source = &self.sources[file];
        let Some(name) = rest.first() else {
            return Some(file);
        };
        if depth > 8 || defines(source, name) {
            return Some(file);
        }
        let mut exports = source.imports.iter().filter(|import| import.name == *name);
        let export: Option<&Import> = exports.next();
        let Some(export) = export.filter(|export| export.path.first() != Some(name)) else {
            return Some(file);
        };
        let target = self.absolute(file, &export.path)?;
        self.defined_in(&[&target, &rest[1..]].concat(), depth + 1)
    }
}

fn defines(source: &Source, name: &str) -> bool {
    source.items.iter().any(|item| match item {
        Item::Const(item) => item.ident == name,
        Item::Enum(item) => item.ident == name,
        Item::Fn(item) => item.sig.ident == name,
        Item::Macro(ItemMacro {
            ident: Some(ident), ..
        }) => ident == name,
        Item::Static(item) => item.ident == name,
        Item::Struct(item) => item.ident == name,
        Item::Trait(item) => item.ident == name,
        Item::Type(item) => item.ident == name,
        _ => false,
    })
}

fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<_> = files
        .iter()
        .map(|(file, text)| Source::parse(file, text))
        .collect();
    Graph::of(&sources).circles()
}

#[test]
fn files_have_no_import_circles() {
    let circles = Graph::of(&Source::all()).circles();
    assert!(
        circles.is_empty(),
        "circles of files:\n{}",
        circles.join("\n")
    );
}

#[test]
fn circle_report_names_files_and_imports() {
    let parent = (
        "src/a.rs",
        "mod b;\nmod c;\npub use self::b::B;\npub struct A;",
    );
    let b = ("src/a/b.rs", "use super::A;\npub struct B(A);");
    // A re-export does not count as a use.
    assert_eq!(
        circles(&[parent, b, ("src/a/c.rs", "use super::B;")]),
        [""; 0]
    );
    // The name of a re-export resolves to the defining file.
    let c = ("src/a/c.rs", "use super::B;\npub fn c() {}");
    let b_of_c = ("src/a/b.rs", "pub struct B;\nfn b() { crate::a::c::c(); }");
    assert_eq!(
        circles(&[parent, b_of_c, c]),
        ["src/a/b.rs -> src/a/c.rs: c", "src/a/c.rs -> src/a/b.rs: B"]
    );
    // A parent may use its child, which uses the parent.
    let uses = ("src/a.rs", "mod b;\npub struct A;\nfn f(b: b::B) {}");
    assert_eq!(circles(&[uses, b]), [""; 0]);
    // Through a third file, in a macro, and by an alias.
    let far = [
        (
            "src/a.rs",
            "use crate::b as other;\nfn f() { info!(\"{}\", other::g()) }",
        ),
        ("src/b.rs", "use crate::c::h;\npub fn g() {}"),
        ("src/c.rs", "pub fn h() { crate::a::f() }"),
    ];
    assert_eq!(circles(&far).len(), 3);
    // Tests may use every module.
    let [a, b, _] = far;
    let last = |text| circles(&[a, b, text]);
    assert_eq!(
        last(("src/c/tests.rs", "use crate::a::f; fn h() {}")),
        [""; 0]
    );
    assert_eq!(
        last(("src/c.rs", "#[cfg(test)] use crate::a::f; pub fn h() {}")),
        [""; 0]
    );
}
