//! A simulated store: what is acknowledged is durable, and a restart gives the same state.

use crate::kit::{Spec, World};
use polymqtt_core::QoS;
use polymqtt_core::broker::{Broker, RoutedMessage, SessionRecord, StoreOperation, StoreRecord, StoredDelivery};
use polymqtt_core::codec::{PacketIdentifier, Property};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the records so far leave behind.
#[derive(Default)]
struct Kept {
    sessions: BTreeMap<String, KeptSession>,
    retained: BTreeMap<String, StoreRecord>,
}

#[derive(Default)]
struct KeptSession {
    record: Option<SessionRecord>,
    subscriptions: BTreeMap<String, StoreRecord>,
    deliveries: BTreeMap<u32, (Arc<RoutedMessage>, StoredDelivery)>,
    sent: Vec<(u32, PacketIdentifier, bool)>,
    received: Vec<PacketIdentifier>,
}

impl Kept {
    fn of(operations: &[StoreOperation]) -> Self {
        let mut kept = Self::default();
        for operation in operations {
            kept.apply(operation.record.clone());
        }
        kept
    }

    fn session(&mut self, client_identifier: &str) -> &mut KeptSession {
        self.sessions.get_mut(client_identifier).unwrap()
    }

    fn apply(&mut self, record: StoreRecord) {
        match record.clone() {
            StoreRecord::SessionPut(record) => {
                let name = String::from(&*record.client_identifier);
                self.sessions.entry(name).or_default().record = Some(record);
            }
            StoreRecord::SessionRemoved { client_identifier } => drop(self.sessions.remove(&*client_identifier)),
            StoreRecord::SubscriptionPut { client_identifier, filter, .. } => {
                self.session(&client_identifier).subscriptions.insert((*filter).into(), record);
            }
            StoreRecord::SubscriptionRemoved { client_identifier, filter } => {
                assert!(self.session(&client_identifier).subscriptions.remove(&*filter).is_some());
            }
            StoreRecord::RetainedPut { message, .. } => {
                self.retained.insert(message.topic().as_str().into(), record);
            }
            StoreRecord::RetainedRemoved { topic, .. } => drop(self.retained.remove(&*topic)),
            StoreRecord::Enqueued { message, deliveries } => {
                for delivery in deliveries {
                    let session = self.session(&delivery.client_identifier.clone());
                    assert!(session.deliveries.insert(delivery.position, (message.clone(), delivery)).is_none());
                }
            }
            StoreRecord::Sent { client_identifier, position, packet_identifier } => {
                let session = self.session(&client_identifier);
                assert!(session.deliveries.contains_key(&position));
                session.sent.push((position, packet_identifier, false));
            }
            StoreRecord::Released { client_identifier, position } => {
                let session = self.session(&client_identifier);
                session.sent.iter_mut().find(|sent| sent.0 == position).unwrap().2 = true;
            }
            StoreRecord::Settled { client_identifier, position } => {
                let session = self.session(&client_identifier);
                assert!(session.deliveries.remove(&position).is_some());
                session.sent.retain(|sent| sent.0 != position);
            }
            StoreRecord::Received { client_identifier, packet_identifier } => {
                self.session(&client_identifier).received.push(packet_identifier);
            }
            StoreRecord::ReceivedReleased { client_identifier, packet_identifier } => {
                self.session(&client_identifier).received.retain(|known| *known != packet_identifier);
            }
        }
    }

    fn restore(self, broker: &mut Broker) {
        for record in self.retained.into_values() {
            broker.restore(record).unwrap();
        }
        for (client_identifier, session) in self.sessions {
            let client_identifier: Arc<str> = client_identifier.into();
            broker.restore(StoreRecord::SessionPut(session.record.unwrap())).unwrap();
            session.subscriptions.into_values().for_each(|record| broker.restore(record).unwrap());
            for (message, delivery) in session.deliveries.into_values() {
                broker.restore(StoreRecord::Enqueued { message, deliveries: vec![delivery] }).unwrap();
            }
            for (position, packet_identifier, is_released) in session.sent {
                let client_identifier = client_identifier.clone();
                let sent =
                    StoreRecord::Sent { client_identifier: client_identifier.clone(), position, packet_identifier };
                broker.restore(sent).unwrap();
                if is_released {
                    broker.restore(StoreRecord::Released { client_identifier, position }).unwrap();
                }
            }
            for packet_identifier in session.received {
                let client_identifier = client_identifier.clone();
                broker.restore(StoreRecord::Received { client_identifier, packet_identifier }).unwrap();
            }
        }
    }
}

fn stored_world() -> World {
    World::with(|options| options.store = true)
}

/// A new world from what is durable in the old one after the first `count` operations.
fn restarted(world: &World, count: usize) -> World {
    let mut next = stored_world();
    Kept::of(&world.stored[..count]).restore(&mut next.shards[0]);
    next.now_ms = world.now_ms;
    next.run();
    next
}

