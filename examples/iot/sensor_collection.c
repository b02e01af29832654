// A gateway that collects sensors and publishes what they measure. One thread, no callbacks.
//
//   gateway/NAME/SENSOR    the last value, retained, QoS 1: {"value":21.5,"unit":"C"}
//   gateway/NAME/status    online, offline or (by the will) lost; retained, QoS 1
//   gateway/NAME/command   to us: `interval MS` or `stop`
//
// Without a connection the values wait in the library, the oldest give way when there are too many. Environment: BROKER
// (default mqtt://localhost:1883), GATEWAY (default: attic).
//
//   cc sensor_collection.c -lmqtt -lpthread -lm -ldl
#define _POSIX_C_SOURCE 200809L
#include <polymqtt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 10000, INTERVAL_MS_MIN = 10 };

typedef struct {
    const char *name, *unit;
    double value, step;
} sensor;

typedef struct {
    const char *name;
    pmq_client *client;
    pmq_subscriber *commands;
    uint64_t interval_ms;
    bool is_stopping;
} gateway;

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

// A real one asks its bus here.
static double measure(sensor *from) {
    from->step = from->value > 25 ? -0.3 : from->value < 18 ? 0.3 : from->step;
    return from->value += from->step;
}

// Publishes a retained value below our topic and does not wait.
static void publish(gateway *self, const char *what, const char *text) {
    char topic[128];
    snprintf(topic, sizeof topic, "gateway/%s/%s", self->name, what);
    pmq_message message = {.topic = pmq_str_of(topic),
                           .payload = pmq_bytes_of(text, strlen(text)),
                           .qos = 1,
                           .retain = true};
    if (pmq_client_publish(self->client, &message, 0) != PMQ_RESULT_OK) {
        fprintf(stderr, "%s: %s\n", topic, pmq_last_error());
    }
}

static void obey(gateway *self, pmq_str command) {
    char text[64];
    unsigned long interval_ms;
    snprintf(text, sizeof text, "%.*s", (int)command.len, command.data);
    if (strcmp(text, "stop") == 0) {
        self->is_stopping = true;
    } else if (sscanf(text, "interval %lu", &interval_ms) == 1 && interval_ms >= INTERVAL_MS_MIN) {
        self->interval_ms = interval_ms;
        printf("measuring every %lu ms\n", interval_ms);
    } else {
        fprintf(stderr, "unknown command: %s\n", text);
    }
}

// Waits for commands until it is time to measure again.
static void wait_until(gateway *self, uint64_t at_ms) {
    for (uint64_t now = now_ms(); now < at_ms && !self->is_stopping; now = now_ms()) {
        pmq_received *received;
        pmq_message message;
        if (pmq_subscriber_receive(self->commands, (uint32_t)(at_ms - now), &received) == PMQ_RESULT_OK) {
            pmq_received_view(received, &message);
            pmq_str text = {(const char *)message.payload.data, message.payload.len};
            obey(self, text);
            pmq_received_free(received);
        }
    }
}

static pmq_result start(gateway *self, const char *broker) {
    char status[128], commands[128];
    snprintf(status, sizeof status, "gateway/%s/status", self->name);
    snprintf(commands, sizeof commands, "gateway/%s/command", self->name);
    pmq_client_options options;
    pmq_client_options_init(&options, sizeof options);
    options.client_identifier = pmq_str_of(self->name);
    // Commands that come while we are away wait for us for an hour.
    options.clean_start = false;
    options.session_expiry_interval_s = 3600;
    options.connect_retry = true;
    options.queue_messages_max = 1000;
    options.queue_when_full = PMQ_WHEN_FULL_DROP_OLDEST;
    options.has_will = true;
    options.will.topic = pmq_str_of(status);
    options.will.payload = pmq_bytes_of("lost", 4);
    options.will.qos = 1;
    options.will.retain = true;
    pmq_result result = pmq_client_new(pmq_str_of(broker), &options, &self->client);
    if (result == PMQ_RESULT_OK) {
        result = pmq_client_connect(self->client, PMQ_FOREVER, NULL);
    }
    if (result == PMQ_RESULT_OK) {
        pmq_subscription filter = {.filter = pmq_str_of(commands), .qos = 1};
        result = pmq_client_subscribe(self->client, &filter, 1, WAIT_MS, NULL, &self->commands);
    }
    return result;
}

// Says good-bye when everything has arrived.
static pmq_result stop(gateway *self) {
    char topic[128];
    snprintf(topic, sizeof topic, "gateway/%s/status", self->name);
    pmq_message offline = {
        .topic = pmq_str_of(topic), .payload = pmq_bytes_of("offline", 7), .qos = 1, .retain = true};
    pmq_result result = pmq_client_publish(self->client, &offline, WAIT_MS);
    return result == PMQ_RESULT_OK ? pmq_client_disconnect(self->client, NULL, WAIT_MS) : result;
}

int main(void) {
    const char *broker = getenv("BROKER"), *name = getenv("GATEWAY");
    gateway self = {.name = name == NULL ? "attic" : name, .interval_ms = 1000};
    sensor sensors[] = {
        {"temperature", "C", 21.0, 0.2}, {"cellar_temperature", "C", 18.5, 0.1}, {"power", "kW", 19.0, 0.3}};
    pmq_result result = start(&self, broker == NULL ? "mqtt://localhost:1883" : broker);
    if (result == PMQ_RESULT_OK) {
        printf("collecting as %s\n", self.name);
        fflush(stdout);
        publish(&self, "status", "online");
        for (uint64_t next_ms = now_ms(); !self.is_stopping; wait_until(&self, next_ms += self.interval_ms)) {
            for (size_t i = 0; i < sizeof sensors / sizeof *sensors; i++) {
                char value[64];
                snprintf(value, sizeof value, "{\"value\":%.1f,\"unit\":\"%s\"}", measure(&sensors[i]), sensors[i].unit);
                publish(&self, sensors[i].name, value);
            }
        }
        result = stop(&self);
    }
    if (result != PMQ_RESULT_OK) {
        fprintf(stderr, "%s: %s\n", self.name, pmq_last_error());
    }
    pmq_subscriber_free(self.commands);
    pmq_client_free(self.client);
    return result == PMQ_RESULT_OK ? 0 : 1;
}
