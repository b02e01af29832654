"""mosquitto_pub, mosquitto_sub and mosquitto_rr: what people have in their shells."""

from __future__ import annotations

import subprocess

import pytest

WAIT_S = 20
VERSIONS = {"3.1": "mqttv31", "3.1.1": "mqttv311", "5.0": "mqttv5"}


@pytest.fixture
def run(broker, client_id):
    started = []

    def make(program, version, *arguments, **named):
        where = ["-h", broker.host, "-p", str(broker.port), "-V", VERSIONS[version], "-i", client_id()]
        started.append(
            subprocess.Popen(
                # Without stdbuf, what goes into a pipe is held back until the program ends.
                ["stdbuf", "-oL", program, *where, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **named
            )
        )
        return started[-1]

    yield make
    for process in started:
        process.kill()
        process.wait()


def wait_for(process, text):
    """Reads lines until one holds the text."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"ended without saying {text!r}:\n{''.join(lines)}")


@pytest.mark.parametrize("qos", ["0", "1", "2"])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_one_publishes_the_other_prints(run, topic, version, qos):
    subscriber = run("mosquitto_sub", version, "-d", "-t", topic + "/#", "-q", qos, "-C", "3", "-F", "%t|%q|%r|%p")
    wait_for(subscriber, "Subscribed")
    for number in range(3):
        publisher = run("mosquitto_pub", version, "-t", f"{topic}/{number}", "-m", f"message {number}", "-q", qos)
        assert publisher.wait(WAIT_S) == 0, publisher.stdout.read()
    printed = [line.strip() for line in subscriber.stdout if "|" in line]
    assert subscriber.wait(WAIT_S) == 0
    assert printed == [f"{topic}/{number}|{qos}|0|message {number}" for number in range(3)]


def test_a_file_of_lines_becomes_one_message_a_line(run, topic):
    subscriber = run("mosquitto_sub", "5.0", "-d", "-t", topic, "-q", "1", "-C", "500", "-F", "|%p")
    wait_for(subscriber, "Subscribed")
    publisher = run("mosquitto_pub", "5.0", "-t", topic, "-q", "1", "-l", stdin=subprocess.PIPE)
    publisher.communicate("".join(f"line {number}\n" for number in range(500)), timeout=WAIT_S)
    assert publisher.returncode == 0
    printed = [line.strip() for line in subscriber.stdout if line.startswith("|")]
    assert printed == [f"|line {number}" for number in range(500)]


def test_a_request_gets_its_response(run, topic):
    answering = run("mosquitto_sub", "5.0", "-d", "-t", topic + "/ask", "-C", "1", "-F", "|%R|%D|%p")
    wait_for(answering, "Subscribed")
    asking = run(
        "mosquitto_rr", "5.0", "-t", topic + "/ask", "-e", topic + "/answer", "-m", "what?", "-D", "publish",
        "content-type", "text/plain", "-W", str(WAIT_S),
    )  # fmt: skip
    question = next(line for line in answering.stdout if line.startswith("|")).strip()
    assert question.startswith(f"|{topic}/answer|")
    assert question.endswith("|what?")
    assert run("mosquitto_pub", "5.0", "-t", topic + "/answer", "-m", "that").wait(WAIT_S) == 0
    assert asking.stdout.read().strip() == "that"
    assert asking.wait(WAIT_S) == 0


def test_retained_messages_are_listed_and_removed(run, topic):
    for number in range(5):
        assert run("mosquitto_pub", "3.1.1", "-t", f"{topic}/{number}", "-m", "x", "-r", "-q", "1").wait(WAIT_S) == 0
    listing = run("mosquitto_sub", "3.1.1", "-t", topic + "/+", "--retained-only", "-C", "5", "-F", "%t %r")
    listed, _ = listing.communicate(timeout=WAIT_S)
    assert sorted(listed.split("\n")) == ["", *(f"{topic}/{number} 1" for number in range(5))]
    clearing = run("mosquitto_sub", "3.1.1", "-t", topic + "/+", "--remove-retained", "-W", "1")
    clearing.wait(WAIT_S)
    listing = run("mosquitto_sub", "3.1.1", "-t", topic + "/+", "--retained-only", "-W", "1")
    assert listing.communicate(timeout=WAIT_S)[0].strip() in ("", "Timed out")
