//! Connections that come, are taken over, and end.

mod support;

use polymqtt_broker::Broker;
use polymqtt_broker::polymqtt_core::ReasonCode;
use polymqtt_broker::polymqtt_core::broker::BrokerOptions;
use polymqtt_broker::polymqtt_core::codec::{Packet, Properties, ProtocolVersion, QoS, Will};
use polymqtt_broker::polymqtt_core::topic::TopicName;
use support::{Raw, connect_packet, on_tcp, reason};

const V4: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5: ProtocolVersion = ProtocolVersion::V5_0;

#[tokio::test]
async fn a_second_connection_takes_over_whatever_shard_it_comes_to() {
    for shards in [1, 2, 4] {
        let broker = on_tcp(Broker::builder().shards(shards));
        for index in 0..8 {
            let name = format!("client-{index}");
            let mut first = Raw::connected(&broker, V5, &name).await;
            let mut second = Raw::connected(&broker, V5, &name).await;
            let farewell = first.receive().await;
            assert!(farewell.starts_with("DISCONNECT"), "{farewell}");
            assert!(farewell.contains(&reason(ReasonCode::SessionTakenOver)), "{farewell}");
            assert_eq!(first.receive().await, "end");
            second.ping().await;
        }
    }
}

#[tokio::test]
async fn messages_find_their_way_between_all_shards() {
    let broker = on_tcp(Broker::builder().shards(4));
    let mut receivers = Vec::new();
    for index in 0..12 {
        let mut receiver = Raw::connected(&broker, V5, &format!("receiver-{index}")).await;
        receiver.subscribe("news/#", QoS::AtLeastOnce).await;
        receivers.push(receiver);
    }
    for index in 0..4 {
        let mut sender = Raw::connected(&broker, V4, &format!("sender-{index}")).await;
        sender.publish(&format!("news/{index}"), b"x", QoS::AtLeastOnce, false).await;
        assert!(sender.receive().await.starts_with("PUBACK"));
    }
    for receiver in &mut receivers {
        let mut topics = Vec::new();
        for _ in 0..4 {
            topics.push(receiver.receive().await);
        }
        for index in 0..4 {
            let topic = format!("topic=\"news/{index}\"");
            assert_eq!(topics.iter().filter(|message| message.contains(&topic)).count(), 1, "{topics:?}");
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_seen_by_every_shard() {
    let broker = on_tcp(Broker::builder().shards(4));
    for round in 0..25 {
        let mut sender = Raw::connected(&broker, V5, &format!("sender-{round}")).await;
        let topic = format!("state/{round}");
        sender.publish(&topic, b"now", QoS::AtLeastOnce, true).await;
        assert!(sender.receive().await.starts_with("PUBACK"));
        let mut receiver = Raw::connected(&broker, V5, &format!("receiver-{round}")).await;
        receiver.subscribe(&topic, QoS::AtMostOnce).await;
        assert!(receiver.receive().await.contains(&format!("topic=\"{topic}\"")));
    }
}

#[tokio::test]
async fn the_end_is_told_to_everybody() {
    for shards in [1, 2] {
        let broker = on_tcp(Broker::builder().shards(shards));
        let mut clients = Vec::new();
        for index in 0..5 {
            clients.push(Raw::connected(&broker, V5, &format!("client-{index}")).await);
        }
        let mut old = Raw::connected(&broker, V4, "old").await;
        let silent = Raw::tcp(&broker, V5).await;
        tokio::task::spawn_blocking(|| broker.shutdown()).await.unwrap();
        for client in &mut clients {
            let farewell = client.receive().await;
            assert!(farewell.contains(&reason(ReasonCode::ServerShuttingDown)), "{farewell}");
            assert_eq!(client.receive().await, "end");
        }
        assert_eq!(old.receive().await, "end");
        drop(silent);
    }
}

#[tokio::test]
async fn a_will_is_published_when_the_transport_ends_without_a_disconnect() {
    let broker = on_tcp(Broker::builder().shards(2));
    let mut watcher = Raw::connected(&broker, V5, "watcher").await;
    watcher.subscribe("will", QoS::AtMostOnce).await;
    let mut client = Raw::tcp(&broker, V5).await;
    let will = Will {
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Properties::EMPTY,
        topic: TopicName::new("will").unwrap(),
        payload: b"gone",
    };
    let connect = polymqtt_broker::polymqtt_core::codec::Connect { will: Some(will), ..connect_packet(V5, "client") };
    client.send(&Packet::Connect(connect)).await;
    assert!(client.receive().await.starts_with("CONNACK"));
    drop(client);
    assert!(watcher.receive().await.contains("topic=\"will\""));
}

#[tokio::test]
async fn too_many_connections_are_closed() {
    let options = BrokerOptions { connections_max: 2, ..BrokerOptions::default() };
    let broker = on_tcp(Broker::builder().options(options));
    let mut first = Raw::connected(&broker, V5, "first").await;
    let second = Raw::connected(&broker, V5, "second").await;
    let mut third = Raw::tcp(&broker, V5).await;
    assert_eq!(third.receive().await, "end");
    drop(second);
    // The broker learns of it a little later: until then others are turned away.
    loop {
        let mut next = Raw::tcp(&broker, V5).await;
        let _ = next.send_bytes(b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00").await;
        if next.receive().await.starts_with("CONNACK") {
            break;
        }
    }
    first.ping().await;
}

#[tokio::test]
async fn a_connection_without_connect_is_closed_in_time() {
    for shards in [1, 2] {
        let options = BrokerOptions { connect_timeout_ms: 50, ..BrokerOptions::default() };
        let broker = on_tcp(Broker::builder().shards(shards).options(options));
        let mut silent = Raw::tcp(&broker, V5).await;
        assert_eq!(silent.receive().await, "end");
    }
}

#[tokio::test]
async fn a_slow_reader_holds_up_nobody() {
    let broker = on_tcp(Broker::builder().shards(2));
    let mut slow = Raw::connected(&broker, V5, "slow").await;
    slow.subscribe("flood/#", QoS::AtMostOnce).await;
    let mut quick = Raw::connected(&broker, V5, "quick").await;
    quick.subscribe("calm", QoS::AtLeastOnce).await;
    let mut sender = Raw::connected(&broker, V5, "sender").await;
    let payload = vec![0; 64 * 1024];
    // More than all buffers of the system and of the broker hold.
    for _ in 0..400 {
        sender.publish("flood/x", &payload, QoS::AtMostOnce, false).await;
    }
    sender.publish("calm", b"still here", QoS::AtLeastOnce, false).await;
    assert!(sender.receive().await.starts_with("PUBACK"));
    assert!(quick.receive().await.contains("topic=\"calm\""));
    let mut count = 0;
    let last = sender;
    drop(last);
    slow.send(&Packet::PingReq).await;
    while slow.receive().await.starts_with("PUBLISH") {
        count += 1;
    }
    assert!((1..=400).contains(&count), "{count}");
}

#[tokio::test]
async fn who_takes_nothing_is_cut_off_in_the_end() {
    for in_memory in [false, true] {
        let broker = on_tcp(Broker::builder().shards(2));
        let mut stuck = if in_memory {
            let stream = polymqtt::transport::Stream::custom(broker.connect_in_memory());
            let mut raw = Raw::new(stream, V5);
            raw.connect("stuck").await;
            raw
        } else {
            Raw::connected(&broker, V5, "stuck").await
        };
        stuck.subscribe("flood", QoS::AtMostOnce).await;
        let mut sender = Raw::connected(&broker, V5, "sender").await;
        let payload = vec![0; 64 * 1024];
        for _ in 0..400 {
            sender.publish("flood", &payload, QoS::AtMostOnce, false).await;
        }
        sender.ping().await;
        broker.disconnect("stuck", ReasonCode::AdministrativeAction);
        while broker.statistics().connections > 1 {
            sender.ping().await;
        }
        drop(stuck);
    }
}
