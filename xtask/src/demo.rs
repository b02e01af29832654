//! `cargo xtask demo`: a broker and four programs in four languages, and what they say to each other.

use core::time::Duration;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::build;
use crate::project::{Failure, Outcome, Project, at};
use crate::setup::{self, Need};

/// How often to look whether a program has ended.
const PAUSE: Duration = Duration::from_millis(50);

/// Longest run; it usually takes a quarter of this.
const DEMO_MAX: Duration = Duration::from_mins(2);

/// How often the sensor measures.
const ROUNDS: &str = "24";

/// The same for somebody who wants to look around: for months.
const ROUNDS_KEPT: &str = "100000000";

/// What the demonstration needs; the tests need more.
pub(crate) const NEEDS: &[Need] = &[Need::Targets, Need::Chromium, Need::Python, Need::Npm, Need::WasmBindgen];

/// `cargo xtask demo [--keep]`.
pub(crate) fn command(project: &Project, words: &[String]) -> Outcome {
    if let Some(unknown) = words.iter().find(|word| *word != "--keep") {
        return Err(Failure(format!("cargo xtask demo knows only --keep, not {unknown}")));
    }
    setup::meet(project, NEEDS)?;
    run(project, !words.is_empty())
}

/// Builds and runs it; with `keep` until somebody presses Ctrl-C.
pub(crate) fn run(project: &Project, keep: bool) -> Outcome {
    let program = build::broker(project)?;
    let monitor = build::demo_monitor(project)?;
    let sensor = build::demo_sensor(project)?;
    build::python_package(project)?;
    build::npm_package(project)?;
    println!("\nThe sensor is written in C, the controller in Python, the page in JavaScript, the monitor in Rust.\n");

    let (broker, addresses) = start_broker(&program)?;
    let broker = Running::new("broker", broker);
    let pictures = project.target.join("demo");
    fs::create_dir_all(&pictures).map_err(at(&pictures))?;
    let scripts = project.root.join("examples/demo");
    let mut page = vec![scripts.join("page.mjs").into(), addresses.ws.into(), pictures.clone().into_os_string()];
    page.extend(keep.then(|| "--keep".into()));
    let programs: [(&str, PathBuf, Vec<OsString>); 4] = [
        ("monitor", monitor, Vec::new()),
        ("page", PathBuf::from("node"), page),
        ("controller", project.python(), vec!["-u".into(), scripts.join("controller.py").into()]),
        ("sensor", sensor, Vec::new()),
    ];
    let mut actors = Vec::new();
    for (name, program, arguments) in programs {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&project.root).env("BROKER", &addresses.tcp);
        command.env("ROUNDS", if keep { ROUNDS_KEPT } else { ROUNDS });
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| Failure(format!("{name} could not be started: {error}")))?;
        actors.push(Running::new(name, child));
    }
    let outcome = finish(actors, keep);
    let ended = broker.terminate();
    outcome.and(ended)?;
    println!("\nAll four have ended, and so has the broker. What the pages looked like: {}", pictures.display());
    Ok(())
}

/// Where the broker listens.
struct Addresses {
    tcp: String,
    ws: String,
}

/// Starts the broker on ports that the system chooses, and reads from its output which ones.
fn start_broker(program: &Path) -> Outcome<(Child, Addresses)> {
    let listeners = ["--listen", "tcp://127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--store", "memory"];
    let mut command = Command::new(program);
    let command = command.arg("broker").args(listeners).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(at(program))?;
    let (mut tcp, mut ws) = (None, None);
    let mut output = child.stdout.take().map(BufReader::new);
    while let Some(reader) = output.as_mut().filter(|_| tcp.is_none() || ws.is_none()) {
        let mut line = String::new();
        if reader.read_line(&mut line).map_err(at(program))? == 0 {
            return Err(Failure(String::from("the broker ended before it said where it listens")));
        }
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["listening", "tcp", _, url] => tcp = Some(url.to_owned()),
            ["listening", "ws", _, url] => ws = Some(url.to_owned()),
            _ => {}
        }
    }
    child.stdout = output.map(BufReader::into_inner);
    let (Some(tcp), Some(ws)) = (tcp, ws) else {
        return Err(Failure(String::from("the broker's output cannot be read")));
    };
    println!("broker     | listening on {tcp} and {ws}");
    Ok((child, Addresses { tcp, ws }))
}

/// Waits until all have ended. When one fails, or when it takes too long, the others are stopped: they wait for it.
fn finish(mut actors: Vec<Running>, keep: bool) -> Outcome {
    let started = Instant::now();
    let mut outcome = Ok(());
    while !actors.is_empty() && outcome.is_ok() {
        std::thread::sleep(PAUSE);
        actors.retain_mut(|actor| match actor.ended() {
            None => true,
            Some(ended) => {
                outcome = core::mem::replace(&mut outcome, Ok(())).and(ended);
                false
            }
        });
        if !keep && started.elapsed() > DEMO_MAX && outcome.is_ok() {
            let names: Vec<_> = actors.iter().map(|actor| actor.name).collect();
            outcome = Err(Failure(format!("still running after {} s: {}", DEMO_MAX.as_secs(), names.join(", "))));
        }
    }
    for mut actor in actors {
        // It may have ended in this very moment.
        let _ = actor.child.kill();
    }
    outcome
}

/// A program whose output is shown line by line, with its name in front.
struct Running {
    name: &'static str,
    child: Child,
    readers: Vec<JoinHandle<()>>,
    said: Receiver<String>,
}

impl Running {
    fn new(name: &'static str, mut child: Child) -> Self {
        let (sender, said) = channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|output| Box::new(output) as Box<dyn Read + Send>),
            child.stderr.take().map(|output| Box::new(output) as Box<dyn Read + Send>),
        ];
        let mut readers = Vec::new();
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            readers.push(std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    println!("{name:<10} | {line}");
                    // Nobody may be interested any more; the line has been shown.
                    let _ = sender.send(line);
                }
            }));
        }
        Self { name, child, readers, said }
    }

    /// Whether it has ended, and if so, how: it has to end well and to have said something.
    fn ended(&mut self) -> Option<Outcome> {
        let status = match self.child.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status,
            Err(error) => return Some(Err(Failure(format!("{}: {error}", self.name)))),
        };
        for reader in self.readers.drain(..) {
            // A reader only ends at the end of the output.
            let _ = reader.join();
        }
        let lines = self.said.try_iter().count();
        if status.success() && lines > 0 {
            return Some(Ok(()));
        }
        Some(Err(Failure(format!("the {} ended with {status} after {lines} lines of output", self.name))))
    }

    /// Asks it to end, as an administrator would.
    fn terminate(mut self) -> Outcome {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        asked.map_err(|error| Failure(format!("kill: {error}")))?;
        let status = self.child.wait().map_err(|error| Failure(format!("{}: {error}", self.name)))?;
        if status.success() { Ok(()) } else { Err(Failure(format!("{} ended with {status}", self.name))) }
    }
}
