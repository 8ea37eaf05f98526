//! The house: which room may use which, and which words belong in which room.
//! The sources are read, not compiled, so a rule also holds for code that no feature enables.

use std::{fs, io, mem::take, path::Path};

/// The rooms (top-level modules) from the ground up: a room uses those on the floors below its own.
const FLOORS: &[&str] = &[
    "audit blocking clock document entropy json locale metrics pkcs8 telemetry",
    "client compact connect identity microsoft network remote",
    "config key_set",
    "keyring",  // above config: it reads the issuer and the settings of keys
    "rotation", // above keyring: it waits for the disk, which the keyring never does
    "fetch limits mail password store token verifier",
    "admin provider record session",
    "oauth",
    "app",
    "http",
    "cli lib main",
];

/// What is written only in some rooms, those rooms, and why. `*` stands for the end of a word.
const WORDS: &str = "
    axum StatusCode | http cli verifier | the domain knows no HTTP; what verifies for others answers them
    jsonwebtoken    | token keyring verifier key_set | tokens pass one door; who verifies elsewhere has one too
    reqwest         | verifier       | the service asks other servers by fetch
    rustls tokio_rustls rustls_platform_verifier | connect | TLS to other servers is set up in one room
    argon2          | password       | hashing has a pool of its own
    schemars        | http           | the domain does not describe itself to strangers
    oauth2          | provider       | what others speak is read in one room
    fluent_bundle unic_langid | locale | what people read is written in one room
    minijinja lettre | mail          | mails are written and sent from one room
    askama          | http           | what people are shown is written in one room
    ipnet           | network        | who is believed is decided in one place
    prometheus_client | metrics app  | names and forms are decided in one room
    sqlx            | store identity | one room speaks to the database
    sqlx::query*    | store          | elsewhere sqlx is for derives alone
    std::env        | config main    | the environment is read in one place
    await           | blocking connect remote rotation fetch token mail password store verifier admin provider record session oauth app http cli main | the rest is pure
    OnceLock LazyLock | http locale  | built at its first use: a field of what uses it, never a static
    static::mut OnceCell lazy_static thread_local | no room | no global state
";
/// What is also used from beside its room, and by whom: a token says the same to all who read it.
const SHARED: (&str, &str) = ("crate::token::claims::", "verifier");
const LONGEST_FILE: usize = 400;

/// A line and what is said of it.
type Lined = (usize, String);

#[derive(PartialEq)]
enum Kind {
    Code,
    Text,
    Other,
}

