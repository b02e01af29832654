"""Enhanced authentication, with the broker as a state machine behind a real socket."""

from __future__ import annotations

import socket
import threading
from typing import Optional

import pytest

import polymqtt
from polymqtt import Client, sans_io


class Multiply:
    """A method for this test: the broker sends a number, the client answers with its double."""

    method = "MULTIPLY"

    def __init__(self, factor: int) -> None:
        self.factor = factor
        self.finished: Optional[bytes] = None

    def start(self) -> Optional[bytes]:
        return b"hello"

    def respond(self, data: bytes) -> Optional[bytes]:
        return str(int(data) * self.factor).encode()

    def finish(self, data: Optional[bytes]) -> bool:
        self.finished = data
        return data == b"welcome"


def serve(listener: socket.socket) -> None:
    """One connection of a broker that asks for twice 21."""
    broker = sans_io.Broker(ask=True)
    stream, _ = listener.accept()
    connection = broker.accept(0)
    with stream:
        while data := stream.recv(4096):
            broker.handle_input(connection, data, 0)
            closes = False
            while (output := broker.poll_output()) is not None:
                if output.kind == "connect_request":
                    assert output["authentication_method"] == "MULTIPLY"
                    assert output["authentication_data"] == b"hello"
                    broker.authenticate(connection, 0, data=b"21")
                elif output.kind == "authentication" and output["authentication_data"] == b"42":
                    broker.authenticate(connection, 0, data=b"welcome", done=True)
                elif output.kind == "authentication":
                    broker.authenticate(connection, 0, refuse=polymqtt.ReasonCode.NOT_AUTHORIZED)
                closes |= output.kind == "close"
            data = broker.transmit_data(connection)
            stream.sendall(data)
            broker.transmitted(connection, len(data), 0)
            if closes:
                return


@pytest.fixture
def url() -> str:
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    return f"mqtt://127.0.0.1:{listener.getsockname()[1]}"


def test_a_challenge_is_answered(url: str) -> None:
    authenticator = Multiply(2)
    with Client(url, authenticator=authenticator, reconnect=False) as client:
        assert client.connected
    assert authenticator.finished == b"welcome"


def test_a_wrong_answer_is_refused(url: str) -> None:
    with pytest.raises(polymqtt.ConnectionFailed) as caught:
        Client(url, authenticator=Multiply(3), reconnect=False).connect(10)
    assert caught.value.reason_code is polymqtt.ReasonCode.NOT_AUTHORIZED


def test_a_method_without_an_authenticator_is_refused() -> None:
    with pytest.raises(polymqtt.UsageError, match="give an authenticator"):
        Client(authentication_method="MULTIPLY")
