//! How connections begin and end, against a server that does what the test says.
#![expect(clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::wildcard_enum_match_arm, reason = "one kind of packet is expected")]

mod support;

use core::time::Duration;
use polymqtt::core::codec::{Auth, ConnAck, Connect, Disconnect, Packet};
use polymqtt::core::codec::{PropertiesBuf, Property};
use polymqtt::{Authenticator, Cause, Client, ClientOptions, Credentials, Error, Event, QoS, ReasonCode};
use std::sync::mpsc;
use support::{Peer, Server, acknowledge, at_once, connect, published};

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
