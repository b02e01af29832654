// The C program of the matrix: does what the lines on its standard input say. agents.py describes them.
#define _POSIX_C_SOURCE 200809L
#include <polymqtt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MAX = 16, WAIT_MS = 20000, LINE_BYTES_MAX = 4 * 1024 * 1024 };

typedef struct {
    char name[64];
    pmq_client *client;
} connection;

static connection connections[CONNECTIONS_MAX];
static pmq_broker *broker;
static pthread_mutex_t printing = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *word, const char *rest) {
    pthread_mutex_lock(&printing);
    printf("%s %s\n", word, rest);
    fflush(stdout);
    pthread_mutex_unlock(&printing);
}

static void on_message(void *user_data, const pmq_message *message, const pmq_received *received) {
    (void)received;
    pthread_mutex_lock(&printing);
    printf("message %s %.*s %d %d ", ((connection *)user_data)->name, (int)message->topic.len, message->topic.data,
           message->qos, message->retain);
    for (size_t i = 0; i < message->payload.len; i++) {
        printf("%02x", message->payload.data[i]);
    }
    printf("%s\n", message->payload.len == 0 ? "-" : "");
    fflush(stdout);
    pthread_mutex_unlock(&printing);
}

// The connection with this name; NULL asks for a free place.
static connection *find(const char *name) {
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (name == NULL ? connections[i].client == NULL
                         : connections[i].client != NULL && strcmp(connections[i].name, name) == 0) {
            return &connections[i];
        }
    }
    return NULL;
}

static pmq_result do_connect(char **words) {
    connection *place = find(NULL);
    pmq_client_options options;
    if (place == NULL) {
        return PMQ_RESULT_LIMIT;
    }
    pmq_client_options_init(&options, sizeof options);
    options.protocol_version = words[3][0] == '5' ? PMQ_PROTOCOL_VERSION_V50 : PMQ_PROTOCOL_VERSION_V311;
    options.client_identifier = pmq_str_of(words[4]);
    pmq_result result = pmq_client_new(pmq_str_of(words[2]), &options, &place->client);
    if (result != PMQ_RESULT_OK) {
        return result;
    }
    snprintf(place->name, sizeof place->name, "%s", words[1]);
    result = pmq_client_connect(place->client, WAIT_MS, NULL);
    if (result != PMQ_RESULT_OK) {
        pmq_client_free(place->client);
        place->client = NULL;
        return result;
    }
    say("connected", words[1]);
    return result;
}

static pmq_result do_subscribe(connection *on, char **words) {
    pmq_subscription subscription = {.filter = pmq_str_of(words[2]), .qos = (uint8_t)atoi(words[3])};
    uint8_t granted;
    pmq_result result = pmq_client_subscribe_callback(on->client, &subscription, 1, on_message, on, WAIT_MS, &granted);
    if (result == PMQ_RESULT_OK) {
        char answer[128];
        snprintf(answer, sizeof answer, "%s %d", on->name, granted);
        say("subscribed", answer);
    }
    return result;
}

static pmq_result do_publish(connection *on, char **words) {
    const char *hex = strcmp(words[5], "-") == 0 ? "" : words[5];
    size_t len = strlen(hex) / 2;
    uint8_t *payload = malloc(len + 1);
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        sscanf(hex + 2 * i, "%2x", &byte);
        payload[i] = (uint8_t)byte;
    }
    pmq_message message = {
        .topic = pmq_str_of(words[2]),
        .qos = (uint8_t)atoi(words[3]),
        .retain = words[4][0] == '1',
        .payload = pmq_bytes_of(payload, len),
    };
    pmq_result result = pmq_client_publish(on->client, &message, WAIT_MS);
    free(payload);
    if (result == PMQ_RESULT_OK) {
        say("published", on->name);
    }
    return result;
}

static pmq_result do_disconnect(connection *on) {
    pmq_result result = pmq_client_disconnect(on->client, NULL, WAIT_MS);
    pmq_client_free(on->client);
    on->client = NULL;
    if (result == PMQ_RESULT_OK) {
        say("disconnected", on->name);
    }
    return result;
}

static pmq_result do_broker(char **words) {
    if (strcmp(words[1], "stop") == 0) {
        pmq_broker_stop(broker);
        broker = NULL;
        say("broker", "stopped");
        return PMQ_RESULT_OK;
    }
    pmq_str listen[] = {pmq_str_of("tcp://127.0.0.1:0"), pmq_str_of("ws://127.0.0.1:0")}, url;
    pmq_broker_options options = {.struct_size = sizeof options, .listen = listen, .listen_count = 2};
    pmq_result result = pmq_broker_start(&options, &broker);
    char urls[512] = "";
    for (size_t i = 0; result == PMQ_RESULT_OK && pmq_broker_url(broker, i, &url) == PMQ_RESULT_OK; i++) {
        snprintf(urls + strlen(urls), sizeof urls - strlen(urls), " %.*s", (int)url.len, url.data);
    }
    if (result == PMQ_RESULT_OK) {
        say("broker", urls + 1);
    }
    return result;
}

static pmq_result handle(char **words, int count) {
    if (strcmp(words[0], "connect") == 0 && count == 5) {
        return do_connect(words);
    }
    if (strcmp(words[0], "broker") == 0 && count == 2) {
        return do_broker(words);
    }
    connection *on = count > 1 ? find(words[1]) : NULL;
    if (on == NULL) {
        return PMQ_RESULT_UNKNOWN;
    }
    if (strcmp(words[0], "subscribe") == 0 && count == 4) {
        return do_subscribe(on, words);
    }
    if (strcmp(words[0], "publish") == 0 && count == 6) {
        return do_publish(on, words);
    }
    return strcmp(words[0], "disconnect") == 0 ? do_disconnect(on) : PMQ_RESULT_UNKNOWN;
}

int main(void) {
    char *line = malloc(LINE_BYTES_MAX);
    say("ready", "c tcp ws");
    while (fgets(line, LINE_BYTES_MAX, stdin) != NULL) {
        char *words[8], *rest = NULL;
        int count = 0;
        for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < 8; word = strtok_r(NULL, " \n", &rest)) {
            words[count++] = word;
        }
        if (count == 0) {
            continue;
        }
        if (strcmp(words[0], "quit") == 0) {
            break;
        }
        pmq_result result = handle(words, count);
        if (result != PMQ_RESULT_OK) {
            char answer[512];
            snprintf(answer, sizeof answer, "%s: %s", pmq_strerror(result), pmq_last_error());
            say("error", answer);
        }
    }
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        pmq_client_free(connections[i].client);
    }
    pmq_broker_stop(broker);
    free(line);
    return 0;
}
