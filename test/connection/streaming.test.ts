import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import type { Connection } from "../../src/connection/connection.ts";
import {
  ConcurrencyError,
  ConnectionClosedError,
  ConnectionClosedOK,
} from "../../src/connection/errors.ts";
import { deflateForServer } from "../../src/extensions/deflate-negotiation.ts";
import { nodeOneShot } from "../../src/node/deflate.ts";
import { open, SIDES, settle, stateOf } from "../support/connection.ts";

/** The pieces that are there, and those that come until the message ends. */
async function readAll(
  connection: Connection<string>,
  options?: Parameters<Connection["recvStreaming"]>[0],
): Promise<(string | Uint8Array)[]> {
  const pieces: (string | Uint8Array)[] = [];
  for await (const piece of connection.recvStreaming(options)) pieces.push(piece);
  return pieces;
}

for (const side of SIDES) {
  describe(`recvStreaming() on a ${side}`, () => {
    test("gives each fragment as it arrives", async () => {
      const peer = open({ side });
      const pieces = peer.connection.recvStreaming();
      for (const [opcode, text, fin] of [
        [1, "one", false],
        [0, "two", false],
        [0, "three", true],
      ] as const) {
        const next = pieces.next();
        assert.equal(await stateOf(next), "pending");
        peer.send(peer.frame(opcode, text, { fin }));
        assert.deepEqual(await next, { done: false, value: text });
      }
      assert.deepEqual(await pieces.next(), { done: true, value: undefined });
      assert.deepEqual(await pieces.next(), { done: true, value: undefined });
      assert.equal(peer.connection.state, "open");
    });

    test("gives the parts of one frame as they arrive, bytes and text", async () => {
      for (const opcode of [1, 2]) {
        const peer = open({ side });
        const frame = peer.frame(opcode, "abcdefgh");
        const cut = frame.length - 4;
        const pieces = peer.connection.recvStreaming();
        const first = pieces.next();
        peer.send(frame.subarray(0, cut));
        assert.equal(Buffer.from((await first).value as string).toString(), "abcd");
        peer.send(frame.subarray(cut));
        const second = (await pieces.next()).value;
        assert.equal(typeof second, opcode === 1 ? "string" : "object");
        assert.equal(Buffer.from(second as string).toString(), "efgh");
        assert.equal((await pieces.next()).done, true);
      }
    });

    test("cuts no character in two, wherever the frame is cut", async () => {
      const text = "aß€🙂z";
      const { length } = open({ side }).frame(1, text);
      for (let cut = 1; cut < length; cut += 1) {
        const peer = open({ side });
        const frame = peer.frame(1, text);
        const reading = readAll(peer.connection);
        peer.send(frame.subarray(0, cut));
        await settle();
        peer.send(frame.subarray(cut));
        const pieces = await reading;
        assert.ok(pieces.every((piece) => Buffer.from(piece as string).toString() === piece));
        assert.equal(pieces.join(""), text, `cut at ${cut}`);
      }
    });

    test("says when the connection closes in the middle, also with 1000", async () => {
      for (const [code, error] of [
        [1000, ConnectionClosedOK],
        [1011, ConnectionClosedError],
      ] as const) {
        const peer = open({ side });
        const pieces = peer.connection.recvStreaming();
        const first = pieces.next();
        peer.send(peer.frame(1, "one", { fin: false }));
        await first;
        const second = assert.rejects(pieces.next(), error);
        await peer.finish(code);
        await second;
        await assert.rejects(peer.connection.recv(), error);
      }
    });
  });
}