/// What the source begins with, and how many bytes that is. A lifetime counts as no code.
fn first_piece(source: &str) -> (Kind, usize) {
    let until = |text: &str, from: usize, end: &str| {
        let found = text.get(from..).and_then(|rest| rest.find(end));
        found.map_or(text.len(), |found| from + found + end.len())
    };
    let mut chars = source.chars();
    let after = source.get(1..).unwrap_or_default();
    let quoted = after.trim_start_matches('#');
    match (chars.next(), chars.next(), chars.next()) {
        (Some('/'), Some('/'), _) => (Kind::Other, until(source, 0, "\n")),
        (Some('/'), Some('*'), _) => (Kind::Other, until(source, 2, "*/")),
        (Some('r'), ..) if quoted.starts_with('"') => {
            let end = format!("\"{}", "#".repeat(after.len() - quoted.len()));
            (Kind::Text, until(source, 1 + end.len(), &end))
        }
        (Some('"'), ..) => {
            let unescaped = source.replace(r"\\", "__").replace("\\\"", "__");
            (Kind::Text, until(&unescaped, 1, "\""))
        }
        (Some('\''), Some('\\'), _) => (Kind::Other, until(source, 3, "'")),
        (Some('\''), _, Some('\'')) => (Kind::Other, until(source, 1, "'")),
        (Some('\''), ..) => (Kind::Other, 1 + until_no_word(after)),
        (first, ..) => (Kind::Code, first.map_or(0, char::len_utf8)),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn until_no_word(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

fn blank(text: &str) -> String {
    let hide = |byte| if byte == b'\n' { '\n' } else { ' ' };
    text.bytes().map(hide).collect()
}

/// The source twice, at the same places: its code alone, and its string literals alone.
/// Neither has comments, nor the items under `#[cfg(test)]`.
fn code_and_texts(mut source: &str) -> (String, String) {
    let (mut code, mut texts) = (String::new(), String::new());
    while !source.is_empty() {
        let (kind, length) = first_piece(source);
        let (piece, rest) = source.split_at(length);
        let hidden = blank(piece);
        code += if kind == Kind::Code { piece } else { &hidden };
        texts += if kind == Kind::Text { piece } else { &hidden };
        source = rest;
    }
    while let Some(start) = code.find("#[cfg(test)]") {
        let mut depth = 0;
        let last = code.bytes().skip(start).position(|c| {
            depth += i32::from(b"{([".contains(&c)) - i32::from(b"})]".contains(&c));
            depth == 0 && matches!(c, b'}' | b';')
        });
        let item = start..last.map_or(code.len(), |last| start + last + 1);
        let nothing = blank(code.get(item.clone()).unwrap_or_default());
        code.replace_range(item.clone(), &nothing);
        texts.replace_range(item, &nothing);
    }
    (code, texts)
}

/// Every path in the code, `a::{b, c::d as e}` as `a::b` and `a::c::d::as::e`; a word is a path.
fn paths(code: &str) -> Vec<Lined> {
    let (mut paths, mut path, mut line) = (Vec::new(), String::new(), 1);
    let mut groups = vec![String::new()]; // what the paths in each open brace begin with
    for c in code.chars() {
        let group = groups.last().cloned().unwrap_or_default();
        match c {
            c if is_word(c) || c == ':' || c == '*' => path.push(c),
            ' ' if path == "static" || !(path.is_empty() || group.is_empty()) => path += "::",
            '{' if path.ends_with("::") => groups.push(group + &take(&mut path)),
            c => {
                if !path.is_empty() {
                    paths.push((line, group + &take(&mut path)));
                }
                match c {
                    '{' => groups.push(String::new()),
                    '}' => drop(groups.pop()),
                    _ => line += usize::from(c == '\n'),
                }
            }
        }
    }
    paths.push((line, path));
    paths
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).nth(1).unwrap_or_default()
}

fn names(list: &str, name: &str) -> bool {
    list.split(' ').any(|listed| listed == name)
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| names(rooms, room))
}

/// The room that a path leads to, if it starts at the crate's root.
fn used<'a>(file: &str, path: &'a str) -> Option<&'a str> {
    let above = path.strip_prefix(&"super::".repeat(file.matches('/').count()));
    let rest = path.strip_prefix("crate::").or(above)?;
    let room = rest.get(..until_no_word(rest))?;
    (above.is_none() || floor(room).is_some()).then_some(room)
}

/// The rows of `WORDS`, one for each word.
fn words() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    WORDS.lines().flat_map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let mut next = || cells.next().unwrap_or_default();
        let (words, rooms, why) = (next(), next(), next());
        words.split_whitespace().map(move |word| (word, rooms, why))
    })
}

fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let two = |w: &[&str]| matches!(w, ["SELECT", _] | ["INSERT", "INTO"] | ["DELETE", "FROM"]);
    words.windows(2).any(two) || words.windows(3).any(|w| matches!(w, ["UPDATE", _, "SET"]))
}

/// What is wrong in one file, each with its line.
fn faults(file: &str, source: &str) -> Vec<Lined> {
    let room = room(file);
    let mut faults = Vec::new();
    if floor(room).is_none() {
        faults.push((1, format!("`{room}` has no place in FLOORS")));
    }
    if source.lines().count() > LONGEST_FILE {
        faults.push((LONGEST_FILE + 1, format!("over {LONGEST_FILE} lines")));
    }
    if file.ends_with("/tests.rs") || file.contains("/tests/") {
        return faults;
    }
    let (code, texts) = code_and_texts(source);
    for (line, path) in paths(&code) {
        let is_shared = path.starts_with(SHARED.0) && room == SHARED.1;
        if let Some(used) = used(file, &path).filter(|used| *used != room && !is_shared)
            && floor(used).is_none_or(|used| Some(used) >= floor(room))
        {
            faults.push((line, format!("uses `{used}`, which is not below `{room}`")));
        }
        for (word, rooms, why) in words() {
            let sought = format!("::{word}::");
            let found = format!("::{path}::").contains(sought.trim_end_matches("*::"));
            if found && !names(rooms, room) {
                faults.push((line, format!("`{word}` belongs in {rooms}: {why}")));
            }
        }
    }
    let mut line = 1;
    for text in texts.split('"') {
        if room != "store" && is_sql(text) {
            faults.push((line, "SQL belongs in store".to_owned()));
        }
        line += text.matches('\n').count();
    }
    faults.sort();
    faults.dedup();
    faults
}

