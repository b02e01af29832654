//! Messages over every transport, with 1, 2 and 4 shards.

mod support;

use polymqtt::transport::{Stream, TlsOptions};
use polymqtt_broker::config::{BrokerConfig, ClientCertificate, Listener, Transport};
use polymqtt_broker::polymqtt_core::codec::{ProtocolVersion, QoS};
use polymqtt_broker::polymqtt_core::{Message, topic::TopicName};
use polymqtt_broker::{Broker, Login};
use support::certificates::Certificates;
use support::{Raw, local, on_tcp, open, opened, url};

const V5: ProtocolVersion = ProtocolVersion::V5_0;

/// A message from one client to another, at each QoS, both with their connections.
async fn exchange(mut receiver: Raw, mut sender: Raw) {
    receiver.connect("receiver").await;
    sender.connect("sender").await;
    receiver.subscribe("a/+", QoS::ExactlyOnce).await;
    let payload = vec![b'x'; 100_000];
    sender.publish("a/0", &payload, QoS::AtMostOnce, false).await;
    sender.publish("a/1", b"one", QoS::AtLeastOnce, false).await;
    assert!(sender.receive().await.starts_with("PUBACK"));
    let message = receiver.receive().await;
    assert!(message.contains("topic=\"a/0\"") && message.len() > payload.len(), "{}", &message[..100]);
    let message = receiver.receive().await;
    assert!(message.starts_with("PUBLISH") && message.contains("topic=\"a/1\""), "{message}");
}

async fn exchange_at(url: &str, tls: Option<TlsOptions>) {
    let receiver = Raw::new(opened(url, tls.clone()).await, V5);
    exchange(receiver, Raw::new(opened(url, tls).await, V5)).await;
}

fn with_tls(certificates: &Certificates) -> BrokerConfig {
    BrokerConfig {
        listen: vec![local(Transport::Tls), local(Transport::SecureWebSocket)],
        tls_certificate_file: Some(certificates.certificate("server")),
        tls_key_file: Some(certificates.key("server")),
        ..BrokerConfig::default()
    }
}

fn trusting(certificates: &Certificates) -> TlsOptions {
    TlsOptions::new().set_ca(certificates.certificate("authority"))
}

#[tokio::test]
async fn plain_tcp() {
    for shards in [1, 2, 4] {
        let broker = on_tcp(Broker::builder().shards(shards));
        exchange_at(&url(&broker, Transport::Tcp), None).await;
    }
}

#[tokio::test]
async fn websocket_at_its_path_only() {
    for shards in [1, 2] {
        let broker = Broker::builder().shards(shards).listen(local(Transport::WebSocket)).start().unwrap();
        let address = url(&broker, Transport::WebSocket);
        assert!(address.ends_with("/mqtt"));
        exchange_at(&address, None).await;
        let elsewhere = open(&address.replace("/mqtt", "/other"), None).await;
        assert!(elsewhere.unwrap_err().contains("404"));
    }
}

#[tokio::test]
async fn tls_and_secure_websocket() {
    let certificates = Certificates::new();
    for shards in [1, 2, 4] {
        let config = BrokerConfig { shards, ..with_tls(&certificates) };
        let broker = Broker::builder().config(config).start().unwrap();
        for transport in [Transport::Tls, Transport::SecureWebSocket] {
            exchange_at(&url(&broker, transport), Some(trusting(&certificates))).await;
        }
        let stranger = TlsOptions::new().set_ca(certificates.certificate("strange-authority"));
        assert!(open(&url(&broker, Transport::Tls), Some(stranger)).await.is_err());
    }
}

