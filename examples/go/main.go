// The first steps with MQTT from Go, with Eclipse Paho's client for MQTT 3.1.1, against a polymqtt broker:
//
//	polymqtt broker &
//	go run .
//
// The environment variable BROKER names another broker than tcp://localhost:1883.
package main

import (
	"fmt"
	"os"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

func main() {
	broker := os.Getenv("BROKER")
	if broker == "" {
		broker = "tcp://localhost:1883"
	}
	messages := make(chan mqtt.Message, 10)
	show := func(_ mqtt.Client, message mqtt.Message) { messages <- message }

	options := mqtt.NewClientOptions()
	options.AddBroker(broker)
	options.SetClientID("go_client")
	client := mqtt.NewClient(options)
	wait("connect", client.Connect())

	// One filter, and several at once. "device/#/error" is not a filter: # stands only at the end.
	wait("subscribe", client.Subscribe("device/+/status", 1, show))
	filters := map[string]byte{"device/+/temperature": 0, "alerts/#": 2}
	wait("subscribe to several", client.SubscribeMultiple(filters, show))

	wait("publish", client.Publish("device/7/status", 1, false, "online"))
	wait("publish", client.Publish("device/7/temperature", 0, false, "21.5"))
	wait("publish", client.Publish("alerts/device/7/overheating", 2, false, "shut down"))

	for range 3 {
		select {
		case message := <-messages:
			fmt.Printf("%s: %s\n", message.Topic(), message.Payload())
		case <-time.After(10 * time.Second):
			fail("wait for a message", fmt.Errorf("none came"))
		}
	}
	client.Disconnect(250)
}

func wait(what string, token mqtt.Token) {
	if !token.WaitTimeout(10 * time.Second) {
		fail(what, fmt.Errorf("no answer"))
	}
	if token.Error() != nil {
		fail(what, token.Error())
	}
}

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "could not %s: %v\n", what, err)
	os.Exit(1)
}
