//! QoS 1 and 2 in both directions, and flow control.

use crate::kit::{Spec, World, ack};
use polymqtt_core::codec::{Acknowledgement, Packet, PacketIdentifier, Property};
use polymqtt_core::{QoS, ReasonCode};

fn sender_and_receiver() -> World {
    let mut world = World::new();
    world.connect(&Spec::v5("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 2);
    world
}

/// [MQTT-4.3.2-4], [MQTT-4.3.2-5], [MQTT-2.2.1-5]
#[test]
fn qos_1_is_acknowledged_and_a_repeated_identifier_is_a_new_message() {
    let mut world = sender_and_receiver();
    world.publish("p", "t", "a", 1, 65_535);
    assert_eq!(world.take("p"), ["puback #65535 00"]);
    world.publish("p", "t", "b", 1, 65_535);
    assert_eq!(world.take("p"), ["puback #65535 00"]);
    assert_eq!(world.take("s"), ["publish t=a q1 #1", "publish t=b q1 #2"]);
}

/// [MQTT-4.3.3-8], [MQTT-4.3.3-10], [MQTT-4.3.3-11], [MQTT-4.3.3-12]
#[test]
fn qos_2_is_delivered_once() {
    let mut world = sender_and_receiver();
    for _ in 0..3 {
        world.publish("p", "t", "a", 2, 7);
        assert_eq!(world.take("p"), ["pubrec #7 00"]);
    }
    assert_eq!(world.take("s"), ["publish t=a q2 #1"]);
    world.pubrel("p", 7);
    assert_eq!(world.take("p"), ["pubcomp #7 00"]);
    world.pubrel("p", 7);
    assert_eq!(world.take("p"), ["pubcomp #7 92"]);
    world.publish("p", "t", "b", 2, 7);
    assert_eq!(world.take("s"), ["publish t=b q2 #2"]);
}

/// [MQTT-4.3.3-10] across a reconnect
#[test]
fn received_identifiers_outlive_the_connection() {
    let mut world = sender_and_receiver();
    world.connect(&Spec::v4("q").resume());
    world.publish("q", "t", "a", 2, 7);
    world.break_off("q");
    world.connect(&Spec::v4("q").resume());
    world.publish("q", "t", "a", 2, 7);
    assert_eq!(world.take("q"), ["pubrec #7"]);
    world.pubrel("q", 7);
    assert_eq!(world.take("q"), ["pubcomp #7"]);
    assert_eq!(world.take("s"), ["publish t=a q2 #1"]);
}

#[test]
fn nobody_there_is_told_to_clients_of_5_0() {
    let mut world = World::new();
    world.connect(&Spec::v5("p"));
    world.connect(&Spec::v4("old"));
    world.publish("p", "t", "a", 1, 1);
    world.publish("p", "t", "a", 2, 2);
    world.publish("old", "t", "a", 1, 1);
    assert_eq!(world.take("p"), ["puback #1 10", "pubrec #2 10"]);
    assert_eq!(world.take("old"), ["puback #1"]);
}

/// [MQTT-3.3.4-9], [MQTT-3.3.4-10], [MQTT-4.9.0-2], [MQTT-4.9.0-3]
#[test]
fn the_clients_receive_maximum_is_kept() {
    let mut world = World::new();
    world.connect(&Spec::v5("s").with(Property::ReceiveMaximum(2)));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 2);
    for identifier in 1..=5 {
        world.publish("p", "t", &identifier.to_string(), 1 + u8::from(identifier == 2), identifier);
    }
    assert_eq!(world.take("s"), ["publish t=1 q1 #1", "publish t=2 q2 #2"]);
    world.publish("p", "t", "zero", 0, 0);
    world.send("s", &Packet::PingReq);
    assert_eq!(world.take("s"), ["publish t=zero q0", "pingresp"]);
    world.pubrec("s", 2);
    assert_eq!(world.take("s"), ["pubrel #2 00"], "PUBREC opens nothing");
    world.pubcomp("s", 2);
    assert_eq!(world.take("s"), ["publish t=3 q1 #3"]);
    world.puback("s", 1);
    assert_eq!(world.take("s"), ["publish t=4 q1 #4"]);
    world.puback("s", 77);
    assert!(world.take("s").is_empty(), "an acknowledgement of nothing opens nothing");
}

#[test]
fn the_servers_receive_maximum_is_enforced_for_5_0() {
    let mut world = World::with(|options| options.receive_maximum = 2);
    assert_eq!(world.connect(&Spec::v5("p")), "connack 00 receive_maximum=2");
    world.connect(&Spec::v4("old"));
    for identifier in 1..=3 {
        world.publish("p", "t", "x", 2, identifier);
        world.publish("old", "t", "x", 2, identifier);
    }
    assert_eq!(world.take("p")[2..], ["disconnect 93 reason=MQTT-3.3.4-7", "closed"]);
    assert_eq!(world.take("old"), ["pubrec #1", "pubrec #2", "pubrec #3"]);
    world.connect(&Spec::v5("p"));
    for identifier in 1..=9 {
        world.publish("p", "t", "x", 1, identifier);
    }
    assert!(!world.is_closed("p"), "QoS 1 is acknowledged at once and never open");
}

/// [MQTT-4.4.0-2], [MQTT-4.3.3-4]
#[test]
fn an_acknowledgement_with_an_error_settles_the_message() {
    let mut world = World::new();
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 2);
    world.publish("p", "t", "a", 1, 1);
    world.publish("p", "t", "b", 2, 2);
    world.take("s");
    let refuse = |identifier| {
        Acknowledgement::new(PacketIdentifier::new(identifier).unwrap(), ReasonCode::ImplementationSpecificError)
    };
    world.send("s", &Packet::PubAck(refuse(1)));
    world.send("s", &Packet::PubRec(refuse(2)));
    assert!(world.take("s").is_empty());
    world.break_off("s");
    assert_eq!(world.connect(&Spec::lasting("s")), "connack 00 present");
    assert!(world.take("s").is_empty());
}

