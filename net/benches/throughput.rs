//! How many messages go through a client and back, through the broker in the same process.
//!
//! `cargo bench -p polymqtt --bench throughput` prints a line for each case; it compares nothing by itself.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the console")]

use core::time::Duration;
use polymqtt::{Client, ClientOptions, Publication, QoS};
use polymqtt_broker::Broker;
use polymqtt_broker::config::Listener;
use std::time::Instant;

fn main() {
    let broker = Broker::builder().listen(Listener::tcp(([127, 0, 0, 1], 0).into())).start().unwrap();
    let url = broker.addresses()[0].url();
    for (qos, count) in [(QoS::AtMostOnce, 1_000_000), (QoS::AtLeastOnce, 300_000), (QoS::ExactlyOnce, 200_000)] {
        let elapsed = run(&url, qos, count);
        println!(
            "QoS {}: {count} messages of 64 bytes in {:.2} s: {:.0} per second",
            qos.as_u8(),
            elapsed.as_secs_f64(),
            f64::from(count) / elapsed.as_secs_f64()
        );
    }
}

/// One client publishes, another one takes by batches.
fn run(url: &str, qos: QoS, count: u32) -> Duration {
    let connect = |name: &str| {
        let options = ClientOptions::new().add_broker(url).set_client_id(name);
        let client = Client::new(options.set_subscription_queue(10_000_000, usize::MAX)).unwrap();
        client.connect().wait().unwrap();
        client
    };
    let (publisher, subscriber) = (connect("publisher"), connect("subscriber"));
    let subscription = subscriber.subscribe("bench/topic", qos).wait().unwrap();
    let begin = Instant::now();
    let publish = std::thread::spawn(move || {
        let publication = Publication::new("bench/topic", vec![b'x'; 64]).with_qos(qos);
        for _ in 0..count {
            let token = publisher.publish_when_room_blocking(publication.clone(), None).unwrap();
            drop(token);
        }
        publisher
    });
    let mut batch = Vec::new();
    let mut received = 0;
    while received < count {
        batch.clear();
        let taken = subscription.recv_batch(&mut batch, 10_000, Some(Duration::from_secs(10)));
        if taken == 0 {
            println!("{} messages did not arrive within 10 s (QoS {})", count - received, qos.as_u8());
            break;
        }
        received += u32::try_from(taken).unwrap();
    }
    drop(publish.join().unwrap());
    begin.elapsed()
}
