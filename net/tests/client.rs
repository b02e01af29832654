//! The client against a server that does what the test says.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::wildcard_enum_match_arm, reason = "one kind of packet is expected")]

mod support;

use core::time::Duration;
use polymqtt::core::codec::{Acknowledgement, Auth, ConnAck, Connect, Disconnect, Packet, Publish, UnsubAck};
use polymqtt::core::codec::{PacketIdentifier, Properties, PropertiesBuf, Property};
use polymqtt::core::topic::TopicFilter;
use polymqtt::{
    Authenticator, Cause, Client, ClientOptions, Credentials, Error, Event, Publication, QoS, QueueOptions, ReasonCode,
    Reconnect, Subscribe, WhenFull,
};
use std::sync::mpsc;
use support::{LONG, Peer, Server};

/// Reconnects at once.
fn at_once() -> Reconnect {
    Reconnect::Backoff { delay_min_ms: 0, delay_max_ms: 0, attempts_max: 0 }
}

async fn connect(server: &Server, options: ClientOptions) -> (Client, Peer) {
    let client = Client::new(options).unwrap();
    let (connected, peer) = tokio::join!(client.connect(), server.connected());
    connected.unwrap();
    (client, peer)
}

async fn acknowledged(peer: &mut Peer) -> u16 {
    peer.next(|packet| match packet {
        Packet::PubAck(Acknowledgement { packet_identifier, .. }) => packet_identifier.as_u16(),
        other => panic!("PUBACK: {other:?}"),
    })
    .await
}

async fn acknowledge(peer: &mut Peer, packet_identifier: PacketIdentifier) {
    peer.send(&Packet::PubAck(Acknowledgement::new(packet_identifier, ReasonCode::Success))).await;
}

/// Takes a QoS 1 PUBLISH: its identifier and payload.
async fn published(peer: &mut Peer) -> (PacketIdentifier, Vec<u8>) {
    peer.next(|packet| match packet {
        Packet::Publish(publish) => (publish.packet_identifier.unwrap(), publish.payload.to_vec()),
        other => panic!("PUBLISH: {other:?}"),
    })
    .await
}

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
async fn a_server_that_never_answers_runs_into_the_connect_timeout() {
    let server = Server::start().await;
    let client = Client::new(server.options().set_connect_timeout(Duration::from_millis(20))).unwrap();
    let (connected, _peer) = tokio::join!(client.connect(), server.accept());
    let error = connected.unwrap_err();
    assert!(matches!(&error, Error::ConnectionLost(lost) if lost.cause == Cause::ConnectTimeout), "{error}");
}

#[tokio::test]
async fn a_connect_right_after_the_end_revives_the_subscriptions() {
    let server = Server::start().await;
    let options = server.options().set_auto_reconnect(false).set_clean_session(false);
    let (client, mut peer) = connect(&server, options).await;
    let (subscription, ()) = tokio::join!(client.subscribe("a", QoS::AtMostOnce), peer.grant());
    let subscription = subscription.unwrap();
    for _ in 0..20 {
        drop(peer);
        while client.is_connected() {
            tokio::task::yield_now().await;
        }
        let (connected, next) = tokio::join!(client.connect(), server.connected());
        connected.unwrap();
        peer = next;
        peer.grant().await;
        peer.publish("a", b"again").await;
        assert_eq!(subscription.next().await.unwrap().text(), Some("again"));
    }
}

#[tokio::test]
async fn a_refused_connection_tells_why() {
    let server = Server::start().await;
    let client = Client::new(server.options()).unwrap();
    let refuse = async {
        let mut peer = server.accept().await;
        peer.next(|packet| assert!(matches!(packet, Packet::Connect(_)))).await;
        peer.send(&Packet::ConnAck(ConnAck::new(ReasonCode::BadUserNameOrPassword))).await;
    };
    let (connected, ()) = tokio::join!(client.connect(), refuse);
    let error = connected.unwrap_err();
    assert!(matches!(error, Error::ConnectionRefused(_)), "{error:?}");
    assert_eq!(error.reason_code(), Some(ReasonCode::BadUserNameOrPassword));
    assert!(!client.is_connected());
}

