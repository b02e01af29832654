"""An agent built on Eclipse Paho: it shows that the driver itself works, and takes part in the matrix as a stranger."""

from __future__ import annotations

import queue
import sys
import threading
from urllib.parse import urlparse

import paho.mqtt.client as paho

WAIT_S = 20
clients: dict[str, "Connection"] = {}
printing = threading.Lock()


def say(*words) -> None:
    with printing:
        print(*words, flush=True)


class Connection:
    def __init__(self, name, url, version, client_id):
        self.name = name
        self.done = queue.Queue()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version)
        self.client.on_connect = lambda _c, _u, _f, reason, _p: self.done.put(reason)
        self.client.on_subscribe = lambda _c, _u, _m, reasons, _p: self.done.put(reasons[0])
        self.client.on_publish = lambda _c, _u, _m, reason, _p: self.done.put(reason)
        self.client.on_message = lambda _c, _u, message: self.show(message)
        where = urlparse(url)
        self.client.connect(where.hostname, where.port)
        self.client.loop_start()
        self.wait()

    def wait(self):
        reason = self.done.get(timeout=WAIT_S)
        if reason.is_failure:
            raise RuntimeError(str(reason))
        return reason

    def show(self, message):
        say("message", self.name, message.topic, message.qos, int(message.retain), message.payload.hex() or "-")


def handle(command, *words) -> None:
    name = words[0]
    if command == "connect":
        clients[name] = Connection(name, words[1], int(words[2]), words[3])
        say("connected", name)
    elif command == "subscribe":
        clients[name].client.subscribe(words[1], int(words[2]))
        say("subscribed", name, clients[name].wait().value)
    elif command == "publish":
        payload = b"" if words[4] == "-" else bytes.fromhex(words[4])
        clients[name].client.publish(words[1], payload, int(words[2]), words[3] == "1")
        clients[name].wait()
        say("published", name)
    elif command == "disconnect":
        connection = clients.pop(name)
        connection.client.disconnect()
        connection.client.loop_stop()
        say("disconnected", name)
    else:
        say("error", "unknown command", command)


say("ready", sys.argv[1] if len(sys.argv) > 1 else "paho", "tcp")
for line in sys.stdin:
    if line.strip() == "quit":
        break
    try:
        handle(*line.split())
    except Exception as error:  # whatever it is, the driver has to hear of it
        say("error", repr(error))
