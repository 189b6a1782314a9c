import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { ConnectionClosedError } from "../../src/connection/errors.ts";
import { toDuplex } from "../../src/node/duplex.ts";
import { open, SIDES, settle } from "../support/connection.ts";

for (const side of SIDES) {
  describe(`toDuplex() on a ${side}`, () => {
    test("reads the bytes of the messages, and ends with the connection", async () => {
      const peer = open({ side });
      const duplex = toDuplex(peer.connection);
      peer.send(peer.text("grüße"), peer.frame(2, ""), peer.frame(2, "!"));
      const chunks: Buffer[] = [];
      duplex.on("data", (chunk: Buffer) => chunks.push(chunk));
      const closed = once(duplex, "close");
      await settle();
      await peer.finish(1000);
      await closed;
      assert.equal(Buffer.concat(chunks).toString(), "grüße!");
      assert.equal(duplex.errored, null);
    });

    test("reads messages as they are in object mode, empty ones too", async () => {
      const peer = open({ side });
      const duplex = toDuplex(peer.connection, { readableObjectMode: true });
      peer.send(peer.text("one"), peer.text(""), peer.frame(2, "two"));
      const reading = duplex.take(3).toArray();
      assert.deepEqual(await reading, ["one", "", new Uint8Array(Buffer.from("two"))]);
    });

    test("sends what is written: strings as text, bytes as binary", async () => {
      const peer = open({ side });
      const duplex = toDuplex(peer.connection);
      duplex.write("one");
      duplex.write(Buffer.from("two"));
      duplex.write("74776f", "hex");
      assert.deepEqual(await peer.got(), ["text one", "binary 74776f", "binary 74776f"]);
    });

    test("closes the connection when it ends, and finishes when that is done", async () => {
      const peer = open({ side });
      const duplex = toDuplex(peer.connection);
      const piped = pipeline(Readable.from(["one", "two"]), duplex);
      duplex.resume();
      assert.deepEqual(await peer.got(), ["text one", "text two", "close 1000"]);
      assert.equal(duplex.writableFinished, false);
      await peer.finish();
      await piped;
      assert.equal(duplex.writableFinished, true);
    });

    test("is destroyed with the error by which the connection ends", async () => {
      const peer = open({ side });
      const duplex = toDuplex(peer.connection);
      duplex.resume();
      const failed = once(duplex, "error");
      await settle();
      await peer.finish(1011);
      assert.ok((await failed)[0] instanceof ConnectionClosedError);
      assert.equal(duplex.destroyed, true);
    });

    test("cuts the connection when it is destroyed", async () => {
      const peer = open({ side });
      const duplex = toDuplex(peer.connection);
      duplex.destroy();
      await settle();
      assert.equal(peer.transport.destroyed, true);
      assert.equal((await peer.connection.closed).code, 1006);
    });

    test("waits while too much waits to be sent, and makes the peer wait while nobody reads", async () => {
      const peer = open({
        side,
        options: { maxQueue: { bytes: 10 }, writeLimit: { high: 10, low: 5, max: 1000 } },
      });
      const duplex = toDuplex(peer.connection, { writableHighWaterMark: 5 });
      peer.transport.accepts = false;
      assert.equal(duplex.write("x".repeat(20)), false);
      await settle();
      assert.equal(duplex.writableNeedDrain, true);
      const drained = once(duplex, "drain");
      peer.transport.drain();
      await drained;
      peer.send(peer.text("x".repeat(20)));
      await settle();
      assert.equal(peer.transport.paused, true);
      const [chunk] = await duplex.take(1).toArray();
      assert.equal(chunk.length, 20);
      assert.equal(peer.transport.paused, false);
    });
  });
}
