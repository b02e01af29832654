"""What all Python-driven tests share: one broker for the whole run, and where things are."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import brokers  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    parser.addoption(
        "--broker",
        default="mosquitto",
        help="the broker to test with: the path of the polymqtt binary, or mosquitto to test the tests themselves",
    )


@pytest.fixture(scope="session")
def broker(request):
    running = brokers.start(request.config.getoption("--broker"))
    yield running
    running.stop()


@pytest.fixture
def topic(request):
    """A topic that no other test uses."""
    return f"test/{os.getpid()}/{next(_numbers)}"


@pytest.fixture
def client_id():
    """Makes Client Identifiers that no other test uses."""
    return lambda: f"c{os.getpid()}n{next(_numbers)}"


@pytest.fixture(scope="session")
def root():
    return ROOT


_numbers = itertools.count()