/// Every Rust file in a folder and below, by its path from `root`.
fn sources(root: &Path, folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(sources(root, &path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).map_err(io::Error::other)?;
            files.push((name.display().to_string(), fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

#[test]
fn every_room_keeps_the_rules_of_the_house() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(root, &root.join("src")).unwrap();
    assert!(sources.iter().any(|(file, _)| file == "src/lib.rs"));
    let mut all = Vec::new();
    for (file, source) in sources {
        let faults = faults(&file, &source).into_iter();
        all.extend(faults.map(|(line, rule)| format!("{file}:{line}: {rule}")));
    }
    assert!(all.is_empty(), "{} faults\n{}", all.len(), all.join("\n"));
}

#[test]
fn every_word_is_found_where_it_is_not_allowed_and_only_there() {
    for room in FLOORS.iter().flat_map(|rooms| rooms.split(' ')) {
        for (word, rooms, _) in words() {
            let written = word.replace("::mut", " mut").replace('*', "_as");
            let faults = faults(&format!("src/{room}.rs"), &format!("f(a.{written}!())"));
            let start = format!("`{word}` ");
            let found = faults.iter().any(|(_, rule)| rule.starts_with(&start));
            assert_eq!(found, !names(rooms, room), "{word} in {room}");
        }
    }
}

/// Lines with `!!` are those at fault.
fn assert_faults(file: &str, source: &str) {
    let found: Vec<usize> = faults(file, source).iter().map(|(line, _)| *line).collect();
    let lines = source.lines().zip(1..);
    let marked = lines.filter_map(|(text, line)| text.contains("!!").then_some(line));
    assert_eq!(found, marked.collect::<Vec<usize>>(), "{file}: {source}");
}

#[test]
fn wrong_uses_unknown_rooms_and_long_files_are_found() {
    let source = "use crate::{clock::Clock, keyring as k};
        use crate::{config, json::{Json, Value}, token::Kind,
            app as a, // !!
            network, mail::{Message, // !!
            }};
        fn f() -> crate::store::Users { // !!
            crate::attic::f(); // !!
            super::super::json::f();
            super::super::session::f(); // !!
            super::session::f()
        }
        use crate::*; // !!
    ";
    assert_faults("src/token/access.rs", source);
    let claims = "use crate::token::claims::Access; use crate::clock::Clock;
        use crate::token::{Access, Tokens}; // !!
        use crate::keyring::Keyring;";
    assert_faults("src/verifier/claims.rs", claims);
    assert_faults(
        "src/store/claims.rs",
        &claims.replacen(";\n", "; // !!\n", 1),
    );
    assert_faults("src/attic/chest.rs", "// !!");
    let full = "\n".repeat(LONGEST_FILE);
    assert_faults("src/app.rs", &full);
    assert_faults("src/app/tests.rs", &(full + "// !!"));
}

#[test]
fn words_are_found_in_code_and_nowhere_else() {
    let source = r##"fn f<'a>(env: &'static mut X) -> &'a str { "axum" }
        static mut X: char = '"'; // axum !!
        static Y: &str = r#"" axum "# /* axum */ ; axum // !!
        use std::{fs, env::{self as e}}; // !!
        const SQL: &str = "SELECT"; f("UPDATE it", "\" axum", b'\'')
        /* !! */ const A: &str = "UPDATE users
            SET a = 1"; f("SELECT 1", '\\') // !!
        const B: &str = "DELETE FROM a"; "INSERT INTO b"; // !!
        #[cfg(test)] mod tests { fn axum() { "SELECT 1"; } }
        #[cfg(test)] use axum::{Json, Router}; f(axum) // !!
    "##;
    assert_faults("src/app.rs", source);
    assert_faults("src/app/tests.rs", "use axum;");
    assert_faults("src/identity.rs", "sqlx::Type;\nsqlx::query_as // !!");
    assert_faults("src/store/users.rs", "sqlx::query(\"SELECT 1\").await");
}
