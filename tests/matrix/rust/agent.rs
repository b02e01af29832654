//! The agent in Rust. See `agents.py` for the lines that it understands.

use core::fmt::Write as _;
use core::net::SocketAddr;
use std::collections::HashMap;
use std::io::{BufRead as _, Write as _};

use polymqtt::{Client, ClientOptions, Message, ProtocolVersion, QoS};
use polymqtt_broker::Broker;
use polymqtt_broker::config::{Listener, Transport};

type Outcome = Result<String, Box<dyn core::error::Error>>;

/// Everything that is running in this program.
#[derive(Default)]
struct Agent {
    clients: HashMap<String, Client>,
    broker: Option<Broker>,
}

fn main() {
    say("ready rust tcp ws");
    let mut agent = Agent::default();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["quit"] {
            return;
        }
        let answer = agent.handle(&words).unwrap_or_else(|error| format!("error {error}"));
        say(&answer);
    }
}

impl Agent {
    fn handle(&mut self, words: &[&str]) -> Outcome {
        match words {
            ["connect", name, url, version, client_identifier] => self.connect(name, url, version, client_identifier),
            ["subscribe", name, filter, qos] => self.subscribe(name, filter, qos_of(qos)?),
            ["publish", name, topic, qos, retain, payload] => {
                let published = self.client(name)?.publish(*topic, qos_of(qos)?, *retain == "1", bytes(payload)?);
                published.wait()?;
                Ok(format!("published {name}"))
            }
            ["disconnect", name] => {
                self.client(name)?.disconnect().wait()?;
                self.clients.remove(*name);
                Ok(format!("disconnected {name}"))
            }
            ["broker", "start"] => self.start_broker(),
            ["broker", "stop"] => {
                self.broker.take().ok_or("no broker is running")?.shutdown();
                Ok(String::from("broker stopped"))
            }
            other => Err(format!("unknown command {other:?}").into()),
        }
    }

    fn connect(&mut self, name: &str, url: &str, version: &str, client_identifier: &str) -> Outcome {
        let version = ProtocolVersion::from_u8(version.parse()?).ok_or("no such version")?;
        let options =
            ClientOptions::new().add_broker(url).set_client_id(client_identifier).set_protocol_version(version);
        let client = Client::new(options)?;
        client.connect().wait()?;
        self.clients.insert(name.to_owned(), client);
        Ok(format!("connected {name}"))
    }

    fn subscribe(&self, name: &str, filter: &str, qos: QoS) -> Outcome {
        let connection = name.to_owned();
        let print = move |_: &Client, message: Message| {
            let (topic, qos, retain) = (message.topic(), message.qos().as_u8(), u8::from(message.retained()));
            say(&format!("message {connection} {topic} {qos} {retain} {}", hex(message.payload())));
        };
        let granted = self.client(name)?.subscribe_with(filter, qos, print).wait()?;
        let code = granted.first().ok_or("nothing was granted")?;
        Ok(format!("subscribed {name} {}", code.as_u8()))
    }

    fn start_broker(&mut self) -> Outcome {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let broker = Broker::builder()
            .listen(Listener::network(Transport::Tcp, anywhere))
            .listen(Listener::network(Transport::WebSocket, anywhere))
            .start()?;
        let mut answer = String::from("broker");
        for address in broker.addresses() {
            write!(answer, " {}", address.url())?;
        }
        self.broker = Some(broker);
        Ok(answer)
    }

    fn client(&self, name: &str) -> Result<&Client, String> {
        self.clients.get(name).ok_or_else(|| format!("no connection {name}"))
    }
}

fn qos_of(word: &str) -> Result<QoS, Box<dyn core::error::Error>> {
    Ok(QoS::from_u8(word.parse()?).ok_or("no such QoS")?)
}

fn bytes(text: &str) -> Result<Vec<u8>, core::num::ParseIntError> {
    let text = if text == "-" { "" } else { text };
    (0..text.len()).step_by(2).map(|start| u8::from_str_radix(text.get(start..start + 2).unwrap_or(""), 16)).collect()
}

fn hex(payload: &[u8]) -> String {
    if payload.is_empty() {
        return String::from("-");
    }
    payload.iter().fold(String::with_capacity(payload.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Prints one line, also from the thread on which messages arrive.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // When nobody reads any more, there is nobody to tell either.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
