//! The README: its transcript, tables and configurations match the service.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use signet::{
    client::SecretHash,
    config::{Config, FlagSettings, SettingSources},
};

use crate::support::{process::ServiceProcess, requirements};

const README: &str = include_str!("../../README.md");

/// A section's text.
pub fn section(title: &str) -> &'static str {
    let (_, rest) = README
        .split_once(&format!("\n## {title}\n"))
        .expect("the section");
    rest.split("\n## ").next().unwrap()
}

/// The shell commands of a section.
fn commands(title: &str) -> Vec<String> {
    let section = section(title);
    let blocks = section.split("\n```bash\n").skip(1);
    blocks
        .map(|block| block.split("\n```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn readme_transcript_works() {
    let Some(python) = requirements::python_with_pyjwt() else {
        return;
    };
    let mut service = ServiceProcess::start(&[]);
    let blocks = commands("Try it");
    assert_eq!(blocks.len(), 8);
    let address = service.address.to_string();
    // The Python of the virtual environment replaces a machine with PyJWT.
    let script = blocks
        .join("\necho; echo '--'\n")
        .replace("127.0.0.1:8080", &address);
    let script = script.replace("python3 verify.py", &format!("{python} verify.py"));

    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(shell.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut step = || {
        out.by_ref()
            .take_while(|line| line != "--")
            .collect::<Vec<_>>()
            .join("\n")
    };

    assert!(step().starts_with("HTTP/1.1 202"));
    let token = service.printed_token();
    writeln!(shell.stdin.take().unwrap(), "{token}").unwrap();
    assert_eq!(step().trim(), "");
    assert!(step().contains("\"access_token\""));
    assert!(step().contains("\"refresh_token\""));
    let session = step();
    assert!(
        session.contains("\"sid\"") && session.contains("ada@example.com"),
        "{session}"
    );
    assert_eq!(step().matches("\"access_token\"").count(), 3);
    let verified = step();
    assert!(verified.contains("'client_id': 'default'"), "{verified}");
    assert!(step().starts_with("HTTP/1.1 204"));
    assert!(shell.wait().unwrap().success());
}

/// The restore runbook names the audit events whose effects a restore loses, and no unknown event.
#[test]
fn restore_runbook_names_the_lost_audit_events() {
    let rows = section("Restoring a backup")
        .lines()
        .skip_while(|line| !line.starts_with("| `act` |"));
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1)).skip(2);
    let named: BTreeSet<_> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    for act in [
        "password_change",
        "user_disable",
        "user_delete",
        "role_change",
        "address_change",
    ] {
        assert!(named.contains(act), "{act}: {named:?}");
    }
    let known = include_str!("../../src/audit.rs");
    for act in named {
        assert!(known.contains(&format!("=> \"{act}\",")), "{act}");
    }
}

/// The README lists exactly the existing error codes.
#[test]
fn readme_lists_every_error_code() {
    let named: BTreeSet<_> = section("Routes")
        .lines()
        .skip_while(|line| !line.starts_with("| code |"))
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| {
            line.split('|')
                .nth(1)
                .unwrap()
                .split('`')
                .skip(1)
                .step_by(2)
        })
        .map(str::to_owned)
        .collect();
    let source = include_str!("../../src/http/problem/codes.rs");
    let (_, table) = source.split_once("\ncodes! {").expect("the table");
    // Each row begins with `Name = "code", STATUS`.
    let rows = table.split(" = \"").skip(1);
    let used = rows
        .map(|row| row.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(named, used);
}

/// Loads the configuration blocks of a section.
fn configuration(title: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let held = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let key = include_str!("../golden/0.1.0/20260101T000000Z.es256.pem");
    let (key, secret) = (held("key", key), held("secret", "hunter2"));
    let hash_text = SecretHash::of("hunter2").to_string();
    let hash = held("hash", &hash_text);
    let blocks = section(title).split("\n```toml\n").skip(1);
    let mut configured = String::new();
    for block in blocks.map(|block| block.split("\n```").next().unwrap()) {
        for line in block.lines() {
            let line = line.replace("sha256:…", &hash_text);
            let path = line.split('"').nth(1).unwrap_or_default();
            let there = match path.strip_prefix("/run/secrets/") {
                Some(name) if name.starts_with("AuthKey_") => &key,
                Some(name) if name.ends_with(".hash") => &hash,
                Some(_) => &secret,
                None => path,
            };
            configured += &line.replace(path, there);
            configured += "\n";
        }
    }
    let sources =
        SettingSources::new(("README.md", &configured), [], FlagSettings::default()).unwrap();
    Config::load(sources).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The client and provider tables of the README are valid configurations.
#[test]
fn readme_configurations_are_valid() {
    let config = configuration("Configuration");
    let kinds: BTreeSet<_> = config.providers.iter().map(|it| it.brand).collect();
    let all = [
        "google",
        "github",
        "apple",
        "microsoft",
        "gitlab",
        "discord",
        "oidc",
    ];
    assert_eq!(kinds, BTreeSet::from(all));
}

/// The clients of other applications in the README are valid OpenID clients.
#[test]
fn readme_configurations_of_applications_are_valid() {
    let config = configuration("Authorization endpoint");
    let clients = config.clients.iter().filter(|client| client.is_openid());
    let names: BTreeSet<_> = clients.map(|it| it.client_id.as_str()).collect();
    let all = [
        "grafana",
        "gitea",
        "oauth2-proxy",
        "nextcloud",
        "kubernetes",
        "argocd",
        "argocd-cli",
        "wiki",
    ];
    assert_eq!(names, BTreeSet::from(all));
}

/// The README mentions every setting of clients and providers.
#[test]
fn readme_mentions_every_client_and_provider_setting() {
    let text = section("Configuration");
    for file in ["clients", "providers/read", "providers/credentials"] {
        let path = format!("{}/src/config/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(path).unwrap();
        for name in source.split("name(\"").skip(1) {
            let name = name.split('"').next().unwrap();
            assert!(text.contains(name), "the README does not name {name}");
        }
    }
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

/// The configuration reference lists exactly the existing settings.
#[test]
fn configuration_reference_lists_every_setting() {
    let mut named = vec![];
    for row in section("Configuration")
        .lines()
        .filter(|line| line.starts_with("| `"))
    {
        let cell = row.split('|').nth(1).unwrap();
        for name in cell.split('`').skip(1).step_by(2) {
            match name.strip_prefix('.') {
                // `password.queue`, `.queue_timeout`
                Some(rest) => named.push(format!("password.{rest}")),
                None => named.push(name.to_owned()),
            }
        }
    }
    let sources = [
        "admin",
        "database",
        "http",
        "issuer",
        "keys",
        "limits",
        "log",
        "mail",
        "mail/smtp",
        "metrics",
        "outbound",
        "pages",
        "password",
        "sso",
        "tls",
        "tokens",
    ]
    .map(|file| {
        let path = format!("{}/src/config/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    });
    let source = sources.join("\n");
    for name in &named {
        let (section, last) = name.rsplit_once('.').unwrap_or(("", name));
        let literal = source.contains(&format!("\"{name}\""));
        let prefixed = section == "tokens" && source.contains(&format!("name(\"{last}\")"));
        assert!(
            literal || prefixed,
            "the README names {name}, which is no setting"
        );
    }
    for text in source.split('"').skip(1).step_by(2) {
        let is_setting = [
            "admin.",
            "database.",
            "http.",
            "keys.",
            "limits.",
            "log.",
            "mail.",
            "metrics.",
            "pages.",
            "password.",
            "tokens.",
        ]
        .iter()
        .any(|section| {
            text.strip_prefix(section)
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        });
        if is_setting {
            assert!(
                named.iter().any(|name| name == text),
                "the README does not name {text}"
            );
        }
    }
}
