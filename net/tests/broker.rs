//! The client and the broker of this project together: what needs both to be real.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use core::time::Duration;
use polymqtt::transport::Stream;
use polymqtt::{
    Cause, Client, ClientOptions, DisconnectOptions, Event, ProtocolVersion, Publication, QoS, ReasonCode,
    RetainHandling, Subscribe,
};
use polymqtt_broker::Broker;
use polymqtt_broker::config::Listener;
use std::sync::{Arc, mpsc};
use support::LONG;

fn broker() -> (Broker, String) {
    let broker = Broker::builder().listen(Listener::tcp(([127, 0, 0, 1], 0).into())).start().unwrap();
    let url = broker.addresses()[0].url();
    (broker, url)
}

fn connect(options: ClientOptions) -> Client {
    let client = Client::new(options).unwrap();
    client.connect().wait().unwrap();
    client
}

#[test]
fn a_client_in_memory_needs_no_socket() {
    let broker = Arc::new(Broker::builder().start().unwrap());
    let open = move |_| {
        let broker = Arc::clone(&broker);
        async move { Ok(Stream::custom(broker.connect_in_memory())) }
    };
    let client = connect(ClientOptions::new().add_broker("mqtt://memory").set_open_connection(open));
    let subscription = client.subscribe("a", QoS::ExactlyOnce).wait().unwrap();
    client.publish("a", QoS::ExactlyOnce, false, vec![7; 500_000]).wait().unwrap();
    assert_eq!(subscription.recv_timeout(LONG).unwrap().payload().len(), 500_000);
}

#[test]
fn the_will_of_a_client_that_asks_for_it_is_published() {
    let (_broker, url) = broker();
    let watcher = connect(ClientOptions::new().add_broker(&url));
    let gone = watcher.subscribe("status/+", QoS::AtLeastOnce).wait().unwrap();
    for (version, options) in [
        (ProtocolVersion::V5_0, DisconnectOptions { with_will: true, ..DisconnectOptions::default() }),
        (ProtocolVersion::V5_0, DisconnectOptions::default()),
    ] {
        let options_of = ClientOptions::new().add_broker(&url).set_protocol_version(version);
        let client = connect(options_of.set_will("status/a", "offline", QoS::AtLeastOnce, false));
        let expected = if options.with_will { Some("offline") } else { Some("still here") };
        client.disconnect_with(options).wait().unwrap();
        watcher.publish("status/b", QoS::AtLeastOnce, false, "still here").wait().unwrap();
        assert_eq!(gone.recv_timeout(LONG).unwrap().text(), expected);
        if expected == Some("offline") {
            assert_eq!(gone.recv_timeout(LONG).unwrap().text(), Some("still here"));
        }
    }
}

#[test]
fn subscription_options_reach_the_broker() {
    let (_broker, url) = broker();
    let client = connect(ClientOptions::new().add_broker(&url));
    client.publish("r", QoS::AtLeastOnce, true, "kept").wait().unwrap();
    let all = client.subscribe("r", QoS::AtLeastOnce).wait().unwrap();
    let kept = all.recv_timeout(LONG).unwrap();
    assert!(kept.retained());
    client.unsubscribe("r").wait().unwrap();

    let subscribe = Subscribe::new("+", QoS::AtLeastOnce)
        .with_no_local(true)
        .with_retain_handling(RetainHandling::DoNotSend)
        .with_identifier(77);
    let others = client.subscribe_to(subscribe).wait().unwrap();
    client.publish("mine", QoS::AtLeastOnce, false, "").wait().unwrap();
    let other = connect(ClientOptions::new().add_broker(&url));
    other.publish("theirs", QoS::AtLeastOnce, false, "").wait().unwrap();
    let message = others.recv_timeout(LONG).unwrap();
    assert_eq!(message.topic(), "theirs");
    assert!(message.properties().subscription_identifiers().eq([77]));
    assert!(others.is_empty());
}

