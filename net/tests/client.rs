//! The client against a server that does what the test says.
#![expect(clippy::wildcard_enum_match_arm, reason = "one kind of packet is expected")]

mod support;

use core::time::Duration;
use polymqtt::core::codec::{Packet, Properties, Publish, UnsubAck};
use polymqtt::core::topic::TopicFilter;
use polymqtt::{Client, ClientOptions, Error, Publication, QoS, QueueOptions, ReasonCode, Subscribe, WhenFull};
use std::sync::mpsc;
use support::{LONG, Server, acknowledge, acknowledged, connect, published};

#[tokio::test]
async fn a_message_goes_each_way() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    assert!(client.is_connected());
    let (subscription, ()) = tokio::join!(client.subscribe("a/#", QoS::AtLeastOnce), peer.grant());
    let subscription = subscription.unwrap();
    assert_eq!(subscription.reason_codes(), [ReasonCode::GrantedQoS1]);
    peer.publish("a/b", b"hello").await;
    let message = subscription.next().await.unwrap();
    assert_eq!((message.topic(), message.text()), ("a/b", Some("hello")));

    let token = client.publish("c", QoS::AtLeastOnce, true, "back");
    let (packet_identifier, payload) = published(&mut peer).await;
    assert_eq!(payload, b"back");
    assert!(!token.is_settled());
    acknowledge(&mut peer, packet_identifier).await;
    assert_eq!(token.await.unwrap().reason_code, ReasonCode::Success);
}

#[tokio::test]
async fn blocking_code_needs_no_runtime_of_its_own() {
    let server = Server::start().await;
    let options = server.options();
    let application = std::thread::spawn(move || {
        let client = Client::new(options)?;
        client.connect().wait()?;
        let subscription = client.subscribe("a", QoS::AtMostOnce).wait()?;
        let first = subscription.recv().unwrap();
        let second = subscription.recv_timeout(LONG)?;
        client.publish("b", QoS::AtMostOnce, false, first.payload().clone()).wait_timeout(LONG)?;
        client.disconnect().wait()?;
        Ok::<_, Error>((second.text().map(str::to_owned), subscription.recv()))
    });
    let mut peer = server.connected().await;
    peer.grant().await;
    peer.publish("a", b"1").await;
    peer.publish("a", b"2").await;
    peer.next(|packet| assert!(matches!(packet, Packet::Publish(Publish { payload: b"1", .. })), "{packet:?}")).await;
    peer.next(|packet| assert!(matches!(packet, Packet::Disconnect(_)), "{packet:?}")).await;
    assert!(peer.next_or_end(|_| ()).await.is_none(), "the connection is closed");
    drop(peer);
    let result = tokio::task::spawn_blocking(move || application.join().unwrap()).await.unwrap();
    let (second, after_the_end) = result.unwrap();
    assert_eq!(second.as_deref(), Some("2"));
    assert!(after_the_end.is_none());
}

#[tokio::test]
async fn several_filters_share_a_subscription_and_a_message_comes_once() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    let token =
        client.subscribe_multiple([("a/+", QoS::AtMostOnce), ("a/b", QoS::ExactlyOnce), ("c", QoS::AtLeastOnce)]);
    let (subscription, ()) = tokio::join!(token, peer.grant());
    let subscription = subscription.unwrap();
    assert_eq!(subscription.reason_codes(), [ReasonCode::Success, ReasonCode::GrantedQoS2, ReasonCode::GrantedQoS1]);
    peer.publish("a/b", b"1").await;
    peer.publish("c", b"2").await;
    let mut batch = Vec::new();
    while batch.len() < 2 {
        assert_ne!(subscription.next_batch(&mut batch, 10).await, 0);
    }
    assert_eq!(batch.iter().map(|message| message.text().unwrap()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(subscription.is_empty());
}

#[tokio::test]
async fn named_wildcards_are_captured() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    let token = client.subscribe("cmd/+room/#rest", QoS::AtMostOnce);
    let (subscription, ()) = tokio::join!(token, peer.grant());
    let subscription = subscription.unwrap();
    assert!(subscription.filters().eq(["cmd/+/#"]));
    peer.publish("cmd/kitchen/light/on", b"").await;
    let message = subscription.next().await.unwrap();
    assert_eq!((message.capture("room"), message.capture("rest")), (Some("kitchen"), Some("light/on")));
    assert_eq!(message.capture("none"), None);
}

