//! From one client to another.

use crate::kit::{Spec, World};
use polymqtt_core::QoS;
use polymqtt_core::codec::{Property, SubscriptionOptions};

#[test]
fn a_message_reaches_every_version() {
    let mut world = World::new();
    for spec in [Spec::v3("three"), Spec::v4("four"), Spec::v5("five")] {
        assert_eq!(world.connect(&spec), "connack 00");
        assert_eq!(world.subscribe(&spec.client_identifier, "a/+", 0), ["suback 00"]);
    }
    world.connect(&Spec::v5("p"));
    world.publish("p", "a/b", "hello", 0, 0);
    for name in ["three", "four", "five"] {
        assert_eq!(world.take(name), ["publish a/b=hello q0"]);
    }
    assert!(world.take("p").is_empty());
    world.publish("p", "b", "hello", 0, 0);
    assert!(world.take("five").is_empty());
}

/// [MQTT-3.8.4-8], [MQTT-3.3.1-3]
#[test]
fn the_qos_is_the_lower_of_published_and_granted() {
    for granted in 0..=2 {
        for published in 0..=2 {
            let mut world = World::new();
            world.connect(&Spec::v5("s"));
            world.connect(&Spec::v4("p"));
            assert_eq!(world.subscribe("s", "t", granted), [format!("suback 0{granted}")]);
            world.publish("p", "t", "x", published, u16::from(published > 0) * 9);
            let qos = granted.min(published);
            let identifier = if qos > 0 { " #1" } else { "" };
            assert_eq!(world.take("s"), [format!("publish t=x q{qos}{identifier}")]);
        }
    }
}

/// [MQTT-3.3.4-2], [MQTT-3.3.4-3], [MQTT-3.3.4-4]
#[test]
fn overlapping_subscriptions_give_one_copy_with_all_identifiers() {
    let mut world = World::new();
    world.connect(&Spec::v5("s"));
    world.connect(&Spec::v4("old"));
    let options = SubscriptionOptions::new;
    world.subscribe_with("s", &[("a/b", options(QoS::AtMostOnce))], Some(7));
    world.subscribe_with("s", &[("a/+", options(QoS::ExactlyOnce))], Some(8));
    world.subscribe_with("s", &[("#", options(QoS::AtLeastOnce))], None);
    world.subscribe("old", "a/b", 0);
    world.subscribe("old", "#", 1);
    world.connect(&Spec::v5("p"));
    world.publish("p", "a/b", "x", 2, 1);
    let got = world.take("s");
    assert_eq!(got.len(), 1);
    assert!(got[0].starts_with("publish a/b=x q2 #1"), "{got:?}");
    assert!(got[0].contains("subscription_identifier=7") && got[0].contains("subscription_identifier=8"), "{got:?}");
    assert_eq!(world.take("old"), ["publish a/b=x q1 #1"]);
    world.publish("p", "a/c", "y", 0, 0);
    assert_eq!(world.take("s"), ["publish a/c=y q0 subscription_identifier=8"]);
    world.publish("p", "c", "z", 0, 0);
    assert_eq!(world.take("s"), ["publish c=z q0"]);
}

/// [MQTT-3.3.2-4], [MQTT-3.3.2-15], [MQTT-3.3.2-16], [MQTT-3.3.2-17], [MQTT-3.3.2-18], [MQTT-3.3.2-20]
#[test]
fn properties_pass_through_in_their_order() {
    let mut world = World::new();
    world.connect(&Spec::v5("s"));
    world.connect(&Spec::v4("old"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 0);
    world.subscribe("old", "t", 0);
    let properties = [
        Property::UserProperty(("b", "1")),
        Property::PayloadFormatIndicator(1),
        Property::UserProperty(("a", "2")),
        Property::ContentType("text/plain"),
        Property::ResponseTopic("answers"),
        Property::CorrelationData(&[1, 2]),
        Property::UserProperty(("b", "3")),
    ];
    world.publish_with("p", "t", "x", 0, 0, false, &properties);
    assert_eq!(
        world.take("s"),
        ["publish t=x q0 b:1 payload_format_indicator=1 a:2 content_type=\"text/plain\" response_topic=\"answers\" \
          correlation_data=[1, 2] b:3"],
    );
    assert_eq!(world.take("old"), ["publish t=x q0"]);
}

/// [MQTT-3.3.2-5], [MQTT-3.3.2-6]
#[test]
fn the_message_expiry_interval_shrinks_while_a_message_waits() {
    let mut world = World::new();
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 1);
    world.break_off("s");
    let expiry = |seconds| [Property::MessageExpiryInterval(seconds)];
    world.publish_with("p", "t", "short", 1, 1, false, &expiry(3));
    world.publish_with("p", "t", "long", 1, 2, false, &expiry(10));
    world.pass_ms(4_000);
    assert_eq!(world.connect_as("s", &Spec::lasting("s")), "connack 00 present");
    assert_eq!(world.take("s"), ["publish t=long q1 #1 message_expiry_interval=6"]);
}

