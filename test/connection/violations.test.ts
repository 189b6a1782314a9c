import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectionClosedError } from "../../src/connection/errors.ts";
import type { Extension } from "../../src/extensions/extension.ts";
import { ProtocolError } from "../../src/frames/errors.ts";
import { open, SIDES, settle, stateOf, type TestPeer } from "../support/connection.ts";

/** What a peer may not send, and the Close frame that says so. */
const VIOLATIONS: readonly (readonly [string, (peer: TestPeer) => Buffer, string])[] = [
  ["reserved bits", (peer) => peer.frame(1, "x", { rsv: 4 }), "1002 reserved bits must be 0"],
  ["a reserved opcode", (peer) => peer.frame(3), "1002 invalid opcode"],
  [
    "a wrong mask",
    (peer) => peer.frame(1, "x", { masked: peer.side === "client" }),
    "1002 incorrect masking",
  ],
  [
    "a control frame that is too long",
    (peer) => peer.frame(9, "x".repeat(126)),
    "1002 control frame too long",
  ],
  [
    "a control frame in fragments",
    (peer) => peer.frame(9, "x", { fin: false }),
    "1002 fragmented control frame",
  ],
  ["a continuation of nothing", (peer) => peer.frame(0, "x"), "1002 unexpected continuation frame"],
  ["a Close with one byte", (peer) => peer.frame(8, "x"), "1002 close frame too short"],
  [
    "a Close with a code that nobody may send",
    (peer) => peer.close(1005),
    "1002 invalid status code",
  ],
  ["a text that is no UTF-8", (peer) => peer.frame(1, Buffer.from([0x61, 0xff])), "1007 "],
  [
    "a Close with a reason that is no UTF-8",
    (peer) => peer.frame(8, Buffer.from([3, 232, 0xff])),
    "1007 ",
  ],
  ["a message that is too big", (peer) => peer.frame(2, Buffer.alloc(1025)), "1009 "],
];

