"""Watches devices: which are online, what they said last, and which have gone quiet although their connection stands.

    python status_monitoring.py [URL]      a live table of devices/#
    python status_monitoring.py --demo     with a broker and three simulated devices; ends by itself

A device publishes `devices/ID/status` (retained: "online"; its Will Message says "offline") and `devices/ID/NAME` with values.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field

import polymqtt

HEARTBEAT_S = 10.0


@dataclass
class Device:
    """What is known about one device."""

    status: str = "unknown"
    values: dict[str, str] = field(default_factory=dict)
    heard_at: float | None = None

    def state(self, now: float, heartbeat_s: float) -> str:
        """Its status; `silent` when it claims to be online but has said nothing for two heartbeats."""
        if self.status == "online" and self.heard_at is not None and now - self.heard_at > 2 * heartbeat_s:
            return "silent"
        return self.status


class Monitor:
    """Follows all devices of a broker; `devices` is always up to date."""

    def __init__(self, client: polymqtt.Client, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.devices: dict[str, Device] = {}
        self.heartbeat_s = heartbeat_s
        client.on("devices/+device/#path", qos=1)(self.take)

    def take(self, message: polymqtt.Message, device: str, path: str) -> None:
        known = self.devices.setdefault(device, Device())
        if path == "status":
            known.status = message.text
        else:
            known.values[path] = message.text
        # A retained message tells what was, not that the device is alive now; then its time begins to run.
        if not message.retain or known.heard_at is None:
            known.heard_at = time.monotonic()

    def states(self) -> dict[str, str]:
        now = time.monotonic()
        return {name: device.state(now, self.heartbeat_s) for name, device in sorted(self.devices.items())}

    def table(self) -> str:
        now = time.monotonic()
        lines = [f"{'device':<12} {'state':<8} {'heard':>6}  values"]
        for name, state in self.states().items():
            device = self.devices[name]
            heard = f"{now - device.heard_at:.0f} s" if device.heard_at is not None else ""
            values = "  ".join(f"{name}={value}" for name, value in sorted(device.values.items()))
            lines.append(f"{name:<12} {state:<8} {heard:>6}  {values}")
        return "\n".join(lines)


def watch(url: str) -> None:
    """Prints the table once a second, in place, until Ctrl-C."""
    with polymqtt.Client(url, client_id="status-monitor", on_disconnected=report) as client:
        monitor = Monitor(client)
        while True:
            print("\x1b[2J\x1b[H" + monitor.table(), flush=True)
            time.sleep(1)


def report(reason: str, again_in_s: float | None) -> None:
    print(f"no connection: {reason}", file=sys.stderr)


# The simulation: three devices, of which one works, one loses power and one hangs.


class SimulatedDevice:
    """Connects, says that it is online, and publishes a value whenever it is told to."""

    def __init__(self, url: str, name: str) -> None:
        self.topic = f"devices/{name}"
        will = polymqtt.Will(f"{self.topic}/status", b"offline", qos=1, retain=True)
        self.client = polymqtt.Client(url, client_id=name, will=will, reconnect=False).connect()
        self.client.publish(f"{self.topic}/status", "online", qos=1, retain=True).wait()

    def measure(self, temperature: float) -> None:
        self.client.publish(f"{self.topic}/temperature", f"{temperature:.1f}", qos=1, retain=True).wait()


def demo() -> None:
    with polymqtt.Broker() as broker:
        devices = {name: SimulatedDevice(broker.url, name) for name in ["boiler", "door", "pump"]}
        for number, device in enumerate(devices.values()):
            device.measure(20 + number)
        with polymqtt.Client(broker.url) as client:
            monitor = Monitor(client, heartbeat_s=0.2)
            expect(monitor, {"boiler": "online", "door": "online", "pump": "online"})

            broker.disconnect("door")  # as when the power fails: without a goodbye, so the broker publishes the will
            working = threading.Event()
            threading.Thread(target=beat, args=(devices["boiler"], working), daemon=True).start()
            expect(monitor, {"boiler": "online", "door": "offline", "pump": "silent"})
            assert monitor.devices["pump"].values == {"temperature": "22.0"}

            devices["pump"].measure(23)
            expect(monitor, {"boiler": "online", "door": "offline", "pump": "online"})
            working.set()
    print("done")


def beat(device: SimulatedDevice, end: threading.Event) -> None:
    while not end.wait(0.05):
        device.measure(20.5)


def expect(monitor: Monitor, states: dict[str, str], timeout_s: float = 20) -> None:
    """Waits until the monitor sees just that."""
    end = time.monotonic() + timeout_s
    while monitor.states() != states:
        if time.monotonic() > end:
            sys.exit(f"expected {states}, but there is\n{monitor.table()}")
        time.sleep(0.01)
    print(monitor.table(), end="\n\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--demo"]:
        demo()
    else:
        try:
            watch(sys.argv[1] if len(sys.argv) > 1 else "mqtt://localhost:1883")
        except KeyboardInterrupt:
            pass
        except polymqtt.MqttError as error:
            sys.exit(f"status_monitoring: {error}")