#[tokio::test]
async fn the_first_attempt_fails_at_once_unless_it_is_to_be_repeated() {
    let server = Server::start().await;
    let url = server.url();
    drop(server);
    let client = Client::new(ClientOptions::new().add_broker(&url)).unwrap();
    let error = client.connect().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && error.to_string().contains("127.0.0.1"), "{error}");
    let again = client.connect().await.unwrap_err();
    assert!(matches!(again, Error::Transport(_)), "{again}");

    let options = ClientOptions::new().add_broker(&url).set_connect_retry(true).set_reconnect_policy(at_once());
    let client = Client::new(options).unwrap();
    let events = client.events();
    let token = client.connect();
    for _ in 0..3 {
        let event = events.next().await.unwrap();
        assert!(matches!(&event, Event::Disconnected(d) if d.cause == Cause::TransportFailed && d.transport.is_some()));
    }
    client.disconnect().await.unwrap();
    assert!(matches!(token.await, Err(Error::Disconnected)));
}

#[tokio::test]
async fn a_lost_connection_is_opened_again_and_subscriptions_come_back() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options().set_reconnect_policy(at_once())).await;
    let events = client.events();
    let (subscription, ()) = tokio::join!(client.subscribe("a", QoS::AtLeastOnce), peer.grant());
    let subscription = subscription.unwrap();
    let token = client.publish("b", QoS::AtLeastOnce, false, "keep me");
    published(&mut peer).await;
    drop(peer);
    let lost = events.next().await.unwrap();
    assert!(matches!(&lost, Event::Disconnected(d) if d.cause == Cause::TransportClosed && d.reconnect_in.is_some()));

    let mut peer = server.connected().await;
    let mut resubscribed = false;
    while !(resubscribed && token.is_settled()) {
        let identifier = peer
            .next(|packet| match packet {
                Packet::Subscribe(subscribe) => (subscribe.packet_identifier, true),
                Packet::Publish(publish) => (publish.packet_identifier.unwrap(), false),
                other => panic!("{other:?}"),
            })
            .await;
        match identifier {
            (identifier, true) => {
                peer.suback(identifier, &[ReasonCode::GrantedQoS1]).await;
                resubscribed = true;
            }
            (identifier, false) => {
                acknowledge(&mut peer, identifier).await;
                while !token.is_settled() {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
    assert!(token.await.is_ok());
    assert!(matches!(events.next().await, Some(Event::Connected(_))));
    peer.publish("a", b"after").await;
    assert_eq!(subscription.next().await.unwrap().text(), Some("after"));
}

#[tokio::test]
async fn the_next_broker_is_tried_when_one_cannot_be_reached() {
    let (dead, alive) = (Server::start().await, Server::start().await);
    let options = dead.options().add_broker(&alive.url());
    drop(dead);
    let client = Client::new(options).unwrap();
    let (connected, _peer) = tokio::join!(client.connect(), alive.connected());
    assert_eq!(connected.unwrap().broker.to_string(), alive.url());
}

#[tokio::test]
async fn the_next_broker_is_tried_when_one_is_not_available() {
    let (busy, free) = (Server::start().await, Server::start().await);
    let options = busy.options().add_broker(&free.url());
    let client = Client::new(options.set_connect_retry(true).set_reconnect_policy(at_once())).unwrap();
    let refuse = async {
        let mut peer = busy.accept().await;
        peer.next(|packet| assert!(matches!(packet, Packet::Connect(_)))).await;
        peer.send(&Packet::ConnAck(ConnAck::new(ReasonCode::ServerBusy))).await;
        free.connected().await
    };
    let (connected, _peer) = tokio::join!(client.connect(), refuse);
    assert_eq!(connected.unwrap().broker.to_string(), free.url());
}

#[tokio::test]
async fn credentials_come_from_the_provider_the_options_or_the_url() {
    let server = Server::start().await;
    let with_user = server.url().replace("mqtt://", "mqtt://url-user:url-password@");
    let mut attempt = 0;
    let provided = ClientOptions::new().add_broker(&server.url()).set_credentials_provider(move |broker| {
        attempt += 1;
        Credentials::new(format!("user-{attempt}"), broker.port().to_string())
    });
    let port = server.url().rsplit_once(':').unwrap().1.to_owned();
    for (options, user_name, password) in [
        (ClientOptions::new().add_broker(&with_user), "url-user", "url-password"),
        (ClientOptions::new().add_broker(&with_user).set_username("me").set_password("mine"), "me", "mine"),
        (provided.set_connect_retry(true).set_reconnect_policy(at_once()), "user-1", &port),
    ] {
        let client = Client::new(options).unwrap();
        let token = client.connect();
        for attempt in 1..=2 {
            let mut peer = server.accept().await;
            let (user, pass) = peer
                .next(|packet| match packet {
                    Packet::Connect(Connect { user_name, password, .. }) => {
                        (user_name.map(str::to_owned), password.map(<[u8]>::to_vec))
                    }
                    other => panic!("{other:?}"),
                })
                .await;
            let expected = user_name.replace("-1", &format!("-{attempt}"));
            assert_eq!((user, pass), (Some(expected), Some(password.as_bytes().to_vec())));
            if user_name != "user-1" {
                break;
            }
        }
        drop((client, token));
    }
}

/// Proves nothing: it counts.
struct Counting {
    exchanges: u8,
    finished: mpsc::Sender<Option<Vec<u8>>>,
}

impl Authenticator for Counting {
    fn method(&self) -> &'static str {
        "COUNT"
    }

    fn start(&mut self) -> Option<Vec<u8>> {
        self.exchanges += 1;
        Some(vec![self.exchanges])
    }

    fn respond(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        (data != b"too much").then(|| [data, b"!"].concat())
    }

    fn finish(&mut self, data: Option<&[u8]>) -> bool {
        self.finished.send(data.map(<[u8]>::to_vec)).is_ok()
    }
}

/// Takes an AUTH, or the AUTH part of a CONNECT: its data.
async fn authentication_data(peer: &mut Peer, expected: Option<ReasonCode>) -> Option<Vec<u8>> {
    peer.next(|packet| {
        let (reason_code, properties) = match packet {
            Packet::Connect(connect) => (None, connect.properties),
            Packet::Auth(auth) => (Some(auth.reason_code), auth.properties),
            other => panic!("{other:?}"),
        };
        assert_eq!((reason_code, properties.authentication_method()), (expected, Some("COUNT")));
        properties.authentication_data().map(<[u8]>::to_vec)
    })
    .await
}

#[tokio::test]
async fn enhanced_authentication_is_asked_at_each_step() {
    let server = Server::start().await;
    let (finished, results) = mpsc::channel();
    let options = server.options().set_authenticator(Counting { exchanges: 0, finished });
    let client = Client::new(options.set_reconnect_policy(at_once())).unwrap();
    let properties = |data: &[u8]| {
        let method = PropertiesBuf::new().with(Property::AuthenticationMethod("COUNT")).unwrap();
        method.with(Property::AuthenticationData(data)).unwrap()
    };
    for connection in [1, 3] {
        let token = client.connect();
        let mut peer = server.accept().await;
        assert_eq!(authentication_data(&mut peer, None).await, Some(vec![connection]), "it begins anew");
        let challenge = properties(b"challenge");
        let auth = Auth { reason_code: ReasonCode::ContinueAuthentication, properties: challenge.as_properties() };
        peer.send(&Packet::Auth(auth)).await;
        let response = authentication_data(&mut peer, Some(ReasonCode::ContinueAuthentication)).await;
        assert_eq!(response, Some(b"challenge!".to_vec()));
        let proof = properties(b"proof");
        let connack = ConnAck { properties: proof.as_properties(), ..ConnAck::new(ReasonCode::Success) };
        peer.send(&Packet::ConnAck(connack)).await;
        token.await.unwrap();

        client.re_authenticate();
        let again = authentication_data(&mut peer, Some(ReasonCode::ReAuthenticate)).await;
        assert_eq!(again, Some(vec![connection + 1]));
        let auth = Auth { reason_code: ReasonCode::Success, properties: challenge.as_properties() };
        peer.send(&Packet::Auth(auth)).await;
        for expected in [b"proof".to_vec(), b"challenge".to_vec()] {
            while client.is_connected() {
                match results.try_recv() {
                    Ok(data) => {
                        assert_eq!(data, Some(expected));
                        break;
                    }
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        }
        if connection == 3 {
            client.re_authenticate();
            authentication_data(&mut peer, Some(ReasonCode::ReAuthenticate)).await;
            let too_much = properties(b"too much");
            let auth = Auth { reason_code: ReasonCode::ContinueAuthentication, properties: too_much.as_properties() };
            peer.send(&Packet::Auth(auth)).await;
            peer.next(|packet| assert!(matches!(packet, Packet::Disconnect(_)), "{packet:?}")).await;
        }
    }
}

#[tokio::test]
async fn disconnect_ends_subscriptions_and_another_connect_revives_them() {
    let server = Server::start().await;
    let (client, mut peer) = connect(&server, server.options().set_clean_session(false)).await;
    let (subscription, ()) = tokio::join!(client.subscribe("a", QoS::AtLeastOnce), peer.grant());
    let subscription = subscription.unwrap();
    peer.publish("a", b"last").await;
    while subscription.is_empty() {
        tokio::task::yield_now().await;
    }
    client.disconnect().await.unwrap();
    assert_eq!(&**subscription.next().await.unwrap().payload(), b"last");
    assert!(subscription.next().await.is_none());

    let (connected, mut peer) = tokio::join!(client.connect(), server.connected());
    connected.unwrap();
    peer.grant().await;
    peer.publish("a", b"again").await;
    assert_eq!(&**subscription.next().await.unwrap().payload(), b"again");
}

#[tokio::test]
async fn disconnect_says_good_bye_and_so_does_the_last_handle() {
    let server = Server::start().await;
    for explicit in [true, false] {
        let (client, mut peer) = connect(&server, server.options()).await;
        let token = explicit.then(|| client.disconnect());
        drop(client);
        let expected = Packet::Disconnect(Disconnect::new(ReasonCode::Success));
        peer.next(|packet| assert_eq!(packet, expected)).await;
        assert!(peer.next_or_end(|_| ()).await.is_none());
        drop(peer);
        if let Some(token) = token {
            token.await.unwrap();
        }
    }
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

#[tokio::test]
async fn whatever_a_server_sends_ends_in_an_event() {
    let garbage: &[&[u8]] = &[
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\x00",
        b"\xff\xff\xff\xff\xff",
        b"\x30\xff\xff\xff\x7f",
        b"\xd0\x01\x00",
        b"\x20\x03\x00\x00\x00",
        b"\x10\x00",
        b"\x40\x02\x00\x00",
        b"\x32\x05\x00\x01a\x00\x00",
        b"\x30\x06\x00\x01#\x00xx",
    ];
    let server = Server::start().await;
    for bytes in garbage {
        let (client, mut peer) = connect(&server, server.options().set_auto_reconnect(false)).await;
        let events = client.events();
        let token = client.publish("a", QoS::AtLeastOnce, false, "");
        published(&mut peer).await;
        peer.send_bytes(bytes).await;
        let Some(Event::Disconnected(disconnected)) = events.next().await else { panic!("{bytes:?}") };
        assert_eq!(disconnected.cause, Cause::Violation, "{bytes:?}: {disconnected}");
        assert!(disconnected.refusal.reason_code.is_error(), "{bytes:?}");
        assert!(disconnected.refusal.statement.is_some(), "{bytes:?}");
        peer.next(|packet| assert!(matches!(packet, Packet::Disconnect(d) if d.reason_code.is_error()), "{packet:?}"))
            .await;
        assert!(peer.next_or_end(|_| ()).await.is_none(), "{bytes:?}");
        assert!(token.await.is_err(), "{bytes:?}: the token settles");
    }
}

#[tokio::test]
async fn tokens_settle_when_the_client_goes_away() {
    let server = Server::start().await;
    let (client, _peer) = connect(&server, server.options()).await;
    let token = client.publish("a", QoS::AtLeastOnce, false, "");
    let subscribe = client.subscribe("a", QoS::AtLeastOnce);
    let events = client.events();
    drop(client);
    assert!(token.await.is_err());
    assert!(subscribe.await.is_err());
    while let Some(event) = events.next().await {
        assert!(matches!(event, Event::Disconnected(_)), "{event:?}");
    }
}
