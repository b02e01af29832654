//! Carries out the steps of a transcript.

use crate::options::{self, hex, message};
use crate::vector_file::{Case, unquote};
use polymqtt_core::client::{AcknowledgementHandle, Client, DisconnectOptions, Output, Token, UsageError};
use polymqtt_core::codec::{SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf};
use polymqtt_core::topic::TopicFilter;
use polymqtt_core::{QoS, ReasonCode, Time};
use std::collections::VecDeque;

pub(crate) struct Interpreter {
    pub(crate) client: Client,
    now: Time,
    /// What the client said in order and was not expected yet, without Transmit.
    said: VecDeque<String>,
}

impl Interpreter {
    pub(crate) fn new(case: &Case<'_>) -> Self {
        let client = Client::new(options::options(case)).expect("the options are valid");
        Self { client, now: Time::ZERO, said: VecDeque::new() }
    }

    pub(crate) fn step(&mut self, key: &str, value: &str) {
        if let Err(error) = self.command(key, value) {
            self.said.push_back(format!("error 0x{:02x}", error.reason_code().as_u8()));
        }
        self.drain();
    }

    /// Bytes from the server that stand in no line.
    pub(crate) fn input(&mut self, bytes: &[u8]) {
        self.client.handle_input(bytes, self.now);
        self.drain();
    }

    fn command(&mut self, key: &str, value: &str) -> Result<(), UsageError> {
        let Self { client, now, .. } = self;
        let now = *now;
        match key {
            "now" => self.now = Time::from_ms(value.parse().unwrap()),
            "timeout" => client.handle_timeout(now),
            "connect" => return client.connect(now),
            "connected" => client.handle_connected(now),
            "connect_failed" => client.handle_connect_failed(now),
            "input" => client.handle_input(&hex(value), now),
            "closed" => client.handle_closed(now),
            "publish" => return client.publish(message(value), now).map(drop),
            "request" => return client.request(message(value), now).map(drop),
            "subscribe" => return client.subscribe(subscriptions(value), now).map(drop),
            "unsubscribe" => {
                let filter = unquote(value);
                let filters = TopicFiltersBuf::new().with(TopicFilter::new(&filter).unwrap());
                return client.unsubscribe(filters, now).map(drop);
            }
            "handler" => return client.add_handler(TopicFilter::new(&unquote(value)).unwrap()).map(drop),
            "acknowledge" => {
                let (number, code) = value.split_once(" 0x").unwrap();
                let code = ReasonCode::from_u8(hex(code)[0]).unwrap();
                return client.acknowledge(AcknowledgementHandle::from_u64(number.parse().unwrap()), code, now);
            }
            "cancel" => {
                if !client.cancel(Token::from_u64(value.parse().unwrap())) {
                    self.said.push_back("nothing to cancel".into());
                }
            }
            "authenticate" => return client.authenticate(Some(&hex(value)), now),
            "re_authenticate" => return client.re_authenticate(Some(&hex(value)), now),
            "disconnect" => return client.disconnect(DisconnectOptions::default(), now),
            _ => panic!("an unknown step: {key} {value}"),
        }
        Ok(())
    }

    /// What the client says next of this kind; `transmit` takes all bytes that wait.
    pub(crate) fn next_of(&mut self, kind: &str) -> Option<String> {
        match kind {
            "timeout" => Some(self.client.next_timeout().map_or("none".into(), |time| time.as_ms().to_string())),
            "transmit" => self.transmit(),
            _ => {
                let said = self.said.pop_front()?;
                let (its_kind, what) = said.split_once(' ').unwrap_or((&said, ""));
                (its_kind == kind).then(|| what.to_owned())
            }
        }
    }

    /// Everything that was said, without looking.
    pub(crate) fn take_said(&mut self) -> VecDeque<String> {
        core::mem::take(&mut self.said)
    }

    /// What was not expected.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = self.said.iter().cloned().collect();
        if self.client.transmit_slices().next().is_some() {
            left.push("transmit".into());
        }
        left
    }

    fn transmit(&mut self) -> Option<String> {
        let bytes: Vec<u8> = self.client.transmit_slices().flatten().copied().collect();
        if bytes.is_empty() {
            return None;
        }
        self.client.transmitted(bytes.len(), self.now);
        self.drain();
        Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Connect => self.said.push_back("connect".into()),
                Output::Transmit => {}
                Output::Event(event) => self.said.push_back(format!("event {event}")),
                Output::Close => self.said.push_back("close".into()),
                Output::Store(_) => panic!("transcripts do not store"),
            }
        }
    }
}

/// `"a/#" qos=1`.
fn subscriptions(value: &str) -> SubscriptionsBuf {
    let (filter, qos) = value.rsplit_once(" qos=").unwrap();
    let filter = unquote(filter);
    let qos = QoS::from_u8(qos.parse().unwrap()).unwrap();
    SubscriptionsBuf::new().with(TopicFilter::new(&filter).unwrap(), SubscriptionOptions::new(qos)).unwrap()
}
