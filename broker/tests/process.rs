//! The binary as a process: what it prints, what it reads, how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

mod support;

use polymqtt_broker::polymqtt_core::ReasonCode;
use polymqtt_broker::polymqtt_core::codec::{ProtocolVersion, QoS};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use support::certificates::Certificates;
use support::{Raw, opened, reason};

const V5: ProtocolVersion = ProtocolVersion::V5_0;

fn polymqtt() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polymqtt"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A broker that has said where it listens.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    urls: Vec<String>,
}

impl Running {
    fn start(mut command: Command, listeners: usize) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut urls = Vec::new();
        for _ in 0..listeners {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            let words: Vec<&str> = line.split_whitespace().collect();
            let ["listening", _, _, url] = words.as_slice() else {
                let mut errors = String::new();
                child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("{line:?}: {errors}");
            };
            urls.push((*url).to_owned());
        }
        Self { child, stdout, urls }
    }

    fn with(arguments: &[&str], listeners: usize) -> Self {
        let mut command = polymqtt();
        command.arg("broker").args(arguments);
        Self::start(command, listeners)
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end: the exit code, the rest of stdout, and stderr.
    fn end(mut self) -> (Option<i32>, String, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), rest, errors)
    }
}

fn broker(arguments: &[&str]) -> Output {
    polymqtt().arg("broker").args(arguments).output().unwrap()
}

#[tokio::test]
async fn signals_end_it_gracefully() {
    for signal in ["TERM", "INT"] {
        let running = Running::with(&["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0/there"], 2);
        assert!(running.urls[0].starts_with("mqtt://127.0.0.1:") && !running.urls[0].ends_with(":0"));
        assert!(running.urls[1].starts_with("ws://127.0.0.1:") && running.urls[1].ends_with("/there"));
        let mut clients = Vec::new();
        for url in &running.urls {
            let mut client = Raw::new(opened(url, None).await, V5);
            client.connect("").await;
            clients.push(client);
        }
        running.signal(signal);
        for client in &mut clients {
            assert!(client.receive().await.contains(&reason(ReasonCode::ServerShuttingDown)));
            assert_eq!(client.receive().await, "end");
        }
        let (code, rest, errors) = running.end();
        assert_eq!((code, rest.as_str()), (Some(0), ""), "{errors}");
        assert!(errors.contains(&format!("SIG{signal}")), "{errors}");
    }
}

#[test]
fn a_mistake_in_the_configuration_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("polymqtt.toml");
    let file = file.to_str().unwrap();
    std::fs::write(file, "shards = 1\npasword_file = \"x\"\n").unwrap();
    for (arguments, message) in [
        (vec!["--shards", "many"], "--shards: \"many\" is not a whole number"),
        (vec!["--bogus"], "--bogus"),
        (vec!["--store", "disk"], "there is no store \"disk\""),
        (vec!["--listen", "0.0.0.0:0"], "--allow-anonymous"),
        (vec!["-c", file], ":2: there is no key \"pasword_file\"; did you mean \"password_file\"?"),
        (vec!["-c", "/nonexistent/polymqtt.toml"], "cannot be read"),
        (vec!["--receive-maximum", "0"], "receive_maximum"),
        (vec!["--password-file", "/nonexistent/passwords"], "/nonexistent/passwords"),
        (vec!["--listen", "tls://127.0.0.1:0"], "--tls-certificate-file"),
        (vec!["--listen", "tls://127.0.0.1:0", "--tls-certificate-file", "/none", "--tls-key-file", "/none"], "/none"),
    ] {
        let output = broker(&arguments);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(message), "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_address_in_use_is_exit_code_3() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = broker(&["--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("cannot listen on tcp://127.0.0.1:"));
}

