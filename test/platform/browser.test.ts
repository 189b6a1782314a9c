import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as browser from "../../src/platform/browser.ts";
import * as node from "../../src/platform/node.ts";

const bytes = fc.uint8Array({ maxLength: 200 });
const text = fc.string({ unit: "binary", maxLength: 100 });

describe("the platform of browsers", () => {
  test("exports what the one of Node exports", () => {
    assert.deepEqual(Object.keys(browser).sort(), Object.keys(node).sort());
  });

  test("decodes and judges bytes as Node does", () => {
    fc.assert(
      fc.property(bytes, fc.nat(200), fc.nat(200), (data, from, to) => {
        const start = Math.min(from, data.length);
        const end = Math.max(start, Math.min(to, data.length));
        assert.equal(browser.isUtf8(data), node.isUtf8(data));
        assert.equal(browser.decodeUtf8(data, start, end), node.decodeUtf8(data, start, end));
        assert.equal(browser.decodeLatin1(data, start, end), node.decodeLatin1(data, start, end));
        assert.equal(browser.toBase64(data), node.toBase64(data));
        assert.deepEqual(browser.fromBase64(node.toBase64(data)), data);
      }),
    );
    const long = new Uint8Array(100_000).fill(200);
    assert.equal(browser.decodeLatin1(long, 0, 100_000), node.decodeLatin1(long, 0, 100_000));
    const marked = node.encodeUtf8("\ufeffx");
    assert.equal(browser.decodeUtf8(marked, 0, 4), "\ufeffx");
  });

  test("encodes texts as Node does, lone surrogates too", () => {
    const wild = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 });
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          wild.map((codes) => String.fromCharCode(...codes)),
        ),
        (value) => {
          assert.equal(browser.utf8Length(value), node.utf8Length(value));
          assert.deepEqual(browser.encodeUtf8(value), node.encodeUtf8(value));
          const target = new Uint8Array(400);
          const written = browser.encodeUtf8Into(value, target, 7);
          assert.deepEqual(target.slice(7, 7 + written), node.encodeUtf8(value));
        },
      ),
    );
  });

  test("hashes as Node does, at every length about a block's end", () => {
    for (let length = 0; length < 200; length += 1) {
      const value = "k".repeat(length);
      assert.equal(browser.sha1Base64(value), node.sha1Base64(value), `${length} bytes`);
    }
    // RFC 6455 §1.3.
    const asked = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    assert.equal(browser.sha1Base64(asked), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  });

  test("gives random bytes, keys and identifiers, new each time", () => {
    const filled = browser.fillRandom(new Uint8Array(70_000));
    assert.ok(filled.subarray(65_536).some((byte) => byte !== 0));
    assert.notEqual(browser.randomId(), browser.randomId());
    const keys = new Set(Array.from({ length: 5000 }, () => browser.randomKey()));
    assert.ok(keys.size > 4990);
  });

  test("defers until promises that are settled have had their turn", async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      browser.deferTick(() => {
        order.push("tick");
        resolve();
      });
      void Promise.resolve().then(() => order.push("promise"));
    });
    assert.deepEqual(order, ["promise", "tick"]);
  });
});
