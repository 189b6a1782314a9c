#include "accept-key.h"
#include "random.h"
#include <stdint.h>
#include <string.h>

static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static void base64(const uint8_t *bytes, unsigned count, char *text) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned i = 0; i < count; i += 3) {
        unsigned have = count - i < 3 ? count - i : 3;
        uint32_t group = 0;
        for (unsigned k = 0; k < 3; k++) group = group << 8 | (k < have ? bytes[i + k] : 0);
        for (unsigned k = 0; k < 4; k++) *text++ = k <= have ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    *text = '\0';
}

static uint32_t rotate(uint32_t word, int by) { return word << by | word >> (32 - by); }

static void sha1_block(uint32_t hash[5], const uint8_t block[64]) {
    uint32_t w[80], v[5];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 80; t++) w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    memcpy(v, hash, sizeof v);
    for (int t = 0; t < 80; t++) {
        uint32_t b = v[1], c = v[2], d = v[3], mixed;
        if (t < 20) mixed = (d ^ (b & (c ^ d))) + 0x5a827999u;
        else if (t < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1u;
        else if (t < 60) mixed = ((b & c) | (d & (b | c))) + 0x8f1bbcdcu;
        else mixed = (b ^ c ^ d) + 0xca62c1d6u;
        uint32_t next = rotate(v[0], 5) + mixed + v[4] + w[t];
        v[4] = d, v[3] = c, v[2] = rotate(b, 30), v[1] = v[0], v[0] = next;
    }
    for (int i = 0; i < 5; i++) hash[i] += v[i];
}

/* FIPS 180-4 §6.1, for texts of 56 to 119 bytes: two blocks. */
static void sha1(const uint8_t *text, unsigned length, uint8_t digest[20]) {
    uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t blocks[128] = {0};
    memcpy(blocks, text, length);
    blocks[length] = 0x80;
    blocks[126] = (uint8_t)(length * 8 >> 8);
    blocks[127] = (uint8_t)(length * 8);
    sha1_block(hash, blocks);
    sha1_block(hash, blocks + 64);
    for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(hash[i / 4] >> (24 - i % 4 * 8));
}

void key_make(char *key) {
    uint8_t bytes[16];
    for (int i = 0; i < 16; i++) bytes[i] = (uint8_t)random_next();
    base64(bytes, sizeof bytes, key);
}

void accept_of(const char *key, char *accept) {
    uint8_t text[KEY_LENGTH + sizeof GUID - 1], digest[20];
    memcpy(text, key, KEY_LENGTH);
    memcpy(text + KEY_LENGTH, GUID, sizeof GUID - 1);
    sha1(text, sizeof text, digest);
    base64(digest, sizeof digest, accept);
}
