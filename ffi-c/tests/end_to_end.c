// Clients with connections of their own through a broker in the same program.
#include "check.h"

#include <stdatomic.h>

CHECK_MAIN

enum { WAIT_MS = 10000 };

static atomic_int connects, disconnects, callbacks;
static char last_topic[64], last_capture[64];

static void on_connected(void *user_data, bool session_present) {
    CHECK(user_data == &connects && !session_present);
    atomic_fetch_add(&connects, 1);
}

static void on_disconnected(void *user_data, const pmq_disconnected *disconnected) {
    CHECK(user_data == &connects && disconnected->cause == PMQ_CAUSE_SERVER_DISCONNECTED);
    CHECK(disconnected->reason_code == 0x98);
    atomic_fetch_add(&disconnects, 1);
}

// Answers each message from inside the callback.
static void on_message(void *user_data, const pmq_message *message, const pmq_received *received) {
    pmq_client *client = user_data;
    pmq_str capture;
    CHECK_OK(pmq_received_capture(received, pmq_str_of("room"), &capture));
    CHECK_RESULT(pmq_received_capture(received, pmq_str_of("nothing"), &capture), PMQ_RESULT_NONE);
    snprintf(last_topic, sizeof last_topic, "%.*s", (int)message->topic.len, message->topic.data);
    snprintf(last_capture, sizeof last_capture, "%.*s", (int)capture.len, capture.data);
    pmq_message answer = {.topic = pmq_str_of("answer"), .payload = message->payload, .qos = 1};
    CHECK_OK(pmq_client_publish(client, &answer, WAIT_MS));
    atomic_fetch_add(&callbacks, 1);
}

static uint8_t authenticate(void *user_data, const pmq_login *login) {
    CHECK(user_data == &connects && login->peer.len > 0);
    return str_is(login->user_name, "ann") && bytes_are(login->password, "secret") ? 0 : 0x86;
}

static bool authorize(void *user_data, const pmq_action *action) {
    CHECK(user_data == &connects && str_is(action->user_name, "ann"));
    return !str_is(action->topic, "forbidden");
}

static pmq_client *connected(pmq_str url, const char *identifier, uint8_t version) {
    pmq_client_options options;
    pmq_client *client = NULL;
    pmq_str in_use;
    bool session_present = true;
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    options.client_identifier = pmq_str_of(identifier);
    options.protocol_version = version;
    CHECK_OK(pmq_client_new(url, &options, &client));
    CHECK(!pmq_client_is_connected(client));
    CHECK_OK(pmq_client_connect(client, WAIT_MS, &session_present));
    CHECK(!session_present && pmq_client_is_connected(client));
    CHECK_OK(pmq_client_client_identifier(client, &in_use));
    CHECK(str_is(in_use, identifier));
    return client;
}

static void publish_and_receive(pmq_str url, uint8_t version) {
    pmq_client *sender = connected(url, "sender", version), *receiver = connected(url, "receiver", version);
    pmq_subscription filters[] = {{.filter = pmq_str_of("room/+/temperature"), .qos = 2}, {.filter = pmq_str_of("x")}};
    pmq_subscriber *subscriber = NULL;
    uint8_t codes[2] = {0xFF, 0xFF};
    CHECK_OK(pmq_client_subscribe(receiver, filters, 2, WAIT_MS, codes, &subscriber));
    CHECK(codes[0] == 2 && codes[1] == 0);
    for (uint8_t qos = 0; qos <= 2; qos++) {
        pmq_message message = {
            .topic = pmq_str_of("room/7/temperature"), .payload = pmq_bytes_of("21.5", 4), .qos = qos}, got;
        pmq_received *received = NULL;
        CHECK_OK(pmq_client_publish(sender, &message, WAIT_MS));
        CHECK_OK(pmq_subscriber_receive(subscriber, WAIT_MS, &received));
        CHECK_OK(pmq_received_view(received, &got));
        CHECK(str_is(got.topic, "room/7/temperature") && bytes_are(got.payload, "21.5"));
        CHECK(got.qos == qos && !got.retain && !got.dup);
        pmq_received_free(received);
    }
    pmq_received *none = NULL;
    CHECK_RESULT(pmq_subscriber_receive(subscriber, 0, &none), PMQ_RESULT_TIMEOUT);
    CHECK(none == NULL);

    // A token, waited for twice.
    pmq_token *token = NULL;
    pmq_message message = {.topic = pmq_str_of("nobody/listens"), .qos = 1};
    CHECK_OK(pmq_client_publish_start(sender, &message, &token));
    CHECK_OK(pmq_token_wait(token, WAIT_MS));
    CHECK_RESULT(pmq_token_wait(token, WAIT_MS), PMQ_RESULT_UNKNOWN);
    pmq_token_free(token);

    CHECK_OK(pmq_client_unsubscribe(receiver, &filters[0].filter, 1, WAIT_MS));
    pmq_statistics statistics;
    CHECK_OK(pmq_client_statistics(receiver, &statistics));
    CHECK(statistics.messages_received == 3 && statistics.connections == 1);
    CHECK_OK(pmq_client_disconnect(sender, NULL, WAIT_MS));
    CHECK_OK(pmq_client_disconnect(receiver, NULL, WAIT_MS));
    CHECK(!pmq_client_is_connected(sender));
    pmq_subscriber_free(subscriber);
    pmq_client_free(sender);
    pmq_client_free(receiver);
}

