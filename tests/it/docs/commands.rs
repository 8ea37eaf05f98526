//! Every shell command of the README and of `docs` begins with a known program, and the commands of Signet are
//! those that its command line accepts.

use std::path::Path;

use crate::{
    cli::commands::run_signet,
    docs::{all, blocks},
};

/// The programs that the pages use, and the shell's own words.
const PROGRAMS: &[&str] = &[
    "CARGO_PROFILE_RELEASE_STRIP=none",
    "benches/nodes/run",
    "cargo",
    "cat",
    "cd",
    "curl",
    "do",
    "done",
    "export",
    "for",
    "git",
    "gitea",
    "kube-apiserver",
    "kubectl",
    "occ",
    "python3",
    "read",
    "rm",
    "signet",
    "sqlite3",
    "pg_dump",
    "systemctl",
    "tests/cluster/run",
    "tests/fuzz/run",
    "tests/run",
    "tests/simulate",
    "token()",
];

/// Returns the commands of a shell block, without comments and documents within.
fn commands(block: &str) -> Vec<String> {
    let joined = block.replace("\\\n", " ");
    let mut commands = Vec::new();
    let mut lines = joined.lines();
    let mut quoted = false;
    while let Some(line) = lines.next() {
        let was_quoted = quoted;
        quoted ^= line.matches('\'').count() % 2 == 1;
        if was_quoted {
            continue;
        }
        if let Some((_, end)) = line.split_once("<<'") {
            let end = end.trim_end_matches('\'');
            lines.by_ref().find(|line| *line == end);
        }
        let line = line.split(" #").next().unwrap().trim();
        if !line.is_empty() && !line.starts_with('#') {
            commands.push(line.to_owned());
        }
    }
    commands
}

/// Returns the arguments of each call of Signet in a command, without a redirection of its output.
fn calls_of_signet(command: &str) -> Vec<Vec<String>> {
    let calls = command.split(" && ").flat_map(|part| part.split(" | "));
    let calls = calls.filter_map(|part| {
        part.rsplit_once("signet ").filter(|(before, _)| {
            before.is_empty() || before.ends_with("sudo -u ") || before.ends_with("/srv/")
        })
    });
    calls
        .map(|(_, rest)| {
            let words = rest.split_whitespace().take_while(|word| *word != ">");
            words
                .map(|word| word.trim_matches('\'').to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn every_command_of_the_docs_is_known() {
    let mut faults = Vec::new();
    for (name, text) in all() {
        if ["docs/cli.md", "docs/api.md"].contains(&name.as_str()) {
            continue;
        }
        for block in blocks(text, "bash") {
            for command in commands(block) {
                let program = command.split_whitespace().next().unwrap();
                if !PROGRAMS.contains(&program) {
                    faults.push(format!("{name}: {command}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `--help` at the end prints the help only if all words before it are valid.
#[test]
fn signet_accepts_every_command_of_the_docs() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for (name, text) in all() {
        let blocks = [blocks(text, "bash"), blocks(text, "")].concat();
        let of_blocks = blocks.into_iter().flat_map(commands);
        // Commands within the text.
        let prose = text.split("\n```").step_by(2);
        let inline = prose.flat_map(|piece| piece.split('`').skip(1).step_by(2));
        let inline = inline
            .filter(|code| code.starts_with("signet ") && !code.contains(" = "))
            .map(|code| {
                let code = code.replace(['\n', '[', ']'], " ");
                code.replace("URL", "postgres://localhost/signet")
                    .replace(" ROLE", " admin")
                    .replace('…', "")
            });
        for command in of_blocks.chain(inline) {
            for mut arguments in calls_of_signet(&command) {
                count += 1;
                arguments.push("--help".to_owned());
                let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
                let output = run_signet(Path::new("/"), &arguments, "");
                if output.code != 0 {
                    faults.push(format!("{name}: {command}: {}", output.err));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 20, "{count}");
}
