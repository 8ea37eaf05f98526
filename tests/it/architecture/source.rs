//! Rust sources: the names that they define and the paths that they use.

use std::{collections::BTreeMap, fs, path::Path};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, LitStr, UseTree, Visibility};

/// A source file without its tests.
pub struct Source {
    /// The path, such as `src/token/access.rs`.
    pub file: String,
    pub lines: usize,
    /// The module path, such as `["crate", "token", "access"]`.
    pub module: Vec<String>,
    pub items: Vec<Item>,
    /// The imports at the top of the file.
    pub imports: Vec<Import>,
    tokens: TokenStream,
}

/// An imported name.
pub struct Import {
    pub name: String,
    pub path: Vec<String>,
    /// The import is a re-export.
    pub is_public: bool,
}

/// A path in the code, such as `crate::clock::Clock`. A single word is a path too.
#[derive(Debug, PartialEq, Eq)]
pub struct UsedPath {
    pub line: usize,
    pub segments: Vec<String>,
}

impl Source {
    /// Parses a file.
    ///
    /// # Panics
    ///
    /// The text is not valid Rust.
    pub fn parse(file: &str, text: &str) -> Self {
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        let tokens = without_tests(tokens);
        let parsed: syn::File = syn::parse2(tokens.clone()).unwrap_or_else(|error| {
            panic!("{file}:{}: {error}", error.span().start().line);
        });
        let mut imports = Vec::new();
        for item in &parsed.items {
            if let Item::Use(item) = item {
                let is_public = !matches!(item.vis, Visibility::Inherited);
                flatten(&item.tree, &mut Vec::new(), is_public, &mut imports);
            }
        }
        Self {
            file: file.to_owned(),
            lines: text.lines().count(),
            module: module(file),
            items: parsed.items,
            imports,
            tokens,
        }
    }

    /// Every source of the crate, sorted by path. The build script is a crate of its own.
    pub fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeMap::new();
        let mut folders = vec![root.join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(root).unwrap().display().to_string();
                    found.insert(name, fs::read_to_string(path).unwrap());
                }
            }
        }
        assert!(found.contains_key("src/lib.rs"));
        assert!(found.remove("src/build.rs").is_some());
        let sources = found.iter().map(|(file, text)| Self::parse(file, text));
        sources.collect()
    }

    pub fn is_test(&self) -> bool {
        self.file.ends_with("/tests.rs") || self.file.contains("/tests/")
    }

    /// The top-level module that the file belongs to.
    pub fn top_module(&self) -> &str {
        self.file.split(['/', '.']).nth(1).unwrap_or_default()
    }

    /// Every path in the file, `use` declarations included: `a::{b, c as d}` as `a::b` and `a::c`.
    pub fn paths(&self) -> Vec<UsedPath> {
        let mut paths = Vec::new();
        collect(self.tokens.clone(), &[], &mut paths);
        paths
    }

    /// Every path outside of `use` declarations.
    pub fn paths_in_items(&self) -> Vec<UsedPath> {
        let mut paths = Vec::new();
        for item in &self.items {
            let is_declaration = matches!(item, Item::Mod(item) if item.content.is_none());
            if !is_declaration && !matches!(item, Item::Use(_)) {
                collect(item.to_token_stream(), &[], &mut paths);
            }
        }
        paths
    }

    /// Every string literal, with its line.
    pub fn texts(&self) -> Vec<(usize, String)> {
        let mut texts = Vec::new();
        collect_texts(self.tokens.clone(), &mut texts);
        texts
    }
}

