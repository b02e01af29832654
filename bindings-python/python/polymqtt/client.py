"""The blocking client."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar, Union

from . import _polymqtt
from ._options import tls_options
from ._packets import Properties, Subscription as SubscriptionRequest
from ._polymqtt import Message, Token
from .errors import ConnectionFailed
from ._reason_code import ReasonCode

__all__ = ["Client", "Message", "Subscription", "Token"]

Handler = Callable[..., object]
H = TypeVar("H", bound=Handler)
Payload = Union[bytes, bytearray, memoryview, str]
Topics = Union[str, SubscriptionRequest, "list[Union[str, SubscriptionRequest, tuple[str, int]]]"]


class Client:
    """An MQTT client for ordinary, blocking code. Safe to use from several threads.

    >>> with Client("mqtt://localhost:1883") as client:            # doctest: +SKIP
    ...     client.publish("room/kitchen/temperature", "21.5", qos=1).wait()
    ...     with client.subscribe("room/#") as messages:
    ...         for message in messages:
    ...             print(message.topic, message.text)

    ``url`` is ``mqtt://``, ``mqtts://``, ``ws://``, ``wss://`` or ``unix:``; a list of them is tried in order. The options are those of
    ``polymqtt.ClientOptions``. The network runs outside Python's lock, on a thread of its own.
    """

    def __init__(self, url: Union[str, list[str]] = "mqtt://localhost:1883", **options: Any) -> None:
        self._client = _polymqtt.Client([url] if isinstance(url, str) else list(url), tls_options(options))
        self._threads: list[threading.Thread] = []

    def connect(self, timeout: Optional[float] = None) -> Client:
        """Connects and waits until the broker has accepted. Raises ConnectionFailed when it does not."""
        self._client.connect().wait(timeout)
        return self

    def disconnect(self) -> None:
        """Sends what is queued, says good-bye and closes. The Will Message is not published. Ends every subscription."""
        self._client.disconnect().wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        self._threads.clear()

    def publish(
        self,
        topic: str,
        payload: Optional[Payload] = b"",
        qos: int = 0,
        retain: bool = False,
        *,
        properties: Optional[Properties] = None,
        **named_properties: Any,
    ) -> Token:
        """Publishes a message and returns at once; the token waits for the acknowledgement.

        Properties of MQTT 5.0 may be given by name: ``publish(t, p, message_expiry_interval=60, user_property=[("a", "b")])``.
        While there is no connection the message is queued.
        """
        return self._client.publish(topic, payload, qos, retain, properties, named_properties or None)

    def subscribe(
        self,
        topics: Topics,
        qos: int = 0,
        *,
        properties: Optional[Properties] = None,
        timeout: Optional[float] = None,
    ) -> Subscription:
        """Subscribes, waits for the broker's answer, and returns the messages that come. Levels may have names:
        ``room/+room/#`` fills ``message.captures["room"]``. Raises Refused when the broker refuses a filter."""
        token = self._client.subscribe(_requests(topics, qos), properties)
        return Subscription(token.wait(timeout))

    def on(self, topics: Topics, qos: int = 0) -> Callable[[H], H]:
        """Decorator: subscribes, and calls the function with each message, on a thread of the subscription's own.
        Named levels become keyword arguments:

        >>> @client.on("cmd/+room/#")                               # doctest: +SKIP
        ... def command(message, room):
        ...     client.publish(f"done/{room}", "ok")
        """

        def decorate(handler: H) -> H:
            subscription = self.subscribe(topics, qos)

            def run() -> None:
                for message in subscription:
                    handler(message, **message.captures)

            thread = threading.Thread(target=run, name=f"polymqtt {topics}", daemon=True)
            self._threads.append(thread)
            thread.start()
            return handler

        return decorate

    def unsubscribe(self, *topic_filters: str, timeout: Optional[float] = None) -> None:
        """Ends subscriptions by filter and waits for the broker's answer. ``Subscription.close`` does it for one."""
        self._client.unsubscribe(list(topic_filters)).wait(timeout)

    def request(
        self,
        topic: str,
        payload: Payload = b"",
        qos: int = 1,
        *,
        timeout: Optional[float] = None,
        properties: Optional[Properties] = None,
    ) -> Message:
        """Publishes a request and waits for the response (MQTT 5.0, 4.10): Response Topic and Correlation Data are set for you."""
        message: Message = self._client.request(topic, payload, qos, properties).wait(timeout)
        return message

    def respond(self, request: Message, payload: Payload = b"") -> Token:
        """Publishes the response to a request that came: to its Response Topic, with its Correlation Data and its QoS."""
        return self._client.respond(request, payload)

    @property
    def connected(self) -> bool:
        """Whether there is a connection right now."""
        return self._client.connected

    @property
    def client_identifier(self) -> str:
        """The Client Identifier; the one that the broker assigned, if it did."""
        return self._client.client_identifier

    def __enter__(self) -> Client:
        return self.connect()

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.disconnect()


class Subscription:
    """The messages of one subscription, in order: iterate, or call ``get``. Ends with ``close`` or the client."""

    def __init__(self, subscription: _polymqtt.Subscription) -> None:
        self._subscription = subscription
        self._batch: Iterator[Message] = iter(())

    def get(self, timeout: Optional[float] = None) -> Message:
        """The next message; waits ``timeout`` seconds at most, then raises TimeoutError. Raises EOFError at the end."""
        for message in self._batch:
            return message
        self._batch = iter(self._subscription.receive(timeout))
        for message in self._batch:
            return message
        raise EOFError("the subscription has ended")

    @property
    def topic_filters(self) -> list[str]:
        """What it subscribes to."""
        return self._subscription.topic_filters

    @property
    def reason_codes(self) -> list[ReasonCode]:
        """What the broker granted, for each filter: the highest QoS, or why not."""
        return self._subscription.reason_codes

    def close(self) -> None:
        """Unsubscribes and ends the iteration."""
        token = self._subscription.close()
        if token is not None:
            with contextlib.suppress(ConnectionFailed):
                token.wait()

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        for message in self._batch:
            return message
        self._batch = iter(self._subscription.receive(None))
        for message in self._batch:
            return message
        raise StopIteration

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


def _requests(topics: Topics, qos: int) -> list[Any]:
    """What the compiled half takes: Subscription objects."""
    entries = topics if isinstance(topics, list) else [topics]
    requests = []
    for entry in entries:
        if isinstance(entry, str):
            entry = SubscriptionRequest(entry, qos)
        elif isinstance(entry, tuple):
            entry = SubscriptionRequest(*entry)
        requests.append(entry)
    return requests
