// Eclipse Paho's client for MQTT 5.0 in Go, with its automatic reconnecting. Prints one line a check.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

var topic = os.Getenv("TOPIC")

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	messages := make(chan *paho.Publish, 100)
	manager := connect(ctx, messages)

	subscriptions := []paho.SubscribeOptions{{Topic: topic + "/#", QoS: 2}}
	granted, err := manager.Subscribe(ctx, &paho.Subscribe{Subscriptions: subscriptions})
	check(err)
	require(len(granted.Reasons) == 1 && granted.Reasons[0] == 2, "granted %v", granted.Reasons)

	for qos := byte(0); qos <= 2; qos++ {
		carries(ctx, manager, messages, qos)
		fmt.Printf("ok: QoS %d\n", qos)
	}
	properties(ctx, manager, messages)
	fmt.Println("ok: properties")
	check(manager.Disconnect(ctx))
}

func connect(ctx context.Context, messages chan<- *paho.Publish) *autopaho.ConnectionManager {
	broker, err := url.Parse(os.Getenv("BROKER"))
	check(err)
	received := func(received paho.PublishReceived) (bool, error) {
		messages <- received.Packet
		return true, nil
	}
	manager, err := autopaho.NewConnection(ctx, autopaho.ClientConfig{
		ServerUrls:                    []*url.URL{broker},
		KeepAlive:                     20,
		CleanStartOnInitialConnection: true,
		OnConnectError:                func(err error) { fmt.Fprintln(os.Stderr, err) },
		ClientConfig: paho.ClientConfig{
			ClientID:          "autopaho",
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){received},
		},
	})
	check(err)
	check(manager.AwaitConnection(ctx))
	return manager
}

func carries(ctx context.Context, manager *autopaho.ConnectionManager, messages <-chan *paho.Publish, qos byte) {
	for number := range 50 {
		payload := bytes.Repeat([]byte{byte(number)}, number*100)
		_, err := manager.Publish(ctx, &paho.Publish{Topic: topic + "/data", QoS: qos, Payload: payload})
		check(err)
	}
	for number := range 50 {
		message := next(ctx, messages)
		payload := bytes.Repeat([]byte{byte(number)}, number*100)
		require(bytes.Equal(message.Payload, payload), "message %d of QoS %d differs", number, qos)
		require(message.QoS == qos, "QoS %d instead of %d", message.QoS, qos)
	}
}

func properties(ctx context.Context, manager *autopaho.ConnectionManager, messages <-chan *paho.Publish) {
	sent := &paho.PublishProperties{ContentType: "text/plain", ResponseTopic: "back", CorrelationData: []byte{0, 1}}
	sent.User.Add("key", "value")
	_, err := manager.Publish(ctx, &paho.Publish{Topic: topic + "/p", QoS: 1, Payload: []byte("x"), Properties: sent})
	check(err)
	got := next(ctx, messages).Properties
	require(got.ContentType == "text/plain" && got.ResponseTopic == "back", "properties %+v", got)
	require(bytes.Equal(got.CorrelationData, []byte{0, 1}) && got.User.Get("key") == "value", "properties %+v", got)
}

func next(ctx context.Context, messages <-chan *paho.Publish) *paho.Publish {
	select {
	case message := <-messages:
		return message
	case <-ctx.Done():
		check(ctx.Err())
		return nil
	}
}

func require(holds bool, format string, arguments ...any) {
	if !holds {
		check(fmt.Errorf(format, arguments...))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
