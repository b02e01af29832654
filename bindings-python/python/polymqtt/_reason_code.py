"""Reason Codes, from the core's own table."""

from __future__ import annotations

from enum import IntEnum

from . import _polymqtt

ReasonCode = IntEnum("ReasonCode", _polymqtt.REASON_CODES, module=__name__)
ReasonCode.__doc__ = "The result of an operation (MQTT 5.0, 2.4): below 0x80 success, from 0x80 on failure."
