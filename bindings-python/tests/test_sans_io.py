"""The state machines, with a link and a clock of the test's own."""

from __future__ import annotations

import pytest

import polymqtt
from polymqtt import ReasonCode, sans_io


class Link:
    """One client and the broker, and the bytes between them."""

    def __init__(self, client: sans_io.Client, broker: sans_io.Broker) -> None:
        self.client, self.broker, self.now = client, broker, 0
        self.connection = -1
        self.events: list[sans_io.Output] = []

    def run(self) -> list[str]:
        """Until nobody has anything to do; gives the texts of the client's events."""
        self.events = []
        moved = True
        while moved:
            moved = False
            while (output := self.client.poll_output()) is not None:
                moved = True
                if output.kind == "connect":
                    self.connection = self.broker.accept(self.now)
                    self.client.handle_connected(self.now)
                elif output.kind not in ("transmit", "close"):
                    self.events.append(output)
            if data := self.client.transmit_data():
                self.client.transmitted(len(data), self.now)
                self.broker.handle_input(self.connection, data, self.now)
                moved = True
            while (output := self.broker.poll_output()) is not None:
                moved = True
                if output.kind == "connect_request":
                    self.broker.reject_connect(output["connection"], ReasonCode.BANNED, self.now)
            if self.connection >= 0 and (data := self.broker.transmit_data(self.connection)):
                self.broker.transmitted(self.connection, len(data), self.now)
                self.client.handle_input(data, self.now)
                moved = True
        return [str(event) for event in self.events]


def test_a_message_goes_round_without_a_socket() -> None:
    link = Link(sans_io.Client(client_identifier="a"), sans_io.Broker())
    link.client.connect(now=0)
    link.run()
    assert link.client.connected
    link.client.subscribe([("t/#", 2)], now=1)
    assert "outcome=subscribed reason_codes=[0x02]" in link.run()[0]
    token = link.client.publish("t/1", "hi", now=2, qos=2)
    texts = link.run()
    assert any(text.startswith(f"settled token={token} outcome=published") for text in texts)
    message = next(event for event in link.events if event.kind == "message")
    assert (message["topic"], message["payload"], message["qos"]) == ("t/1", b"hi", 2)
    assert link.broker.statistics()["publish_received"] == 1


def test_keep_alive_runs_on_the_callers_clock() -> None:
    link = Link(sans_io.Client(client_identifier="a", keep_alive=10), sans_io.Broker())
    link.client.connect(now=0)
    link.run()
    link.now = link.client.next_timeout() or 0
    assert 0 < link.now <= 10_000
    link.client.handle_timeout(link.now)
    assert link.client.transmit_data() == bytes.fromhex("c000")


def test_the_shell_decides_on_a_connect() -> None:
    link = Link(sans_io.Client(client_identifier="a", reconnect=False), sans_io.Broker(ask=True))
    link.client.connect(now=0)
    texts = link.run()
    assert any("cause=refused reason_code=0x8a" in text for text in texts)


def test_misuse_is_an_error() -> None:
    client = sans_io.Client()
    with pytest.raises(polymqtt.UsageError):
        client.acknowledge(7, now=0)
    with pytest.raises(polymqtt.UsageError):
        sans_io.Client(keep_alive=100_000)
    with pytest.raises(polymqtt.TopicError):
        client.publish("+", "", now=0)
