"""Brokers as separate programs, each on ports of its own: ours and mosquitto."""

from __future__ import annotations

import queue
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

START_S = 20
ADDRESS = re.compile(r"^listening (?:tcp|ws) \S+ (mqtt|ws)://(\S+)$")


@dataclass
class RunningBroker:
    """A broker that accepts connections."""

    process: subprocess.Popen
    tcp: str
    ws: str
    log: list[str]
    ours: bool

    @property
    def host(self) -> str:
        return urlparse(self.tcp).hostname

    @property
    def port(self) -> int:
        return urlparse(self.tcp).port

    def stop(self) -> None:
        """Ends it as an administrator would, and insists that it goes."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the broker did not end within 10 s of SIGTERM\n" + self.text())
        assert code == 0, f"the broker ended with exit code {code}\n{self.text()}"

    def text(self) -> str:
        return "".join(self.log)


def start(program: str) -> RunningBroker:
    """Starts `mosquitto`, or the polymqtt binary at the given path."""
    return _mosquitto(program) if Path(program).name == "mosquitto" else _polymqtt(program)


def _polymqtt(program: str) -> RunningBroker:
    listeners = ["--listen", "tcp://127.0.0.1:0", "--listen", "ws://127.0.0.1:0"]
    process = _spawn([program, "broker", *listeners, "--store", "memory"])
    log: list[str] = []
    lines = _follow(process, log)
    addresses: dict[str, str] = {}
    deadline = time.monotonic() + START_S
    while len(addresses) < 2:
        line = _next_line(lines, deadline, log)
        if found := ADDRESS.match(line.strip()):
            addresses[found[1]] = found[2]
    return RunningBroker(process, "tcp://" + addresses["mqtt"], "ws://" + addresses["ws"], log, ours=True)


def _mosquitto(program: str) -> RunningBroker:
    # It cannot report a port that the system chose, so one is chosen for it.
    tcp, ws = _free_ports(2)
    folder = tempfile.mkdtemp(prefix="polymqtt-mosquitto-")
    config = Path(folder, "mosquitto.conf")
    config.write_text(
        "allow_anonymous true\nset_tcp_nodelay true\n"
        f"listener {tcp} 127.0.0.1\nlistener {ws} 127.0.0.1\nprotocol websockets\n"
    )
    executable = shutil.which(program) or "/usr/sbin/mosquitto"
    process = _spawn([executable, "-c", str(config)])
    log: list[str] = []
    lines = _follow(process, log)
    deadline = time.monotonic() + START_S
    while "running" not in _next_line(lines, deadline, log):
        pass
    shutil.rmtree(folder)
    return RunningBroker(process, f"tcp://127.0.0.1:{tcp}", f"ws://127.0.0.1:{ws}/mqtt", log, ours=False)


def _spawn(arguments: list[str]) -> subprocess.Popen:
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _follow(process: subprocess.Popen, log: list[str]) -> queue.Queue:
    """Reads for as long as the process lives, so that it never blocks on a full pipe."""
    lines: queue.Queue = queue.Queue()

    def read() -> None:
        for line in process.stdout:
            log.append(line)
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _next_line(lines: queue.Queue, deadline: float, log: list[str]) -> str:
    try:
        line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise AssertionError("the broker did not say where it listens\n" + "".join(log)) from None
    assert line is not None, "the broker ended at once\n" + "".join(log)
    return line


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