describe("recvStreaming()", () => {
  test("gives a message that has come whole in one piece, an empty one too", async () => {
    const peer = open();
    peer.send(peer.text("one"), peer.frame(2, ""), peer.text("three"));
    assert.deepEqual(await readAll(peer.connection), ["one"]);
    assert.deepEqual(await readAll(peer.connection), [new Uint8Array(0)]);
    assert.equal(await peer.connection.recv(), "three");
  });

  test("gives an empty message in fragments as one empty piece", async () => {
    const peer = open();
    const reading = readAll(peer.connection);
    peer.send(peer.frame(1, "", { fin: false }), peer.frame(0, "", { fin: true }));
    assert.deepEqual(await reading, [""]);
  });

  test("gives at once what has come already of the message under way", async () => {
    const peer = open();
    peer.send(peer.frame(1, "one", { fin: false }), peer.frame(0, "two", { fin: false }));
    const pieces = peer.connection.recvStreaming();
    assert.equal((await pieces.next()).value, "onetwo");
    peer.send(peer.frame(0, "three"));
    assert.equal((await pieces.next()).value, "three");
  });

  test("streams one message only: the next one, begun in the same packet, comes whole", async () => {
    const peer = open();
    const reading = readAll(peer.connection);
    peer.send(peer.text("one"), peer.frame(1, "tw", { fin: false }));
    assert.deepEqual(await reading, ["one"]);
    peer.send(peer.frame(0, "o"));
    assert.equal(await peer.connection.recv(), "two");
  });

  test("leaves the messages behind its own to the next reader, in order", async () => {
    const peer = open();
    const reading = readAll(peer.connection);
    peer.send(peer.frame(1, "a", { fin: false }));
    peer.send(peer.frame(0, "b"), peer.text("two"), peer.text("three"));
    assert.deepEqual(await reading, ["a", "b"]);
    assert.equal(await peer.connection.recv(), "two");
    assert.equal(await peer.connection.recv(), "three");
  });

  test("excludes other readers until its message is read to its end", async () => {
    const peer = open();
    const pieces = peer.connection.recvStreaming();
    const first = pieces.next();
    await assert.rejects(peer.connection.recv(), ConcurrencyError);
    await assert.rejects(pieces.next(), ConcurrencyError);
    peer.send(peer.frame(1, "one", { fin: false }));
    await first;
    peer.send(peer.frame(0, "two"), peer.text("next"));
    await assert.rejects(peer.connection.recv(), ConcurrencyError);
    await assert.rejects(peer.connection[Symbol.asyncIterator]().next(), ConcurrencyError);
    await assert.rejects(
      peer.connection.batches()[Symbol.asyncIterator]().next(),
      ConcurrencyError,
    );
    await assert.rejects(
      peer.connection.consume(() => {}),
      ConcurrencyError,
    );
    // Another call goes on where this one was left.
    assert.deepEqual(await readAll(peer.connection), ["two"]);
    assert.equal(await peer.connection.recv(), "next");
  });

  test("makes the peer wait when maxQueue.bytes wait, for messages that are larger than it", async () => {
    const peer = open({ options: { maxQueue: { bytes: 1000 }, maxSize: 10_000 } });
    // Where frames are logged, each is kept until it has come whole.
    peer.events.verbose = () => false;
    const pieces = peer.connection.recvStreaming();
    const first = pieces.next();
    const frame = peer.frame(2, Buffer.alloc(10_000, 7));
    let at = 500;
    peer.send(frame.subarray(0, at));
    await first;
    let size = (await first).value!.length;
    while (at < frame.length) {
      while (!peer.transport.paused && at < frame.length) {
        peer.send(frame.subarray(at, at + 600));
        at += 600;
        await settle();
      }
      // What waits is less than two reads more than the mark.
      assert.ok(peer.connection.held < 2500, `${peer.connection.held}`);
      while (peer.transport.paused) size += (await pieces.next()).value!.length;
    }
    for await (const piece of pieces) size += piece.length;
    assert.equal(size, 10_000);
    assert.ok(peer.transport.pauses >= 5);
  });

  test("refuses a message that is larger than maxSize, though its pieces are gone", async () => {
    const peer = open({ options: { maxSize: 10 } });
    const pieces = peer.connection.recvStreaming();
    const first = pieces.next();
    peer.send(peer.frame(2, Buffer.alloc(6), { fin: false }));
    await first;
    peer.send(peer.frame(0, Buffer.alloc(5)));
    const second = assert.rejects(pieces.next(), ConnectionClosedError);
    assert.match((await peer.got()).join(), /^close 1009 /);
    await peer.finish();
    await second;
  });

  test("gives what came before a byte that is no UTF-8, and closes with 1007", async () => {
    const peer = open();
    const pieces = peer.connection.recvStreaming();
    const first = pieces.next();
    peer.send(peer.frame(1, "good", { fin: false }), peer.frame(0, Buffer.from([0xff])));
    assert.equal((await first).value, "good");
    const second = assert.rejects(pieces.next(), ConnectionClosedError);
    assert.match((await peer.got()).join(), /^close 1007 /);
    await peer.finish();
    await second;
  });

  test("with `as` gives strings or bytes, whatever the peer sends", async () => {
    const utf8 = Buffer.from("aß€🙂z");
    for (const opcode of [1, 2]) {
      for (const as of ["text", "bytes"] as const) {
        const peer = open();
        const frame = peer.frame(opcode, utf8);
        const reading = readAll(peer.connection, { as });
        for (const byte of frame) {
          peer.send(Buffer.of(byte));
          await settle();
        }
        const pieces = await reading;
        assert.ok(pieces.every((piece) => (typeof piece === "string") === (as === "text")));
        assert.ok(pieces.every((piece) => piece.length > 0));
        const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
        assert.deepEqual(bytes, utf8);
      }
    }
  });

  test('with `as: "text"` fails the connection with 1007 when bytes are no text', async () => {
    for (const bytes of [
      [0x61, 0xff],
      [0x61, 0xc3],
    ]) {
      const peer = open();
      peer.send(peer.frame(2, Buffer.from(bytes)));
      await assert.rejects(readAll(peer.connection, { as: "text" }), ConnectionClosedError);
      assert.match((await peer.got()).join(), /^close 1007 /);
      await peer.finish();
      await assert.rejects(peer.connection.recv(), ConnectionClosedError);
    }
    assert.throws(() => open().connection.recvStreaming({ as: "json" as never }), TypeError);
  });

  test("with a signal stops waiting and loses nothing", async () => {
    const peer = open();
    const aborter = new AbortController();
    const next = peer.connection.recvStreaming({ signal: aborter.signal }).next();
    const reason = new Error("no time");
    aborter.abort(reason);
    await assert.rejects(next, (error) => error === reason);
    // Nobody waits for pieces any more.
    peer.send(peer.frame(1, "o", { fin: false }));
    peer.send(peer.frame(0, "ne"));
    assert.equal(await peer.connection.recv(), "one");
  });

  test("inflates a compressed message as it arrives, the largest too", async () => {
    const text = Array.from({ length: 40_000 }, (_, line) => `line ${line * 7919} ß`).join("\n");
    const peer = open({
      extension: deflateForServer({}, nodeOneShot).accept([])!.extension,
      options: { maxSize: null },
    });
    const body = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const frame = peer.frame(1, body, { rsv: 4 });
    const pieces = peer.connection.recvStreaming({ as: "text" });
    let got = "";
    const first = pieces.next();
    peer.send(frame.subarray(0, 10_000));
    got += (await first).value;
    assert.ok(got.length > 0 && text.startsWith(got));
    for (let at = 10_000; at < frame.length; at += 10_000) {
      peer.send(frame.subarray(at, at + 10_000));
    }
    for await (const piece of pieces) got += piece;
    assert.equal(got === text, true);
    assert.equal(await stateOf(peer.connection.recv()), "pending");
  });

  test("hands over text undecoded where the connection does so", async () => {
    const peer = open({ options: { text: "bytes" } });
    const reading = readAll(peer.connection);
    peer.send(peer.frame(1, "a", { fin: false }), peer.frame(0, "b"));
    assert.deepEqual(Buffer.concat((await reading) as Uint8Array[]), Buffer.from("ab"));
  });

  test("keeps no more than it must after our own Close, and then ends with an error", async () => {
    const peer = open({ options: { maxQueue: { bytes: 10 } } });
    const pieces = peer.connection.recvStreaming();
    const first = pieces.next();
    peer.send(peer.frame(2, Buffer.alloc(4), { fin: false }));
    await first;
    void peer.connection.close();
    for (let turn = 0; turn < 50; turn += 1) {
      peer.send(peer.frame(0, Buffer.alloc(8), { fin: turn === 49 }));
    }
    assert.ok(peer.connection.held <= 32, `${peer.connection.held}`);
    await peer.finish();
    await assert.rejects(async () => {
      for await (const _piece of pieces);
    }, ConnectionClosedOK);
  });

  test("counts a message and its bytes once", async () => {
    const peer = open({ options: { rateLimit: { messages: 1 } } });
    const reading = readAll(peer.connection);
    for (let turn = 0; turn < 10; turn += 1) {
      peer.send(peer.frame(turn === 0 ? 1 : 0, "xy", { fin: turn === 9 }));
    }
    assert.equal((await reading).join(""), "xy".repeat(10));
    await peer.finish();
    const { messagesIn, bytesIn } = await peer.connection.closed;
    assert.deepEqual([messagesIn, bytesIn], [1, 20]);
  });

  test("gives the same text as recv(), however the peer cuts it", async () => {
    const cuts = fc.array(fc.string({ unit: "binary", maxLength: 20 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 1, max: 50 }), async (parts, size) => {
        const peer = open();
        const last = parts.length - 1;
        const wire = Buffer.concat(
          parts.map((part, index) =>
            peer.frame(index === 0 ? 1 : 0, part, { fin: index === last }),
          ),
        );
        const reading = readAll(peer.connection);
        for (let at = 0; at < wire.length; at += size) {
          peer.send(wire.subarray(at, at + size));
          await Promise.resolve();
        }
        assert.equal((await reading).join(""), parts.join(""));
      }),
      { numRuns: 50 },
    );
  });
});
