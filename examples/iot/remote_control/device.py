"""A simulated room with a lamp, a dimmer and a heater, which do what they are asked and answer how it went.

    python device.py ROOM [URL]

- `home/ROOM/about`: which controls it has (retained JSON), so that a page needs to know nothing about rooms
- `home/ROOM/status`: online; the Will Message says offline (retained)
- `home/ROOM/state/CONTROL`: the value of each (retained JSON)
- `home/ROOM/set/CONTROL`: a request with the wanted value; the response is {"value": ..} or {"error": ".."}
"""

from __future__ import annotations

import asyncio
import json
import sys

import polymqtt
import polymqtt.aio

CONTROLS = [
    {"name": "lamp", "kind": "switch"},
    {"name": "brightness", "kind": "slider", "min": 0, "max": 100, "step": 5, "unit": "%"},
    {"name": "heating", "kind": "slider", "min": 5, "max": 30, "step": 0.5, "unit": "°C"},
]
HEATING_MAX = 25


class Room:
    """What the room does. A real device would move a relay here instead of a variable."""

    def __init__(self) -> None:
        self.values = {"lamp": False, "brightness": 60, "heating": 19.5}

    async def set(self, control: str, value: object) -> None:
        """Raises ValueError, with a text for people, when it cannot or will not."""
        if control not in self.values:
            raise ValueError(f"there is no {control!r} here")
        if isinstance(value, bool) != isinstance(self.values[control], bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{value!r} is no value for {control}")
        if control == "heating" and value > HEATING_MAX:
            raise ValueError(f"the heating is limited to {HEATING_MAX} °C")
        await asyncio.sleep(0.15)  # things take their time
        self.values[control] = value


async def main(name: str, url: str) -> None:
    topic = f"home/{name}"
    room = Room()
    will = polymqtt.Will(f"{topic}/status", b"offline", qos=1, retain=True)
    connected = asyncio.Event()

    async with polymqtt.aio.Client(
        url, client_id=f"room-{name}", will=will, connect_retry=True, on_connected=lambda _: connected.set()
    ) as client:

        @client.on(f"{topic}/set/+control", qos=1)
        async def change(request: polymqtt.Message, control: str) -> None:
            try:
                await room.set(control, request.json())
                await client.publish(f"{topic}/state/{control}", json.dumps(room.values[control]), qos=1, retain=True)
                answer = {"value": room.values[control]}
            except ValueError as error:
                answer = {"error": str(error)}
            print(f"{control} = {request.text}: {answer}", flush=True)
            if "response_topic" in request.properties:
                await client.respond(request, json.dumps(answer))

        await client.publish(f"{topic}/about", json.dumps(CONTROLS), qos=1, retain=True)
        for control, value in room.values.items():
            await client.publish(f"{topic}/state/{control}", json.dumps(value), qos=1, retain=True)
        while True:
            # After each connection: the will of the former one may have been published.
            await connected.wait()
            connected.clear()
            await client.publish(f"{topic}/status", "online", qos=1, retain=True)
            print("online", flush=True)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit("usage: device.py ROOM [URL]")
    try:
        asyncio.run(main(*sys.argv[1:], *(["mqtt://localhost:1883"] if len(sys.argv) == 2 else [])))
    except KeyboardInterrupt:
        pass
    except polymqtt.MqttError as error:
        sys.exit(f"device: {error}")