static void callback_publishes(pmq_str url) {
    pmq_client *client = connected(url, "caller", 5);
    pmq_subscription pattern = {.filter = pmq_str_of("cmd/+room/#what"), .qos = 1};
    pmq_subscription answers = {.filter = pmq_str_of("answer"), .qos = 1};
    pmq_subscriber *subscriber = NULL;
    CHECK_OK(pmq_client_subscribe_callback(client, &pattern, 1, on_message, client, WAIT_MS, NULL));
    CHECK_OK(pmq_client_subscribe(client, &answers, 1, WAIT_MS, NULL, &subscriber));
    pmq_message command = {.topic = pmq_str_of("cmd/kitchen/light/on"), .payload = pmq_bytes_of("1", 1), .qos = 1};
    CHECK_OK(pmq_client_publish(client, &command, WAIT_MS));
    pmq_received *received = NULL;
    CHECK_OK(pmq_subscriber_receive(subscriber, WAIT_MS, &received));
    pmq_received_free(received);
    pmq_subscriber_free(subscriber);
    pmq_client_free(client);
    CHECK(atomic_load(&callbacks) == 1);
    CHECK(strcmp(last_topic, "cmd/kitchen/light/on") == 0 && strcmp(last_capture, "kitchen") == 0);
}

static void request_and_response(pmq_str url) {
    pmq_client *server = connected(url, "server", 5), *asker = connected(url, "asker", 5);
    pmq_subscription filter = {.filter = pmq_str_of("questions"), .qos = 1};
    pmq_subscriber *questions = NULL;
    CHECK_OK(pmq_client_subscribe(server, &filter, 1, WAIT_MS, NULL, &questions));
    pmq_message question = {.topic = pmq_str_of("questions"), .payload = pmq_bytes_of("6*7", 3), .qos = 1}, view;
    pmq_received *asked = NULL, *response = NULL;
    // Nobody has answered yet.
    CHECK_RESULT(pmq_client_request(asker, &question, 50, &response), PMQ_RESULT_TIMEOUT);
    CHECK_OK(pmq_subscriber_receive(questions, WAIT_MS, &asked));
    CHECK_OK(pmq_client_respond(server, asked, pmq_bytes_of("42", 2), WAIT_MS));
    CHECK_OK(pmq_received_view(asked, &view));
    pmq_property property;
    bool has_response_topic = false;
    for (pmq_properties rest = view.properties; pmq_properties_next(&rest, &property) == PMQ_RESULT_OK;) {
        has_response_topic |= property.identifier == 0x08 && property.text.len > 0;
    }
    CHECK(has_response_topic);
    pmq_received_free(asked);
    pmq_subscriber_free(questions);
    pmq_client_free(server);
    pmq_client_free(asker);
}

