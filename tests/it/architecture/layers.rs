//! A top-level module uses modules of lower layers only, and some words are restricted to some
//! modules.

use super::source::Source;

/// The top-level modules by layer, lowest first. A module uses modules of lower layers.
const LAYERS: &[&str] = &[
    "audit blocking cached_document characters clock detached entropy json locale log_limit metrics pkcs8 spent",
    "branding",
    "cached_fetch client connect identity jws_compact microsoft_tenants network passkey telemetry templates tls",
    "config key_set",
    "keyring",      // above config: it reads the issuer and the settings of keys
    "rotation",     // above keyring: it waits for the disk, which the keyring never does
    "coordination", // above keyring: the names of its keys are derived from the secrets
    "dpop",         // above keyring: nonces are derived from its secrets
    "fetch limits mail password store token verifier",
    "internal",
    "admission backchannel_logout sealed_passwords second_factor",
    "admin import profile provider session",
    "oauth",
    "app",
    "http",
    "api pages",
    "router",
    "cli lib main",
];

/// Restricted words, the modules that may contain them, and the reason. `*` stands for the end of a
/// word.
const WORDS: &str = "
    axum StatusCode | http api pages router cli verifier | the domain is independent of HTTP; the verifier's axum extractor answers requests
    jsonwebtoken    | token keyring verifier key_set | JWTs are verified in one module of the service and one of the verifier library
    reqwest         | verifier       | the service sends requests to other servers by `fetch`
    rustls tokio_rustls rustls_platform_verifier | connect tls | TLS is set up in one module for other servers, and in one for clients
    argon2          | password       | passwords are hashed in one thread pool
    schemars        | http api pages router | only endpoints have schemas
    oauth2          | provider       | responses of providers are parsed in one module
    fluent_bundle unic_langid | locale | user texts are formatted in one module
    minijinja       | templates      | pages and mails share one template engine
    lettre          | mail           | mails are sent from one module
    ciborium coset  | passkey        | CBOR is read in one module
    csv_core        | import         | CSV is read in one module
    ipnet           | network        | trusted proxies are decided in one module
    prometheus_client | metrics app  | metric names and formats are defined in one module
    sqlx            | store identity | one module sends queries to the database
    redis           | coordination   | one module sends commands to the coordination server
    sqlx::query*    | store          | other modules use only the derives of sqlx
    std::env        | config main    | the environment is read in two modules
    await           | backchannel_logout blocking cached_fetch connect coordination detached dpop limits tls rotation fetch token mail password store verifier admission sealed_passwords second_factor admin import profile provider session oauth app http api pages router cli main | all other modules are synchronous
    OnceLock OnceCell | router locale | a lazily built value is a field, never a static
    static::mut LazyLock lazy_static thread_local | no module | no global state
";
/// A path that a module of the same layer may use: token claims have the same meaning for every
/// reader.
const SHARED: (&str, &str) = ("crate::token::claims::", "verifier");
const LONGEST_FILE: usize = 400;

/// A line and its fault.
type Fault = (usize, String);

fn names(list: &str, name: &str) -> bool {
    list.split(' ').any(|listed| listed == name)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| names(modules, module))
}

/// The top-level module of a path from the crate root.
fn used<'a>(source: &Source, segments: &'a [String]) -> Option<&'a str> {
    let depth = source.module.len() - 1;
    let above = segments.iter().take_while(|it| *it == "super").count() == depth;
    let module = match segments {
        [first, module, ..] if first == "crate" => module,
        _ if above && depth > 0 => segments
            .get(depth)
            .filter(|module| layer(module).is_some())?,
        _ => return None,
    };
    Some(module)
}

/// The rows of `WORDS`, one for each word.
fn words() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    WORDS.lines().flat_map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let mut next = || cells.next().unwrap_or_default();
        let (words, modules, why) = (next(), next(), next());
        words
            .split_whitespace()
            .map(move |word| (word, modules, why))
    })
}

fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let two = |w: &[&str]| matches!(w, ["SELECT", _] | ["INSERT", "INTO"] | ["DELETE", "FROM"]);
    words.windows(2).any(two) || words.windows(3).any(|w| matches!(w, ["UPDATE", _, "SET"]))
}

