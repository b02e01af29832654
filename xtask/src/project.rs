//! Where things are, and how commands are run so that a reader sees what happens.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a task could not be finished, in a sentence for the person at the keyboard.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What every task returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Makes a [`Failure`] out of an IO error, with the path that it is about.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    move |error| Failure(format!("{}: {error}", path.display()))
}

/// The project's folders.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    /// What `cargo xtask setup` installs: tools and the Python environment. Not tracked; may be deleted at any time.
    pub(crate) setup: PathBuf,
}

impl Project {
    /// Finds the project around the running xtask.
    pub(crate) fn discover() -> Outcome<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .ok_or_else(|| Failure(String::from("start this through cargo: cargo xtask help")))?;
        let root = Path::new(&manifest).parent().unwrap_or(Path::new(".")).to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        // A relative CARGO_TARGET_DIR means relative to where cargo was started; every child must see the same place.
        let target = std::path::absolute(&target).map_err(at(&target))?;
        let setup = root.join(".setup");
        Ok(Self { root, target, setup })
    }

    /// A command that runs in the project's root, with the project's tools in front of `PATH`.
    pub(crate) fn step(&self, program: impl AsRef<OsStr>) -> Step {
        let mut command = Command::new(&program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target).env("PATH", self.path());
        // What a child of `cargo run` inherits would be taken for the package that is being built.
        for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
            command.env_remove(name);
        }
        Step { command, line: vec![program.as_ref().to_os_string()] }
    }

    /// `cargo` with its output shown.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Step {
        self.step("cargo").args(arguments)
    }

    /// The interpreter of the project's own Python environment.
    pub(crate) fn python(&self) -> PathBuf {
        self.setup.join("venv/bin/python")
    }

    fn path(&self) -> OsString {
        let mut folders = vec![self.setup.join("venv/bin"), self.root.join("node_modules/.bin")];
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        folders.push(PathBuf::from("/usr/sbin"));
        std::env::join_paths(folders).unwrap_or_default()
    }
}

/// One command: printed before it runs, judged by its exit code.
#[derive(Debug)]
pub(crate) struct Step {
    command: Command,
    line: Vec<OsString>,
}

impl Step {
    /// Adds arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        for argument in arguments {
            self.line.push(argument.as_ref().to_os_string());
            self.command.arg(argument);
        }
        self
    }

    /// Adds one argument, for paths.
    pub(crate) fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in a folder of the project.
    pub(crate) fn dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it with its output shown; any other exit code than 0 is a failure.
    pub(crate) fn run(mut self) -> Outcome {
        let line = self.line();
        println!("$ {line}");
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(()) } else { Err(Failure(format!("{line}: {status}"))) }
    }

    /// Runs it unseen and returns what it wrote to standard output.
    pub(crate) fn capture(mut self) -> Outcome<String> {
        let output = self.command.output().map_err(|error| self.not_started(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Failure(format!("{}: {}: {said}", self.line(), output.status)))
    }

    /// Whether it can be started and ends with exit code 0; its output is not shown.
    pub(crate) fn succeeds(mut self) -> bool {
        let command = self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn line(&self) -> String {
        let words: Vec<_> = self.line.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure(format!("{} could not be started: {error}", self.line()))
    }
}
