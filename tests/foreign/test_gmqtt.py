"""gmqtt: a client with a protocol implementation of its own, for 3.1.1 and 5.0."""

from __future__ import annotations

import asyncio

import gmqtt
import pytest
from gmqtt.mqtt.constants import MQTTv50, MQTTv311

WAIT_S = 10
VERSIONS = {"3.1.1": MQTTv311, "5.0": MQTTv50}


@pytest.fixture
async def connect(broker, client_id):
    opened = []

    async def make(version=MQTTv50):
        client = gmqtt.Client(client_id())
        client.received = asyncio.Queue()
        client.subscribed = asyncio.Queue()

        async def on_message(_client, topic, payload, qos, properties):
            await client.received.put((topic, payload, qos, properties))
            return 0

        client.on_message = on_message
        client.on_subscribe = lambda _client, mid, granted, properties: client.subscribed.put_nowait((mid, granted))
        await client.connect(broker.host, broker.port, keepalive=30, version=version)
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.disconnect()


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
async def test_messages_arrive_as_they_were_sent(connect, topic, version, qos):
    receiver, sender = await connect(version), await connect(version)
    receiver.subscribe(topic + "/#", qos=qos)
    async with asyncio.timeout(WAIT_S):
        _, granted = await receiver.subscribed.get()
        assert tuple(granted) == (qos,)
        for number in range(10):
            sender.publish(f"{topic}/{number}", bytes([number]) * number, qos=qos)
        received = [(await receiver.received.get())[:3] for _ in range(10)]
    assert received == [(f"{topic}/{number}", bytes([number]) * number, qos) for number in range(10)]


async def test_properties_travel_with_the_message(connect, topic):
    receiver, sender = await connect(), await connect()
    receiver.subscribe(topic, qos=1, subscription_identifier=5)
    async with asyncio.timeout(WAIT_S):
        await receiver.subscribed.get()
        sender.publish(
            topic, "hello", qos=1, content_type="text/plain", user_property=("key", "value"), response_topic="back"
        )
        _, payload, _, properties = await receiver.received.get()
    assert payload == b"hello"
    assert properties["content_type"] == ["text/plain"]
    assert properties["user_property"] == [("key", "value")]
    assert properties["response_topic"] == ["back"]
    assert properties["subscription_identifier"] == [5]
