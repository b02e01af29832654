//! `polymqtt pub`, `sub` and `rr` beside the mosquitto tools, against our broker: same output, same exit codes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

mod support;

use polymqtt_broker::config::Transport;
use polymqtt_broker::polymqtt_core::ReasonCode;
use polymqtt_broker::polymqtt_core::codec::{ProtocolVersion, QoS};
use polymqtt_broker::{Broker, Login};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use support::{Raw, on_tcp};

const V5: ProtocolVersion = ProtocolVersion::V5_0;

/// How a tool ended.
#[derive(Debug, PartialEq, Eq)]
struct End {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

impl From<Output> for End {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| bytes.iter().map(|&byte| char::from(byte)).collect();
        Self { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
    }
}

fn port(broker: &Broker) -> String {
    broker.addresses()[0].socket().unwrap().port().to_string()
}

fn ours(tool: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polymqtt"));
    command.arg(tool);
    command
}

fn theirs(tool: &str) -> Command {
    let name = format!("mosquitto_{tool}");
    let mut command = Command::new(&name);
    // Settings of the person who runs the tests do not count.
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

async fn run(mut command: Command, arguments: Vec<String>, input: Option<&'static [u8]>) -> End {
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let program = command.get_program().to_string_lossy().into_owned();
    let work = move || {
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask setup` installs the mosquitto tools"));
        if let Some(input) = input {
            child.stdin.take().unwrap().write_all(input).unwrap();
        }
        child.wait_with_output().unwrap().into()
    };
    let end = tokio::task::spawn_blocking(work);
    tokio::time::timeout(support::PATIENCE, end).await.expect("the tool does not end").unwrap()
}

/// Runs both with the same arguments.
async fn both(broker: &Broker, tool: &str, arguments: &[&str]) -> (End, End) {
    let arguments: Vec<String> =
        ["-p", &port(broker)].iter().chain(arguments).map(|&argument| argument.to_owned()).collect();
    (run(ours(tool), arguments.clone(), None).await, run(theirs(tool), arguments, None).await)
}

/// Two Retained Messages, one with properties.
async fn with_retained() -> Broker {
    let broker = on_tcp(Broker::builder().shards(2));
    let mut raw = Raw::connected(&broker, ProtocolVersion::V3_1_1, "retainer").await;
    raw.publish("r/1", b"hello", QoS::AtMostOnce, true).await;
    raw.ping().await;
    let arguments =
        "-t r/2 -r -q 1 -D publish user-property k v -D publish content-type ct -D publish user-property l w";
    let port = port(&broker);
    let arguments = ["-p", &port, "-m", "{\"a\":[1,2]}"].into_iter().chain(arguments.split(' '));
    let end = run(ours("pub"), arguments.map(str::to_owned).collect(), None).await;
    assert_eq!(end, End { stdout: String::new(), stderr: String::new(), code: Some(0) });
    broker
}

/// Lines with the digits of their time of day taken out.
fn without_time(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_inclusive(['"', ' ', '\n', '|']) {
        let is_time = word.starts_with("20") && word.contains('T');
        words.push(if is_time { word.chars().filter(|c| !c.is_ascii_digit()).collect() } else { word.to_owned() });
    }
    words.concat()
}

#[tokio::test]
async fn sub_prints_what_mosquitto_sub_prints() {
    let broker = with_retained().await;
    for arguments in [
        "-t r/# -C 2",
        "-t r/# -C 2 -v",
        "-t r/# -C 2 -N",
        "-t r/# -C 2 -V 5 -F %t|%p|%q|%r|%l|%x|%X|%%|%P|%C|%R|%E|%F|%S|%A|%D",
        "-t r/# -C 2 -V 31 -q 2 -F %t|%q|%m",
        "-t r/# -C 2 -V 5 -q 1 -F %m|%10t|%-10t|%.2t|%6.2t|%08l|%-4l|%3p|%012p|%05E|%3C|",
        "-t r/# -C 2 -F @Y@@-@m",
        "-t r/# -C 2 -F \\e[92m%t\\e[0m\\t%p\\\\\\n",
        "-t r/# -C 2 -V 5 -q 1 -F %j",
        "-t r/# -C 2 -V 5 -F %j --pretty",
        "-t r/# -C 2 -V 5 -F %J",
        "-t r/# -C 2 -F %I",
        "-t r/# -T r/1 -C 1 -v",
        "-t r/1 -t r/2 -C 2",
        "-t r/1 -E",
        "-t r/1 -V 5 -D subscribe subscription-identifier 7 -C 1 -F %S",
        "-t r/# -V 5 -R -W 1",
        "-t r/# -W 1",
        "-t r/# -i name -c -C 2",
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (ours, theirs) = both(&broker, "sub", &arguments).await;
        assert_eq!(without_time(&ours.stdout), without_time(&theirs.stdout), "{arguments:?}");
        assert_eq!(ours.code, theirs.code, "{arguments:?}");
        assert_eq!(ours.stderr, theirs.stderr, "{arguments:?}");
    }
}

#[tokio::test]
async fn pub_sends_what_mosquitto_pub_sends() {
    let broker = on_tcp(Broker::builder().shards(2));
    let mut receiver = Raw::connected(&broker, V5, "receiver").await;
    receiver.subscribe("p/#", QoS::AtMostOnce).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message");
    std::fs::write(&file, b"from\0a file\xFF").unwrap();
    let file = format!("-t p/x -f {}", file.display());
    for (arguments, count) in [
        ("-t p/x -m one", 1),
        ("-t p/x -m -1 -q 1", 1),
        ("-t p/x -n -q 2 -V 31", 1),
        ("-t p/x -m two -q 2 -V 5", 1),
        (file.as_str(), 1),
        ("-t p/x -m three --repeat 3", 3),
        (
            "-t p/x -m props -V 5 -D publish message-expiry-interval 60 -D publish response-topic a/b -D publish correlation-data cd",
            1,
        ),
        (
            "-t p/x -m props -D publish payload-format-indicator 1 -D publish user-property a b -D publish user-property a c",
            1,
        ),
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (ours, theirs) = both(&broker, "pub", &arguments).await;
        assert_eq!(ours, theirs, "{arguments:?}");
        assert_eq!(ours.code, Some(0), "{arguments:?}");
        let mut messages = Vec::new();
        for _ in 0..2 * count {
            messages.push(receiver.receive().await);
        }
        let (first, second) = messages.split_at(count);
        assert_eq!(first, second, "{arguments:?}");
    }
}

#[tokio::test]
async fn pub_reads_lines_and_files_from_standard_input() {
    let broker = on_tcp(Broker::builder());
    let mut receiver = Raw::connected(&broker, V5, "receiver").await;
    receiver.subscribe("p/#", QoS::AtMostOnce).await;
    for (arguments, count) in [("-t p/x -l", 3), ("-t p/x -s", 1), ("-t p/x -l -q 1 -M 1", 3)] {
        let arguments: Vec<String> =
            ["-p", &port(&broker)].into_iter().chain(arguments.split(' ')).map(str::to_owned).collect();
        let mut messages = Vec::new();
        for command in [ours("pub"), theirs("pub")] {
            let end = run(command, arguments.clone(), Some(b"first\n\nthird without an end")).await;
            assert_eq!(end.code, Some(0), "{end:?}");
            for _ in 0..count {
                messages.push(receiver.receive().await);
            }
        }
        let (first, second) = messages.split_at(count);
        assert_eq!(first, second, "{arguments:?}");
    }
}

#[tokio::test]
async fn rr_prints_the_response() {
    let broker = on_tcp(Broker::builder().shards(2));
    let mut responder = Raw::connected(&broker, V5, "responder").await;
    responder.subscribe("question", QoS::AtMostOnce).await;
    let port = port(&broker);
    let arguments: Vec<String> =
        ["-p", &port, "-t", "question", "-e", "answer/here", "-m", "why", "-v"].map(str::to_owned).to_vec();
    for command in [ours("rr"), theirs("rr")] {
        let asking = run(command, arguments.clone(), None);
        let answering = async {
            let question = responder.receive().await;
            assert!(question.contains("response_topic=\"answer/here\""), "{question}");
            responder.publish("answer/here", b"because", QoS::AtMostOnce, false).await;
        };
        let (end, ()) = tokio::join!(asking, answering);
        let expected = End { stdout: "answer/here because\n".to_owned(), stderr: String::new(), code: Some(0) };
        assert_eq!(end, expected);
    }
    let (ours, theirs) = both(&broker, "rr", &["-t", "nobody", "-e", "answer", "-m", "x", "-W", "1"]).await;
    assert_eq!(ours, theirs);
    assert_eq!(ours.code, Some(27));
}

#[tokio::test]
async fn a_refusal_has_the_same_words_and_exit_code() {
    let broker = on_tcp(Broker::builder().authenticate(|attempt| {
        Login::Refuse(match attempt.user_name.as_deref() {
            Some("bad") => ReasonCode::BadUserNameOrPassword,
            Some("busy") => ReasonCode::ServerUnavailable,
            _ => ReasonCode::NotAuthorized,
        })
    }));
    for tool in ["pub", "sub"] {
        for user in ["bad", "busy", "other"] {
            for version in ["31", "311", "5"] {
                let mut arguments = vec!["-t", "a", "-u", user, "-P", "x", "-V", version];
                if tool == "pub" {
                    arguments.extend(["-m", "x"]);
                }
                let (ours, theirs) = both(&broker, tool, &arguments).await;
                assert_eq!(ours.code, theirs.code, "{tool} {arguments:?}");
                assert_ne!(ours.code, Some(0));
                assert_eq!(ours.stderr.lines().next(), theirs.stderr.lines().next(), "{tool} {arguments:?}");
            }
        }
    }
}

#[tokio::test]
async fn mistakes_have_the_same_exit_code_and_first_words() {
    let broker = on_tcp(Broker::builder());
    for (tool, arguments) in [
        ("pub", "-t a -m"),
        ("pub", "-t a/# -m x"),
        ("pub", "--bogus"),
        ("pub", "-t a -m x -q 3"),
        ("pub", "-t a -m x -k 2"),
        ("pub", "-t a -m x -V 9"),
        ("pub", "-t a -m x -D foo bar baz"),
        ("pub", "-t a -m x -D publish maximum-qos 1"),
        ("pub", "-t a -m x -c"),
        ("pub", "-t a -m x --repeat 0"),
        ("sub", "-t a#"),
        ("sub", "-t a -F %Z"),
        ("sub", "-t a -C 0"),
        ("sub", "-t a -R --retained-only"),
        ("rr", "-t a -m x"),
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (ours, theirs) = both(&broker, tool, &arguments).await;
        assert_eq!((ours.code, theirs.code), (Some(1), Some(1)), "{tool} {arguments:?}");
        let first = |end: &End| end.stderr.lines().find(|line| !line.is_empty()).map(str::to_owned);
        assert_eq!(first(&ours), first(&theirs), "{tool} {arguments:?}");
    }
}

#[tokio::test]
async fn retained_messages_can_be_removed() {
    let broker = with_retained().await;
    let port = port(&broker);
    let arguments = |line: &str| ["-p", &port].into_iter().chain(line.split(' ')).map(str::to_owned).collect();
    let end = run(ours("sub"), arguments("-t r/# --remove-retained -C 2 -v"), None).await;
    assert_eq!((end.stdout.lines().count(), end.code), (2, Some(0)), "{end:?}");
    let end = run(ours("sub"), arguments("-t r/# -W 1"), None).await;
    assert_eq!((end.stdout.as_str(), end.code), ("", Some(27)));
}

#[tokio::test]
async fn the_tools_take_every_transport() {
    let certificates = support::certificates::Certificates::new();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("broker.sock");
    let config = polymqtt_broker::config::BrokerConfig {
        listen: vec![
            support::local(Transport::Tls),
            support::local(Transport::WebSocket),
            support::local(Transport::SecureWebSocket),
            polymqtt_broker::config::Listener::Unix { path: socket.clone() },
        ],
        tls_certificate_file: Some(certificates.certificate("server")),
        tls_key_file: Some(certificates.key("server")),
        ..polymqtt_broker::config::BrokerConfig::default()
    };
    let broker = Broker::builder().config(config).start().unwrap();
    let port = |transport| {
        let address = broker.addresses().iter().find(|address| address.transport() == transport).unwrap();
        address.socket().unwrap().port()
    };
    let authority = certificates.certificate("authority").display().to_string();
    for line in [
        format!("-p {} --cafile {authority}", port(Transport::Tls)),
        format!("-p {} --cafile {authority} --tls-version tlsv1.2", port(Transport::Tls)),
        format!("-p {} --cafile {authority} --insecure", port(Transport::Tls)),
        format!("-p {} --ws", port(Transport::WebSocket)),
        format!("-p {} --ws --cafile {authority}", port(Transport::SecureWebSocket)),
        format!("--unix {}", socket.display()),
    ] {
        let with = |more: &str| format!("{line} {more}").split(' ').map(str::to_owned).collect::<Vec<_>>();
        let end = run(ours("pub"), with("-t t -m x -r -q 1"), None).await;
        assert_eq!(end.code, Some(0), "{line}: {end:?}");
        let end = run(ours("sub"), with("-t t -C 1"), None).await;
        assert_eq!((end.stdout.as_str(), end.code), ("x\n", Some(0)), "{line}: {end:?}");
    }
}

#[tokio::test]
async fn what_came_while_away_is_printed_on_return() {
    let broker = on_tcp(Broker::builder().shards(2));
    for (name, sub) in [("ours", ours as fn(&str) -> Command), ("theirs", theirs)] {
        for version in ["311", "5"] {
            let identifier = format!("{name}-{version}");
            let line = |more: &str| {
                let port = port(&broker);
                let line = format!("-p {port} -t away/# -q 1 -c -i {identifier} -V {version} {more}");
                line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(run(sub("sub"), line("-E"), None).await.code, Some(0));
            let mut sender = Raw::connected(&broker, V5, "sender").await;
            sender.publish("away/1", b"first", QoS::AtLeastOnce, false).await;
            assert!(sender.receive().await.starts_with("PUBACK"));
            sender.publish("away/2", b"second", QoS::AtLeastOnce, false).await;
            assert!(sender.receive().await.starts_with("PUBACK"));
            let end = run(sub("sub"), line("-C 2 -v"), None).await;
            assert_eq!((end.stdout.as_str(), end.code), ("away/1 first\naway/2 second\n", Some(0)), "{identifier}");
        }
    }
}

/// Which signal, and whether the will is published.
#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_sub_and_publishes_its_will() {
    let broker = on_tcp(Broker::builder().shards(2));
    let mut watcher = Raw::connected(&broker, V5, "watcher").await;
    watcher.subscribe("will/#", QoS::AtMostOnce).await;
    for (signal, code) in [("TERM", Some(0)), ("INT", Some(0)), ("KILL", None)] {
        let port = port(&broker);
        let line =
            format!("-p {port} -t a -V 5 -d --will-topic will/x --will-payload {signal} -D will content-type ct");
        let mut command = ours("sub");
        let mut child = command.args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // With -d it says when it has subscribed.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        assert!(lines.any(|line| line.unwrap().contains("received SUBACK")));
        let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(status.success());
        let will = watcher.receive().await;
        let hexadecimal = signal.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert!(will.contains("content_type=\"ct\"") && will.contains(&hexadecimal), "{will}");
        assert_eq!(child.wait().unwrap().code(), code);
    }
}
