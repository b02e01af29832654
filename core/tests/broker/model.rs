//! Random conversations against a plain model of what may be delivered, on one shard and on several.

use crate::kit::{Spec, World};
use polymqtt_core::QoS;
use polymqtt_core::codec::{RetainHandling, SubscriptionOptions};
use polymqtt_core::topic::{TopicFilter, TopicName, matches};
use std::collections::{BTreeMap, BTreeSet};

/// What the standard says, as simply as it can be said.
#[derive(Default)]
struct Model {
    clients: BTreeMap<String, ModelClient>,
    retained: BTreeMap<&'static str, (String, u8)>,
}

#[derive(Default)]
struct ModelClient {
    is_connected: bool,
    subscriptions: BTreeMap<&'static str, (SubscriptionOptions, u32)>,
    /// What waits while it is away.
    queue: Vec<Expected>,
}

/// One message as a client gets it: payload, QoS, RETAIN, Subscription Identifiers.
type Expected = (String, u8, bool, BTreeSet<u32>);

impl Model {
    fn publish(
        &mut self,
        publisher: &str,
        topic: &'static str,
        payload: &str,
        qos: u8,
        retain: bool,
    ) -> Vec<(String, Expected)> {
        if retain && payload.is_empty() {
            self.retained.remove(topic);
        } else if retain {
            self.retained.insert(topic, (payload.into(), qos));
        }
        let mut now = Vec::new();
        for (name, client) in &mut self.clients {
            let matching: Vec<_> = client
                .subscriptions
                .iter()
                .filter(|(filter, _)| does_match(filter, topic))
                .filter(|(_, (options, _))| !(options.no_local && name == publisher))
                .map(|(_, subscription)| subscription)
                .collect();
            let Some(granted) = matching.iter().map(|(options, _)| options.qos.as_u8()).max() else { continue };
            let keeps_retain = matching.iter().any(|(options, _)| options.retain_as_published);
            let identifiers = matching.iter().map(|(_, identifier)| *identifier).collect();
            let message = (payload.to_string(), qos.min(granted), retain && keeps_retain, identifiers);
            if client.is_connected {
                now.push((name.clone(), message));
            } else if message.1 > 0 {
                client.queue.push(message);
            }
        }
        now
    }

    fn subscribe(
        &mut self,
        name: &str,
        filter: &'static str,
        options: SubscriptionOptions,
        identifier: u32,
    ) -> Vec<Expected> {
        let client = self.clients.get_mut(name).unwrap();
        let is_new = client.subscriptions.insert(filter, (options, identifier)).is_none();
        let brings = match options.retain_handling {
            RetainHandling::Send => true,
            RetainHandling::SendIfNew => is_new,
            RetainHandling::DoNotSend => false,
        };
        let matching = self.retained.iter().filter(|(topic, _)| brings && does_match(filter, topic));
        let message = |(payload, qos): &(String, u8)| {
            (payload.clone(), (*qos).min(options.qos.as_u8()), true, BTreeSet::from([identifier]))
        };
        matching.map(|(_, retained)| message(retained)).collect()
    }
}

fn does_match(filter: &str, topic: &str) -> bool {
    matches(TopicFilter::new(filter).unwrap(), TopicName::new(topic).unwrap())
}

#[test]
fn the_broker_delivers_what_the_model_says() {
    for shards in [1, 2, 4] {
        for seed in 1..=60 {
            Run::new(shards, seed).steps(80);
        }
    }
}

struct Run {
    world: World,
    model: Model,
    seed: u64,
    step: usize,
}

impl Run {
    fn new(shards: u16, seed: u64) -> Self {
        let mut world = World::shards(shards, |options| options.store = seed.is_multiple_of(2));
        for _ in 0..seed {
            world.random(2);
        }
        let mut run = Self { world, model: Model::default(), seed, step: 0 };
        for name in NAMES {
            run.world.connect(&Spec::lasting(name));
            run.model.clients.insert((*name).into(), ModelClient { is_connected: true, ..ModelClient::default() });
        }
        run
    }

    fn steps(&mut self, count: usize) {
        for step in 0..count {
            self.step = step;
            let name = *self.pick(NAMES);
            let is_connected = self.model.clients[name].is_connected;
            match self.world.random(10) {
                _ if !is_connected => self.reconnect(name),
                0..=4 => self.publish(name),
                5 | 6 => self.subscribe(name),
                7 => self.unsubscribe(name),
                _ => self.break_off(name),
            }
        }
    }

