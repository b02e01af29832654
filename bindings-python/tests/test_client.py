"""The blocking client and the embedded broker, over real sockets."""

from __future__ import annotations

import queue
import threading

import pytest

import polymqtt
from polymqtt import Broker, Client, ReasonCode, SubscriptionOptions, Will


def test_publish_and_subscribe_at_every_qos(mqtt_broker: Broker) -> None:
    for version in (3, 4, 5):
        with Client(mqtt_broker.url, version=version, client_identifier=f"v{version}") as client:
            with client.subscribe("a/+", qos=2) as messages:
                for qos in (0, 1, 2):
                    client.publish("a/b", f"{version}.{qos}", qos=qos).wait(10)
                    message = messages.get(10)
                    assert (message.topic, message.text, message.qos) == ("a/b", f"{version}.{qos}", qos)


def test_properties_reach_the_receiver(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url) as client, client.subscribe("p", qos=1) as messages:
        client.publish("p", b"\x00\xff", qos=1, content_type="application/x", user_property=[("a", "1"), ("a", "2")]).wait(10)
        message = messages.get(10)
        assert message.payload == b"\x00\xff"
        assert message.properties == {"content_type": "application/x", "user_property": [("a", "1"), ("a", "2")]}
        with pytest.raises(UnicodeDecodeError):
            _ = message.text


def test_retained_message_and_options_of_a_subscription(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url) as client:
        client.publish("state", "on", qos=1, retain=True).wait(10)
        with client.subscribe("state") as messages:
            assert messages.get(10).retain
        with client.subscribe(SubscriptionOptions("state", qos=1, retain_handling=2, no_local=True)) as messages:
            client.publish("state", "off", qos=1).wait(10)
            with pytest.raises(TimeoutError):
                messages.get(0)


def test_publish_tells_that_nobody_subscribes(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url) as client:
        assert client.publish("nobody", "", qos=1).wait(10) is ReasonCode.NO_MATCHING_SUBSCRIBERS


def test_handlers_run_with_captures_and_may_publish(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url) as client:

        @client.on("cmd/+room/#rest", qos=1)
        def command(message: polymqtt.Message, room: str, rest: str) -> None:
            client.publish(f"done/{room}", f"{rest}={message.text}", qos=1).wait(10)

        with client.subscribe("done/+", qos=1) as done:
            client.publish("cmd/kitchen/light/1", "on", qos=1)
            message = done.get(10)
            assert (message.topic, message.text) == ("done/kitchen", "light/1=on")


def test_request_and_response(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url) as server, Client(mqtt_broker.url) as client:

        @server.on("time", qos=1)
        def answer(message: polymqtt.Message) -> None:
            properties = message.properties
            data = properties["correlation_data"]
            server.publish(properties["response_topic"], "12:00", qos=1, correlation_data=data)

        assert client.request("time", timeout=10).text == "12:00"


def test_will_is_published_when_the_connection_breaks(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url) as watcher, watcher.subscribe("status/#", qos=1) as messages:
        options = {"will": Will("status/x", b"gone", qos=1), "client_identifier": "x", "reconnect": False}
        client = Client(mqtt_broker.url, **options).connect()
        mqtt_broker.disconnect("x", ReasonCode.ADMINISTRATIVE_ACTION)
        assert messages.get(10).text == "gone"
        client.disconnect()


def test_session_keeps_what_comes_while_away(mqtt_broker: Broker) -> None:
    options = {"client_identifier": "phone", "clean_start": False, "session_expiry_interval": 3600}
    phone = Client(mqtt_broker.url, **options).connect()
    subscription = phone.subscribe("push/phone", qos=1)
    assert subscription.topic_filters == ["push/phone"]
    phone.disconnect()
    mqtt_broker.publish("push/phone", "while you were out", qos=1)
    pushed: queue.Queue[polymqtt.Message] = queue.Queue()
    with Client(mqtt_broker.url, on_message=pushed.put, **options):
        assert pushed.get(timeout=10).text == "while you were out"


