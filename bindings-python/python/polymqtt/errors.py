"""Exceptions. All are MqttError; those that come from the other side carry its Reason Code."""

from __future__ import annotations

from typing import Optional

from ._reason_code import ReasonCode

__all__ = ["ConnectionFailed", "DecodeError", "EncodeError", "MqttError", "NotDelivered", "Refused", "TopicError", "UsageError"]


class MqttError(Exception):
    """Something in MQTT went wrong.

    ``reason_code`` is the Reason Code where there is one (MQTT 5.0, 2.4), ``statement`` the sentence of the standard that was broken, such as
    ``MQTT-4.7.1-1``, where one was.
    """

    def __init__(
        self, message: str, *, reason_code: Optional[int] = None, statement: Optional[str] = None
    ) -> None:
        super().__init__(message)
        self.reason_code = None if reason_code is None else ReasonCode(reason_code)
        self.statement = statement


class DecodeError(MqttError):
    """Bytes that are not MQTT. ``reason_code`` says what a receiver answers."""


class EncodeError(MqttError, ValueError):
    """A packet that cannot be put into bytes."""


class TopicError(MqttError, ValueError):
    """Not a valid Topic Name, Topic Filter or pattern (MQTT 5.0, 4.7)."""


class UsageError(MqttError, ValueError):
    """The call or an option makes no sense; the message says what to do."""


class ConnectionFailed(MqttError, ConnectionError):
    """There is no connection: it could not be made, was refused, or is lost for good."""


class Refused(MqttError):
    """The other side, or a limit on this side, refused the operation."""


class NotDelivered(MqttError):
    """The message expired, had to leave the full queue, was cancelled, or the broker lost the Session that it belonged to."""
