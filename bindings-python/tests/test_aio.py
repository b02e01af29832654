"""The asyncio client, over real sockets."""

from __future__ import annotations

import asyncio

import pytest

import polymqtt
import polymqtt.aio
from polymqtt import Broker


async def test_publish_and_subscribe(mqtt_broker: Broker) -> None:
    async with polymqtt.aio.Client(mqtt_broker.url) as client:
        async with client.subscribe("a/#", qos=2) as messages:
            for qos in (0, 1, 2):
                await client.publish("a/b", str(qos), qos=qos)
            received = [await anext_of(messages) for _ in range(3)]
            assert [(m.text, m.qos) for m in received] == [("0", 0), ("1", 1), ("2", 2)]


async def test_thousands_of_messages_in_order(mqtt_broker: Broker) -> None:
    async with polymqtt.aio.Client(mqtt_broker.url) as client, client.subscribe("n", qos=1) as messages:
        tokens = [client.publish("n", str(i), qos=1) for i in range(5000)]
        numbers = []
        async for message in messages:
            numbers.append(int(message.text))
            if len(numbers) == 5000:
                break
        assert numbers == list(range(5000))
        assert {code.name for code in await asyncio.gather(*tokens)} == {"SUCCESS"}


async def test_handlers(mqtt_broker: Broker) -> None:
    async with polymqtt.aio.Client(mqtt_broker.url) as client:

        @client.on("cmd/+room", qos=1)
        async def command(message: polymqtt.Message, room: str) -> None:
            await client.publish(f"done/{room}", message.payload, qos=1)

        async with client.subscribe("done/#", qos=1) as done:
            await client.publish("cmd/hall", "on", qos=1)
            assert (await anext_of(done)).topic == "done/hall"


async def test_request_and_response(mqtt_broker: Broker) -> None:
    async with polymqtt.aio.Client(mqtt_broker.url) as server, polymqtt.aio.Client(mqtt_broker.url) as client:
        async with server.subscribe("time", qos=1) as requests:
            response = client.request("time")
            await server.respond(await anext_of(requests), "12:00")
            assert (await response).text == "12:00"


async def test_failures(mqtt_broker: Broker) -> None:
    with pytest.raises(polymqtt.ConnectionFailed):
        await polymqtt.aio.Client("mqtt://127.0.0.1:1", reconnect=False).connect()
    async with polymqtt.aio.Client(mqtt_broker.url) as client:
        with pytest.raises(polymqtt.TopicError):
            await client.publish("#", "")
        with pytest.raises(polymqtt.TopicError):
            await client.subscribe("a/#/b")


async def test_a_cancelled_wait_loses_nothing(mqtt_broker: Broker) -> None:
    async with polymqtt.aio.Client(mqtt_broker.url) as client, client.subscribe("late", qos=1) as messages:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext_of(messages), 0.01)
        await client.publish("late", "here", qos=1)
        assert (await asyncio.wait_for(anext_of(messages), 10)).text == "here"


async def anext_of(messages: polymqtt.aio.Subscription) -> polymqtt.Message:
    return await messages.__anext__()
