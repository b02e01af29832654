"""The project's transcripts of client and broker, step by step, through the public API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from vectors import Case, read, unquote

from polymqtt import UsageError, Will, sans_io

CLIENT_SECONDS = {"connect_timeout_ms", "ping_timeout_ms", "acknowledgement_timeout_ms", "request_timeout_ms"}
CLIENT_NAMES = {"protocol_version": "version", "client_identifier": "client_identifier", "user_name": "user_name"}
CLIENT_TEXTS = {"client_identifier", "user_name"}


def fields(text: str) -> dict[str, str]:
    """key=value pairs, with values in quotes where they are strings."""
    return dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', text))


def publication(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `publish` takes: topic and payload, and the keyword arguments."""
    found = fields(text)
    properties = {"message_expiry_interval": int(v) for k, v in found.items() if k == "message_expiry_interval"}
    arguments: dict[str, Any] = {"qos": int(found["qos"]), "properties": properties}
    return {"topic": unquote(found["topic"]), "payload": bytes.fromhex(found["payload"]), "retain": found["retain"] == "1"}, arguments


class Transcript:
    """Runs the steps of a case; what each brings must be expected."""

    def __init__(self, case: Case) -> None:
        self.now = 0
        self.outputs: list[str] = []
        self.error: UsageError | None = None
        self.machine: Any = self.make([line.partition(" ")[::2] for line in case.all("option")])
        for key, value in case.lines:
            if key == "option":
                continue
            if key == "expect":
                self.expect(*value.partition(" ")[::2])
                continue
            self.finish()
            try:
                self.step(key, value)
            except UsageError as error:
                self.error = error
            self.collect()
        self.finish()

    def make(self, options: list[tuple[str, str]]) -> Any:
        raise NotImplementedError

    def step(self, key: str, value: str) -> None:
        raise NotImplementedError

    def waiting(self) -> dict[str, bytes]:
        raise NotImplementedError

    def take(self, name: str) -> bytes:
        raise NotImplementedError

    def collect(self) -> None:
        while (output := self.machine.poll_output()) is not None:
            if output.kind != "transmit":
                self.outputs.append(self.text(output))

    def text(self, output: sans_io.Output) -> str:
        return str(output) if output.kind in ("connect", "close") else f"event {output}"

    def expect(self, what: str, value: str) -> None:
        if what == "timeout":
            assert self.machine.next_timeout() == (None if value == "none" else int(value))
        elif what == "error":
            assert self.error is not None, "no error"
            assert value in (str(self.error), f"0x{self.error.reason_code or 0:02x}")
            self.error = None
        elif what == "transmit":
            name, _, data = value.partition(" ") if value[0].isupper() else ("", "", value)
            assert self.take(name).hex(" ") == data
            self.collect()
        else:
            assert self.outputs, f"nothing came, expected {what} {value}"
            assert self.outputs.pop(0) == f"{what} {value}".strip()

    def finish(self) -> None:
        assert self.error is None, self.error
        assert self.outputs == []
        assert not any(self.waiting().values())


