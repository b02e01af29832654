"""Compares the temperature with the target, and switches the heater."""

import os

import polymqtt

MARGIN = 0.2

broker = os.environ.get("BROKER", "mqtt://localhost:1883")
target = None
heater = None

with polymqtt.Client(broker, client_id="controller") as client:
    with client.subscribe(["home/kitchen/temperature", "home/kitchen/target", "home/kitchen/status"], qos=1) as house:
        print("waiting for a temperature and a target")
        for message in house:
            text = message.text
            if message.topic.endswith("/status"):
                if text == "offline" and not message.retain:
                    break
            elif message.topic.endswith("/target"):
                target = float(text)
                print(f"the target is {target} degrees")
            elif target is not None:
                temperature = float(text)
                wanted = heater
                if temperature < target - MARGIN:
                    wanted = "on"
                elif temperature > target + MARGIN or heater is None:
                    wanted = "off"
                if wanted != heater:
                    heater = wanted
                    print(f"{temperature} degrees: heater {heater}")
                    client.publish("home/kitchen/heater/set", heater, qos=2).wait()
    print("the sensor has gone")
