"""MQTT 3.1, 3.1.1 and 5.0: client, broker and codec, on one core written in Rust.

- ``polymqtt.Client``: the blocking client; ``polymqtt.aio.Client``: the one for asyncio.
- ``polymqtt.Broker``: a whole broker inside the process, in memory or on a port.
- ``polymqtt.codec``: Control Packets and their bytes, topic matching.
- ``polymqtt.sans_io``: client and broker as state machines, for a transport and a clock of your own.
"""

from ._answers import Connected
from ._options import Authenticator, ClientOptions, Tls
from ._packets import Properties, Subscription as SubscriptionOptions, Will
from ._reason_code import ReasonCode
from .broker import Broker
from .client import Client, Message, Subscription, Token
from .errors import ConnectionFailed, DecodeError, EncodeError, MqttError, NotDelivered, Refused, TopicError, UsageError

__all__ = [
    "Authenticator",
    "Broker",
    "Client",
    "ClientOptions",
    "Connected",
    "ConnectionFailed",
    "DecodeError",
    "EncodeError",
    "Message",
    "MqttError",
    "NotDelivered",
    "Properties",
    "ReasonCode",
    "Refused",
    "Subscription",
    "SubscriptionOptions",
    "Tls",
    "Token",
    "TopicError",
    "UsageError",
    "Will",
]