def test_manual_acknowledgement(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url, manual_acknowledgement=True, receive_maximum=1) as client:
        with client.subscribe("q", qos=1) as messages:
            mqtt_broker.publish("q", "1", qos=1)
            mqtt_broker.publish("q", "2", qos=1)
            first = messages.get(10)
            with pytest.raises(TimeoutError):
                messages.get(0.05)
            first.acknowledge()
            assert messages.get(10).text == "2"


def test_errors_say_what_to_do(mqtt_broker: Broker) -> None:
    with pytest.raises(polymqtt.ConnectionFailed, match="refused"):
        Client("mqtt://127.0.0.1:1", reconnect=False).connect(10)
    with pytest.raises(polymqtt.UsageError, match='did you mean "user_name"'):
        Client(usr_name="x")
    with pytest.raises(polymqtt.UsageError, match="http"):
        Client("http://localhost")
    with Client(mqtt_broker.url) as client:
        with pytest.raises(polymqtt.TopicError, match="'#' must be the last level") as caught:
            client.subscribe("device/#/error")
        assert caught.value.statement == "MQTT-4.7.1-1"
        with pytest.raises(polymqtt.TopicError):
            client.publish("a/+", "").wait(1)
        with pytest.raises(TypeError, match="payload is bytes or str"):
            client.publish("a", 5)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="qos 3"):
            client.publish("a", "", qos=3)
        with pytest.raises(polymqtt.UsageError, match="expiry"):
            client.publish("a", "", expiry=5)


def test_broker_decides_who_may_do_what() -> None:
    def authenticate(attempt: polymqtt.broker.LoginAttempt) -> bool:
        return attempt.user_name == "ann" and attempt.password == b"secret"

    def authorize(client_identifier: str, user_name: str | None, action: str, topic: str) -> bool:
        return topic.startswith(f"{user_name}/")

    with Broker(authenticate=authenticate, authorize=authorize) as broker:
        with pytest.raises(polymqtt.ConnectionFailed) as caught:
            Client(broker.url, user_name="ann", password="wrong", reconnect=False).connect(10)
        assert caught.value.reason_code is ReasonCode.BAD_USER_NAME_OR_PASSWORD
        with Client(broker.url, user_name="ann", password="secret") as client:
            assert client.publish("ann/x", "", qos=1).wait(10) is ReasonCode.NO_MATCHING_SUBSCRIBERS
            with pytest.raises(polymqtt.Refused) as refused:
                client.publish("bob/x", "", qos=1).wait(10)
            assert refused.value.reason_code is ReasonCode.NOT_AUTHORIZED
            with pytest.raises(polymqtt.Refused):
                client.subscribe("bob/#")


def test_broker_options_and_statistics() -> None:
    with pytest.raises(polymqtt.UsageError, match="maximum_qos"):
        Broker(maximum_qs=1)
    with Broker(["127.0.0.1:0", "ws://127.0.0.1:0"], maximum_qos=1) as broker:
        assert [url.split(":")[0] for url in broker.urls] == ["mqtt", "ws"]
        with Client(broker.urls[1]) as client, client.subscribe("a", qos=2) as messages:
            client.publish("a", "over a web socket", qos=1).wait(10)
            assert messages.get(10).qos == 1
            statistics = broker.statistics()
            assert statistics["clients_connected"] == 1
            assert statistics["publish_received"] == 1


def test_one_client_from_many_threads(mqtt_broker: Broker) -> None:
    with Client(mqtt_broker.url) as client, client.subscribe("t/#", qos=1) as messages:
        threads = [
            threading.Thread(target=lambda n=n: [client.publish(f"t/{n}", str(i), qos=1).wait(30) for i in range(50)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        received: dict[str, list[int]] = {}
        for _ in range(200):
            message = messages.get(30)
            received.setdefault(message.topic, []).append(int(message.text))
        for thread in threads:
            thread.join()
        assert received == {f"t/{n}": list(range(50)) for n in range(4)}