#[test]
fn acknowledgements_wait_for_the_store() {
    let mut world = stored_world();
    world.connect(&Spec::v5("p"));
    world.store_completes = false;
    assert_eq!(world.connect(&Spec::lasting("s")), "", "CONNACK waits");
    world.complete_store();
    assert_eq!(world.take("s"), ["connack 00"]);
    assert!(world.subscribe("s", "t", 2).is_empty(), "SUBACK waits");
    world.complete_store();
    assert_eq!(world.take("s"), ["suback 02"]);
    world.publish("p", "t", "a", 1, 1);
    world.publish("p", "t", "b", 2, 2);
    world.publish("p", "nobody", "c", 1, 3);
    world.publish("p", "t", "now", 0, 0);
    world.send_bytes("p", b"\xc0\x00");
    assert_eq!(world.take("p"), ["pingresp"], "PUBACK and PUBREC wait, and what comes after them in order");
    assert_eq!(world.take("s"), ["publish t=now q0"], "nor is anything in flight that the store does not know");
    world.complete_store();
    assert_eq!(world.take("p"), ["puback #1 00", "pubrec #2 00", "puback #3 10"]);
    assert_eq!(world.take("s"), ["publish t=a q1 #1", "publish t=b q2 #2"]);
    world.pubrec("s", 2);
    assert!(world.take("s").is_empty(), "PUBREL waits");
    world.complete_store();
    assert_eq!(world.take("s"), ["pubrel #2 00"]);
    world.pubrel("p", 2);
    world.complete_store();
    assert_eq!(world.take("p"), ["pubcomp #2 00"]);
}

#[test]
fn completion_is_cumulative_and_releases_no_more_than_that() {
    let mut world = stored_world();
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 1);
    world.store_completes = false;
    let mut marks = Vec::new();
    for identifier in 1..=3 {
        world.publish("p", "t", "x", 1, identifier);
        marks.push(world.stored.last().unwrap().sequence);
    }
    let now = world.now();
    world.shards[0].completed(marks[1], now);
    world.run();
    assert_eq!(world.take("p"), ["puback #1 00", "puback #2 00"]);
    world.shards[0].completed(marks[0], now);
    world.shards[0].completed(u64::MAX, now);
    world.run();
    assert_eq!(world.take("p"), ["puback #3 00"]);
}

#[test]
fn sessions_that_end_with_their_connection_are_not_stored() {
    let mut world = stored_world();
    world.connect(&Spec::v5("s"));
    world.subscribe("s", "t", 2);
    world.publish("s", "t", "x", 2, 1);
    world.break_off("s");
    assert!(world.stored.is_empty(), "{:?}", world.stored);
}

#[test]
fn without_a_store_nothing_is_emitted() {
    let mut world = World::new();
    world.connect(&Spec::lasting("s"));
    world.subscribe("s", "t", 2);
    world.publish_retained("s", "t", "x");
    world.break_off("s");
    assert!(world.stored.is_empty());
}

/// Everything that a restart has to bring back.
fn busy_world() -> World {
    let mut world = stored_world();
    world.connect(&Spec::lasting("s").user("me"));
    world.connect(&Spec::v4("old").resume());
    world.connect(&Spec::v5("p"));
    world.subscribe_with("s", &[("t", polymqtt_core::codec::SubscriptionOptions::new(QoS::ExactlyOnce))], Some(9));
    world.subscribe("s", "t/#", 1);
    world.subscribe("old", "$share/g/work", 1);
    world.subscribe("old", "t", 1);
    world.unsubscribe("old", &["t"]);
    for identifier in 1..=4 {
        world.publish("p", "t", &identifier.to_string(), 2, identifier);
    }
    world.pubrec("s", 2);
    world.pubrec("s", 3);
    world.pubcomp("s", 3);
    world.break_off("s");
    world.publish("p", "t", "5", 1, 5);
    world.publish_with("p", "t", "6", 1, 5, false, &[Property::MessageExpiryInterval(100)]);
    world.publish_retained("p", "r", "kept");
    world.publish_retained("p", "gone", "x");
    world.publish_retained("p", "gone", "");
    world.publish("old", "t/x", "from old", 2, 77);
    world
}