#[test]
fn check_reads_everything_and_starts_nothing() {
    let certificates = Certificates::new();
    let path = |path: std::path::PathBuf| path.display().to_string();
    let (certificate, key) = (path(certificates.certificate("server")), path(certificates.key("server")));
    let arguments = ["--tls-certificate-file", &certificate, "--tls-key-file", &key, "--check"];
    let output = broker(&[&["--listen", "tls://127.0.0.1:0"][..], &arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(shown.starts_with("listen = [\"tls://127.0.0.1:0\"]\nshards = 0\n"), "{shown}");
    assert!(!shown.contains("listening"));
    let wrong = path(certificates.key("client"));
    let output = broker(&["--tls-certificate-file", &certificate, "--tls-key-file", &wrong, "--check"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn file_environment_and_flags_come_together() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("polymqtt.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:0\"\nshards = 1\nmaximum_qos = 0\nsys_interval_s = 7\n").unwrap();
    let output = polymqtt()
        .args(["broker", "--check", "--maximum-qos", "2"])
        .env("POLYMQTT_CONFIG", &file)
        .env("POLYMQTT_SHARDS", "3")
        .env("POLYMQTT_MAXIMUM_QOS", "1")
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    for line in ["listen = [\"tcp://127.0.0.1:0\"]", "shards = 3", "maximum_qos = 2", "sys_interval_s = 7"] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
}

fn passwd(arguments: &[&str], input: &str) -> Option<i32> {
    let mut child = polymqtt().arg("passwd").args(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // It may have ended without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait().unwrap().code()
}

fn publish(url: &str, more: &[&str]) -> Option<i32> {
    let port = url.rsplit_once(':').unwrap().1;
    polymqtt().args(["pub", "-p", port, "-t", "a", "-m", "b", "--quiet"]).args(more).status().unwrap().code()
}

#[test]
fn passwords_let_in_those_who_know_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords").display().to_string();
    assert_eq!(passwd(&[&file, "ann"], "secret\n"), Some(0));
    assert_eq!(passwd(&[&file, "bob"], "hidden\n"), Some(0));
    assert_eq!(passwd(&["--delete", &file, "bob"], ""), Some(0));
    assert_eq!(passwd(&["--delete", &file, "bob"], ""), Some(1));
    assert_eq!(passwd(&[&file, "a:b"], "x\n"), Some(2));
    assert_eq!(passwd(&[&file, "eve"], "\n"), Some(1));
    let running = Running::with(&["--listen", "127.0.0.1:0", "--password-file", &file, "--shards", "2"], 1);
    let url = running.urls[0].as_str();
    assert_eq!(publish(url, &["-u", "ann", "-P", "secret"]), Some(0));
    assert_eq!(publish(url, &["-u", "ann", "-P", "wrong"]), Some(4));
    assert_eq!(publish(url, &["-u", "bob", "-P", "hidden", "-V", "5"]), Some(0x86));
    assert_eq!(publish(url, &[]), Some(5));
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
}

#[tokio::test]
async fn without_file_descriptors_it_waits_and_goes_on() {
    let mut command = Command::new("sh");
    let script = "ulimit -n 64; exec \"$0\" broker --listen 127.0.0.1:0 --shards 2";
    command.args(["-c", script, env!("CARGO_BIN_EXE_polymqtt")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command, 1);
    let url = running.urls[0].clone();
    let mut old = Raw::new(opened(&url, None).await, V5);
    old.connect("old").await;
    old.subscribe("a", QoS::AtMostOnce).await;
    let mut crowd = Vec::new();
    for _ in 0..80 {
        // The system takes them in, even when the broker cannot.
        crowd.push(opened(&url, None).await);
    }
    let mut log = BufReader::new(running.child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("cannot accept") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "the broker has ended");
    }
    old.publish("a", b"still here", QoS::AtMostOnce, false).await;
    assert!(old.receive().await.contains("topic=\"a\""));
    drop(crowd);
    let mut new = Raw::new(opened(&url, None).await, V5);
    new.connect("new").await;
    let before = cpu_ms(running.child.id());
    new.ping().await;
    assert!(before < 5_000, "{before} ms of CPU time: it has been spinning");
    running.child.stderr = Some(log.into_inner());
    running.signal("TERM");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

/// The CPU time that a process has used.
fn cpu_ms(process: u32) -> u64 {
    let stat = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().map(|&index: &usize| fields[index].parse::<u64>().unwrap()).sum();
    ticks * 10
}