#[test]
fn outbound_aliases_are_used_as_far_as_the_client_allows() {
    let mut world = World::new();
    world.connect(&Spec::v5("s").with(Property::TopicAliasMaximum(1)));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "#", 1);
    for (identifier, topic) in [(1, "a/long/topic"), (2, "a/long/topic"), (3, "other/topic"), (4, "a/long/topic")] {
        world.publish("p", topic, "x", 1, identifier);
    }
    let got = world.take("s");
    assert_eq!(got[0], "publish a/long/topic=x q1 #1 topic_alias=1");
    assert_eq!(got[1], "publish =x q1 #2 topic_alias=1");
    assert_eq!(got[2], "publish other/topic=x q1 #3 topic_alias=1");
    assert_eq!(got[3], "publish a/long/topic=x q1 #4 topic_alias=1");
}

/// [MQTT-3.3.2-12], [MQTT-3.3.2-7]
#[test]
fn inbound_aliases_are_resolved() {
    let mut world = World::with(|options| options.topic_alias_maximum = 3);
    world.connect(&Spec::v5("s"));
    world.subscribe("s", "#", 0);
    assert_eq!(world.connect(&Spec::v5("p")), "connack 00 topic_alias_maximum=3");
    world.publish_with("p", "first", "1", 0, 0, false, &[Property::TopicAlias(3)]);
    world.publish_with("p", "", "2", 0, 0, false, &[Property::TopicAlias(3)]);
    world.publish_with("p", "second", "3", 0, 0, false, &[Property::TopicAlias(3)]);
    world.publish_with("p", "", "4", 0, 0, false, &[Property::TopicAlias(3)]);
    let expected = ["publish first=1 q0", "publish first=2 q0", "publish second=3 q0", "publish second=4 q0"];
    assert_eq!(world.take("s"), expected);
    world.connect(&Spec::v5("p"));
    world.publish_with("p", "", "5", 0, 0, false, &[Property::TopicAlias(3)]);
    assert_eq!(world.take("p"), ["disconnect 94 reason=MQTT-3.3.2-7", "closed"]);
    assert!(world.take("s").is_empty());
}

#[test]
fn large_payloads_are_shared_and_arrive_whole() {
    let mut world = World::new();
    let large = "x".repeat(100_000);
    for name in ["a", "b", "c"] {
        world.connect(&if name == "b" { Spec::v4(name) } else { Spec::v5(name) });
        world.subscribe(name, "t", u8::from(name == "c"));
    }
    world.connect(&Spec::v5("p"));
    world.transmits = false;
    world.publish("p", "t", &large, 1, 1);
    world.publish("p", "t", "small", 1, 2);
    world.flush();
    for (name, qos) in [("a", "q0"), ("b", "q0"), ("c", "q1 #1")] {
        let second = if name == "c" { "q1 #2" } else { "q0" };
        assert_eq!(world.take(name), [format!("publish t={large} {qos}"), format!("publish t=small {second}")]);
    }
}

#[test]
fn the_embedder_publishes() {
    use polymqtt_core::{Message, topic::TopicName};
    let mut world = World::new();
    world.connect(&Spec::v5("s"));
    world.subscribe("s", "t", 2);
    let message = Message::new(TopicName::new("t").unwrap(), "hi").with_qos(QoS::AtLeastOnce).with_retain(true);
    let now = world.now();
    world.shards[0].publish(&message, now).unwrap();
    world.run();
    assert_eq!(world.take("s"), ["publish t=hi q1 #1"]);
    assert_eq!(world.subscribe("s", "t", 0), ["suback 00", "publish t=hi q0 retain"]);
}

#[test]
fn a_slow_transport_loses_qos_0_and_keeps_qos_1() {
    let mut world = World::with(|options| options.outgoing_bytes_max = 1000);
    world.connect(&Spec::v5("slow"));
    world.connect(&Spec::v5("fast"));
    world.connect(&Spec::v5("p"));
    world.subscribe("slow", "t", 1);
    world.subscribe("fast", "fast", 0);
    world.transmits = false;
    let payload = "x".repeat(90);
    for identifier in 1..=50 {
        world.publish("p", "t", &payload, 0, 0);
        world.publish("p", "t", &payload, 1, identifier);
    }
    world.publish("p", "fast", "x", 0, 0);
    let waiting = world.shards[0].transmit_len_bytes(world.clients["slow"].connection);
    assert!((1000..1200).contains(&waiting), "{waiting}");
    world.flush();
    let got = world.take("slow");
    assert_eq!(got.iter().filter(|text| text.contains("q1")).count(), 50);
    assert!(got.iter().filter(|text| text.contains("q0")).count() < 10);
    assert_eq!(world.take("fast"), ["publish fast=x q0"]);
    assert!(world.shards[0].statistics().publish_dropped >= 40);
}
