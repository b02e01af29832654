//! Many messages at once between shards that wait for each other: none is lost, none comes twice, each in its order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

use polymqtt::transport::Stream;
use polymqtt::{Client, ClientOptions, QoS, Token};
use polymqtt_broker::Broker;
use polymqtt_broker::config::BrokerConfig;
use std::sync::Arc;

const SENDERS: usize = 4;
const MESSAGES: usize = 1500;

async fn client(broker: &Arc<Broker>, name: String) -> Client {
    let broker = Arc::clone(broker);
    let options = ClientOptions::new().add_broker("mqtt://inside").set_client_id(name).set_open_connection(move |_| {
        let stream = Stream::custom(broker.connect_in_memory());
        async move { Ok(stream) }
    });
    let client = Client::new(options).unwrap();
    client.connect().await.unwrap();
    client
}

/// Every sender publishes all its messages without waiting, and every receiver gets all of them.
async fn flood(shards: u16, forwards_max: u32, qos: QoS) {
    let config = BrokerConfig { listen: Vec::new(), shards, forwards_max, ..BrokerConfig::default() };
    let broker = Arc::new(Broker::builder().config(config).start().unwrap());
    let mut receivers = Vec::new();
    for index in 0..3 {
        let receiver = client(&broker, format!("receiver-{index}")).await;
        let subscription = receiver.subscribe("flood/#", qos).await.unwrap();
        receivers.push((receiver, subscription));
    }
    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let client = client(&broker, format!("sender-{sender}")).await;
        senders.push(tokio::spawn(async move {
            let topic = format!("flood/{sender}");
            let tokens: Vec<Token<_>> =
                (0..MESSAGES).map(|number| client.publish(&topic, qos, false, number.to_string())).collect();
            for token in tokens {
                token.await.unwrap();
            }
            client.disconnect().await.unwrap();
        }));
    }
    for (_, subscription) in &receivers {
        let mut next = [0; SENDERS];
        for _ in 0..SENDERS * MESSAGES {
            let message = subscription.next().await.unwrap();
            let sender: usize = message.topic().strip_prefix("flood/").unwrap().parse().unwrap();
            assert_eq!(message.text(), Some(next[sender].to_string().as_str()), "from sender {sender}");
            next[sender] += 1;
        }
    }
    for sender in senders {
        sender.await.unwrap();
    }
}

#[tokio::test]
async fn at_least_once_through_narrow_queues() {
    flood(4, 1, QoS::AtLeastOnce).await;
    flood(2, 10, QoS::AtLeastOnce).await;
}

#[tokio::test]
async fn exactly_once_through_narrow_queues() {
    flood(4, 1, QoS::ExactlyOnce).await;
}

#[tokio::test]
async fn exactly_once_on_one_shard() {
    flood(1, 65_536, QoS::ExactlyOnce).await;
}
