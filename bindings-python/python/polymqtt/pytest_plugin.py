"""A pytest fixture: a broker for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .broker import Broker


@pytest.fixture
def mqtt_broker() -> Iterator[Broker]:
    """A fresh broker on a free loopback port: ``def test_it(mqtt_broker): Client(mqtt_broker.url)``."""
    with Broker() as broker:
        yield broker