#[test]
fn a_restart_gives_the_same_state() {
    let world = busy_world();
    let mut next = restarted(&world, world.stored.len());
    next.pass_ms(1_000);
    for client_identifier in ["s", "old"] {
        let mut before = world.shards[0].session(client_identifier).unwrap();
        before.connection = None;
        assert_eq!(next.shards[0].session(client_identifier).unwrap(), before);
        assert_eq!(next.shards[0].subscriptions(client_identifier), world.shards[0].subscriptions(client_identifier));
    }
    assert_eq!(next.connect(&Spec::lasting("s")), "connack 00 present");
    assert_eq!(
        next.take("s"),
        [
            "publish t=1 q2 #1 dup subscription_identifier=9",
            "pubrel #2 00",
            "publish t=4 q2 #4 dup subscription_identifier=9",
            "publish t=5 q1 #5 subscription_identifier=9",
            "publish t=6 q1 #6 message_expiry_interval=99 subscription_identifier=9",
            "publish t/x=from old q1 #7",
        ]
    );
    assert_eq!(next.connect(&Spec::v4("old").resume()), "connack 00 present");
    next.publish("old", "t/x", "from old", 2, 77);
    assert_eq!(next.take("old"), ["pubrec #77"]);
    assert!(next.take("s").is_empty(), "it is known");
    assert_eq!(next.subscribe("old", "+", 0), ["publish r=kept q0 retain", "suback 00"], "QoS 0 does not wait");
    next.connect(&Spec::v5("p"));
    next.publish("p", "work", "w", 1, 1);
    assert_eq!(next.take("old"), ["publish work=w q0", "publish work=w q1 #1"]);
}

/// After a crash at any operation, what comes back is consistent, and what was acknowledged is there.
#[test]
fn a_crash_at_any_operation_leaves_a_state_that_can_be_restored() {
    let world = busy_world();
    for count in 0..=world.stored.len() {
        let mut next = restarted(&world, count);
        next.connect(&Spec::lasting("s"));
        next.connect(&Spec::v4("old").resume());
        next.connect(&Spec::v5("p"));
        next.publish("p", "t", "alive", 0, 0);
        let got = next.take("s");
        assert!(!got.iter().any(|text| text.starts_with("malformed") || text == "closed"), "{count}: {got:?}");
    }
}

#[test]
fn wills_and_expiries_survive_a_restart() {
    let mut world = stored_world();
    let will = [Property::WillDelayInterval(10)];
    world.connect(&Spec::lasting("x").will_with("w", "delayed", 0, false, &will));
    world.connect(&Spec::lasting("y").will("w", "connected at the crash"));
    world.connect(&Spec::lasting("z").will("w", "published"));
    world.connect(&Spec::v5("short").with(Property::SessionExpiryInterval(7)));
    world.break_off("x");
    world.break_off("z");
    world.break_off("short");
    world.pass_ms(5_000);
    let mut next = restarted(&world, world.stored.len());
    next.connect(&Spec::v5("watcher"));
    next.subscribe("watcher", "w", 0);
    next.pass_ms(0);
    assert_eq!(next.take("watcher"), ["publish w=connected at the crash q0"]);
    next.pass_ms(2_000);
    assert!(next.shards[0].session("short").is_none());
    next.pass_ms(3_000);
    assert_eq!(next.take("watcher"), ["publish w=delayed q0"]);
    next.pass_ms(3_600_000);
    assert_eq!(next.shards[0].sessions().count(), 1);
}

#[test]
fn records_are_restored_before_the_first_connection_only() {
    let world = busy_world();
    let mut next = stored_world();
    next.connect(&Spec::v5("x"));
    let record = world.stored[0].record.clone();
    assert!(next.shards[0].restore(record).is_err());
    let mut next = stored_world();
    let missing = StoreRecord::Settled { client_identifier: "x".into(), position: 0 };
    assert!(next.shards[0].restore(missing).is_err());
}

#[test]
fn sessions_that_are_not_stored_do_not_wait_for_those_that_are() {
    let mut world = stored_world();
    world.connect(&Spec::lasting("stored"));
    world.connect(&Spec::v5("passing"));
    world.connect(&Spec::v5("p"));
    world.subscribe("stored", "t", 1);
    world.subscribe("passing", "t", 1);
    world.store_completes = false;
    world.publish("p", "t", "x", 1, 1);
    assert_eq!(world.take("passing"), ["publish t=x q1 #1"]);
    assert!(world.take("stored").is_empty());
    assert!(world.take("p").is_empty(), "somebody is to have it who is stored");
    world.complete_store();
    assert_eq!(world.take("stored"), ["publish t=x q1 #1"]);
    assert_eq!(world.take("p"), ["puback #1 00"]);
}

#[test]
fn retained_messages_reach_a_stored_session_in_order() {
    let mut world = World::with(|options| {
        options.store = true;
        options.retained_slice = 20;
    });
    world.connect(&Spec::v5("p"));
    for number in 0..300 {
        world.publish_with("p", &format!("t/{number:03}"), "x", 1, 1, true, &[]);
    }
    world.connect(&Spec::lasting("s"));
    let mut got = world.subscribe("s", "#", 1);
    world.pass_ms(1);
    got.extend(world.take("s"));
    got.retain(|text| text.starts_with("publish"));
    let topics: Vec<&str> = got.iter().map(|text| text.split(['=', ' ']).nth(1).unwrap()).collect();
    assert_eq!(topics, (0..300).map(|number| format!("t/{number:03}")).collect::<Vec<_>>());
}
