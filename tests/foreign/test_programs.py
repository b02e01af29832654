"""Foreign clients in other languages: each a program that checks for itself and ends with exit code 0."""

from __future__ import annotations

import os
import subprocess

import pytest

# The first run downloads what the programs are built from.
WAIT_S = 400
pytestmark = pytest.mark.timeout(WAIT_S + 10)


def run(arguments, folder, **environment):
    done = subprocess.run(
        arguments, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=WAIT_S
    )
    print(done.stdout + done.stderr)
    assert done.returncode == 0
    return done.stdout


def test_mqtt_js(broker, root, topic):
    printed = run(["node", "tests/foreign/js/mqttjs.mjs", topic, broker.tcp, broker.ws], root)
    assert printed.count("ok: ") == 20


def test_go_program_of_the_first_steps(broker, root):
    folder = root / "examples/go"
    printed = run(["go", "run", "."], folder, BROKER=broker.tcp, GOFLAGS="-mod=readonly")
    assert "device/7/status: online" in printed
    assert "device/7/temperature: 21.5" in printed


def test_go_client_for_version_5(broker, root, topic):
    folder = root / "tests/foreign/go"
    printed = run(["go", "run", "."], folder, BROKER=broker.tcp, TOPIC=topic, GOFLAGS="-mod=readonly")
    assert printed.count("ok: ") == 4


def test_hivemq_client_for_java(broker, root, topic):
    folder = root / "tests/foreign/java"
    maven = ["mvn", "--quiet", "--batch-mode", "--no-transfer-progress", f"-DbuildDirectory={root}/target/java"]
    # mosquitto of Debian 12 does not always keep within a small Receive Maximum.
    receive_maximum = 3 if broker.ours else 1000
    arguments = f"-Dexec.args={broker.host} {broker.port} {topic} {receive_maximum}"
    printed = run([*maven, "compile", "exec:java", arguments], folder)
    assert printed.count("ok: ") == 7
