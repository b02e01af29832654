"""Control Packets as dataclasses, their bytes, and topics.

A packet's fields have the names that the standard gives them. ``decode`` makes packets from bytes, ``encode`` bytes from packets; both
are the Rust core's. MQTT 3.1, 3.1.1 and 5.0: the version is an argument everywhere, ``5`` unless told.

>>> from polymqtt import codec
>>> codec.encode(codec.Publish(topic="a/b", payload=b"hi"), version=4).hex(" ")
'30 07 00 03 61 2f 62 68 69'
>>> codec.matches("a/+", "a/b")
True
"""

from __future__ import annotations

from ._packets import (
    Auth,
    ConnAck,
    Connect,
    Disconnect,
    Packet,
    PingReq,
    PingResp,
    Properties,
    PubAck,
    PubComp,
    Publish,
    PubRec,
    PubRel,
    SubAck,
    Subscribe,
    Subscription,
    UnsubAck,
    Unsubscribe,
    Will,
)
from ._polymqtt import Decoder, canonical_text, decode, encode, encoded_len, match_pattern, matches

__all__ = [
    "Auth",
    "ConnAck",
    "Connect",
    "Decoder",
    "Disconnect",
    "Packet",
    "PingReq",
    "PingResp",
    "Properties",
    "PubAck",
    "PubComp",
    "PubRec",
    "PubRel",
    "Publish",
    "SubAck",
    "Subscribe",
    "Subscription",
    "UnsubAck",
    "Unsubscribe",
    "Will",
    "canonical_text",
    "decode",
    "encode",
    "encoded_len",
    "match_pattern",
    "matches",
]
