package foreign;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** HiveMQ's client, 3.1.1 and 5.0. Prints one line a check; arguments: host, port, topic, Receive Maximum. */
public final class HiveMq {
    private static final int MESSAGES = 50;
    private static final int WAIT_S = 10;

    private HiveMq() {}

    public static void main(String[] arguments) {
        int code = 1;
        try {
            run(arguments);
            code = 0;
        } catch (Exception | AssertionError failure) {
            failure.printStackTrace();
        }
        // The client's event loops are not daemons and would keep the program alive.
        System.exit(code);
    }

    private static void run(String[] arguments) throws Exception {
        var builder = MqttClient.builder().serverHost(arguments[0]).serverPort(Integer.parseInt(arguments[1]));
        String topic = arguments[2];
        version3(builder.identifier("hivemq3").useMqttVersion3().buildBlocking(), topic + "/3");
        version5(builder.identifier("hivemq5").useMqttVersion5().buildBlocking(), topic + "/5",
            Integer.parseInt(arguments[3]));
    }

    private static void version3(Mqtt3BlockingClient client, String topic) throws Exception {
        client.connect();
        try (var received = client.publishes(MqttGlobalPublishFilter.SUBSCRIBED)) {
            client.subscribeWith().topicFilter(topic + "/#").qos(MqttQos.EXACTLY_ONCE).send();
            for (MqttQos qos : MqttQos.values()) {
                for (int number = 0; number < MESSAGES; number++) {
                    client.publishWith().topic(topic + "/data").qos(qos).payload(payload(number)).send();
                }
                for (int number = 0; number < MESSAGES; number++) {
                    Mqtt3Publish message = received.receive(WAIT_S, TimeUnit.SECONDS).orElseThrow();
                    require(Arrays.equals(message.getPayloadAsBytes(), payload(number)), "payload " + number);
                    require(message.getQos() == qos, "QoS");
                }
                System.out.println("ok: 3.1.1, QoS " + qos.getCode());
            }
        }
        client.disconnect();
    }

    private static void version5(Mqtt5BlockingClient client, String topic, int window) throws Exception {
        client.connectWith().restrictions().receiveMaximum(window).topicAliasMaximum(5).applyRestrictions().send();
        try (var received = client.publishes(MqttGlobalPublishFilter.SUBSCRIBED)) {
            client.subscribeWith().topicFilter(topic + "/#").qos(MqttQos.EXACTLY_ONCE).send();
            for (MqttQos qos : MqttQos.values()) {
                // This client throws away messages of QoS 0 that would not fit into its Receive Maximum.
                int batch = qos == MqttQos.AT_MOST_ONCE ? 1 : MESSAGES;
                for (int first = 0; first < MESSAGES; first += batch) {
                    for (int number = first; number < first + batch; number++) {
                        client.publishWith().topic(topic + "/data").qos(qos).payload(payload(number)).send();
                    }
                    for (int number = first; number < first + batch; number++) {
                        check(received.receive(WAIT_S, TimeUnit.SECONDS).orElseThrow(), number, qos);
                    }
                }
                System.out.println("ok: 5.0, QoS " + qos.getCode());
            }
            client.publishWith().topic(topic + "/p").contentType("text/plain").userProperties()
                .add("key", "value").applyUserProperties().send();
            Mqtt5Publish message = received.receive(WAIT_S, TimeUnit.SECONDS).orElseThrow();
            require(message.getContentType().orElseThrow().toString().equals("text/plain"), "content type");
            require(message.getUserProperties().asList().size() == 1, "user properties");
            System.out.println("ok: properties");
        }
        client.disconnect();
    }

    private static void check(Mqtt5Publish message, int number, MqttQos qos) {
        require(Arrays.equals(message.getPayloadAsBytes(), payload(number)), "payload " + number);
        require(message.getQos() == qos, "QoS");
    }

    private static byte[] payload(int number) {
        byte[] payload = new byte[number * 100];
        Arrays.fill(payload, (byte) number);
        return payload;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what + " is not what was sent");
        }
    }
}
