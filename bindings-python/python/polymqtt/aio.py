"""The client for asyncio.

>>> import asyncio, polymqtt.aio
>>> async def main():                                              # doctest: +SKIP
...     async with polymqtt.aio.Client("mqtt://localhost:1883") as client:
...         await client.publish("room/kitchen/temperature", "21.5", qos=1)
...         async with client.subscribe("room/#") as messages:
...             async for message in messages:
...                 print(message.topic, message.text)

It needs nothing of the event loop but ``call_soon_threadsafe``, so it runs on every loop, that of Windows included.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from types import TracebackType
from typing import Any, Optional, TypeVar, Union

from . import _polymqtt
from ._answers import Connected
from ._options import tls_options
from ._packets import Properties
from ._polymqtt import Message
from ._reason_code import ReasonCode
from .errors import ConnectionFailed
from .client import Payload, Topics, _requests

__all__ = ["Client", "Message", "Subscription", "Token"]

T = TypeVar("T")
Handler = Callable[..., Awaitable[object]]
H = TypeVar("H", bound=Handler)


class Token(Awaitable[T]):
    """The answer to a command. The command is under way already; ``await`` it, or leave it."""

    def __init__(self, token: _polymqtt.Token) -> None:
        self._token = token

    def done(self) -> bool:
        """Whether the answer is there."""
        return self._token.done()

    def __await__(self) -> Generator[Any, None, T]:
        loop = asyncio.get_running_loop()
        settled = asyncio.Event()
        while self._token.call_when_done(lambda: _call_soon(loop, settled.set)):
            yield from settled.wait().__await__()
            settled.clear()
        result: T = self._token.result()
        return result


class Client:
    """An MQTT client for asyncio. The arguments are those of ``polymqtt.Client``."""

    def __init__(self, url: Union[str, list[str]] = "mqtt://localhost:1883", **options: Any) -> None:
        for name in ("on_message", "on_connected", "on_disconnected"):
            if options.get(name) is not None:
                options[name] = self._in_loop(options[name])
        self._client = _polymqtt.Client([url] if isinstance(url, str) else list(url), tls_options(options))
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self) -> Token[Connected]:
        """Connects; raises ConnectionFailed when the broker cannot be reached or refuses."""
        self._loop = asyncio.get_running_loop()
        return Token(self._client.connect())

    def disconnect(self) -> Token[None]:
        """Sends what is queued, says good-bye and closes. Ends every subscription."""
        return Token(self._client.disconnect())

    def publish(
        self,
        topic: str,
        payload: Optional[Payload] = b"",
        qos: int = 0,
        retain: bool = False,
        *,
        properties: Optional[Properties] = None,
        **named_properties: Any,
    ) -> Token[ReasonCode]:
        """Publishes at once; ``await`` the token for the acknowledgement. See ``polymqtt.Client.publish``."""
        return Token(self._client.publish(topic, payload, qos, retain, properties, named_properties or None))

    def subscribe(self, topics: Topics, qos: int = 0, *, properties: Optional[Properties] = None) -> Subscription:
        """Subscribes: ``async with`` it, or ``await`` it, then ``async for``."""
        return Subscription(self._client.subscribe(_requests(topics, qos), properties))

    def on(self, topics: Topics, qos: int = 0) -> Callable[[H], H]:
        """Decorator: calls the coroutine function with each message, one after the other. Named levels (``cmd/+room/#``) become
        keyword arguments. Use it inside the running loop."""

        def decorate(handler: H) -> H:
            subscription = self.subscribe(topics, qos)

            async def run() -> None:
                async with subscription:
                    async for message in subscription:
                        await handler(message, **message.captures)

            task = asyncio.get_running_loop().create_task(run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return handler

        return decorate

    def unsubscribe(self, *topic_filters: str) -> Token[list[ReasonCode]]:
        """Ends subscriptions by filter."""
        return Token(self._client.unsubscribe(list(topic_filters)))

    def request(
        self, topic: str, payload: Payload = b"", qos: int = 1, *, properties: Optional[Properties] = None
    ) -> Token[Message]:
        """Publishes a request; the token gives the response (MQTT 5.0, 4.10)."""
        return Token(self._client.request(topic, payload, qos, properties))

    def respond(self, request: Message, payload: Payload = b"") -> Token[ReasonCode]:
        """Publishes the response to a request that came: to its Response Topic, with its Correlation Data and its QoS."""
        return Token(self._client.respond(request, payload))

    def _in_loop(self, function: Callable[..., object]) -> Callable[..., None]:
        """A callback that runs in the loop, whatever thread calls it."""

        def call(*arguments: object) -> None:
            if self._loop is not None:
                _call_soon(self._loop, lambda: function(*arguments))

        return call

    @property
    def connected(self) -> bool:
        """Whether there is a connection right now."""
        return self._client.connected

    @property
    def client_identifier(self) -> str:
        """The Client Identifier; the one that the broker assigned, if it did."""
        return self._client.client_identifier

    async def __aenter__(self) -> Client:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await self.disconnect()
        if self._tasks:
            await asyncio.wait(self._tasks)


class Subscription:
    """The messages of one subscription, in order."""

    def __init__(self, token: _polymqtt.Token) -> None:
        self._token: Token[_polymqtt.Subscription] = Token(token)
        self._subscription: Optional[_polymqtt.Subscription] = None
        self._batch: Iterator[Message] = iter(())

    async def _granted(self) -> _polymqtt.Subscription:
        if self._subscription is None:
            self._subscription = await self._token
        return self._subscription

    def __await__(self) -> Generator[Any, None, Subscription]:
        yield from self._granted().__await__()
        return self

    async def reason_codes(self) -> list[ReasonCode]:
        """What the broker granted, for each filter: the highest QoS, or why not."""
        return (await self._granted()).reason_codes

    async def close(self) -> None:
        """Unsubscribes and ends the iteration."""
        subscription = await self._granted()
        token = subscription.close()
        if token is not None:
            with contextlib.suppress(ConnectionFailed):
                await Token(token)

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        for message in self._batch:
            return message
        subscription = await self._granted()
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        while True:
            messages = subscription.take(lambda: _call_soon(loop, arrived.set))
            if messages is None:
                raise StopAsyncIteration
            if messages:
                self._batch = iter(messages)
                return next(self._batch)
            await arrived.wait()
            arrived.clear()

    async def __aenter__(self) -> Subscription:
        await self._granted()
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if self._subscription is not None:
            await self.close()


def _call_soon(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function)
