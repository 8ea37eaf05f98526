//! The foreign programs of `tests/recipes` that are talked with, by the line.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    patiently,
    recipes::{AUDIENCE, files_of, node, within},
    requirements,
};

/// A client or a browser that runs. Ended when dropped.
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
            // Where Chromium keeps things.
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
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

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "it ended: {}", self.said());
        line.trim_end().to_owned()
    }

    /// Tells it something and hears what it makes of that.
    pub fn ask(&mut self, line: &str) -> Value {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap_or_else(|error| panic!("{error}: {}", self.said()));
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
        // Chromium is to go with its driver, and nothing of it to stay.
        self.input = None;
        if !patiently(|| self.child.try_wait().is_ok_and(|status| status.is_some())) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A Chromium (`tests/recipes/browser`).
pub struct Chromium(Script);

impl Chromium {
    pub fn start() -> Option<Self> {
        let program = requirements::chromium()?;
        let environment = [("CHROMIUM", program.as_str())];
        Some(Self(Script::start("browser", &environment)?))
    }

    /// Takes these steps: what came of them. Whatever a page was refused by its policy, or failed at, is
    /// a failure.
    pub fn take(&mut self, steps: &Value) -> Value {
        let came = self.0.ask(&steps.to_string());
        assert_eq!(came["stopped"], Value::Null, "{came:#}");
        assert_eq!(came["problems"], Value::Array(vec![]), "{came:#}");
        came
    }
}
