"""What the broker answers."""

from __future__ import annotations

from dataclasses import dataclass

from ._packets import Properties


@dataclass
class Connected:
    """The broker has accepted the connection (MQTT 5.0, 3.2)."""

    session_present: bool
    """Whether the broker continues a Session."""
    properties: Properties
    """The CONNACK properties."""