#[tokio::test]
async fn a_handler_may_publish_and_wait_for_the_acknowledgement() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    let (sender, receiver) = mpsc::channel();
    let token = client.subscribe_with("a", QoS::AtMostOnce, move |client, message| {
        let result = client.publish("b", QoS::AtLeastOnce, false, message.payload().clone()).wait();
        sender.send(result.unwrap().reason_code).unwrap();
    });
    let (granted, ()) = tokio::join!(token, peer.grant());
    assert_eq!(granted.unwrap(), [ReasonCode::Success]);
    peer.publish("a", b"ping").await;
    let (packet_identifier, payload) = published(&mut peer).await;
    assert_eq!(payload, b"ping");
    acknowledge(&mut peer, packet_identifier).await;
    let answered = tokio::task::spawn_blocking(move || receiver.recv_timeout(LONG));
    assert_eq!(answered.await.unwrap(), Ok(ReasonCode::Success));
}

#[tokio::test]
async fn messages_without_a_subscription_go_to_the_default_handler() {
    let server = Server::start().await;
    let (sender, receiver) = mpsc::channel();
    let options = server.options().set_default_publish_handler(move |_, message| {
        sender.send(message.topic().to_owned()).unwrap();
    });
    let (client, mut peer) = connect(&server, options).await;
    let (other, _) = mpsc::channel();
    client.add_route("mine/#", move |_, message| other.send(message).unwrap_or_default()).unwrap();
    peer.publish("mine/1", b"").await;
    peer.publish("stray", b"").await;
    let topic = tokio::task::spawn_blocking(move || receiver.recv_timeout(LONG)).await.unwrap();
    assert_eq!(topic, Ok("stray".to_owned()));
    assert_eq!(client.statistics().messages_unclaimed, 0);
}

#[tokio::test]
async fn a_full_subscription_drops_qos_0_and_holds_back_acknowledgements() {
    let server = Server::start().await;
    let options = server.options().set_subscription_queue(2, usize::MAX);
    let (client, mut peer) = connect(&server, options).await;
    let (subscription, ()) = tokio::join!(client.subscribe("a", QoS::AtLeastOnce), peer.grant());
    let subscription = subscription.unwrap();
    for packet_identifier in 1..=4 {
        peer.publish_1(packet_identifier, "a", &[b'0' + u8::try_from(packet_identifier).unwrap()]).await;
    }
    peer.publish("a", b"lost").await;
    assert_eq!((acknowledged(&mut peer).await, acknowledged(&mut peer).await), (1, 2));
    // The ping answers when everything before it was handled.
    while client.statistics().messages_dropped == 0 {
        tokio::task::yield_now().await;
    }
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(subscription.next().await.unwrap().text().unwrap().to_owned());
    }
    assert_eq!(taken, ["1", "2", "3", "4"], "nothing of QoS 1 is lost");
    assert_eq!((acknowledged(&mut peer).await, acknowledged(&mut peer).await), (3, 4));
    assert_eq!((subscription.try_recv().is_none(), client.statistics().messages_dropped), (true, 1));
}

#[tokio::test]
async fn messages_nobody_took_are_acknowledged_when_the_subscription_is_dropped() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options().set_subscription_queue(1, usize::MAX)).await;
    let (subscription, ()) = tokio::join!(client.subscribe("a", QoS::AtLeastOnce), peer.grant());
    let subscription = subscription.unwrap();
    peer.publish_1(1, "a", b"").await;
    peer.publish_1(2, "a", b"").await;
    assert_eq!(acknowledged(&mut peer).await, 1);
    drop(subscription);
    assert_eq!(acknowledged(&mut peer).await, 2);
    peer.publish_1(3, "a", b"").await;
    assert_eq!(acknowledged(&mut peer).await, 3);
    assert!(client.statistics().messages_unclaimed <= 2);
}

#[tokio::test]
async fn manual_acknowledgement_waits_for_the_application() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options().set_manual_acknowledgement(true)).await;
    let (subscription, ()) = tokio::join!(client.subscribe("a", QoS::AtLeastOnce), peer.grant());
    let subscription = subscription.unwrap();
    peer.publish_1(1, "a", b"1").await;
    let message = subscription.next().await.unwrap();
    client.publish("marker", QoS::AtMostOnce, false, "").await.unwrap();
    peer.next(|packet| assert!(matches!(packet, Packet::Publish(_)), "no PUBACK yet: {packet:?}")).await;
    message.acknowledge().unwrap();
    assert_eq!(acknowledged(&mut peer).await, 1);
}

