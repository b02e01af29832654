"""Every language publishes to every language, through the broker program and through every embedded broker."""

from __future__ import annotations

import pytest
from agents import Agent, Message

# What payloads get wrong: nothing at all, every byte there is, and more than one read from a socket.
PAYLOADS = (b"", bytes(range(256)), b"\xe2\x82\xac" * 30_000, b"end")
# mosquitto needs two seconds to bring the large one to a page.
PAYLOADS_MOSQUITTO = (*PAYLOADS[:2], PAYLOADS[2][:3_000], PAYLOADS[3])

SCHEMES = {"mqtt": "tcp", "tcp": "tcp", "ws": "ws", "port": "port"}

CONNECTIONS = {"send4": 4, "receive4": 4, "send5": 5, "receive5": 5}


class World:
    """A broker, and every agent connected to it: to send and to receive, in both versions."""

    def __init__(self, name, urls, agents):
        self.name = name
        self.agents = {}
        # An agent that cannot reach the broker is missed by its own tests, which then fail; the others go on.
        self.missing = {}
        for agent in agents:
            url = next((url for url in urls if SCHEMES[url.split(":")[0]] in agent.schemes), None)
            try:
                assert url is not None, f"none of {urls} is for {agent.schemes}"
                for connection, version in CONNECTIONS.items():
                    agent.connect(connection, url, version, f"{agent.name}-{connection}")
                self.agents[agent.name] = agent
            except AssertionError as error:
                self.missing[agent.name] = str(error)

    def agent(self, name):
        assert name in self.agents, f"{name} is not connected: {self.missing[name]}"
        return self.agents[name]

    def close(self):
        for agent in self.agents.values():
            for connection in CONNECTIONS:
                agent.disconnect(connection)
            assert agent.unread() == [], f"{agent.name} received more than was sent to it"


class Worlds:
    """One world at a time: tests come sorted by broker."""

    def __init__(self, config, program, cwd):
        self.ours = program.ours
        self._program = program
        self._cwd = cwd
        self._commands = config.matrix_agents
        self._agents = {name: Agent(command, cwd) for name, command in self._commands.items()}
        self._current = None
        self._host = None

    def of(self, broker):
        if self._current is None or self._current.name != broker:
            self._end_current()
            self._current = self._start(broker)
        return self._current

    def close(self):
        self._end_current()
        for agent in self._agents.values():
            agent.quit()

    def _start(self, broker):
        if broker == "program":
            return World(broker, [self._program.tcp.replace("tcp:", "mqtt:"), self._program.ws], self._agents.values())
        if broker == "page":
            page = self._agents["page"]
            self._host = page
            return World(broker, page.start_broker(), [page])
        self._host = Agent(self._commands[broker], self._cwd)
        return World(broker, self._host.start_broker(), self._agents.values())

    def _end_current(self):
        if self._current is None:
            return
        ending, host = self._current, self._host
        self._current = self._host = None
        ending.close()
        if host is not None:
            host.stop_broker()
            if host not in self._agents.values():
                host.quit()


@pytest.fixture(scope="session")
def worlds(request, broker, root):
    worlds = Worlds(request.config, broker, root)
    yield worlds
    worlds.close()


def test_message_arrives_exactly_once_and_unchanged(worlds, cell, record_property):
    broker, sender_name, receiver_name, (sent_with, received_with), qos = cell
    record_property("cell", (broker, sender_name, receiver_name))
    world = worlds.of(broker)
    sender, receiver = world.agent(sender_name), world.agent(receiver_name)
    topic = f"matrix/{sender_name}/{receiver_name}/{sent_with}{received_with}/größe/{qos}"
    granted = receiver.subscribe(f"receive{received_with}", topic, qos)
    assert granted == qos
    payloads = PAYLOADS if worlds.ours else PAYLOADS_MOSQUITTO
    for payload in payloads:
        sender.publish(f"send{sent_with}", topic, qos, False, payload)
    received = [receiver.message(f"receive{received_with}") for _ in payloads]
    assert received == [Message(topic, qos, False, payload) for payload in payloads]
