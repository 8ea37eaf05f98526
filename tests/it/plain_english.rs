//! Habits of writing that must not come back: riddles and worn phrases, in what people read and in the
//! sources. The rules behind them: subject first, the field's noun, cause and remedy.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::cli::commands::run_signet;

/// First words that hide the subject of a sentence, in any text.
const OPENINGS: &[&str] = &["Anybody", "Nobody", "Somebody", "Whoever", "Whomever"];

/// Further first words that are refused in API descriptions and help texts.
const RIDDLES: &[&str] = &["Where", "Whether", "Who", "Whom", "Whose"];

/// Sentences without a subject of their own.
const EMPTY_SENTENCES: &[&str] = &["It can.", "It does.", "It is.", "In any case."];

/// Phrases that are refused everywhere, in lower case.
const PHRASES: &[&str] = &[
    "as often as may be",
    "as they may be",
    "by its own",
    "is none",
    "makes no sense",
    "no good",
];

/// Words that are refused in what people read, in lower case, by language.
const WORDS_OF_TEXTS: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "anybody",
            "at once",
            "e-mail",
            "e‑mail",
            "elsewhere",
            "good for",
            "mailbox",
            "please",
            "press",
            "sign in",
            "sign out",
            "somebody",
            "whoever",
        ],
    ),
    (
        "de",
        &[
            "account",
            "bescheid",
            "einloggen",
            "knopf",
            "nach dem rechten",
            "postfach öffnen",
            "ungültig",
            "verknüpfen",
            "von da an",
            "von nun an",
            "wer { $host } betreibt",
        ],
    ),
    (
        "es",
        &[
            "a partir de ese momento",
            "buzón",
            "caducado",
            "caducó",
            "dondequiera",
            "e-mail",
            "ordenador",
            "pulse",
            "sin más",
        ],
    ),
    (
        "zh",
        &[
            "信箱",
            "别处",
            "前述",
            "点击一下",
            "登陆",
            "登出",
            "账户",
            "非法",
        ],
    ),
];

/// How many habits the comments in the Rust files of these folders still have. A change that removes some lowers
/// the number; none may raise it.
const ALLOWED_IN_COMMENTS: &[(&str, usize)] = &[("src", 2), ("tests", 0)];

/// Every command that has a help text.
const COMMANDS: &[&str] = &[
    "",
    "serve",
    "migrate",
    "keys",
    "keys generate",
    "keys list",
    "keys rotate",
    "keys prune",
    "keys jwks",
    "mail",
    "mail preview",
    "mail send",
    "pages",
    "pages preview",
    "users",
    "users create",
    "users list",
    "users show",
    "users disable",
    "users enable",
    "users role",
    "users logout",
    "users delete",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every file below a folder whose name has that extension, with its path from the root.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // Builds of nested packages lie there.
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|it| it == extension) {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The sentences of a text, each with its end.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '!', '?', '\n'])
        .map(|sentence| sentence.trim_matches([' ', '\n', '"', '·']))
}

fn first_word(sentence: &str) -> &str {
    sentence
        .split([' ', ',', '.', '\''])
        .next()
        .unwrap_or_default()
}

/// How often the text has the phrase between other words. Chinese has no spaces between words.
fn count(text: &str, phrase: &str) -> usize {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_han = phrase.chars().all(|c| c > '\u{2fff}');
    let found = text.match_indices(phrase).filter(|(at, _)| {
        let (before, after) = (&text[..*at], &text[at + phrase.len()..]);
        is_han || !(is_part(before.chars().last()) || is_part(after.chars().next()))
    });
    found.count()
}

fn phrases<'a>(text: &str, phrases: impl IntoIterator<Item = &'a &'a str>) -> Vec<String> {
    let lower = text.to_lowercase();
    let found = phrases.into_iter();
    let found = found.flat_map(|phrase| vec![format!("has {phrase:?}"); count(&lower, phrase)]);
    found.collect()
}

/// The habits of a text that hold anywhere.
fn habits(text: &str) -> Vec<String> {
    let mut habits = phrases(text, PHRASES);
    for sentence in sentences(text) {
        let opening = first_word(sentence);
        if OPENINGS.contains(&opening) && !sentence.ends_with('?') {
            habits.push(format!("opens with {opening}"));
        }
        if EMPTY_SENTENCES.contains(&sentence) {
            habits.push(format!("says no more than {sentence:?}"));
        }
    }
    habits
}

/// The habits of a text that people read, in that language.
fn habits_of_text(text: &str, language: &str) -> Vec<String> {
    let words = WORDS_OF_TEXTS.iter().filter(|(of, _)| *of == language);
    let mut habits = habits(text);
    habits.extend(phrases(text, words.flat_map(|(_, words)| *words)));
    habits
}

/// The habits of a description in the API or a help text.
fn habits_of_reference(text: &str) -> Vec<String> {
    let mut habits = habits_of_text(text, "en");
    let riddles = sentences(text).map(first_word);
    let riddles = riddles.filter(|word| RIDDLES.contains(word));
    habits.extend(riddles.map(|word| format!("opens with {word}")));
    habits
}

/// The string literals in code, each on a separate line. The code between them stays and is harmless.
fn texts(code: &str) -> String {
    code.replace('\n', " ").replace('"', "\n")
}

