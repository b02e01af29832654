// A device without an operating system: MQTT 5.0 at QoS 1 over a UART.
//
// The library does no IO. This loop hands it the bytes that the UART has received and the time, carries out what it asks
// for, and gives the UART what it wants to send. Whatever carries bytes in order can take the UART's place.
#include "board.h"

#include <polymqtt.h>
#include <stdlib.h>
#include <string.h>

// What the library needs from a program without an operating system: memory, and what to do after a bug.

extern char heap_start[], heap_end[];

// malloc's own source of memory.
void *_sbrk(ptrdiff_t size) {
    static char *next = heap_start;
    if (size > heap_end - next) {
        return (void *)-1;
    }
    char *taken = next;
    next += size;
    return taken;
}

void *pmq_alloc(size_t size) {
    return malloc(size);
}

void pmq_free(void *memory) {
    free(memory);
}

_Noreturn void pmq_panic(const uint8_t *file, size_t file_len, uint32_t line) {
    (void)file, (void)file_len, (void)line;
    board_print("the library has stopped: a bug, or no memory is left\n");
    board_exit(false);
}

// The device.

static pmq_client_core *client;
static bool is_stopping, has_failed;
static unsigned unsettled;

static void check(pmq_result result) {
    if (result != PMQ_RESULT_OK) {
        board_print(pmq_strerror(result));
        board_print("\n");
        has_failed = true;
    }
}

static void publish(const char *topic, pmq_bytes payload, bool retain) {
    pmq_message message = {.topic = pmq_str_of(topic), .payload = payload, .qos = 1, .retain = retain};
    uint64_t token;
    check(pmq_client_core_publish(client, &message, board_now_ms(), &token));
    unsettled++;
}

static void handle_output(const pmq_client_output *output) {
    uint64_t now = board_now_ms(), token;
    switch (output->output_type) {
    case PMQ_CLIENT_OUTPUT_TYPE_CONNECT:
        // The wire is always there.
        check(pmq_client_core_handle_connected(client, now));
        break;
    case PMQ_CLIENT_OUTPUT_TYPE_CONNECTED: {
        pmq_subscription commands = {.filter = pmq_str_of("firmware/command"), .qos = 1};
        pmq_properties none = {0};
        board_print("connected\n");
        check(pmq_client_core_subscribe(client, &commands, 1, none, now, &token));
        unsettled++;
        publish("firmware/status", pmq_bytes_of("online", 6), true);
        break;
    }
    case PMQ_CLIENT_OUTPUT_TYPE_MESSAGE: {
        pmq_bytes payload = output->body.message.message.payload;
        is_stopping |= payload.len == 4 && memcmp(payload.data, "stop", 4) == 0;
        publish("firmware/answer", payload, false);
        break;
    }
    case PMQ_CLIENT_OUTPUT_TYPE_SETTLED:
        unsettled--;
        has_failed |= output->body.settled.outcome > PMQ_OUTCOME_SUBSCRIBED;
        break;
    case PMQ_CLIENT_OUTPUT_TYPE_DISCONNECTED:
        has_failed |= output->body.disconnected.cause != PMQ_CAUSE_REQUESTED;
        break;
    default:
        // TRANSMIT and CLOSE: what is to be sent is sent in the loop below.
        break;
    }
}

// Gives the UART what it takes; true when nothing is left.
static bool transmit(void) {
    pmq_bytes bytes;
    while (pmq_client_core_transmit_slice(client, &bytes) == PMQ_RESULT_OK) {
        size_t sent = 0;
        while (sent < bytes.len && board_uart_write(bytes.data[sent])) {
            sent++;
        }
        check(pmq_client_core_transmitted(client, sent, board_now_ms()));
        if (sent == 0) {
            return false;
        }
    }
    return true;
}

int main(void) {
    pmq_client_options options;
    check(pmq_client_options_init(&options, sizeof options));
    options.client_identifier = pmq_str_of("firmware");
    options.maximum_packet_size_bytes = 4096;
    options.receive_maximum = 4;
    options.in_flight_max = 4;
    options.queue_messages_max = 16;
    options.queue_bytes_max = 8192;
    options.reconnect = false;
    check(pmq_client_core_new(&options, &client));
    check(pmq_client_core_connect(client, board_now_ms()));

    bool is_closing = false;
    while (!has_failed) {
        pmq_client_output output;
        while (pmq_client_core_poll_output(client, &output) == PMQ_RESULT_OK) {
            is_closing |= output.output_type == PMQ_CLIENT_OUTPUT_TYPE_CLOSE;
            handle_output(&output);
        }
        bool is_sent = transmit();
        if (is_closing && is_sent) {
            break;
        }
        if (is_stopping && unsettled == 0 && !is_closing) {
            check(pmq_client_core_disconnect(client, NULL, board_now_ms()));
            continue;
        }
        uint8_t received[64];
        size_t count = 0;
        while (count < sizeof received && board_uart_read(&received[count])) {
            count++;
        }
        uint64_t at;
        if (count > 0) {
            check(pmq_client_core_handle_input(client, pmq_bytes_of(received, count), board_now_ms()));
        } else if (pmq_client_core_next_timeout(client, &at) == PMQ_RESULT_OK && at <= board_now_ms()) {
            check(pmq_client_core_handle_timeout(client, board_now_ms()));
        } else if (is_sent) {
            board_sleep();
        }
    }
    pmq_client_core_free(client);
    board_print(has_failed ? "failed\n" : "disconnected\n");
    return has_failed ? 1 : 0;
}
