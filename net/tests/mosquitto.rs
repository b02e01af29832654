//! The client against Debian's mosquitto, over every transport and in every version.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use polymqtt::{Cause, Client, ClientOptions, Event, ProtocolVersion, Publication, QoS, TlsOptions};
use support::{LONG, Mosquitto, Pki, free_port};

/// A mosquitto with all transports, and what a client needs to reach it.
struct Everything {
    mosquitto: Mosquitto,
    urls: Vec<String>,
    tls: TlsOptions,
}

fn everything() -> Everything {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::new();
    for (name, pem) in [("ca", &pki.ca), ("certificate", &pki.certificate), ("key", &pki.key)] {
        std::fs::write(directory.path().join(name), pem).unwrap();
    }
    let [tcp, ws, tls, wss, mutual] = [0; 5].map(|_| free_port());
    let files = "certfile {dir}/certificate\nkeyfile {dir}/key\n";
    let configuration = format!(
        "allow_anonymous true\nlog_type error\nuser root\nlistener {tcp} 127.0.0.1\n\
         listener 0 {{dir}}/socket\n\
         listener {ws} 127.0.0.1\nprotocol websockets\n\
         listener {tls} 127.0.0.1\n{files}\
         listener {wss} 127.0.0.1\nprotocol websockets\n{files}\
         listener {mutual} 127.0.0.1\n{files}cafile {{dir}}/ca\nrequire_certificate true\n"
    );
    let tls_options = TlsOptions::new()
        .set_ca(directory.path().join("ca"))
        .set_client_certificate(directory.path().join("certificate"), directory.path().join("key"));
    let mosquitto = Mosquitto::start(&configuration, directory, &[tcp, ws, tls, wss, mutual]);
    let urls = vec![
        format!("mqtt://localhost:{tcp}"),
        format!("unix:{}/socket", mosquitto.directory.path().display()),
        format!("ws://localhost:{ws}"),
        format!("mqtts://localhost:{tls}"),
        format!("wss://localhost:{wss}/mqtt"),
        format!("mqtts://localhost:{mutual}"),
    ];
    Everything { mosquitto, urls, tls: tls_options }
}

#[tokio::test]
async fn every_transport_carries_every_qos_in_every_version() {
    let everything = everything();
    for url in &everything.urls {
        for version in [ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5_0] {
            let options = ClientOptions::new().add_broker(url).set_client_id("roundtrip").set_protocol_version(version);
            let client = Client::new(options.set_tls(everything.tls.clone())).unwrap();
            if let Err(error) = client.connect().await {
                panic!("{url} {version}: {error}\n{}", everything.mosquitto.log());
            }
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let subscription = client.subscribe("test/+", qos).await.unwrap();
                // Larger than any buffer on the way; but mosquitto reads 4 KiB of a WebSocket every tenth of a second.
                let size_bytes = if url.starts_with("ws") { 3000 } else { 300_000 };
                let payload = vec![qos.as_u8(); size_bytes];
                client.publish("test/a", qos, false, payload.clone()).await.unwrap();
                let message = subscription.next().await.unwrap();
                assert_eq!((message.topic(), message.qos()), ("test/a", qos), "{url} {version}");
                assert!(message.payload()[..] == payload, "{url} {version}");
                client.unsubscribe("test/+").await.unwrap();
            }
            client.disconnect().await.unwrap();
        }
    }
}

#[tokio::test]
async fn mqtt_5_properties_and_requests_go_through() {
    let everything = everything();
    let connect = async |client_id| {
        let client =
            Client::new(ClientOptions::new().add_broker(&everything.urls[0]).set_client_id(client_id)).unwrap();
        client.connect().await.unwrap();
        client
    };
    let (server, client) = (connect("server").await, connect("client").await);
    let granted = server.subscribe_with("add", QoS::AtLeastOnce, |client, request| {
        let sum: i64 = request.text().unwrap().split('+').map(|part| part.parse::<i64>().unwrap()).sum();
        client.respond(&request, sum.to_string()).wait().unwrap();
    });
    granted.await.unwrap();
    let request = Publication::new("add", "20+22").with_qos(QoS::AtLeastOnce).with_user_property("a", "b");
    assert_eq!(client.request(request).await.unwrap().text(), Some("42"));

    let subscription = client.subscribe("properties", QoS::AtLeastOnce).await.unwrap();
    let publication = Publication::new("properties", "{}")
        .with_qos(QoS::AtLeastOnce)
        .with_content_type("application/json")
        .with_user_property("one", "1")
        .with_user_property("one", "2");
    server.publish_with(publication).await.unwrap();
    let message = subscription.next().await.unwrap();
    assert_eq!(message.properties().content_type(), Some("application/json"));
    assert!(message.user_properties().eq([("one", "1"), ("one", "2")]));
}

#[test]
fn a_session_survives_a_disconnect_in_blocking_code() {
    let everything = everything();
    let options = |client_id| ClientOptions::new().add_broker(&everything.urls[0]).set_client_id(client_id);
    let sleeper = Client::new(options("sleeper").set_clean_session(false)).unwrap();
    assert!(!sleeper.connect().wait().unwrap().session_present);
    let subscription = sleeper.subscribe("later", QoS::AtLeastOnce).wait().unwrap();
    sleeper.disconnect().wait().unwrap();

    let publisher = Client::new(options("publisher")).unwrap();
    publisher.connect().wait().unwrap();
    publisher.publish("later", QoS::AtLeastOnce, false, "you slept").wait().unwrap();

    assert!(sleeper.connect().wait().unwrap().session_present);
    assert_eq!(subscription.recv_timeout(LONG).unwrap().text(), Some("you slept"));
}

#[test]
fn a_broker_that_dies_and_comes_back_is_found_again() {
    let port = free_port();
    let configuration = format!("listener {port} 127.0.0.1\nallow_anonymous true\nlog_type error\nuser root\n");
    let start = || Mosquitto::start(&configuration, tempfile::tempdir().unwrap(), &[port]);
    let first = start();
    let reconnect = polymqtt::Reconnect::Backoff { delay_min_ms: 10, delay_max_ms: 50, attempts_max: 0 };
    let options = ClientOptions::new().add_broker(&format!("localhost:{port}")).set_reconnect_policy(reconnect);
    let client = Client::new(options).unwrap();
    let events = client.events();
    client.connect().wait().unwrap();
    assert!(matches!(events.recv_timeout(LONG), Ok(Event::Connected(_))));
    let subscription = client.subscribe("a", QoS::AtLeastOnce).wait().unwrap();
    drop(first);
    assert!(matches!(events.recv_timeout(LONG), Ok(Event::Disconnected(d)) if d.cause == Cause::TransportClosed));
    let waiting = client.publish("b", QoS::AtLeastOnce, false, "offline");
    let _second = start();
    waiting.wait().unwrap();
    client.publish("a", QoS::AtLeastOnce, false, "subscribed again").wait().unwrap();
    assert_eq!(subscription.recv_timeout(LONG).unwrap().text(), Some("subscribed again"));
}
