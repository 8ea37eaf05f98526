//! The foreign programs of `tests/recipes` that are talked with, by the line.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    recipes::{AUDIENCE, files_of, node, within},
    requirements,
};

/// A client or a browser that runs. Killed when dropped.
pub struct Script {
    folder: TempDir,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Script {
    /// Starts one, with AUDIENCE in its environment.
    pub fn start(name: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let folder = files_of(name);
        let mut command = match name {
            "openid-client" => node(name, "client.js", folder.path())?,
            "authlib" => {
                let mut command = Command::new(requirements::python_with_authlib()?);
                command.arg("client.py");
                command
            }
            "browser" => node(name, "browse.js", folder.path())?,
            _ => panic!("there is no script {name}"),
        };
        let said = fs::File::create(folder.path().join("said")).unwrap();
        within(&mut command, folder.path())
            .env("AUDIENCE", AUDIENCE)
            // Authlib's word for: this is a test.
            .env("AUTHLIB_INSECURE_TRANSPORT", "1")
            // Chromium leaves things there.
            .env("HOME", folder.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said);
        let mut child = command.spawn().unwrap();
        Some(Self {
            folder,
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        })
    }

    /// Tells it something.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap_or_else(|error| panic!("{error}: {}", self.said()));
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "it ended: {}", self.said());
        line.trim_end().to_owned()
    }

    fn answer(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// What it said on standard error.
    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes these steps in Chromium (`tests/recipes/browser`): what came of them. Everything that a page was
/// refused by its policy, or failed at, is a failure.
pub fn in_chromium(steps: &Value) -> Option<Value> {
    let chromium = requirements::chromium()?;
    let mut browser = Script::start("browser", &[("CHROMIUM", chromium)])?;
    browser.tell(&steps.to_string());
    browser.input = None;
    let came = browser.answer();
    assert_eq!(came["stopped"], Value::Null, "{came:#}");
    assert_eq!(came["problems"], Value::Array(vec![]), "{came:#}");
    Some(came)
}