#[test]
fn a_takeover_ends_the_first_client_and_it_does_not_fight_back() {
    let (_broker, url) = broker();
    let first = Client::new(ClientOptions::new().add_broker(&url).set_client_id("twin")).unwrap();
    let events = first.events();
    first.connect().wait().unwrap();
    assert!(matches!(events.recv_timeout(LONG), Ok(Event::Connected(_))));
    let second = connect(ClientOptions::new().add_broker(&url).set_client_id("twin"));
    let Ok(Event::Disconnected(lost)) = events.recv_timeout(LONG) else { unreachable!("it is taken over") };
    assert_eq!((lost.cause, lost.refusal.reason_code), (Cause::ServerDisconnected, ReasonCode::SessionTakenOver));
    assert_eq!(lost.reconnect_in, None);
    assert!(second.is_connected());
}

#[test]
fn the_client_identifier_that_the_broker_chose_is_told() {
    let (_broker, url) = broker();
    let client = connect(ClientOptions::new().add_broker(&url));
    assert!(!client.server().client_identifier.is_empty());
}

#[test]
fn a_handler_that_panics_does_not_end_the_others() {
    let (_broker, url) = broker();
    let client = connect(ClientOptions::new().add_broker(&url));
    let (sender, receiver) = mpsc::channel();
    let handler = move |_: &Client, message: polymqtt::Message| {
        let number: u32 = message.text().unwrap().parse().expect("the test sends something else too");
        sender.send(number).unwrap();
    };
    client.subscribe_with("n", QoS::AtLeastOnce, handler).wait().unwrap();
    for payload in ["1", "not a number", "3"] {
        client.publish("n", QoS::AtLeastOnce, false, payload).wait().unwrap();
    }
    assert_eq!((receiver.recv_timeout(LONG), receiver.recv_timeout(LONG)), (Ok(1), Ok(3)));
}

#[test]
fn connection_handlers_are_called_in_order() {
    let (broker, url) = broker();
    let (sender, receiver) = mpsc::channel();
    let lost = sender.clone();
    let options = ClientOptions::new()
        .add_broker(&url)
        .set_auto_reconnect(false)
        .set_on_connect_handler(move |client, connected| {
            client.publish("hello", QoS::AtLeastOnce, false, "").wait().unwrap();
            sender.send(connected.broker.to_string()).unwrap();
        })
        .set_connection_lost_handler(move |_, disconnected| {
            lost.send(disconnected.refusal.reason_code.name().to_owned()).unwrap();
        });
    let client = connect(options);
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), url);
    broker.shutdown();
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), ReasonCode::ServerShuttingDown.name());
    assert!(!client.is_connected());
}

#[test]
fn messages_that_expire_before_there_is_a_connection_are_told() {
    let (_broker, url) = broker();
    let client = Client::new(ClientOptions::new().add_broker(&url)).unwrap();
    let short = Publication::new("a", "").with_qos(QoS::AtLeastOnce).with_expiry(Duration::ZERO);
    let token = client.publish_with(short);
    client.connect().wait().unwrap();
    assert!(token.wait().is_err());
}

#[test]
fn many_threads_share_a_client() {
    let (_broker, url) = broker();
    let client = connect(ClientOptions::new().add_broker(&url));
    let subscription = client.subscribe("t/#", QoS::AtLeastOnce).wait().unwrap();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let client = client.clone();
            std::thread::spawn(move || {
                for number in 0..250 {
                    let token = client.publish(format!("t/{thread}"), QoS::AtLeastOnce, false, number.to_string());
                    token.wait().unwrap();
                }
            })
        })
        .collect();
    let mut next = [0_u32; 4];
    let mut batch = Vec::new();
    while next.iter().sum::<u32>() < 1000 {
        assert_ne!(subscription.recv_batch(&mut batch, 100, Some(LONG)), 0);
        for message in batch.drain(..) {
            let thread: usize = message.topic()[2..].parse().unwrap();
            assert_eq!(message.text().unwrap(), next[thread].to_string(), "in order for each topic");
            next[thread] += 1;
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(client.statistics().core.messages_received, 1000);
}

#[tokio::test]
async fn a_client_on_the_runtime_of_the_application() {
    let (_broker, url) = broker();
    let handle = tokio::runtime::Handle::current();
    let client = Client::on_runtime(ClientOptions::new().add_broker(&url), &handle).unwrap();
    client.connect().await.unwrap();
    let subscription = client.subscribe("a", QoS::AtMostOnce).await.unwrap();
    client.publish("a", QoS::AtMostOnce, false, "x").await.unwrap();
    assert_eq!(subscription.next().await.unwrap().text(), Some("x"));
    client.disconnect().await.unwrap();
}