for (const side of SIDES) {
  describe(`a violation by a ${side === "server" ? "client" : "server"}`, () => {
    for (const [name, make, close] of VIOLATIONS) {
      test(`${name}: gets the Close that says so`, async () => {
        const peer = open({ side, options: { maxSize: 1024 } });
        peer.send(make(peer));
        const got = await peer.got();
        assert.equal(got.length, 1);
        assert.ok(got[0]?.startsWith(`close ${close}`), got[0]);
        assert.equal(peer.transport.ended, side === "server");
        peer.transport.feedEnd();
        const closure = await peer.connection.closed;
        assert.equal(closure.code, 1006);
        assert.equal(closure.clean, false);
        assert.ok(closure.cause instanceof ProtocolError);
        assert.ok(closure.cause.code.startsWith("ERR_WEBSOCKET_"));
        await assert.rejects(
          peer.connection.recv(),
          (error: Error) => error.cause === closure.cause,
        );
      });

      test(`${name}: what came before it is delivered, and the Close waits for the reader`, async () => {
        const peer = open({ side, options: { maxSize: 1024 } });
        const { connection } = peer;
        peer.send(peer.text("one"), peer.text("two"), make(peer), peer.text("never"));
        assert.deepEqual(await peer.got(), []);
        assert.equal(await connection.recv(), "one");
        await connection.send("re: one");
        assert.equal(await connection.recv(), "two");
        await connection.send("re: two");
        assert.deepEqual(await peer.got(), ["text re: one", "text re: two"]);
        const recv = assert.rejects(connection.recv(), ConnectionClosedError);
        const got = await peer.got();
        assert.ok(got[2]?.startsWith(`close ${close}`), got[2]);
        peer.transport.feedEnd();
        await recv;
        assert.equal(got.length, 3);
      });
    }

    test("is answered at once when a consumer has taken all, in one write with its answers", () => {
      const peer = open({ side });
      void peer.connection.consume((message) => void peer.connection.post(message));
      peer.send(peer.text("one"), peer.frame(3));
      assert.equal(peer.transport.writes.length, 1);
    });

    test("is answered at once also when another way of reading went before the consumer", async () => {
      const peer = open({ side });
      peer.send(peer.text("hello"));
      await peer.connection.recv();
      void peer.connection.consume(() => {});
      peer.send(peer.text("one"), peer.frame(3));
      assert.deepEqual(await peer.got(), ["close 1002 invalid opcode"]);
    });

    test("is answered when the reader leaves its loop, having taken all", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"));
      for await (const message of peer.connection) {
        assert.equal(message, "one");
        peer.send(peer.frame(3));
        assert.deepEqual(await peer.got(), []);
        break;
      }
      assert.deepEqual(await peer.got(), ["close 1002 invalid opcode"]);
    });

    test("waits for the reader no longer than closeTimeout; and then the peer's end no longer than that", async () => {
      const peer = open({ side, options: { closeTimeout: 5000 } });
      peer.send(peer.text("one"), peer.frame(3));
      peer.clock.advance(4999);
      assert.deepEqual(await peer.got(), []);
      peer.clock.advance(1);
      assert.deepEqual(await peer.got(), ["close 1002 invalid opcode"]);
      peer.clock.advance(4999);
      assert.equal(peer.connection.state, "closing");
      peer.clock.advance(1);
      assert.equal(peer.connection.state, "closed");
      assert.equal(await peer.connection.recv(), "one");
      assert.equal(peer.clock.pending, 0);
    });

    test("bounds the closing also when the reader came in time", async () => {
      const peer = open({ side, options: { closeTimeout: 5000 } });
      peer.send(peer.text("one"), peer.frame(3));
      await peer.connection.recv();
      peer.clock.advance(1000);
      const recv = assert.rejects(peer.connection.recv());
      assert.deepEqual(await peer.got(), ["close 1002 invalid opcode"]);
      peer.clock.advance(5000);
      assert.equal(peer.connection.state, "closed");
      await recv;
    });

    test("goes before what the application does meanwhile: close(), an error of its handler, too much to send", async () => {
      for (const meanwhile of [
        (peer: TestPeer) => void peer.connection.close(1000),
        (peer: TestPeer) => peer.connection.crash(1011, new Error("planted")),
      ]) {
        const peer = open({ side });
        peer.send(peer.text("one"), peer.frame(3));
        await peer.connection.recv();
        meanwhile(peer);
        assert.deepEqual(await peer.got(), ["close 1002 invalid opcode"]);
        peer.transport.feedEnd();
        assert.ok((await peer.connection.closed).cause instanceof ProtocolError);
      }
    });

    test("with the end of the stream behind it still lets the reader answer, and sends the Close", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"), peer.frame(3));
      peer.transport.feedEnd();
      await settle();
      assert.equal(await peer.connection.recv(), "one");
      await peer.connection.send("re: one");
      const recv = assert.rejects(peer.connection.recv());
      assert.deepEqual(await peer.got(), ["text re: one", "close 1002 invalid opcode"]);
      await recv;
      assert.equal(peer.connection.state, "closed");
      assert.equal(peer.transport.destroyed, false);
    });

    test("stops the keepalive", async () => {
      const peer = open({ side, options: { pingInterval: 1000, pingTimeout: 1000 } });
      peer.send(peer.text("one"), peer.frame(3));
      peer.clock.advance(9_999);
      assert.deepEqual(await peer.got(), []);
      peer.clock.advance(1);
      assert.deepEqual(await peer.got(), ["close 1002 invalid opcode"]);
    });

    test("after our own Close is not answered by another", async () => {
      const peer = open({ side });
      const closing = peer.connection.close();
      peer.send(peer.text("one"), peer.frame(3), peer.close());
      assert.deepEqual(await peer.got(), ["close 1000"]);
      assert.equal(peer.transport.ended, side === "server");
      peer.transport.feedEnd();
      assert.equal((await closing).clean, false);
      assert.equal(await peer.connection.recv(), "one");
    });

    test("has its messages delivered to whoever comes late", async () => {
      const peer = open({ side });
      peer.send(peer.text("one"), peer.text("two"), peer.frame(3));
      peer.clock.advance(10_000);
      peer.transport.feedEnd();
      await peer.connection.closed;
      const got: unknown[] = [];
      await assert.rejects(async () => {
        for await (const message of peer.connection) got.push(message);
      }, ConnectionClosedError);
      assert.deepEqual(got, ["one", "two"]);
    });
  });
}

test("an error that is not the peer's closes with 1011, is logged, and is the cause", async () => {
  const planted = new TypeError("planted");
  const extension: Extension = {
    name: "x",
    parameters: "",
    rsv: 4,
    encode: () => null,
    decode: () => {
      throw planted;
    },
    close: () => {},
  };
  const peer = open({ extension });
  peer.send(peer.frame(1, "x", { rsv: 4 }));
  assert.deepEqual(await peer.got(), ["close 1011"]);
  peer.transport.feedEnd();
  const closure = await peer.connection.closed;
  assert.equal(closure.cause, planted);
  const [told] = peer.events.of("internal.error");
  assert.equal(told?.what, "parser");
  assert.equal(told?.error, planted);
});

test("more frames in a message than maxSize allows close with 1008", async () => {
  const peer = open({ options: { maxSize: 1024 } });
  const frames = [peer.frame(1, "", { fin: false })];
  for (let n = 0; n < 1024; n += 1) frames.push(peer.frame(0, "", { fin: false }));
  peer.send(...frames);
  while (peer.clock.turns.length > 0) peer.clock.turn();
  assert.match((await peer.got()).join(), /^close 1008 /);
});

test("a message of exactly maxSize is no violation, in one frame and in many", async () => {
  const peer = open({ options: { maxSize: 1024 } });
  peer.send(peer.frame(2, Buffer.alloc(1024)));
  peer.send(peer.frame(2, Buffer.alloc(1000), { fin: false }), peer.frame(0, Buffer.alloc(24)));
  assert.equal(((await peer.connection.recv()) as Uint8Array).length, 1024);
  assert.equal(((await peer.connection.recv()) as Uint8Array).length, 1024);
  const recv = peer.connection.recv();
  assert.equal(await stateOf(recv), "pending");
});
