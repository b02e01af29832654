"""Runs the firmware in QEMU, its UART joined to a broker's TCP port, and talks to it: run.py FIRMWARE_ELF BROKER_PROGRAM."""

import subprocess
import sys

import polymqtt

TIMEOUT_S = 30


def start_broker(program):
    broker = subprocess.Popen([program, "broker", "--listen", "tcp://127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    for line in broker.stdout:
        words = line.split()
        if words[:2] == ["listening", "tcp"]:
            return broker, words[2]
    raise SystemExit("the broker does not say where it listens")


def start_firmware(elf, address):
    host, port = address.rsplit(":", 1)
    return subprocess.Popen(
        [
            "qemu-system-arm", "-M", "mps2-an386", "-cpu", "cortex-m4", "-display", "none", "-monitor", "none",
            "-semihosting-config", "enable=on,target=native",
            "-chardev", f"socket,id=uart,host={host},port={port}", "-serial", "chardev:uart", "-kernel", elf,
        ]
    )  # fmt: skip


def exchange(client, messages):
    """Waits until the firmware is there, has it repeat what it is told, and stops it."""
    answers = 0
    for message in messages:
        print(f"{message.topic}: {message.text} (QoS {message.qos})", flush=True)
        assert message.qos == 1
        if message.topic == "firmware/status":
            assert message.text == "online"
        else:
            assert message.text == ("stop" if answers == 20 else f"command {answers}")
            answers += 1
        if answers > 20:
            return
        client.publish("firmware/command", "stop" if answers == 20 else f"command {answers}", qos=1).wait(TIMEOUT_S)


def main():
    elf, program = sys.argv[1:]
    broker, address = start_broker(program)
    firmware = None
    try:
        with polymqtt.Client(f"mqtt://{address}", client_id="python") as client:
            with client.subscribe(["firmware/status", "firmware/answer"], qos=1) as messages:
                firmware = start_firmware(elf, address)
                exchange(client, messages)
                code = firmware.wait(TIMEOUT_S)
        print(f"the firmware has ended with exit code {code}")
        return code
    finally:
        if firmware is not None:
            firmware.kill()
        broker.terminate()
        broker.wait(TIMEOUT_S)


sys.exit(main())
