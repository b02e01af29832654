//! `polymqtt pub`.

use super::connect::{disconnect_options, properties};
use super::ending::{self, Code, FAILURE, SUCCESS};
use super::journal::Journal;
use super::output::Complaints;
use super::settings::{Settings, Source};
use core::time::Duration;
use polymqtt::{Client, Error, Publication, Published, Token};
use std::collections::VecDeque;
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

/// Publishes what the settings say and takes leave.
pub(super) async fn run(settings: &Settings, client: &Client, journal: &mut Journal) -> Code {
    journal.connecting();
    match client.connect().await {
        Ok(connected) => journal.connected(&connected),
        Err(error) => return ending::of_error(&error, settings),
    }
    let mut sending = Sending { settings, journal, tokens: VecDeque::new(), first: 1 };
    let sent = match &settings.source {
        Some(Source::Lines) => sending.lines(client).await,
        Some(source) => match payload(source).await {
            Ok(payload) => sending.repeat(client, &payload).await,
            Err(code) => code,
        },
        None => FAILURE,
    };
    journal.leaving();
    if let Err(error) = client.disconnect_with(disconnect_options(settings, false)).await
        && sent == SUCCESS
    {
        return ending::of_error(&error, settings);
    }
    sent
}

/// The whole message.
pub(super) async fn payload(source: &Source) -> Result<Vec<u8>, Code> {
    let mut payload = Vec::new();
    match source {
        Source::Argument(bytes) => payload.clone_from(bytes),
        Source::Empty | Source::Lines => {}
        Source::File(path) => match tokio::fs::read(path).await {
            Ok(bytes) => payload = bytes,
            Err(error) => {
                let path = path.display();
                complain(format_args!("Error: Unable to open file \"{path}\": {error}."));
                complain(format_args!("Error loading input file \"{path}\"."));
                return Err(FAILURE);
            }
        },
        Source::StandardInput => {
            if let Err(error) = tokio::io::stdin().read_to_end(&mut payload).await {
                complain(format_args!("Error loading input from stdin: {error}."));
                return Err(FAILURE);
            }
        }
    }
    Ok(payload)
}

/// What is wrong before anything is sent is also said with `--quiet`.
fn complain(text: impl core::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(io::stderr(), "{text}");
}

/// A message on the topic of the settings.
pub(super) fn publication(settings: &Settings, payload: Vec<u8>) -> Publication {
    let topic = settings.topics.first().map_or("", String::as_str);
    let publication = Publication::new(topic, payload).with_qos(settings.qos).with_retained(settings.retain);
    properties(&settings.properties.publish).as_properties().iter().fold(publication, Publication::with_property)
}

/// Messages that have not been acknowledged yet.
struct Sending<'a> {
    settings: &'a Settings,
    journal: &'a mut Journal,
    tokens: VecDeque<Token<Published>>,
    /// The number of the message at the front.
    first: u64,
}

impl Sending<'_> {
    async fn repeat(&mut self, client: &Client, payload: &[u8]) -> Code {
        for round in 0..self.settings.repeat {
            if round > 0 && self.settings.repeat_delay > Duration::ZERO {
                tokio::time::sleep(self.settings.repeat_delay).await;
            }
            if let Err(error) = self.send(client, payload.to_vec()).await {
                return ending::of_error(&error, self.settings);
            }
        }
        self.finish().await
    }

    async fn lines(&mut self, client: &Client) -> Code {
        let mut input = BufReader::new(tokio::io::stdin());
        loop {
            let mut line = Vec::new();
            match input.read_until(b'\n', &mut line).await {
                Ok(0) => return self.finish().await,
                Ok(_) => {
                    if line.last() == Some(&b'\n') {
                        line.pop();
                    }
                    if let Err(error) = self.send(client, line).await {
                        return ending::of_error(&error, self.settings);
                    }
                }
                Err(error) => {
                    Complaints::new(self.settings).say(format_args!("Error: standard input: {error}"));
                    return FAILURE;
                }
            }
        }
    }

    async fn send(&mut self, client: &Client, payload: Vec<u8>) -> Result<(), Error> {
        let topic = self.settings.topics.first().map_or("", String::as_str);
        self.journal.publishing(topic, self.settings.qos, self.settings.retain, payload.len());
        self.tokens.push_back(client.publish_when_room(publication(self.settings, payload)).await?);
        while self.tokens.len() > TOKENS_MAX || self.tokens.front().is_some_and(Token::is_settled) {
            self.settle().await?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Code {
        while !self.tokens.is_empty() {
            if let Err(error) = self.settle().await {
                return ending::of_error(&error, self.settings);
            }
        }
        SUCCESS
    }

    /// Waits for the oldest. That the broker does not take a message is a warning, as with the mosquitto tools.
    async fn settle(&mut self) -> Result<(), Error> {
        let Some(token) = self.tokens.pop_front() else { return Ok(()) };
        let number = self.first;
        self.first += 1;
        match token.await {
            Ok(published) => {
                self.journal.published(number, self.settings.qos, published.reason_code);
                Ok(())
            }
            Err(Error::Refused(refusal)) => {
                self.journal.published(number, self.settings.qos, refusal.reason_code);
                let complaints = Complaints::new(self.settings);
                complaints.say(format_args!("Warning: Publish {number} failed: {}.", refusal.reason_code.name()));
                if let Some(reason_string) = &refusal.reason_string {
                    complaints.say(reason_string);
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// How many unacknowledged messages are remembered before the oldest is waited for.
const TOKENS_MAX: usize = 1000;