/// The comments and the other lines of a source, each joined to one text. Continued lines of a string are one.
fn comments_and_code(source: &str) -> (String, String) {
    let (mut comments, mut code) = (String::new(), String::new());
    let mut in_comment = false;
    for line in source.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("//") {
            let comment = comment.trim_start_matches(['/', '!']).trim();
            let is_new = !in_comment || comment.is_empty();
            comments += if is_new { "\n" } else { " " };
            comments += comment;
            in_comment = true;
        } else {
            in_comment = false;
            let continued = line.strip_suffix('\\');
            code += continued.unwrap_or(line);
            code += if continued.is_some() { "" } else { "\n" };
        }
    }
    (comments, code)
}

fn assert_none(found: &[String]) {
    assert!(
        found.is_empty(),
        "{} habits\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn user_texts_are_plain() {
    let mut found = Vec::new();
    for (file, text) in files("src/locale", "ftl") {
        let language = file.split('/').nth(2).unwrap();
        for line in text.lines() {
            let text = line.split_once(" = ").map_or(line, |(_, text)| text);
            let habits = habits_of_text(text, language).into_iter();
            found.extend(habits.map(|habit| format!("{file}: {habit}: {line}")));
        }
    }
    let templates = files("src", "html").into_iter().chain(files("src", "txt"));
    for (file, text) in templates {
        let habits = habits(&text).into_iter();
        found.extend(habits.map(|habit| format!("{file}: {habit}")));
    }
    assert_none(&found);
}

#[test]
fn openapi_texts_are_plain() {
    let document: Value = serde_json::from_str(include_str!("../golden/openapi.json")).unwrap();
    let mut found = Vec::new();
    let mut values = vec![&document];
    while let Some(value) = values.pop() {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let is_text = ["description", "summary", "title"].contains(&name.as_str());
                    if let Some(text) = member.as_str().filter(|_| is_text) {
                        let habits = habits_of_reference(text).into_iter();
                        found.extend(habits.map(|habit| format!("{habit}: {text}")));
                    }
                    values.push(member);
                }
            }
            Value::Array(all) => values.extend(all),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    assert_none(&found);
}

#[test]
fn help_is_plain() {
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for command in COMMANDS {
        let arguments: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let arguments = arguments.strip_prefix(&[""]).unwrap_or(&arguments);
        let help = run_signet(folder.path(), arguments, "");
        assert_eq!(help.code, 0, "{command}: {}", help.err);
        let text = help.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let habits = habits_of_reference(&text).into_iter();
        found.extend(habits.map(|habit| format!("signet {command}: {habit}")));
    }
    assert_none(&found);
}

/// The Rust files of a folder but for this one, which names the habits.
fn sources(folder: &str) -> impl Iterator<Item = (String, String)> {
    let files = files(folder, "rs").into_iter();
    files.filter(|(file, _)| !file.ends_with("plain_english.rs"))
}

#[test]
fn errors_and_log_messages_are_plain() {
    let mut found = Vec::new();
    for (file, source) in sources("src") {
        let (_, code) = comments_and_code(&source);
        let habits = habits(&texts(&code)).into_iter();
        found.extend(habits.map(|habit| format!("{file}: {habit}")));
    }
    assert_none(&found);
}

#[test]
fn comments_exceed_no_allowance() {
    for (folder, allowed) in ALLOWED_IN_COMMENTS {
        let mut found = Vec::new();
        for (file, source) in sources(folder) {
            let habits = habits(&comments_and_code(&source).0).into_iter();
            found.extend(habits.map(|habit| format!("{file}: {habit}")));
        }
        let count = found.len();
        assert!(
            count <= *allowed,
            "comments in {folder} have {count} habits, and {allowed} are allowed\n{}",
            found.join("\n")
        );
        assert_eq!(
            count, *allowed,
            "comments in {folder} have fewer habits than before: set the number to {count}"
        );
    }
}

#[test]
fn habits_are_found_and_plain_sentences_pass() {
    for text in [
        "Whoever signs in is known.",
        "Nobody is told.",
        "Done. Somebody else is asked.",
        "It is. And more.",
        "In any case.",
        "The address is none of ours.",
        "Sent as often as may be.",
        "That token is no good.",
    ] {
        assert_eq!(habits(text).len(), 1, "{text}");
    }
    for text in [
        "All sessions have ended; nobody is logged in.",
        "It is read again. It does so at once.",
        "This is nonetheless no goodbye.",
        "Nobody home?",
    ] {
        assert_eq!(habits(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(habits_of_text("Look into your mailbox.", "en").len(), 1);
    assert_eq!(habits_of_text("Mire su buzón.", "es").len(), 1);
    assert_eq!(habits_of_text("请查看信箱。", "zh").len(), 1);
    assert_eq!(habits_of_reference("Whether the process lives.").len(), 1);
    let source = "/// Verifies a token. Whoever\n/// presents it, is known.\nfn f() {\n    \
                  g(\"Nobody \\\n       knows\");\n}\n//\n// Nobody\n";
    let (comments, code) = comments_and_code(source);
    assert_eq!(habits(&comments).len(), 2, "{comments}");
    assert_eq!(habits(&texts(&code)).len(), 1, "{code}");
}