static void login_and_permission(void) {
    pmq_str listen = pmq_str_of("tcp://127.0.0.1:0"), url;
    pmq_broker_options broker_options = {.struct_size = sizeof broker_options,
                                         .listen = &listen,
                                         .listen_count = 1,
                                         .config_toml = pmq_str_of("retain_available = false"),
                                         .authenticate = authenticate,
                                         .authorize = authorize,
                                         .user_data = &connects};
    pmq_broker *broker = NULL;
    CHECK_OK(pmq_broker_start(&broker_options, &broker));
    CHECK_OK(pmq_broker_url(broker, 0, &url));
    pmq_client_options options;
    pmq_client *client = NULL;
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    options.reconnect = false;
    options.client_identifier = pmq_str_of("gateway");
    options.user_name = pmq_str_of("ann");
    options.password = pmq_bytes_of("wrong", 5);
    CHECK_OK(pmq_client_new(url, &options, &client));
    CHECK_RESULT(pmq_client_connect(client, WAIT_MS, NULL), PMQ_RESULT_CONNECTION_REFUSED);
    CHECK(pmq_last_reason_code() == 0x86);
    CHECK(strstr(pmq_last_error(), "refused") != NULL);
    pmq_client_free(client);

    options.password = pmq_bytes_of("secret", 6);
    options.on_connected = on_connected;
    options.on_disconnected = on_disconnected;
    options.user_data = &connects;
    CHECK_OK(pmq_client_new(url, &options, &client));
    CHECK_OK(pmq_client_connect(client, WAIT_MS, NULL));
    pmq_message forbidden = {.topic = pmq_str_of("forbidden"), .qos = 1};
    CHECK_RESULT(pmq_client_publish(client, &forbidden, WAIT_MS), PMQ_RESULT_REFUSED);
    CHECK(pmq_last_reason_code() == 0x87);
    pmq_message retained = {.topic = pmq_str_of("kept"), .qos = 1, .retain = true};
    CHECK_RESULT(pmq_client_publish(client, &retained, WAIT_MS), PMQ_RESULT_NOT_SUPPORTED);
    CHECK_OK(pmq_broker_disconnect(broker, pmq_str_of("gateway"), 0x98));
    // The connection has ended when a subscriber could wait for ever: ask until the client knows.
    for (int i = 0; i < 1000 && atomic_load(&disconnects) == 0; i++) {
        pmq_message message = {.topic = pmq_str_of("x"), .qos = 1};
        pmq_client_publish(client, &message, 10);
    }
    CHECK(atomic_load(&connects) == 1 && atomic_load(&disconnects) == 1);
    pmq_client_free(client);
    pmq_broker_stop(broker);
}

int main(void) {
    pmq_broker *broker = NULL;
    pmq_str url;
    CHECK_OK(pmq_broker_start(NULL, &broker));
    CHECK_OK(pmq_broker_url(broker, 0, &url));
    CHECK_RESULT(pmq_broker_url(broker, 1, &url), PMQ_RESULT_NONE);
    for (uint8_t version = 4; version <= 5; version++) {
        check_name = "publish_and_receive";
        publish_and_receive(url, version);
    }
    check_name = "callback_publishes";
    callback_publishes(url);
    check_name = "request_and_response";
    request_and_response(url);
    check_name = "broker";
    pmq_client *client = connected(url, "listener", 5);
    pmq_subscription filter = {.filter = pmq_str_of("news"), .qos = 1};
    pmq_subscriber *subscriber = NULL;
    CHECK_OK(pmq_client_subscribe(client, &filter, 1, WAIT_MS, NULL, &subscriber));
    pmq_message news = {.topic = pmq_str_of("news"), .payload = pmq_bytes_of("!", 1), .qos = 1};
    pmq_received *received = NULL;
    CHECK_OK(pmq_broker_publish(broker, &news));
    CHECK_OK(pmq_subscriber_receive(subscriber, WAIT_MS, &received));
    pmq_received_free(received);
    pmq_str name;
    uint64_t value;
    size_t count = 0;
    while (pmq_broker_statistic(broker, count, &name, &value) == PMQ_RESULT_OK) {
        CHECK(name.len > 0);
        count++;
    }
    CHECK(count > 5);
    pmq_client_free(client);
    pmq_subscriber_free(subscriber);
    pmq_broker_stop(broker);
    check_name = "login_and_permission";
    login_and_permission();
    check_name = "no broker";
    CHECK_OK(pmq_client_new(pmq_str_of("mqtt://127.0.0.1:1"), NULL, &client));
    CHECK_RESULT(pmq_client_connect(client, WAIT_MS, NULL), PMQ_RESULT_TRANSPORT);
    pmq_client_free(client);
    return check_end();
}
