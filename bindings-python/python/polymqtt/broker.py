"""A whole broker inside the process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Optional, Union

from . import _polymqtt
from ._packets import Properties
from ._reason_code import ReasonCode
from .client import Payload

__all__ = ["Broker", "LoginAttempt"]


@dataclass(frozen=True)
class LoginAttempt:
    """A client that wants to connect."""

    client_identifier: str
    version: int
    user_name: Optional[str]
    password: Optional[bytes]
    peer: str
    listener: str
    certificate_name: Optional[str]


class Broker:
    """An MQTT broker, the same as the binary ``polymqtt broker``, on threads of its own.

    >>> with Broker() as broker:
    ...     broker.url.startswith("mqtt://127.0.0.1:")
    True

    It listens on a free loopback port unless told otherwise: ``Broker(listen=["127.0.0.1:1883", "ws://127.0.0.1:8083"])``. The options are the
    keys of the broker's configuration (``maximum_qos=1``, ``connections_max=100``, ...).

    ``authenticate(attempt)`` answers with True, False, a ReasonCode, or the user name under which the client is let in.
    ``authorize(client_identifier, user_name, action, topic)`` answers with True or False; ``action`` is "publish", "subscribe" or "will".
    """

    def __init__(
        self,
        listen: Union[str, Sequence[str]] = "127.0.0.1:0",
        *,
        authenticate: Optional[Callable[[LoginAttempt], Union[bool, str, ReasonCode]]] = None,
        authorize: Optional[Callable[[str, Optional[str], str, str], bool]] = None,
        **options: Any,
    ) -> None:
        listeners = [listen] if isinstance(listen, str) else list(listen)
        options = {"listen": listeners, "shards": 1, **options}
        self._broker = _polymqtt.EmbeddedBroker(options, authenticate, authorize)

    @property
    def url(self) -> str:
        """Where it listens first: what a client connects to."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """Where it listens."""
        return self._broker.urls

    @property
    def port(self) -> int:
        """The port of ``url``."""
        return int(self.url.rsplit(":", 1)[1].split("/", 1)[0])

    def publish(
        self,
        topic: str,
        payload: Payload = b"",
        qos: int = 0,
        retain: bool = False,
        *,
        properties: Optional[Properties] = None,
    ) -> None:
        """Publishes a message as the program itself; nobody is asked for permission."""
        self._broker.publish(topic, payload, qos, retain, properties)

    def disconnect(self, client_identifier: str, reason_code: ReasonCode = ReasonCode.ADMINISTRATIVE_ACTION) -> None:
        """Ends the connection of a client, if it has one."""
        self._broker.disconnect(client_identifier, reason_code)

    def statistics(self) -> dict[str, int]:
        """Counters by name: connections, sessions, messages, bytes."""
        return self._broker.statistics()

    def close(self) -> None:
        """Says good-bye to the clients and ends."""
        self._broker.shutdown()

    def __enter__(self) -> Broker:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()