#[test]
fn acknowledgements_that_do_not_fit_are_protocol_errors() {
    type Step = fn(&mut World);
    let cases: [(Step, &str); 4] = [
        (|world| world.send("s", &Packet::PubAck(ack(2))), "disconnect 82 reason=4.3.3"),
        (|world| world.send("s", &Packet::PubRec(ack(1))), "disconnect 82 reason=4.3.2"),
        (|world| world.send("s", &Packet::PubComp(ack(2))), "disconnect 82 reason=4.3.3"),
        (|world| world.send("s", &Packet::PubComp(ack(1))), "disconnect 82 reason=4.3.3"),
    ];
    for (step, expected) in cases {
        let mut world = sender_and_receiver();
        world.publish("p", "t", "a", 1, 1);
        world.publish("p", "t", "b", 2, 2);
        world.take("s");
        step(&mut world);
        assert_eq!(world.take("s"), [expected, "closed"]);
    }
}

#[test]
fn acknowledgements_of_nothing_do_no_harm() {
    let mut world = sender_and_receiver();
    world.puback("s", 9);
    world.pubcomp("s", 9);
    world.pubrec("s", 9);
    assert_eq!(world.take("s"), ["pubrel #9 92"]);
    world.connect(&Spec::v4("old"));
    world.pubrec("old", 9);
    assert_eq!(world.take("old"), ["pubrel #9"]);
}

/// [MQTT-2.2.1-4]
#[test]
fn packet_identifiers_are_never_zero_nor_used_twice() {
    let mut world = World::with(|options| {
        options.in_flight_max = u16::MAX;
        options.queue_messages_max = 100_000;
        options.outgoing_bytes_max = u32::MAX;
    });
    world.connect(&Spec::v5("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 1);
    for _ in 0..70_000 {
        world.publish("p", "t", "", 1, 1);
    }
    let got = world.take("s");
    assert_eq!(got.len(), 65_535);
    assert_eq!(got[0], "publish t= q1 #1");
    assert_eq!(got[65_534], "publish t= q1 #65535");
    world.puback("s", 5);
    assert_eq!(world.take("s"), ["publish t= q1 #5"]);
}

/// [MQTT-4.6.0-5]
#[test]
fn order_is_kept_through_a_narrow_window_and_reconnects() {
    let mut world = World::with(|options| options.in_flight_max = 3);
    let spec = Spec::lasting("s");
    world.connect(&spec);
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 1);
    let mut seen = Vec::new();
    for round in 0..40_u16 {
        for step in 0..5 {
            world.publish("p", "t", &(round * 5 + step).to_string(), 1, 1);
        }
        if round % 7 == 3 {
            world.break_off("s");
            world.connect(&spec);
        }
        for text in world.take("s") {
            let (number, identifier) = parse(&text);
            if seen.last().is_none_or(|last| *last < number) {
                seen.push(number);
            }
            if round % 7 != 2 {
                world.puback("s", identifier);
            }
        }
    }
    while let more = world.take("s")
        && !more.is_empty()
    {
        for text in more {
            let (number, identifier) = parse(&text);
            if seen.last().is_none_or(|last| *last < number) {
                seen.push(number);
            }
            world.puback("s", identifier);
        }
    }
    assert_eq!(seen, (0..200).collect::<Vec<u32>>());
}

fn parse(text: &str) -> (u32, u16) {
    let number = text.split(['=', ' ']).nth(2).unwrap().parse().unwrap();
    let identifier = text.split('#').nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    (number, identifier)
}

/// [MQTT-4.3.3-7], [MQTT-4.3.3-13]
#[test]
fn a_qos_2_message_that_was_sent_does_not_expire() {
    let mut world = World::new();
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 2);
    world.publish_with("p", "t", "x", 2, 1, false, &[Property::MessageExpiryInterval(1)]);
    assert_eq!(world.take("s"), ["publish t=x q2 #1 message_expiry_interval=1"]);
    world.break_off("s");
    world.pass_ms(3_000);
    world.connect(&Spec::lasting("s"));
    assert_eq!(world.take("s"), ["publish t=x q2 #1 dup message_expiry_interval=1"]);
    world.pubrec("s", 1);
    world.pubcomp("s", 1);
    assert_eq!(world.take("s"), ["pubrel #1 00"]);
}

#[test]
fn the_maximum_qos_limits_both_directions() {
    let mut world = World::with(|options| options.maximum_qos = QoS::AtLeastOnce);
    assert_eq!(world.connect(&Spec::v5("p")), "connack 00 maximum_qos=1");
    assert_eq!(world.subscribe("p", "t", 2), ["suback 01"]);
    world.publish("p", "t", "x", 2, 1);
    assert_eq!(world.take("p"), ["disconnect 9b reason=MQTT-3.2.2-11", "closed"]);
    world.connect(&Spec::v4("old"));
    assert_eq!(world.subscribe("old", "t", 2), ["suback 01"]);
    world.publish("old", "t", "x", 2, 1);
    assert_eq!(world.take("old"), ["closed"]);
}
