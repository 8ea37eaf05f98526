//! Third-party programs of `tests/recipes` that are driven line by line.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    holds_within_limit,
    recipes::{AUDIENCE, files_of, node, within},
    requirements,
};

/// A running program, stopped when dropped.
pub struct Script {
    folder: TempDir,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Script {
    /// Starts a program with AUDIENCE in its environment.
    pub fn start(name: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let (recipe, program) = match name {
            "openid-client" => (name, "client.js"),
            "openid-client/dpop" => ("openid-client", "dpop.js"),
            "authlib" => (name, "client.py"),
            "authlib/dpop" => ("authlib", "dpop.py"),
            "browser" => (name, "browse.js"),
            _ => panic!("there is no script {name}"),
        };
        let folder = files_of(recipe);
        let mut command = if recipe == "authlib" {
            let mut command = Command::new(requirements::python_with_authlib()?);
            command.arg(program);
            command
        } else {
            node(recipe, program, folder.path())?
        };
        let said = fs::File::create(folder.path().join("said")).unwrap();
        within(&mut command, folder.path())
            .env("AUDIENCE", AUDIENCE)
            // Authlib accepts http URLs only with this variable.
            .env("AUTHLIB_INSECURE_TRANSPORT", "1")
            // The profile folder of Chromium.
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

    /// The next line of output.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "it ended: {}", self.said());
        line.trim_end().to_owned()
    }

    /// Sends a line.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap_or_else(|error| panic!("{error}: {}", self.said()));
    }

    /// Sends a line and returns the reply.
    pub fn ask(&mut self, line: &str) -> Value {
        self.tell(line);
        self.reply()
    }

    /// The next line of output, which is JSON.
    pub fn reply(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The standard error output.
    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // The process group, so that Chromium ends with its driver.
        self.input = None;
        if !holds_within_limit(|| self.child.try_wait().is_ok_and(|status| status.is_some())) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Chromium, driven by `tests/recipes/browser`.
pub struct Chromium(Script);

impl Chromium {
    pub fn start() -> Option<Self> {
        let program = requirements::chromium()?;
        let environment = [("CHROMIUM", program.as_str())];
        Some(Self(Script::start("browser", &environment)?))
    }

    /// Executes these steps and returns their results. Policy violations and failed requests of a
    /// page are failures.
    pub fn take(&mut self, steps: &Value) -> Value {
        let came = self.0.ask(&steps.to_string());
        assert_eq!(came["stopped"], Value::Null, "{came:#}");
        assert_eq!(came["problems"], Value::Array(vec![]), "{came:#}");
        came
    }
}
