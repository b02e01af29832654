"""The 15 Control Packets as dataclasses. Field names are the standard's."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any, Optional, TypedDict, Union

from ._reason_code import ReasonCode

_SLOTS: dict[str, Any] = {"slots": True} if sys.version_info >= (3, 10) else {}


class Properties(TypedDict, total=False):
    """Properties of MQTT 5.0 by name: a plain ``dict`` that holds those that are present (2.2.2.2)."""

    payload_format_indicator: bool
    message_expiry_interval: int
    content_type: str
    response_topic: str
    correlation_data: bytes
    subscription_identifier: list[int]
    session_expiry_interval: int
    assigned_client_identifier: str
    server_keep_alive: int
    authentication_method: str
    authentication_data: bytes
    request_problem_information: bool
    will_delay_interval: int
    request_response_information: bool
    response_information: str
    server_reference: str
    reason_string: str
    receive_maximum: int
    topic_alias_maximum: int
    topic_alias: int
    maximum_qos: int
    retain_available: bool
    user_property: list[tuple[str, str]]
    maximum_packet_size: int
    wildcard_subscription_available: bool
    subscription_identifier_available: bool
    shared_subscription_available: bool


@dataclass(**_SLOTS)
class Will:
    """The Will Message in a CONNECT (3.1.2.5, 3.1.3.2)."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class Connect:
    """CONNECT (3.1)."""

    client_identifier: str = ""
    clean_start: bool = True
    keep_alive: int = 60
    user_name: Optional[str] = None
    password: Optional[bytes] = None
    will: Optional[Will] = None
    protocol_version: int = 5
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class ConnAck:
    """CONNACK (3.2)."""

    session_present: bool = False
    reason_code: ReasonCode = ReasonCode.SUCCESS
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class Publish:
    """PUBLISH (3.3). An empty ``topic`` stands for a Topic Alias."""

    topic: str = ""
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet_identifier: Optional[int] = None
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class _Acknowledgement:
    packet_identifier: int
    reason_code: ReasonCode = ReasonCode.SUCCESS
    properties: Properties = field(default_factory=Properties)


class PubAck(_Acknowledgement):
    """PUBACK (3.4): the answer to a PUBLISH of QoS 1."""


class PubRec(_Acknowledgement):
    """PUBREC (3.5): QoS 2, part 1."""


class PubRel(_Acknowledgement):
    """PUBREL (3.6): QoS 2, part 2."""


class PubComp(_Acknowledgement):
    """PUBCOMP (3.7): QoS 2, part 3."""


@dataclass(**_SLOTS)
class Subscription:
    """One Topic Filter of a SUBSCRIBE with its options (3.8.3.1)."""

    topic_filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


@dataclass(**_SLOTS)
class Subscribe:
    """SUBSCRIBE (3.8)."""

    packet_identifier: int
    subscriptions: list[Subscription]
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class SubAck:
    """SUBACK (3.9)."""

    packet_identifier: int
    reason_codes: list[ReasonCode]
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class Unsubscribe:
    """UNSUBSCRIBE (3.10)."""

    packet_identifier: int
    topic_filters: list[str]
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class UnsubAck:
    """UNSUBACK (3.11); no Reason Codes in 3.1 and 3.1.1."""

    packet_identifier: int
    reason_codes: list[ReasonCode] = field(default_factory=list)
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class PingReq:
    """PINGREQ (3.12)."""


@dataclass(**_SLOTS)
class PingResp:
    """PINGRESP (3.13)."""


@dataclass(**_SLOTS)
class Disconnect:
    """DISCONNECT (3.14)."""

    reason_code: ReasonCode = ReasonCode.SUCCESS
    properties: Properties = field(default_factory=Properties)


@dataclass(**_SLOTS)
class Auth:
    """AUTH (3.15)."""

    reason_code: ReasonCode = ReasonCode.SUCCESS
    properties: Properties = field(default_factory=Properties)


Packet = Union[
    Connect,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    PingReq,
    PingResp,
    Disconnect,
    Auth,
]
"""Any Control Packet."""