    fn publish(&mut self, name: &str) {
        let topic = *self.pick(TOPICS);
        let qos = u8::try_from(self.world.random(3)).unwrap();
        let retain = self.world.random(3) == 0;
        let payload = if retain && self.world.random(4) == 0 { String::new() } else { format!("m{}", self.step) };
        self.world.publish_with(name, topic, &payload, qos, u16::from(qos > 0) * 9, retain, &[]);
        if qos == 2 {
            self.world.pubrel(name, 9);
        }
        let expected = self.model.publish(name, topic, &payload, qos, retain);
        for other in NAMES {
            let mine = expected.iter().filter(|(name, _)| name == other).map(|(_, message)| message.clone()).collect();
            self.check(other, mine);
        }
    }

    fn subscribe(&mut self, name: &str) {
        let filter = *self.pick(FILTERS);
        let handling = *self.pick(&[RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::DoNotSend]);
        let options = SubscriptionOptions {
            qos: QoS::from_u8(u8::try_from(self.world.random(3)).unwrap()).unwrap(),
            // Of a message that the client itself retained the model knows nothing.
            no_local: handling == RetainHandling::DoNotSend && self.world.random(2) == 0,
            retain_as_published: self.world.random(2) == 0,
            retain_handling: handling,
        };
        let identifier = 1 + u32::try_from(self.world.random(1000)).unwrap();
        let got = self.world.subscribe_with(name, &[(filter, options)], Some(identifier));
        let expected = self.model.subscribe(name, filter, options, identifier);
        self.check_these(name, &got, expected);
    }

    fn unsubscribe(&mut self, name: &str) {
        let filter = *self.pick(FILTERS);
        let had = self.model.clients.get_mut(name).unwrap().subscriptions.remove(filter).is_some();
        let expected = if had { "unsuback 00" } else { "unsuback 11" };
        assert_eq!(self.world.unsubscribe(name, &[filter]), [expected], "seed {}", self.seed);
    }

    fn break_off(&mut self, name: &str) {
        self.world.break_off(name);
        self.model.clients.get_mut(name).unwrap().is_connected = false;
    }

    fn reconnect(&mut self, name: &str) {
        assert_eq!(self.world.connect(&Spec::lasting(name)), "connack 00 present");
        let client = self.model.clients.get_mut(name).unwrap();
        client.is_connected = true;
        let expected = core::mem::take(&mut client.queue);
        self.check(name, expected);
    }

    fn check(&mut self, name: &str, expected: Vec<Expected>) {
        if self.model.clients[name].is_connected {
            let got = self.world.take(name);
            self.check_these(name, &got, expected);
        }
    }

    /// Compares, and finishes what has to be acknowledged.
    fn check_these(&mut self, name: &str, got: &[String], mut expected: Vec<Expected>) {
        let mut messages = Vec::new();
        for text in got.iter().filter(|text| text.starts_with("publish ")) {
            let (message, identifier) = parse(text);
            match (message.1, identifier) {
                (1, Some(identifier)) => self.world.puback(name, identifier),
                (2, Some(identifier)) => {
                    self.world.pubrec(name, identifier);
                    self.world.pubcomp(name, identifier);
                }
                _ => {}
            }
            messages.push(message);
        }
        self.world.take(name);
        // Retained Messages of several topics have no order among themselves.
        if messages.iter().all(|message| message.2) {
            messages.sort();
            expected.sort();
        }
        assert_eq!(messages, expected, "seed {}, step {}, client {name}", self.seed, self.step);
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.world.random(list.len())]
    }
}

/// `publish a/b=m1 q1 #7 retain subscription_identifier=3`.
fn parse(text: &str) -> (Expected, Option<u16>) {
    let mut words = text.split(' ').skip(1);
    let payload = words.next().unwrap().split_once('=').unwrap().1.to_string();
    let qos = words.next().unwrap().trim_start_matches('q').parse().unwrap();
    let (mut retain, mut identifier, mut identifiers) = (false, None, BTreeSet::new());
    for word in words {
        if let Some(number) = word.strip_prefix('#') {
            identifier = number.parse().ok();
        } else if let Some(number) = word.strip_prefix("subscription_identifier=") {
            identifiers.insert(number.parse().unwrap());
        } else {
            retain |= word == "retain";
        }
    }
    ((payload, qos, retain, identifiers), identifier)
}

const NAMES: &[&str] = &["ann", "bob", "cid", "dee", "eve"];
const TOPICS: &[&str] = &["a", "a/b", "a/b/c", "b", "/", "$x/y"];
const FILTERS: &[&str] = &["#", "+", "a/#", "a/+", "+/b/#", "a/b", "a/b/c", "/", "+/+", "$x/#", "b"];
