"""Eclipse Paho's client for Python: the one most scripts in the world use."""

from __future__ import annotations

import queue

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

WAIT_S = 10
VERSIONS = {"3.1": paho.MQTTv31, "3.1.1": paho.MQTTv311, "5.0": paho.MQTTv5}


class Connected:
    """A client whose callbacks become queues that a test can read in order."""

    def __init__(self, broker, client_id, version=paho.MQTTv5, *, transport="tcp", clean=True, will=None, properties=None):
        session = {} if version == paho.MQTTv5 else {"clean_session": clean}
        self.client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, transport=transport, **session
        )
        self.connects, self.messages, self.acks, self.ends = queue.Queue(), queue.Queue(), queue.Queue(), queue.Queue()
        self.client.on_connect = lambda _c, _u, flags, reason, props: self.connects.put((flags, reason, props))
        self.client.on_message = lambda _c, _u, message: self.messages.put(message)
        self.client.on_publish = lambda _c, _u, mid, reason, _p: self.acks.put((mid, reason))
        self.client.on_subscribe = lambda _c, _u, mid, reasons, _p: self.acks.put((mid, reasons))
        self.client.on_unsubscribe = lambda _c, _u, mid, reasons, _p: self.acks.put((mid, reasons))
        self.client.on_disconnect = lambda _c, _u, _f, reason, _p: self.ends.put(reason)
        if will:
            self.client.will_set(*will)
        where = broker.tcp if transport == "tcp" else broker.ws
        port = int(where.split(":")[2].split("/")[0])
        if transport == "websockets":
            self.client.ws_set_options(path="/mqtt")
        start = {"clean_start": clean, "properties": properties} if version == paho.MQTTv5 else {}
        self.client.connect("127.0.0.1", port, keepalive=30, **start)
        self.client.loop_start()
        self.flags, self.reason, self.properties = self.connects.get(timeout=WAIT_S)

    def subscribe(self, *arguments, **named):
        _, mid = self.client.subscribe(*arguments, **named)
        return self.answer(mid)

    def publish(self, *arguments, **named):
        info = self.client.publish(*arguments, **named)
        return self.answer(info.mid)

    def answer(self, mid):
        answered, reasons = self.acks.get(timeout=WAIT_S)
        assert answered == mid
        return reasons

    def message(self):
        return self.messages.get(timeout=WAIT_S)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def drop(self):
        """Loses the connection without a DISCONNECT."""
        self.client.loop_stop()
        self.client._sock_close()


@pytest.fixture
def connect(broker, client_id):
    opened = []

    def make(*arguments, name=None, **named):
        opened.append(Connected(broker, name or client_id(), *arguments, **named))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_a_message_arrives_once_as_it_was_sent(connect, topic, version, qos, transport):
    receiver, sender = connect(version, transport=transport), connect(version, transport=transport)
    receiver.subscribe(topic + "/#", qos)
    payload = bytes(range(256)) * 40
    sender.publish(topic + "/données", payload, qos)
    sender.publish(topic + "/end", b"", qos)
    first, last = receiver.message(), receiver.message()
    assert (first.topic, first.payload, first.qos, first.retain) == (topic + "/données", payload, qos, False)
    assert (last.topic, last.payload) == (topic + "/end", b"")


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_a_retained_message_greets_the_subscriber_and_can_be_removed(connect, topic, version):
    sender = connect(version)
    sender.publish(topic, b"state", 1, retain=True)
    receiver = connect(version)
    receiver.subscribe(topic, 1)
    message = receiver.message()
    assert (message.payload, message.retain) == (b"state", True)
    sender.publish(topic, b"", 1, retain=True)
    assert receiver.message().payload == b""
    late = connect(version)
    late.subscribe(topic, 1)
    sender.publish(topic, b"end", 1)
    assert late.message().payload == b"end"


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_a_session_keeps_messages_for_an_absent_client(connect, topic, client_id, version):
    name = client_id()
    expiry = Properties(PacketTypes.CONNECT)
    expiry.SessionExpiryInterval = 60
    keep = {"clean": False, "properties": expiry if version == paho.MQTTv5 else None, "name": name}
    first = connect(version, **keep)
    assert not first.flags.session_present
    first.subscribe(topic, 2)
    first.close()
    sender = connect(version)
    for number in range(10):
        sender.publish(topic, str(number), 1)
    second = connect(version, **keep)
    # 3.1 has no such flag: its byte in CONNACK is reserved.
    assert second.flags.session_present or version == paho.MQTTv31
    assert [second.message().payload for _ in range(10)] == [str(number).encode() for number in range(10)]
    connect(version, clean=True, name=name)


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_a_will_tells_of_a_lost_connection(connect, topic, version):
    watcher = connect(version)
    watcher.subscribe(topic, 1)
    connect(version, will=(topic, b"gone", 1, False)).drop()
    assert watcher.message().payload == b"gone"


