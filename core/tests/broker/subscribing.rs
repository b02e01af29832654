//! SUBSCRIBE and UNSUBSCRIBE.

use crate::kit::{Spec, World};
use polymqtt_core::QoS;
use polymqtt_core::codec::{Property, SubscriptionOptions};

fn options(qos: QoS) -> SubscriptionOptions {
    SubscriptionOptions::new(qos)
}

/// [MQTT-3.8.4-5], [MQTT-3.8.4-6], [MQTT-3.8.4-7], [MQTT-3.9.3-1]
#[test]
fn every_filter_gets_its_answer_in_order() {
    let mut world = World::new();
    world.connect(&Spec::v5("s"));
    let filters = [("a", options(QoS::ExactlyOnce)), ("b", options(QoS::AtMostOnce)), ("a", options(QoS::AtLeastOnce))];
    assert_eq!(world.subscribe_with("s", &filters, None), ["suback 02 00 01"]);
    world.publish("s", "a", "x", 2, 1);
    assert_eq!(world.take("s")[0], "publish a=x q1 #1", "the last one of the same filter holds");
    assert_eq!(world.shards[0].session("s").unwrap().subscriptions, 2);
}

/// [MQTT-3.8.4-3], [MQTT-3.8.4-4]
#[test]
fn the_same_filter_again_replaces_the_subscription() {
    let mut world = World::new();
    world.connect(&Spec::v5("s"));
    world.subscribe_with("s", &[("t", options(QoS::ExactlyOnce))], Some(5));
    world.subscribe_with("s", &[("t", options(QoS::AtMostOnce))], Some(6));
    world.publish("s", "t", "x", 1, 1);
    assert_eq!(world.take("s")[0], "publish t=x q0 subscription_identifier=6");
}

/// [MQTT-3.10.4-1], [MQTT-3.10.4-4], [MQTT-3.10.4-5], [MQTT-3.10.4-6], [MQTT-3.11.3-1]
#[test]
fn unsubscribing_compares_filters_exactly() {
    let mut world = World::new();
    world.connect(&Spec::v5("s"));
    world.connect(&Spec::v4("old"));
    world.subscribe("s", "a/b", 0);
    world.subscribe("s", "a/+", 0);
    assert_eq!(world.unsubscribe("s", &["a/+", "a/+", "#"]), ["unsuback 00 11 11"]);
    world.publish("s", "a/b", "x", 0, 0);
    assert_eq!(world.take("s"), ["publish a/b=x q0"]);
    assert_eq!(world.unsubscribe("s", &["a/b"]), ["unsuback 00"]);
    world.publish("s", "a/b", "x", 0, 0);
    assert!(world.take("s").is_empty());
    assert_eq!(world.unsubscribe("old", &["nothing"]), ["unsuback"]);
    assert_eq!(world.shards[0].filter_count(), 0);
}

/// [MQTT-3.10.4-2], [MQTT-3.10.4-3]
#[test]
fn what_is_in_flight_is_finished_after_unsubscribing() {
    let mut world = World::new();
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 2);
    world.publish("p", "t", "x", 2, 1);
    world.take("s");
    world.unsubscribe("s", &["t"]);
    world.publish("p", "t", "y", 2, 2);
    assert!(world.take("s").is_empty());
    world.break_off("s");
    world.connect(&Spec::lasting("s"));
    assert_eq!(world.take("s"), ["publish t=x q2 #1 dup"]);
    world.pubrec("s", 1);
    assert_eq!(world.take("s"), ["pubrel #1 00"]);
}

/// [MQTT-3.8.3-3]
#[test]
fn no_local_keeps_ones_own_messages_away() {
    let mut world = World::new();
    world.connect(&Spec::v5("x"));
    world.connect(&Spec::v5("y"));
    let no_local = SubscriptionOptions { no_local: true, ..options(QoS::AtMostOnce) };
    world.subscribe_with("x", &[("t", no_local)], None);
    world.publish("x", "t", "mine", 0, 0);
    world.publish("y", "t", "yours", 0, 0);
    assert_eq!(world.take("x"), ["publish t=yours q0"]);
    world.subscribe("x", "+", 0);
    world.publish("x", "t", "mine", 0, 0);
    assert_eq!(world.take("x"), ["publish t=mine q0"], "the other subscription has no No Local");
}

/// [MQTT-4.7.2-1]
#[test]
fn wildcards_do_not_reach_dollar_topics() {
    let mut world = World::new();
    world.connect(&Spec::v5("x"));
    world.subscribe("x", "#", 0);
    world.subscribe("x", "+/y", 0);
    world.publish("x", "$x/y", "1", 0, 0);
    assert!(world.take("x").is_empty());
    world.subscribe("x", "$x/#", 0);
    world.publish("x", "$x/y", "2", 0, 0);
    assert_eq!(world.take("x"), ["publish $x/y=2 q0"]);
}

#[test]
fn a_filter_beyond_the_limit_is_refused() {
    let mut world = World::with(|options| options.subscriptions_max = 2);
    world.connect(&Spec::v5("x"));
    world.connect(&Spec::v4("old"));
    let all = ["a", "b", "c", "a"].map(|filter| (filter, options(QoS::AtMostOnce)));
    let got = world.subscribe_with("x", &all, None);
    assert!(got[0].starts_with("suback 00 00 97 00"), "{got:?}");
    assert_eq!(world.subscribe_with("old", &all, None), ["suback 00 00 80 00"]);
    world.unsubscribe("x", &["a"]);
    assert_eq!(world.subscribe("x", "c", 0), ["suback 00"]);
}

#[test]
fn features_that_are_off_are_refused() {
    let mut world = World::with(|options| {
        options.wildcard_subscription_available = false;
        options.shared_subscription_available = false;
        options.subscription_identifier_available = false;
    });
    assert_eq!(
        world.connect(&Spec::v5("x")),
        "connack 00 wildcard_subscription_available=0 subscription_identifier_available=0 \
         shared_subscription_available=0"
    );
    let got = world.subscribe("x", "a/#", 0);
    assert!(got[0].starts_with("suback a2 reason=3.2.2.3.11"), "{got:?}");
    let got = world.subscribe("x", "$share/g/a", 0);
    assert!(got[0].starts_with("suback 9e reason=3.2.2.3.13"), "{got:?}");
    let got = world.subscribe_with("x", &[("a", options(QoS::AtMostOnce))], Some(1));
    assert_eq!(got, ["disconnect a1 reason=3.2.2.3.12", "closed"]);
}

/// [MQTT-3.1.2-29]
#[test]
fn without_problem_information_there_are_no_reason_strings() {
    let mut world = World::with(|options| options.subscriptions_max = 0);
    world.connect(&Spec::v5("x").with(Property::RequestProblemInformation(0)));
    assert_eq!(world.subscribe("x", "a", 0), ["suback 97"]);
    world.publish("x", "$SYS/x", "", 1, 1);
    assert_eq!(world.take("x"), ["puback #1 87"]);
    world.connect(&Spec::v5("y"));
    world.publish("y", "$SYS/x", "", 1, 1);
    assert_eq!(world.take("y")[0].split(" reason").next(), Some("puback #1 87"));
}