class ClientTranscript(Transcript):
    machine: sans_io.Client

    def make(self, options: list[tuple[str, str]]) -> sans_io.Client:
        named: dict[str, Any] = {}
        for name, value in options:
            if name in CLIENT_SECONDS:
                named[name.removesuffix("_ms")] = int(value) / 1000
            elif name in CLIENT_TEXTS:
                named[CLIENT_NAMES[name]] = unquote(value)
            elif name == "protocol_version":
                named["version"] = value
            elif name == "password":
                named[name] = bytes.fromhex(value)
            elif name == "will":
                will, arguments = publication(value)
                named[name] = Will(**will, qos=arguments["qos"])
            elif name == "will_delay_interval_s":
                named["will"].properties["will_delay_interval"] = int(value)
            elif name == "authentication":
                method, _, data = value.partition(" ")
                named["authentication_method"] = unquote(method)
                named["authentication_data"] = bytes.fromhex(data) if data else None
            elif name == "acknowledgement":
                named["manual_acknowledgement"] = value == "manual"
            elif name == "reconnect" and value == "never":
                named[name] = False
            elif name == "reconnect":
                low, high, attempts = (int(number) for number in value.split())
                named["reconnect_delay"], named["reconnect_attempts_max"] = (low / 1000, high / 1000), attempts
            elif name == "queue_when_full":
                named[name] = value
            elif name in ("clean_start", "request_response_information", "republish_qos1"):
                named[name] = value == "1"
            else:
                named[name.removesuffix("_s").removesuffix("_bytes")] = int(value)
        return sans_io.Client(**named)

    def step(self, key: str, value: str) -> None:
        client, now = self.machine, self.now
        simple = {"connect": client.connect, "connected": client.handle_connected, "connect_failed": client.handle_connect_failed}
        simple |= {"closed": client.handle_closed, "timeout": client.handle_timeout, "disconnect": client.disconnect}
        if key in simple:
            simple[key](now)
        elif key == "now":
            self.now = int(value)
        elif key == "input":
            client.handle_input(bytes.fromhex(value), now)
        elif key == "publish":
            message, arguments = publication(value)
            client.publish(**message, now=now, **arguments)
        elif key == "request":
            message, arguments = publication(value)
            client.request(message["topic"], message["payload"], now, qos=arguments["qos"])
        elif key == "subscribe":
            topic_filter, _, options = value.rpartition(" ")
            client.subscribe([(unquote(topic_filter), int(fields(options)["qos"]))], now)
        elif key == "unsubscribe":
            client.unsubscribe([unquote(value)], now)
        elif key == "handler":
            client.add_handler(unquote(value))
        elif key == "acknowledge":
            number, code = value.split()
            client.acknowledge(int(number), now, reason_code=int(code, 16))
        elif key == "cancel":
            client.cancel(int(value))
        elif key == "authenticate":
            client.authenticate(bytes.fromhex(value), now)
        elif key == "re_authenticate":
            client.re_authenticate(bytes.fromhex(value), now)
        else:
            pytest.fail(f"unknown step {key}")

    def waiting(self) -> dict[str, bytes]:
        return {"": self.machine.transmit_data()}

    def take(self, name: str) -> bytes:
        data = self.machine.transmit_data()
        self.machine.transmitted(len(data), self.now)
        return data


class BrokerTranscript(Transcript):
    machine: sans_io.Broker

    def make(self, options: list[tuple[str, str]]) -> sans_io.Broker:
        self.connections: dict[str, int] = {}
        named: dict[str, Any] = {"sys_interval_s": 0}
        for name, value in options:
            if name == "ask":
                named[name] = value == "1"
            elif value.startswith('"'):
                named[name] = unquote(value)
            elif name.endswith(("available", "queue_qos_0", "assigned")):
                named[name] = value == "1"
            else:
                named[name] = value if name == "protocol_version_min" else int(value)
        return sans_io.Broker(**named)

    def step(self, key: str, value: str) -> None:
        broker, now = self.machine, self.now
        name, _, rest = value.partition(" ")
        connection = self.connections.get(name, 0)
        if key == "now":
            self.now = int(value)
        elif key == "accept":
            self.connections[name] = broker.accept(now)
        elif key == "input":
            broker.handle_input(connection, bytes.fromhex(rest), now)
        elif key == "closed":
            broker.handle_closed(connection, now)
        elif key == "timeout":
            broker.handle_timeout(now)
        elif key == "shutdown":
            broker.shutdown(now)
        elif key == "publish":
            message, arguments = publication(value)
            broker.publish(**message, now=now, qos=arguments["qos"])
        elif key == "disconnect":
            broker.disconnect(connection, int(rest, 16), now)
        elif key == "accept_connect":
            broker.accept_connect(connection, now, user_name=unquote(rest) if rest else None)
        elif key == "reject_connect":
            broker.reject_connect(connection, int(rest, 16), now)
        elif key == "authenticate":
            kind, _, data = rest.partition(" ")
            if kind == "failure":
                broker.authenticate(connection, now, refuse=int(data, 16))
            else:
                broker.authenticate(connection, now, data=bytes.fromhex(data) if data else None, done=kind == "success")
        else:
            pytest.fail(f"unknown step {key}")

    def text(self, output: sans_io.Output) -> str:
        if output.kind == "close":
            names = {number: name for name, number in self.connections.items()}
            return f"close {names[output['connection']]}"
        return super().text(output)

    def waiting(self) -> dict[str, bytes]:
        return {name: self.machine.transmit_data(number) for name, number in self.connections.items()}

    def take(self, name: str) -> bytes:
        data = self.machine.transmit_data(self.connections[name])
        self.machine.transmitted(self.connections[name], len(data), self.now)
        return data


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in read("client.txt")])
def test_client(case: Case) -> None:
    ClientTranscript(case)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in read("broker.txt")])
def test_broker(case: Case) -> None:
    BrokerTranscript(case)