#[tokio::test]
async fn mutual_tls_names_the_user_by_the_certificate() {
    let certificates = Certificates::new();
    let config = BrokerConfig {
        tls_client_ca_file: Some(certificates.certificate("authority")),
        allow_anonymous: Some(false),
        ..with_tls(&certificates)
    };
    let (sender, names) = std::sync::mpsc::channel();
    let broker = Broker::builder()
        .config(config)
        .on_event(move |event| {
            if let polymqtt_broker::polymqtt_core::broker::Event::Connected(connected) = event {
                sender.send(connected.user_name.as_deref().map(str::to_owned)).unwrap();
            }
        })
        .start()
        .unwrap();
    let address = url(&broker, Transport::Tls);
    let with = |name: &str| {
        trusting(&certificates).set_client_certificate(certificates.certificate(name), certificates.key(name))
    };
    exchange_at(&address, Some(with("client"))).await;
    assert_eq!(names.recv().unwrap().as_deref(), Some("client"));
    for refused in [Some(with("stranger")), Some(trusting(&certificates))] {
        // With TLS 1.3 the client learns of it when it first reads.
        if let Ok(stream) = open(&address, refused).await {
            let mut raw = Raw::new(stream, V5);
            let _ = raw.send_bytes(b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00").await;
            assert_eq!(raw.receive().await, "end");
        }
    }
}

#[tokio::test]
async fn a_client_certificate_may_be_optional() {
    let certificates = Certificates::new();
    let config = BrokerConfig {
        tls_client_ca_file: Some(certificates.certificate("authority")),
        tls_client_certificate: ClientCertificate::Optional,
        ..with_tls(&certificates)
    };
    let broker = Broker::builder().config(config).start().unwrap();
    exchange_at(&url(&broker, Transport::Tls), Some(trusting(&certificates))).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_goes_with_its_broker() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.sock");
    // What a broker leaves behind that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    for shards in [1, 2] {
        let listener = Listener::Unix { path: path.clone() };
        let broker = Broker::builder().shards(shards).listen(listener.clone()).start().unwrap();
        exchange_at(&format!("unix:{}", path.display()), None).await;
        let second = Broker::builder().listen(listener).start();
        assert!(second.unwrap_err().to_string().starts_with("cannot listen on unix:"));
        broker.shutdown();
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn in_memory() {
    for shards in [1, 2, 4] {
        let broker = Broker::builder().shards(shards).start().unwrap();
        let client = || Raw::new(Stream::custom(broker.connect_in_memory()), V5);
        exchange(client(), client()).await;
    }
}

#[tokio::test]
async fn the_program_publishes_and_counts() {
    let broker = Broker::builder().shards(2).start().unwrap();
    let mut client = Raw::new(Stream::custom(broker.connect_in_memory()), V5);
    client.connect("client").await;
    client.subscribe("a", QoS::AtMostOnce).await;
    broker.publish(Message::new(TopicName::new("a").unwrap(), "from the program"));
    assert!(client.receive().await.contains("topic=\"a\""));
    let statistics = broker.statistics();
    assert_eq!((statistics.clients_connected, statistics.subscriptions), (1, 1));
}

#[tokio::test]
async fn closures_decide_who_may_connect_and_do_what() {
    let broker = on_tcp(
        Broker::builder()
            .authenticate(|attempt| match attempt.client_identifier.as_str() {
                "bad" => Login::Refuse(polymqtt_broker::polymqtt_core::ReasonCode::Banned),
                _ => Login::AcceptAs("somebody".to_owned()),
            })
            .authorize(|client, action| {
                assert_eq!(client.user_name, Some("somebody"));
                !matches!(action, polymqtt_broker::Action::Publish { topic: "forbidden", .. })
            }),
    );
    let mut bad = Raw::tcp(&broker, V5).await;
    bad.send(&polymqtt_broker::polymqtt_core::codec::Packet::Connect(support::connect_packet(V5, "bad"))).await;
    let answer = bad.receive().await;
    assert!(answer.starts_with("CONNACK") && answer.contains("reason_code=0x8a"), "{answer}");
    assert_eq!(bad.receive().await, "end");
    let mut good = Raw::connected(&broker, V5, "good").await;
    good.publish("forbidden", b"", QoS::AtLeastOnce, false).await;
    assert!(good.receive().await.contains("reason_code=0x87"));
    good.publish("allowed", b"", QoS::AtLeastOnce, false).await;
    assert!(!good.receive().await.contains("reason_code=0x87"));
}

#[tokio::test]
async fn a_client_of_the_same_program_needs_no_socket() {
    use polymqtt::{Client, ClientOptions};
    let broker = std::sync::Arc::new(Broker::builder().shards(2).start().unwrap());
    let connect = std::sync::Arc::clone(&broker);
    let options =
        ClientOptions::new().add_broker("mqtt://inside").set_client_id("inside").set_open_connection(move |_| {
            let stream = Stream::custom(connect.connect_in_memory());
            async move { Ok(stream) }
        });
    let client = Client::new(options).unwrap();
    client.connect().await.unwrap();
    let subscription = client.subscribe("a/#", QoS::ExactlyOnce).await.unwrap();
    client.publish("a/b", QoS::ExactlyOnce, false, "hello").await.unwrap();
    let message = subscription.next().await.unwrap();
    assert_eq!((message.topic(), message.text()), ("a/b", Some("hello")));
    assert_eq!(broker.statistics().clients_connected, 1);
    client.disconnect().await.unwrap();
}
