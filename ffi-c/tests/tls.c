// TLS and secure WebSockets: tls CERTIFICATE KEY OTHER_CERTIFICATE, all PEM files.
#include "check.h"

CHECK_MAIN

enum { WAIT_MS = 10000 };

static pmq_result try_connect(pmq_str url, const char *ca_file, bool is_insecure, const char *server_name) {
    pmq_client_options options;
    pmq_client *client = NULL;
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    options.tls_ca_file = pmq_str_of(ca_file);
    options.tls_insecure = is_insecure;
    options.tls_server_name = pmq_str_of(server_name);
    pmq_result result = pmq_client_new(url, &options, &client);
    if (result == PMQ_RESULT_OK) {
        result = pmq_client_connect(client, WAIT_MS, NULL);
        if (result == PMQ_RESULT_OK) {
            CHECK_OK(pmq_client_disconnect(client, NULL, WAIT_MS));
        }
    }
    pmq_client_free(client);
    return result;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        return 2;
    }
    char config[2048];
    snprintf(config, sizeof config, "tls_certificate_file = '%s'\ntls_key_file = '%s'\n", argv[1], argv[2]);
    pmq_str listen[] = {pmq_str_of("tls://127.0.0.1:0"), pmq_str_of("wss://127.0.0.1:0")}, url;
    pmq_broker_options options = {
        .struct_size = sizeof options, .listen = listen, .listen_count = 2, .config_toml = pmq_str_of(config)};
    pmq_broker *broker = NULL;
    check_name = "tls";
    CHECK_OK(pmq_broker_start(&options, &broker));
    for (size_t i = 0; pmq_broker_url(broker, i, &url) == PMQ_RESULT_OK; i++) {
        CHECK_OK(try_connect(url, argv[1], false, "localhost"));
        CHECK_RESULT(try_connect(url, argv[3], false, "localhost"), PMQ_RESULT_TRANSPORT);
        CHECK_RESULT(try_connect(url, argv[1], false, "elsewhere"), PMQ_RESULT_TRANSPORT);
        CHECK_OK(try_connect(url, NULL, true, NULL));
        CHECK_RESULT(try_connect(url, "/there/is/no/such/file", false, NULL), PMQ_RESULT_TLS);
    }
    pmq_broker_stop(broker);
    return check_end();
}
