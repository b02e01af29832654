//! What CONNACK tells, and only then.

use crate::kit::{Spec, World};
use polymqtt_core::QoS;
use polymqtt_core::codec::Property;

#[test]
fn everything_that_can_be_configured_is_told() {
    let mut world = World::with(|options| {
        options.session_expiry_interval_s_max = 60;
        options.receive_maximum = 10;
        options.maximum_qos = QoS::AtMostOnce;
        options.retain_available = false;
        options.packet_size_bytes_max = 5000;
        options.topic_alias_maximum = 7;
        options.wildcard_subscription_available = false;
        options.subscription_identifier_available = false;
        options.shared_subscription_available = false;
        options.keep_alive_s_max = Some(30);
        options.response_information = Some("answers/".into());
    });
    let spec = Spec::lasting("x").with(Property::RequestResponseInformation(1));
    assert_eq!(
        world.connect(&spec),
        "connack 00 session_expiry_interval=60 receive_maximum=10 maximum_qos=0 retain_available=0 \
         maximum_packet_size=5000 topic_alias_maximum=7 wildcard_subscription_available=0 \
         subscription_identifier_available=0 shared_subscription_available=0 server_keep_alive=30 \
         response_information=\"answers/\""
    );
    assert_eq!(world.connect(&Spec::v4("y")), "connack 00");
}

/// [MQTT-3.1.2-28]
#[test]
fn response_information_is_for_those_who_ask() {
    let mut world = World::with(|options| options.response_information = Some("answers/".into()));
    assert_eq!(world.connect(&Spec::v5("x")), "connack 00");
    assert_eq!(world.connect(&Spec::v5("y").with(Property::RequestResponseInformation(0))), "connack 00");
}

/// [MQTT-3.2.0-1], [MQTT-3.2.0-2]
#[test]
fn connack_comes_first_and_once() {
    let mut world = World::new();
    world.connect(&Spec::lasting("x"));
    world.subscribe("x", "t", 1);
    world.break_off("x");
    world.publish_from_elsewhere();
    world.open("x", 0);
    world.send_connect("x", &Spec::lasting("x"));
    assert_eq!(world.take("x"), ["connack 00 present", "publish t=x q1 #1"]);
}

impl World {
    fn publish_from_elsewhere(&mut self) {
        self.connect(&Spec::v4("elsewhere"));
        self.publish("elsewhere", "t", "x", 1, 1);
    }
}
