//! Whole clients against the real broker, on an imaginary network that loses connections.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test panics when it fails")]

mod sim;

use polymqtt_core::ProtocolVersion;
use sim::{Settings, World};

const ALL: [ProtocolVersion; 3] = [ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5_0];

fn run(seeds: core::ops::Range<u64>, settings: Settings) {
    run_with(seeds, settings, World::run);
}

fn run_with(seeds: core::ops::Range<u64>, settings: Settings, run: fn(&mut World) -> (usize, usize)) {
    let (mut deliveries, mut losses) = (0, 0);
    for seed in seeds {
        let result = std::panic::catch_unwind(|| run(&mut World::new(seed, settings)));
        let (delivered, lost) = result.unwrap_or_else(|_| panic!("seed {seed} of {settings:?}"));
        deliveries += delivered;
        losses += lost;
    }
    println!("{deliveries} deliveries, {losses} losses");
    assert!(deliveries > 0);
}

#[test]
fn without_losses_everything_arrives() {
    run(
        0..20,
        Settings {
            publishers: 3,
            subscribers: 3,
            shards: 1,
            messages: 60,
            loss_one_in: usize::MAX,
            crash_one_in: None,
            has_disks: false,
            versions: &ALL,
        },
    );
}

#[test]
fn qos_holds_through_connection_losses() {
    run(
        0..40,
        Settings {
            publishers: 2,
            subscribers: 2,
            shards: 1,
            messages: 60,
            loss_one_in: 60,
            crash_one_in: None,
            has_disks: false,
            versions: &ALL,
        },
    );
}

#[test]
fn qos_holds_through_frequent_connection_losses() {
    run(
        1000..1030,
        Settings {
            publishers: 2,
            subscribers: 2,
            shards: 1,
            messages: 40,
            loss_one_in: 12,
            crash_one_in: None,
            has_disks: false,
            versions: &ALL,
        },
    );
}

#[test]
fn qos_holds_between_shards() {
    run(
        2000..2030,
        Settings {
            publishers: 3,
            subscribers: 3,
            shards: 4,
            messages: 40,
            loss_one_in: 60,
            crash_one_in: None,
            has_disks: false,
            versions: &ALL,
        },
    );
}

#[test]
fn qos_holds_through_crashes() {
    let settings = Settings {
        publishers: 2,
        subscribers: 2,
        shards: 1,
        messages: 40,
        loss_one_in: 100,
        crash_one_in: Some(80),
        has_disks: true,
        versions: &ALL,
    };
    run(3000..3040, settings);
}

#[test]
fn subscriptions_come_back_after_the_broker_has_forgotten_them() {
    let settings = Settings {
        publishers: 2,
        subscribers: 2,
        shards: 1,
        messages: 40,
        // When the first CONNACK of a new Session is lost, the second one says that the Session is present. The client
        // subscribes again then, but it cannot know that the Packet Identifiers of QoS 2 begin anew. So here connections
        // end by crashes alone.
        loss_one_in: usize::MAX,
        crash_one_in: Some(80),
        has_disks: false,
        // A server of 3.1 cannot say that it has forgotten the Session.
        versions: &[ProtocolVersion::V3_1_1, ProtocolVersion::V5_0],
    };
    run_with(4000..4030, settings, World::run_with_amnesia);
}
