//! Whole clients against the real broker, on an imaginary network that loses connections.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test panics when it fails")]

mod sim;

use sim::{Settings, World};

fn run(seeds: core::ops::Range<u64>, settings: Settings) {
    let (mut deliveries, mut losses) = (0, 0);
    for seed in seeds {
        let result = std::panic::catch_unwind(|| World::new(seed, settings).run());
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
        },
    );
}

#[test]
fn qos_holds_through_connection_losses() {
    run(
        0..60,
        Settings { publishers: 2, subscribers: 2, shards: 1, messages: 60, loss_one_in: 60, crash_one_in: None },
    );
}

#[test]
fn qos_holds_through_frequent_connection_losses() {
    run(
        1000..1040,
        Settings { publishers: 2, subscribers: 2, shards: 1, messages: 40, loss_one_in: 12, crash_one_in: None },
    );
}

#[test]
fn qos_holds_between_shards() {
    run(
        2000..2040,
        Settings { publishers: 3, subscribers: 3, shards: 4, messages: 40, loss_one_in: 60, crash_one_in: None },
    );
}

#[test]
fn qos_holds_through_crashes() {
    let settings =
        Settings { publishers: 2, subscribers: 2, shards: 1, messages: 40, loss_one_in: 100, crash_one_in: Some(80) };
    run(3000..3060, settings);
}
