"""The driver's side of an agent: a small program in one of our languages that does what lines of text tell it.

An agent first says `ready NAME SCHEME...`: the kinds of URL it can connect to. Then, one at a time:

    connect CONNECTION URL 4|5 CLIENT-IDENTIFIER  ->  connected CONNECTION
    subscribe CONNECTION FILTER QOS               ->  subscribed CONNECTION GRANTED-QOS
    publish CONNECTION TOPIC QOS RETAIN HEX       ->  published CONNECTION      (acknowledged, if QoS is 1 or 2)
    disconnect CONNECTION                         ->  disconnected CONNECTION
    broker start                                  ->  broker URL...
    broker stop                                   ->  broker stopped
    quit                                          ->  ends with exit code 0

and at any time, for each message: `message CONNECTION TOPIC QOS RETAIN HEX`. An empty payload is `-`. RETAIN is 0 or 1.
Any other answer begins with `error` and is a failed test.
"""

from __future__ import annotations

import queue
import shlex
import subprocess
import threading
from dataclasses import dataclass

WAIT_S = 30


@dataclass(frozen=True)
class Message:
    topic: str
    qos: int
    retain: bool
    payload: bytes


class Agent:
    """A running agent."""

    def __init__(self, command: str, cwd):
        self.process = subprocess.Popen(
            shlex.split(command), cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._answers: queue.Queue = queue.Queue()
        self._inboxes: dict[str, queue.Queue] = {}
        self._broken: str | None = None
        self.name = command
        threading.Thread(target=self._read, daemon=True).start()
        _, self.name, *self.schemes = self._answer("ready")

    def connect(self, connection: str, url: str, version: int, client_id: str) -> None:
        self._inboxes[connection] = queue.Queue()
        self._ask(f"connect {connection} {url} {version} {client_id}", "connected")

    def subscribe(self, connection: str, topic_filter: str, qos: int) -> int:
        return int(self._ask(f"subscribe {connection} {topic_filter} {qos}", "subscribed")[2])

    def publish(self, connection: str, topic: str, qos: int, retain: bool, payload: bytes) -> None:
        self._ask(f"publish {connection} {topic} {qos} {int(retain)} {payload.hex() or '-'}", "published")

    def disconnect(self, connection: str) -> None:
        self._ask(f"disconnect {connection}", "disconnected")

    def start_broker(self) -> list[str]:
        return self._ask("broker start", "broker")[1:]

    def stop_broker(self) -> None:
        self._ask("broker stop", "broker")

    def message(self, connection: str) -> Message:
        try:
            return self._inboxes[connection].get(timeout=WAIT_S)
        except queue.Empty:
            raise AssertionError(f"{self.name}: no message on {connection} within {WAIT_S} s") from None

    def unread(self) -> list[Message]:
        """What arrived and was not asked for: duplicates, mostly."""
        return [message for inbox in self._inboxes.values() for message in list(inbox.queue)]

    def quit(self) -> None:
        assert self._broken is None, f"{self.name}: {self._broken}"
        self.process.stdin.write("quit\n")
        self.process.stdin.flush()
        try:
            assert self.process.wait(WAIT_S) == 0, f"{self.name}: exit code {self.process.returncode}"
        finally:
            self.process.kill()

    def _ask(self, line: str, expected: str) -> list[str]:
        # Once it has missed an answer, every later one would be taken for an earlier question's.
        assert self._broken is None, f"{self.name}: has failed before: {self._broken}"
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            return self._answer(expected)
        except (AssertionError, OSError) as error:
            self._broken = str(error)
            raise

    def _answer(self, expected: str) -> list[str]:
        try:
            line = self._answers.get(timeout=WAIT_S)
        except queue.Empty:
            raise AssertionError(f"{self.name}: did not say {expected!r} within {WAIT_S} s") from None
        words = line.split()
        assert words and words[0] == expected, f"{self.name}: said {line!r} instead of {expected!r}"
        return words

    def _read(self) -> None:
        for line in self.process.stdout:
            words = line.split()
            if words and words[0] == "message":
                _, connection, topic, qos, retain, payload = words
                body = b"" if payload == "-" else bytes.fromhex(payload)
                self._inboxes[connection].put(Message(topic, int(qos), retain == "1", body))
            else:
                self._answers.put(line)
        self._answers.put(f"(ended with exit code {self.process.wait()})")