/// The faults of one file.
fn faults(source: &Source) -> Vec<Fault> {
    let module = source.top_module();
    let mut faults = Vec::new();
    if layer(module).is_none() {
        faults.push((1, format!("`{module}` has no place in LAYERS")));
    }
    if source.lines > LONGEST_FILE {
        faults.push((LONGEST_FILE + 1, format!("over {LONGEST_FILE} lines")));
    }
    if source.is_test() {
        return faults;
    }
    for path in source.paths() {
        let (line, segments) = (path.line, &path.segments);
        let path = segments.join("::");
        let is_shared = path.starts_with(SHARED.0) && module == SHARED.1;
        if let Some(used) = used(source, segments).filter(|used| *used != module && !is_shared)
            && layer(used).is_none_or(|used| Some(used) >= layer(module))
        {
            faults.push((
                line,
                format!("uses `{used}`, which is not below `{module}`"),
            ));
        }
        for (word, modules, why) in words() {
            let sought = format!("::{word}::");
            let found = format!("::{path}::").contains(sought.trim_end_matches("*::"));
            if found && !names(modules, module) {
                faults.push((line, format!("`{word}` belongs in {modules}: {why}")));
            }
        }
    }
    for (line, text) in source.texts() {
        if module != "store" && is_sql(&text) {
            faults.push((line, "SQL belongs in store".to_owned()));
        }
    }
    faults.sort();
    faults.dedup();
    faults
}

#[test]
fn modules_use_lower_layers_only() {
    let mut all = Vec::new();
    for source in Source::all() {
        let faults = faults(&source).into_iter();
        all.extend(faults.map(|(line, rule)| format!("{}:{line}: {rule}", source.file)));
    }
    assert!(all.is_empty(), "{} faults\n{}", all.len(), all.join("\n"));
}

#[test]
fn restricted_words_are_found_where_they_are_forbidden() {
    for module in LAYERS.iter().flat_map(|modules| modules.split(' ')) {
        for (word, modules, _) in words() {
            let text = match word {
                "await" => "async fn f() { g.await }".to_owned(),
                "static::mut" => "static mut X: u8 = 0;".to_owned(),
                word => format!("fn f() {{ f(a::{}!()) }}", word.replace('*', "_as")),
            };
            let faults = faults(&Source::parse(&format!("src/{module}.rs"), &text));
            let start = format!("`{word}` ");
            let found = faults.iter().any(|(_, rule)| rule.starts_with(&start));
            assert_eq!(found, !names(modules, module), "{word} in {module}");
        }
    }
}

/// Lines with `!!` contain faults.
fn assert_faults(file: &str, source: &str) {
    let parsed = Source::parse(file, source);
    let found: Vec<usize> = faults(&parsed).iter().map(|(line, _)| *line).collect();
    let lines = source.lines().zip(1..);
    let marked = lines.filter_map(|(text, line)| text.contains("!!").then_some(line));
    assert_eq!(found, marked.collect::<Vec<usize>>(), "{file}: {source}");
}

#[test]
fn wrong_imports_unknown_modules_and_long_files_are_found() {
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
fn words_are_found_in_code_only() {
    let source = r##"fn f<'a>(env: &'static mut X) -> &'a str { "axum" }
        static mut X: char = '"'; // axum !!
        static Y: &str = r#"" axum "# /* axum */ ; use axum; // !!
        use std::{fs, env::{self as e}}; // !!
        const SQL: &str = "SELECT"; fn a() { f("UPDATE it", "\" axum", b'\'') }
        /* !! */ const A: &str = "UPDATE users
            SET a = 1"; fn b() { f("SELECT 1", '\\') } // !!
        const B: &str = "DELETE FROM a"; const C: &str = "INSERT INTO b"; // !!
        #[cfg(test)] mod tests { fn axum() { "SELECT 1"; } }
        #[cfg(test)] use axum::{Json, Router}; fn c() { f(axum) } // !!
        fn d() { tracing::info!("it {}", axum::f()); } // !!
    "##;
    assert_faults("src/app.rs", source);
    assert_faults("src/app/tests.rs", "use axum;");
    assert_faults(
        "src/identity.rs",
        "type A = sqlx::Type;\ntype B = sqlx::query_as; // !!",
    );
    assert_faults(
        "src/store/users.rs",
        "async fn f() { sqlx::query(\"SELECT 1\").await }",
    );
}
