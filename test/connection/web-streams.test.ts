import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectionClosedError, ConnectionClosedOK } from "../../src/connection/errors.ts";
import { open, SIDES, settle, stateOf } from "../support/connection.ts";

for (const side of SIDES) {
  describe(`the Web Streams of a ${side}`, () => {
    test("are made once, and reading gives the messages until the quiet end", async () => {
      const peer = open({ side });
      const { connection } = peer;
      assert.equal(connection.readable, connection.readable);
      assert.equal(connection.writable, connection.writable);
      peer.send(peer.text("one"), peer.frame(2, "two"));
      const reader = connection.readable.getReader();
      assert.equal((await reader.read()).value, "one");
      assert.deepEqual((await reader.read()).value, new Uint8Array(Buffer.from("two")));
      const end = reader.read();
      await peer.finish(1000);
      assert.deepEqual(await end, { done: true, value: undefined });
    });

    test("take no message before it is asked for", async () => {
      const peer = open({ side });
      const { readable } = peer.connection;
      peer.send(peer.text("one"), peer.text("two"));
      await settle();
      assert.equal(await peer.connection.recv(), "one");
      assert.equal((await readable.getReader().read()).value, "two");
    });

    test("error when the connection ends with another code", async () => {
      const peer = open({ side });
      const reader = peer.connection.readable.getReader();
      const read = assert.rejects(reader.read(), ConnectionClosedError);
      await peer.finish(1011);
      await read;
    });

    test("close the connection with 1000 when the reader cancels, and when the writer closes", async () => {
      for (const end of ["cancel", "close"] as const) {
        const peer = open({ side });
        const { readable, writable } = peer.connection;
        const ended = end === "cancel" ? readable.cancel() : writable.close();
        assert.deepEqual(await peer.got(), ["close 1000"]);
        assert.equal(await stateOf(ended), "pending");
        await peer.finish();
        await ended;
        assert.equal(peer.connection.state, "closed");
      }
    });

    test("close it with 1011 when the writer aborts: its source has failed", async () => {
      const peer = open({ side });
      const aborted = peer.connection.writable.abort(new Error("planted"));
      assert.deepEqual(await peer.got(), ["close 1011"]);
      await peer.finish();
      await aborted;
    });

    test("send each chunk as a message", async () => {
      const peer = open({ side });
      const writer = peer.connection.writable.getWriter();
      await writer.write("one");
      await writer.write(new Uint8Array([0x32]));
      assert.deepEqual(await peer.got(), ["text one", "binary 32"]);
    });

    test("are not ready while too much waits to be sent", async () => {
      const peer = open({ side, options: { writeLimit: { high: 10, low: 5, max: 1000 } } });
      peer.transport.accepts = false;
      const writer = peer.connection.writable.getWriter();
      const written = writer.write("x".repeat(20));
      await settle();
      assert.equal(await stateOf(written), "pending");
      assert.equal(await stateOf(writer.ready), "pending");
      peer.transport.drain();
      await written;
      await writer.ready;
    });

    test("make the peer wait while nobody reads", async () => {
      const peer = open({ side, options: { maxQueue: { bytes: 10 } } });
      const reader = peer.connection.readable.getReader();
      peer.send(peer.text("x".repeat(20)));
      await settle();
      assert.equal(peer.transport.paused, true);
      await reader.read();
      assert.equal(peer.transport.paused, false);
    });

    test("cannot be written to after the connection has closed", async () => {
      const peer = open({ side });
      const writer = peer.connection.writable.getWriter();
      await peer.finish();
      await assert.rejects(writer.write("late"), ConnectionClosedOK);
      await assert.rejects(writer.closed, ConnectionClosedOK);
    });

    test("error by themselves when the connection ends with another code", async () => {
      const peer = open({ side });
      const writer = peer.connection.writable.getWriter();
      const closed = assert.rejects(writer.closed, ConnectionClosedError);
      await peer.finish(1011);
      await closed;
    });

    test("pipe through: an echo in one line", async () => {
      const peer = open({ side });
      const { readable, writable } = peer.connection;
      const piped = readable.pipeTo(writable);
      peer.send(peer.text("one"), peer.text("two"));
      assert.deepEqual(await peer.got(), ["text one", "text two"]);
      await peer.finish();
      await piped;
    });
  });
}

test("a chunk that is no message errors the stream, and the connection stays", async () => {
  const peer = open();
  const writer = peer.connection.writable.getWriter();
  await assert.rejects(writer.write(5 as never), TypeError);
  assert.equal(peer.connection.state, "open");
  peer.connection.post("still here");
  assert.deepEqual(await peer.got(), ["text still here"]);
});
