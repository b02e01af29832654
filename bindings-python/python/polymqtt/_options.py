"""Options of the client."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Optional, Protocol, TypedDict, Union

from ._answers import Connected
from ._packets import Will
from ._polymqtt import Message

_Pem = Union[str, "os.PathLike[str]", bytes]
_Seconds = Union[int, timedelta]


@dataclass
class Tls:
    """TLS options. Certificates and keys are PEM: a path, or the contents as bytes."""

    ca: Optional[_Pem] = None
    """The certificates to trust; without it those of the system."""
    certificate: Optional[_Pem] = None
    """The certificate that the client shows."""
    key: Optional[_Pem] = None
    """Its key."""
    server_name: Optional[str] = None
    """The name that the broker's certificate must have, if it is not the one in the URL."""
    alpn: Optional[list[str]] = None
    """Application protocols to offer."""
    insecure: bool = False
    """Dangerous: takes any certificate, so that anybody in between can read and change everything."""


class Authenticator(Protocol):
    """The client's side of an enhanced authentication (MQTT 5.0, 4.12). It is called on a thread where it may block. A method
    ``finish(data)`` may be added: it gets what the broker sent along with its consent, and False ends the connection."""

    method: str
    """The Authentication Method, such as ``SCRAM-SHA-256``."""

    def start(self) -> Optional[bytes]:
        """The Authentication Data that begins an exchange."""

    def respond(self, data: bytes) -> Optional[bytes]:
        """The answer to what the broker sent; None gives up."""


class ClientOptions(TypedDict, total=False):
    """Keyword arguments of ``Client``."""

    protocol_version: Union[int, str]
    """3, 4 or 5 (the default); also "3.1", "3.1.1", "5.0". ``version`` for short."""
    client_identifier: str
    """Without it the broker assigns one. ``client_id`` for short."""
    clean_start: bool
    """Begin with a new Session (the default) or resume an old one. Reconnects always resume."""
    keep_alive: _Seconds
    """Seconds (60) after which the client makes itself heard; 0 turns it off."""
    user_name: str
    password: Union[str, bytes]
    credentials: Callable[[str], tuple[str, str]]
    """Called with the URL before each attempt to connect, for user name and password."""
    will: Union[Will, tuple[str, bytes], tuple[str, bytes, int], tuple[str, bytes, int, bool]]
    """The Will Message: ``Will(...)`` or ``(topic, payload, qos, retain)``."""
    session_expiry_interval: _Seconds
    """Seconds that the Session outlives the connection (0)."""
    receive_maximum: int
    maximum_packet_size: int
    topic_alias_maximum: int
    topic_alias_outbound_maximum: int
    request_response_information: bool
    request_problem_information: bool
    user_property: list[tuple[str, str]]
    authenticator: Authenticator
    """Answers an enhanced authentication (MQTT 5.0, 4.12)."""
    authentication_method: str
    """``sans_io.Client`` only, like ``authentication_data``: there you answer yourself."""
    authentication_data: bytes
    manual_acknowledgement: bool
    """Messages of QoS 1 and 2 are acknowledged by ``message.acknowledge()`` and not by themselves."""
    reconnect: bool
    """Whether to reconnect when the connection is lost (True)."""
    reconnect_delay: tuple[float, float]
    """Shortest and longest delay in seconds between attempts; it doubles, with full jitter."""
    connect_retry: bool
    """Whether the very first connection is tried again and again, too (False)."""
    connect_timeout: float
    request_timeout: float
    queue_messages_max: int
    """How many messages may wait for a connection."""
    queue_bytes_max: int
    queue_when_full: str
    """"refuse" (the default), "drop_oldest" or "drop_qos0_first"."""
    in_flight_max: int
    receive_queue_messages_max: int
    """How many messages may wait to be taken from a subscription; beyond it reading pauses, or QoS 0 is dropped."""
    on_message: Callable[[Message], object]
    """Called with each message that no subscription of this client takes: those that a resumed Session brings at once."""
    on_connected: Callable[[Connected], object]
    on_disconnected: Callable[[str, Optional[float]], object]
    """Called with the reason, and the seconds until the next attempt."""
    tls: Union[Tls, bool, None]
    headers: dict[str, str]
    """HTTP headers for WebSocket."""
    seed: int
    """Where random numbers come from, for repeatable tests."""


def tls_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options with TLS as a dict."""
    tls = options.get("tls")
    if isinstance(tls, Tls):
        return {**options, "tls": asdict(tls)}
    if isinstance(tls, bool):
        return {name: value for name, value in options.items() if name != "tls"}
    return options