def test_properties_travel_with_the_message(connect, topic):
    receiver, sender = connect(), connect()
    subscription = Properties(PacketTypes.SUBSCRIBE)
    subscription.SubscriptionIdentifier = 77
    receiver.subscribe(topic, 2, properties=subscription)
    properties = Properties(PacketTypes.PUBLISH)
    properties.PayloadFormatIndicator = 1
    properties.ContentType = "text/plain"
    properties.ResponseTopic = "answers/here"
    properties.CorrelationData = b"\x00\x01"
    properties.MessageExpiryInterval = 100
    properties.UserProperty = [("a", "1"), ("a", "2"), ("b", "")]
    sender.publish(topic, "hello", 2, properties=properties)
    received = receiver.message().properties
    assert received.UserProperty == [("a", "1"), ("a", "2"), ("b", "")]
    assert (received.ContentType, received.ResponseTopic) == ("text/plain", "answers/here")
    assert (received.CorrelationData, received.PayloadFormatIndicator) == (b"\x00\x01", 1)
    assert received.SubscriptionIdentifier == [77]
    assert 98 <= received.MessageExpiryInterval <= 100


def test_no_local_and_retain_as_published_are_kept(connect, topic):
    client = connect()
    client.subscribe(topic + "/own", options=SubscribeOptions(qos=1, noLocal=True))
    client.subscribe(topic + "/kept", options=SubscribeOptions(qos=1, retainAsPublished=True))
    client.publish(topic + "/own", "not for me", 1)
    client.publish(topic + "/kept", "for me", 1, retain=True)
    message = client.message()
    assert (message.payload, message.retain) == (b"for me", True)
    client.publish(topic + "/kept", "", 1, retain=True)


def test_a_shared_subscription_divides_the_messages(connect, topic):
    workers = [connect(), connect()]
    for worker in workers:
        worker.subscribe(f"$share/workers/{topic}", 1)
    sender = connect()
    for number in range(20):
        sender.publish(topic, str(number), 1)
    received = []
    while len(received) < 20:
        for worker in workers:
            try:
                received.append(int(worker.messages.get(timeout=0.05).payload))
            except queue.Empty:
                continue
    assert sorted(received) == list(range(20))


def test_a_second_connect_with_the_same_name_takes_over(broker, connect, client_id):
    name = client_id()
    first = connect(name=name)
    first.client.reconnect_delay_set(60, 60)
    connect(name=name)
    # mosquitto of Debian 12 only closes the connection.
    assert first.ends.get(timeout=WAIT_S).value == (0x8E if broker.ours else 0x80)


def test_unsubscribing_ends_the_messages(connect, topic):
    client = connect()
    client.subscribe([(topic + "/a", 1), (topic + "/b", 1)])
    _, mid = client.client.unsubscribe(topic + "/a")
    client.answer(mid)
    client.publish(topic + "/a", "silent", 1)
    client.publish(topic + "/b", "heard", 1)
    assert client.message().payload == b"heard"