#[tokio::test]
async fn unsubscribing_ends_the_subscription() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    let (subscription, ()) = tokio::join!(client.subscribe("a/+x", QoS::AtMostOnce), peer.grant());
    let subscription = subscription.unwrap();
    peer.publish("a/1", b"last").await;
    let token = client.unsubscribe("a/+x");
    let packet_identifier = peer
        .next(|packet| match packet {
            Packet::Unsubscribe(unsubscribe) => {
                assert_eq!(unsubscribe.topic_filters.iter().map(TopicFilter::as_str).collect::<Vec<_>>(), ["a/+"]);
                unsubscribe.packet_identifier
            }
            other => panic!("{other:?}"),
        })
        .await;
    let codes = [ReasonCode::Success.as_u8()];
    peer.send(&Packet::UnsubAck(UnsubAck::new(packet_identifier, Properties::EMPTY, &codes).unwrap())).await;
    assert_eq!(token.await.unwrap(), [ReasonCode::Success]);
    assert_eq!(subscription.next().await.unwrap().text(), Some("last"));
    assert!(subscription.next().await.is_none());
}

#[tokio::test]
async fn a_refused_subscription_is_an_error() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    let refuse = async {
        let identifier = peer
            .next(|packet| match packet {
                Packet::Subscribe(subscribe) => subscribe.packet_identifier,
                other => panic!("{other:?}"),
            })
            .await;
        peer.suback(identifier, &[ReasonCode::NotAuthorized]).await;
    };
    let (subscription, ()) = tokio::join!(client.subscribe("a", QoS::AtMostOnce), refuse);
    assert_eq!(subscription.unwrap_err().reason_code(), Some(ReasonCode::NotAuthorized));
}

#[tokio::test]
async fn mistakes_are_told_before_anything_is_sent() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    let error = client.subscribe("device/#/error", QoS::AtMostOnce).await.unwrap_err();
    assert!(error.to_string().contains("device/#/error"), "{error}");
    let error = client.publish("a/+", QoS::AtMostOnce, false, "").await.unwrap_err();
    assert!(matches!(error, Error::TopicName { .. }), "{error}");
    let long = "x".repeat(70_000);
    let publication = Publication::new("a", "").with_content_type(&long);
    assert!(matches!(client.publish_with(publication).await, Err(Error::Property(_))));
    let subscribe = Subscribe::new("a", QoS::AtMostOnce).with_identifier(0);
    assert!(client.subscribe_to(subscribe).await.is_err());
    assert!(matches!(Client::new(ClientOptions::new()), Err(Error::NoBroker)));
    assert!(matches!(Client::new(ClientOptions::new().add_broker("http://a")), Err(Error::Url(_))));
    client.publish("first", QoS::AtMostOnce, false, "").await.unwrap();
    peer.next(|packet| assert!(matches!(packet, Packet::Publish(_)), "{packet:?}")).await;
}

#[tokio::test]
async fn publishing_waits_for_room_when_asked_to() {
    let server = Server::start().await;
    let queue = QueueOptions { messages_max: 1, bytes_max: 1000, when_full: WhenFull::Refuse };
    let client = Client::new(server.options().set_offline_queue(queue)).unwrap();
    let first = client.publish("a", QoS::AtLeastOnce, false, "1");
    let refused = client.publish("a", QoS::AtLeastOnce, false, "2").await.unwrap_err();
    assert!(matches!(refused, Error::Usage(polymqtt::UsageError::QueueFull)), "{refused}");
    let third = Publication::new("a", "3").with_qos(QoS::AtLeastOnce);
    let timed_out = client.publish_when_room_blocking(third.clone(), Some(Duration::ZERO)).unwrap_err();
    assert!(matches!(timed_out, Error::WaitTimedOut), "{timed_out}");
    let serve = async {
        let token = client.connect();
        let mut peer = server.connected().await;
        token.await.unwrap();
        for expected in [b"1", b"3"] {
            let (identifier, payload) = published(&mut peer).await;
            assert_eq!(payload, expected);
            acknowledge(&mut peer, identifier).await;
        }
        peer
    };
    let (third, _peer) = tokio::join!(client.publish_when_room(third), serve);
    third.unwrap().await.unwrap();
    first.await.unwrap();
}

#[tokio::test]
async fn a_thousand_messages_arrive_in_order_in_batches() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options()).await;
    let (subscription, ()) = tokio::join!(client.subscribe("#", QoS::AtMostOnce), peer.grant());
    let subscription = subscription.unwrap();
    let mut bytes = Vec::new();
    for number in 0..1000_u32 {
        let payload = number.to_string();
        let topic = polymqtt::core::topic::TopicName::new("n").unwrap();
        Packet::Publish(Publish::new(topic, payload.as_bytes())).encode(peer.version, &mut bytes).unwrap();
    }
    peer.send_bytes(&bytes).await;
    let mut batch = Vec::new();
    while batch.len() < 1000 {
        assert_ne!(subscription.next_batch(&mut batch, 300).await, 0);
    }
    assert!(batch.iter().enumerate().all(|(number, message)| message.text() == Some(&number.to_string())));
}
