//! Runs the programs against a broker, as their users would.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;
use polymqtt::ReasonCode;
use polymqtt_broker::Broker;
use polymqtt_broker::config::Listener;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

struct Program {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

/// A test that fails leaves nothing running.
impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, or it ends now.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    fn start(binary: &str, arguments: &[&str], broker: &Broker) -> Self {
        let mut command = Command::new(binary);
        command.args(arguments).env("BROKER", broker.addresses()[0].url()).env("HOSTNAME", "test");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        // It ends with the program's output; nobody listens any more when the test has failed.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { input: process.stdin.take(), process, lines }
    }

    fn chat(name: &str, broker: &Broker) -> Self {
        Self::start(env!("CARGO_BIN_EXE_chat"), &[name, "kitchen"], broker)
    }

    fn presence(name: &str, broker: &Broker) -> Self {
        Self::start(env!("CARGO_BIN_EXE_presence"), &[name, "3"], broker)
    }

    fn notifications(arguments: &[&str], broker: &Broker) -> Self {
        Self::start(env!("CARGO_BIN_EXE_notifications"), arguments, broker)
    }

    fn write(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        self.lines.recv_timeout(LINE_TIMEOUT).unwrap()
    }

    /// Two lines, in the order of the alphabet: it is open which comes first.
    fn two_lines(&mut self) -> [String; 2] {
        let mut lines = [self.line(), self.line()];
        lines.sort();
        lines
    }

    /// Ends its input and waits for its end: what it had still to say.
    fn finish(mut self) -> Vec<String> {
        self.input = None;
        let rest = self.lines.iter().collect();
        assert!(self.process.wait().unwrap().success());
        rest
    }
}

fn broker() -> Broker {
    Broker::builder().listen(Listener::tcp(([127, 0, 0, 1], 0).into())).start().unwrap()
}

#[test]
fn chat_delivers_what_was_said_while_one_was_away_and_tells_who_has_seen_it() {
    let broker = broker();
    let mut alice = Program::chat("alice", &broker);
    assert_eq!(alice.line(), "entered kitchen as alice");
    let mut bob = Program::chat("bob", &broker);
    assert_eq!(bob.line(), "entered kitchen as bob");
    bob.write("anybody here?");
    assert_eq!(alice.line(), "[kitchen] bob: anybody here?");
    assert_eq!(bob.line(), "alice has seen: anybody here?");
    assert!(alice.finish().is_empty());
    bob.write("too late");
    assert!(bob.finish().is_empty(), "nobody hears himself");

    let mut alice = Program::chat("alice", &broker);
    assert_eq!(alice.two_lines(), ["[kitchen] bob: too late", "back in kitchen as alice"]);
    let mut bob = Program::chat("bob", &broker);
    assert_eq!(bob.two_lines(), ["alice has seen: too late", "back in kitchen as bob"]);
    assert!(alice.finish().is_empty());
    assert!(bob.finish().is_empty());
}

#[test]
fn presence_tells_who_comes_who_goes_and_who_crashes_but_not_who_loses_the_connection_for_a_moment() {
    let broker = broker();
    let mut alice = Program::presence("alice", &broker);
    assert_eq!([alice.line(), alice.line()], ["connected", "alice is online"]);
    let mut bob = Program::presence("bob", &broker);
    assert_eq!(alice.line(), "bob is online");
    assert_eq!(bob.line(), "connected");
    assert_eq!(bob.two_lines(), ["alice is online", "bob is online"]);

    broker.disconnect("presence-bob", ReasonCode::ServerBusy);
    assert!(bob.line().contains("Server busy"), "the connection is lost, without a word of bob's");
    assert_eq!(bob.line(), "connected");
    bob.write("crash");
    assert_eq!(alice.line(), "bob is offline", "the will speaks, for the first time");
    bob.process.wait().unwrap();
    assert_eq!(alice.finish(), ["alice is offline"]);
}

#[test]
fn notifications_reach_all_watchers_and_one_worker() {
    let broker = broker();
    let ready = |arguments: &[&str]| {
        let mut program = Program::notifications(arguments, &broker);
        assert_eq!(program.line(), "ready");
        program
    };
    let watchers = [ready(&["watch", "+"]), ready(&["watch", "critical"])];
    let workers = [ready(&["work", "critical"]), ready(&["work", "critical"])];
    for service in ["disk", "network"] {
        let sent = Program::notifications(&["send", "critical", service, "help"], &broker).finish();
        assert_eq!(sent, ["sent: Success"]);
    }
    for watcher in watchers {
        let mut watcher = watcher;
        assert_eq!([watcher.line(), watcher.line()], ["disk on test: help", "network on test: help"]);
        assert!(watcher.finish().is_empty());
    }
    // One worker each: taken in turns. Ending the input ends both, and what they printed is complete by then.
    let mut done: Vec<String> = workers
        .into_iter()
        .map(|mut worker| {
            let line = worker.line();
            assert!(worker.finish().is_empty());
            line
        })
        .collect();
    done.sort();
    assert_eq!(done, ["disk on test: help", "network on test: help"]);
}

/// A line that has not come by then never will.
const LINE_TIMEOUT: Duration = Duration::from_mins(1);
