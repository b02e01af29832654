"""The agent in Python. See agents.py for the lines that it understands."""

from __future__ import annotations

import sys
import threading

import polymqtt

printing = threading.Lock()


def say(*words) -> None:
    with printing:
        print(*words, flush=True)


class Agent:
    def __init__(self):
        self.clients: dict[str, polymqtt.Client] = {}
        self.broker: polymqtt.Broker | None = None

    def connect(self, name, url, version, client_id):
        self.clients[name] = polymqtt.Client(url, version=int(version), client_id=client_id).connect(timeout=20)
        say("connected", name)

    def subscribe(self, name, topic_filter, qos):
        subscription = self.clients[name].subscribe(topic_filter, int(qos), timeout=20)

        def show():
            for message in subscription:
                payload = bytes(message.payload).hex() or "-"
                say("message", name, message.topic, int(message.qos), int(message.retain), payload)

        threading.Thread(target=show, daemon=True).start()
        say("subscribed", name, int(subscription.reason_codes[0]))

    def publish(self, name, topic, qos, retain, payload):
        body = b"" if payload == "-" else bytes.fromhex(payload)
        self.clients[name].publish(topic, body, qos=int(qos), retain=retain == "1").wait(20)
        say("published", name)

    def disconnect(self, name):
        self.clients.pop(name).disconnect()
        say("disconnected", name)

    def start_broker(self):
        self.broker = polymqtt.Broker(listen=["tcp://127.0.0.1:0", "ws://127.0.0.1:0"])
        say("broker", *self.broker.urls)

    def stop_broker(self):
        self.broker.close()
        say("broker", "stopped")

    def handle(self, words):
        if words[0] == "broker":
            (self.start_broker if words[1] == "start" else self.stop_broker)()
        else:
            getattr(self, words[0])(*words[1:])


agent = Agent()
say("ready python tcp ws")
for line in sys.stdin:
    if line.strip() == "quit":
        break
    try:
        agent.handle(line.split())
    except Exception as error:  # whatever it is, the driver has to hear of it
        say("error", repr(error))
