#include "options.h"
#include "report.h"
#include <stdlib.h>
#include <string.h>

struct options options = {
    .connections = 1, .depth = 1, .batch = 1000, .size = 64, .seconds = 2, .warmup = 1, .rate = 1000,
};

static double number(const char *name, const char *value, double least, double most) {
    char *end;
    double result = strtod(value, &end);
    if (end == value || *end != '\0' || !(result >= least && result <= most))
        fatal_usage("%s is %s; it must be a number from %g to %g", name, value, least, most);
    return result;
}

static enum compression compression_of(const char *value) {
    if (strcmp(value, "off") == 0) return COMPRESSION_OFF;
    if (strcmp(value, "takeover") == 0) return COMPRESSION_TAKEOVER;
    if (strcmp(value, "no-takeover") == 0) return COMPRESSION_NO_TAKEOVER;
    fatal_usage("--deflate is %s; it must be off, takeover or no-takeover", value);
}

static bool is_flag(const char *word) {
    if (strcmp(word, "--text") == 0) return options.text = true;
    if (strcmp(word, "--tls") == 0) return options.tls = true;
    if (strcmp(word, "--reset") == 0) return options.reset = true;
    return false;
}

static void set(const char *name, const char *value) {
    if (strcmp(name, "--port") == 0) options.port = (int)number(name, value, 0, 65535);
    else if (strcmp(name, "--connections") == 0) options.connections = (int)number(name, value, 1, 1e6);
    else if (strcmp(name, "--depth") == 0) options.depth = (int)number(name, value, 1, 1e6);
    else if (strcmp(name, "--messages") == 0) options.messages = (int)number(name, value, 0, 1e6);
    else if (strcmp(name, "--batch") == 0) options.batch = (int)number(name, value, 1, 1e6);
    else if (strcmp(name, "--size") == 0) options.size = (size_t)number(name, value, 1, 1 << 26);
    else if (strcmp(name, "--seconds") == 0) options.seconds = number(name, value, 0, 1e5);
    else if (strcmp(name, "--warmup") == 0) options.warmup = number(name, value, 0, 1e5);
    else if (strcmp(name, "--rate") == 0) options.rate = number(name, value, 1, 1e9);
    else if (strcmp(name, "--pid") == 0) options.pid = (pid_t)number(name, value, 1, 1 << 30);
    else if (strcmp(name, "--payload") == 0) options.payload = value;
    else if (strcmp(name, "--deflate") == 0) options.compression = compression_of(value);
    else fatal_usage("%s is no option", name);
}

void options_parse(int count, char **words) {
    if (count < 2) fatal_usage("say echo, paced, sink, source, fanout, handshake, idle, serve or features");
    options.mode = words[1];
    for (int i = 2; i < count; i++) {
        if (is_flag(words[i])) continue;
        if (i + 1 == count) fatal_usage("%s wants a value", words[i]);
        set(words[i], words[i + 1]);
        i++;
    }
    if (options.payload == NULL) options.payload = options.text ? "ascii" : "random";
}
