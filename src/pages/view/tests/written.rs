//! Writes every page into files.

use std::{fs, path::Path};

use super::{all, html};

/// Run by hand: `cargo test --lib pages_are_written_down -- --ignored`.
#[test]
#[ignore = "writes files for a human to look at"]
fn pages_are_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp/pages");
    fs::create_dir_all(&folder).unwrap();
    let long = "Wörter & Sätze<br>".repeat(20) + &"W".repeat(40);
    let long = all(&long).map(|(locale, name, page)| (locale, name + "-long", page));
    for (locale, name, page) in all("Codeberg").chain(long) {
        let name = format!("{name}.{}", locale.tag());
        let headers = page.headers().iter();
        let headers = headers.map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
        let headers: String = headers.collect();
        for (ending, text) in [("headers", headers), ("html", html(page))] {
            fs::write(folder.join(format!("{name}.{ending}")), text).unwrap();
        }
    }
}
