"""aiomqtt: the asyncio client most used."""

from __future__ import annotations

import asyncio

import aiomqtt
import pytest

WAIT_S = 10
VERSIONS = {"3.1.1": aiomqtt.ProtocolVersion.V311, "5.0": aiomqtt.ProtocolVersion.V5}


@pytest.fixture
def connect(broker, client_id):
    def make(version=aiomqtt.ProtocolVersion.V5, **named):
        return aiomqtt.Client(broker.host, broker.port, identifier=client_id(), protocol=version, timeout=WAIT_S, **named)

    return make


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
async def test_a_hundred_messages_arrive_in_order(connect, topic, version, qos):
    async with connect(version) as receiver, connect(version) as sender:
        await receiver.subscribe(topic + "/+", qos)
        for number in range(100):
            await sender.publish(f"{topic}/{number}", str(number), qos)
        received = []
        async with asyncio.timeout(WAIT_S):
            async for message in receiver.messages:
                received.append((str(message.topic), int(message.payload), message.qos))
                if len(received) == 100:
                    break
    assert received == [(f"{topic}/{number}", number, qos) for number in range(100)]


async def test_many_clients_at_once_hear_one_message_each(connect, topic):
    async def listen(ready: asyncio.Semaphore) -> bytes:
        async with connect() as client:
            await client.subscribe(topic, 1)
            ready.release()
            return (await anext(client.messages)).payload

    ready = asyncio.Semaphore(0)
    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as group:
        listeners = [group.create_task(listen(ready)) for _ in range(30)]
        for _ in listeners:
            await ready.acquire()
        async with connect() as sender:
            await sender.publish(topic, b"to all", 1)
    assert [listener.result() for listener in listeners] == [b"to all"] * 30


async def test_a_will_tells_of_a_lost_connection(connect, topic):
    async with connect() as watcher:
        await watcher.subscribe(topic)
        lost = connect(will=aiomqtt.Will(topic, b"gone", qos=1))
        await lost.__aenter__()
        lost._client._sock_close()
        async with asyncio.timeout(WAIT_S):
            assert (await anext(watcher.messages)).payload == b"gone"
