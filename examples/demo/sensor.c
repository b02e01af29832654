// Measures the kitchen's temperature, and heats when it is told to.
#define _POSIX_C_SOURCE 200809L
#include <polymqtt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(pmq_result result, const char *what) {
    if (result != PMQ_RESULT_OK) {
        fprintf(stderr, "%s: %s\n", what, pmq_last_error());
        exit(1);
    }
}

static void publish(pmq_client *client, const char *topic, const char *text, uint8_t qos, bool retain) {
    pmq_message message = {
        .topic = pmq_str_of(topic), .payload = pmq_bytes_of(text, strlen(text)), .qos = qos, .retain = retain};
    must(pmq_client_publish(client, &message, 10000), topic);
}

int main(void) {
    const char *broker = getenv("BROKER"), *rounds = getenv("ROUNDS");
    long left = rounds == NULL ? 20 : strtol(rounds, NULL, 10);
    pmq_client_options options;
    pmq_client_options_init(&options, sizeof options);
    options.client_identifier = pmq_str_of("sensor");
    options.has_will = true;
    options.will.topic = pmq_str_of("home/kitchen/status");
    options.will.payload = pmq_bytes_of("lost", 4);
    options.will.qos = 1;
    options.will.retain = true;

    pmq_client *client;
    pmq_subscriber *commands;
    pmq_subscription heater = {.filter = pmq_str_of("home/kitchen/heater/set"), .qos = 2};
    must(pmq_client_new(pmq_str_of(broker == NULL ? "mqtt://localhost:1883" : broker), &options, &client), "options");
    must(pmq_client_connect(client, PMQ_FOREVER, NULL), "connect");
    must(pmq_client_subscribe(client, &heater, 1, 10000, NULL, &commands), "subscribe");
    publish(client, "home/kitchen/status", "online", 1, true);

    // The rounds count from the first command on: somebody is there.
    bool is_heating = false, is_controlled = false;
    for (double temperature = 18.0; left > 0; left -= is_controlled ? 1 : 0) {
        char text[32];
        snprintf(text, sizeof text, "%.1f", temperature);
        publish(client, "home/kitchen/temperature", text, 0, false);
        printf("%s degrees, the heater is %s\n", text, is_heating ? "on" : "off");
        fflush(stdout);
        // Half a second until the next measurement, or until somebody wants something.
        pmq_received *command;
        while (pmq_subscriber_receive(commands, 500, &command) == PMQ_RESULT_OK) {
            pmq_message message;
            must(pmq_received_view(command, &message), "message");
            is_controlled = true;
            is_heating = message.payload.len == 2 && memcmp(message.payload.data, "on", 2) == 0;
            pmq_received_free(command);
        }
        temperature += is_heating ? 0.4 : is_controlled ? -0.2 : 0.0;
    }
    publish(client, "home/kitchen/status", "offline", 1, true);
    must(pmq_client_disconnect(client, NULL, 10000), "disconnect");
    pmq_subscriber_free(commands);
    pmq_client_free(client);
    return 0;
}