fn module(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = path
        .split('/')
        .filter(|part| !matches!(*part, "lib" | "main"));
    ["crate"]
        .into_iter()
        .chain(parts)
        .map(str::to_owned)
        .collect()
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, is_public: bool, imports: &mut Vec<Import>) {
    let mut import = |name: String, path: Vec<String>| {
        imports.push(Import {
            name,
            path,
            is_public,
        });
    };
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            flatten(&tree.tree, path, is_public, imports);
            path.pop();
        }
        UseTree::Name(tree) if tree.ident == "self" => {
            import(path.last().cloned().unwrap_or_default(), path.clone());
        }
        UseTree::Name(tree) => {
            let name = tree.ident.to_string();
            import(name.clone(), [&**path, &[name]].concat());
        }
        UseTree::Rename(tree) if tree.ident == "self" => {
            import(tree.rename.to_string(), path.clone());
        }
        UseTree::Rename(tree) => {
            let name = tree.ident.to_string();
            import(tree.rename.to_string(), [&**path, &[name]].concat());
        }
        UseTree::Glob(_) => import("*".to_owned(), path.clone()),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, path, is_public, imports);
            }
        }
    }
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

/// Leaves out every item under `#[cfg(test)]`.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut kept = TokenStream::new();
    let mut rest = &tokens[..];
    while let [token, after @ ..] = rest {
        rest = after;
        let attribute = after.first().map(ToString::to_string).unwrap_or_default();
        if is_punct(Some(token), '#') && attribute.replace(' ', "") == "[cfg(test)]" {
            let is_import = after
                .iter()
                .take(4)
                .any(|token| is_ident(Some(token), "use"));
            let end = after.iter().position(|token| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_import,
                token => is_punct(Some(token), ';'),
            });
            rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
            continue;
        }
        kept.extend([match token {
            TokenTree::Group(group) => {
                let inside = without_tests(group.stream());
                let mut inside = proc_macro2::Group::new(group.delimiter(), inside);
                inside.set_span(group.span());
                TokenTree::Group(inside)
            }
            token => token.clone(),
        }]);
    }
    kept
}

/// Collects paths. Those of a group that follows `::` begin with `prefix`.
fn collect(tokens: TokenStream, prefix: &[String], paths: &mut Vec<UsedPath>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut path: Option<UsedPath> = None;
    let (mut follows_colons, mut follows_quote) = (false, false);
    while let Some(token) = tokens.next() {
        let line = token.span().start().line;
        let is_lifetime = std::mem::replace(&mut follows_quote, is_punct(Some(&token), '\''));
        match token {
            TokenTree::Ident(_) if is_lifetime => {}
            TokenTree::Ident(ident) if ident == "static" && is_ident(tokens.peek(), "mut") => {
                let segments = vec!["static".to_owned(), "mut".to_owned()];
                paths.push(UsedPath { line, segments });
            }
            TokenTree::Ident(ident) if ident == "pub" => {
                // A visibility is not a use.
                tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
            }
            TokenTree::Ident(ident) if ident == "as" && !prefix.is_empty() => {
                // The alias is not a path.
                tokens.next();
            }
            TokenTree::Ident(ident) => {
                if !follows_colons {
                    paths.extend(path.take());
                }
                let segments = prefix.to_vec();
                let path = path.get_or_insert(UsedPath { line, segments });
                path.segments.push(ident.to_string());
                follows_colons = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' && is_punct(tokens.peek(), ':') => {
                tokens.next();
                follows_colons = true;
            }
            TokenTree::Punct(punct) if punct.as_char() == '*' && follows_colons => {
                if let Some(path) = &mut path {
                    path.segments.push("*".to_owned());
                }
                follows_colons = false;
            }
            TokenTree::Group(group) => {
                let is_tree = follows_colons && group.delimiter() == Delimiter::Brace;
                let before = path.take();
                match before {
                    Some(before) if is_tree => collect(group.stream(), &before.segments, paths),
                    before => {
                        paths.extend(before);
                        collect(group.stream(), &[], paths);
                    }
                }
                follows_colons = false;
            }
            _ => {
                paths.extend(path.take());
                follows_colons = false;
            }
        }
    }
    paths.extend(path);
}

fn collect_texts(tokens: TokenStream, texts: &mut Vec<(usize, String)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect_texts(group.stream(), texts),
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                let text = syn::parse2::<LitStr>(TokenTree::Literal(literal).into());
                texts.extend(text.map(|text| (line, text.value())));
            }
            _ => {}
        }
    }
}
