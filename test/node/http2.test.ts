/** One HTTP/2 stream as a Transport (RFC 8441 §5), between real sessions. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  constants,
  createSecureServer,
  createServer,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { addAbortSignal } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { StreamLost, type TransportListener } from "../../src/connection/transport.ts";
import {
  Http2Transport,
  toHttp2RequestHead,
  toHttp2ResponseHead,
  toOutgoing,
} from "../../src/node/http2.ts";
import { Authority } from "../support/certificates.ts";
import { ask, endSession, openSession, type StreamPeer, socketOf } from "../support/http2-peer.ts";

/** Keeps what it is told. */
class Listener implements TransportListener {
  chunks: Uint8Array[] = [];
  ends = 0;
  drains = 0;
  closed: Error | null | undefined = undefined;
  #wake: (() => void)[] = [];

  onChunk(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.#stir();
  }

  onEnd(): void {
    this.ends += 1;
    this.#stir();
  }

  onDrain(): void {
    this.drains += 1;
    this.#stir();
  }

  onClose(error: Error | null): void {
    this.closed = error;
    this.#stir();
  }

  get size(): number {
    return this.chunks.reduce((size, chunk) => size + chunk.length, 0);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  async until(is: () => boolean): Promise<void> {
    while (!is()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  async lost(): Promise<StreamLost> {
    await this.until(() => this.closed !== undefined);
    assert.ok(this.closed instanceof StreamLost, String(this.closed));
    return this.closed;
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

interface Pair {
  readonly transport: Http2Transport;
  readonly listener: Listener;
  readonly stream: ServerHttp2Stream;
  readonly peer: StreamPeer;
}

const authority = new Authority();

class Line {
  readonly session: ClientHttp2Session;
  readonly #streams: ServerHttp2Stream[] = [];
  #wake: () => void = () => {};

  constructor(session: ClientHttp2Session) {
    this.session = session;
  }

  arrive(stream: ServerHttp2Stream): void {
    this.#streams.push(stream);
    this.#wake();
  }

  /** A further stream, accepted: the server's end as a transport, the client's by hand. */
  async open(): Promise<Pair> {
    const peer = ask(this.session);
    while (this.#streams.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const stream = this.#streams.shift() as ServerHttp2Stream;
    const transport = new Http2Transport(stream);
    const listener = new Listener();
    transport.listener = listener;
    transport.respond(200, [["x-own", "1"]]);
    await peer.answer();
    return { transport, listener, stream, peer };
  }
}

async function openLine(t: TestContext, secure = false): Promise<Line> {
  const settings = { enableConnectProtocol: true };
  const server = secure
    ? createSecureServer({ ...authority.issue("server", ["127.0.0.1"]), settings })
    : createServer({ settings });
  let line: Line | null = null;
  server.on("stream", (stream) => line?.arrive(stream));
  server.on("sessionError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const session = await openSession({ port, ca: secure ? authority.cert : null });
  line = new Line(session);
  t.after(async () => {
    await endSession(session);
    server.close();
  });
  return line;
}

describe("a stream", () => {
  test("carries bytes both ways, and says who is at the other end", async (t) => {
    const line = await openLine(t);
    const { transport, listener, peer } = await line.open();
    assert.equal(transport.isEncrypted, false);
    const { localPort, remotePort } = line.session.socket;
    assert.deepEqual(transport.remoteAddress, {
      address: "127.0.0.1",
      port: localPort,
      family: "IPv4",
    });
    assert.deepEqual(transport.localAddress, {
      address: "127.0.0.1",
      port: remotePort,
      family: "IPv4",
    });
    peer.stream.write("to the server");
    await listener.until(() => listener.text === "to the server");
    transport.write(Buffer.from("to the client"));
    await peer.until(() => peer.received.toString() === "to the client");
  });

  test("knows that its session is encrypted", async (t) => {
    const line = await openLine(t, true);
    assert.equal((await line.open()).transport.isEncrypted, true);
  });

  test("says END_STREAM for an end, each direction on its own", async (t) => {
    const { transport, listener, peer } = await (await openLine(t)).open();
    transport.write(Buffer.from("last words"));
    transport.end();
    await peer.until(() => peer.ended);
    assert.equal(peer.received.toString(), "last words");
    assert.equal(listener.ends, 0);
    peer.stream.write("and mine");
    peer.stream.end();
    await listener.until(() => listener.closed !== undefined);
    assert.equal(listener.text, "and mine");
    assert.equal(listener.ends, 1);
    assert.equal(listener.closed, null);
  });

  test("may be ended by the peer first", async (t) => {
    const { transport, listener, peer } = await (await openLine(t)).open();
    peer.stream.end("bye");
    await listener.until(() => listener.ends === 1);
    assert.equal(listener.text, "bye");
    transport.write(Buffer.from("still here"));
    transport.end();
    await peer.until(() => peer.ended);
    assert.equal(peer.received.toString(), "still here");
    await listener.until(() => listener.closed !== undefined);
    assert.equal(listener.closed, null);
  });

  const resets: readonly [number, string][] = [
    [constants.NGHTTP2_CANCEL, "CANCEL"],
    [constants.NGHTTP2_INTERNAL_ERROR, "INTERNAL_ERROR"],
    [constants.NGHTTP2_PROTOCOL_ERROR, "PROTOCOL_ERROR"],
    [constants.NGHTTP2_REFUSED_STREAM, "REFUSED_STREAM"],
    [constants.NGHTTP2_ENHANCE_YOUR_CALM, "ENHANCE_YOUR_CALM"],
    [constants.NGHTTP2_HTTP_1_1_REQUIRED, "HTTP_1_1_REQUIRED"],
    [99, "error 99"],
  ];
  for (const [code, name] of resets) {
    test(`that the peer resets with ${code} is lost: ${name}`, async (t) => {
      const { listener, peer } = await (await openLine(t)).open();
      // Node says END_STREAM before it resets.
      peer.stream.close(code);
      assert.equal((await listener.lost()).reset, name);
    });
  }

  test("that is reset by nothing but RST_STREAM has not ended", async (t) => {
    const line = await openLine(t);
    const cut = await line.open();
    addAbortSignal(AbortSignal.abort(), cut.peer.stream);
    assert.equal((await cut.listener.lost()).reset, "CANCEL");
    assert.equal(cut.listener.ends, 0);
    const failed = await line.open();
    failed.peer.stream.destroy(new Error("on purpose"));
    assert.equal((await failed.listener.lost()).reset, "INTERNAL_ERROR");
    assert.equal(failed.listener.ends, 0);
    const dropped = await line.open();
    dropped.peer.stream.destroy();
    assert.equal((await dropped.listener.lost()).reset, "NO_ERROR");
    assert.equal(dropped.listener.ends, 0);
  });

  test("that the peer resets after both have ended it has not been lost", async (t) => {
    const { transport, listener, peer } = await (await openLine(t)).open();
    transport.end();
    peer.stream.end();
    await peer.closed;
    await listener.until(() => listener.closed !== undefined);
    assert.equal(listener.closed, null);
  });

  test("that the peer never ends is closed some time after we have ended it, without a fault", async (t) => {
    const { transport, listener, peer } = await (await openLine(t)).open();
    transport.write(Buffer.from("all that there is"));
    transport.end();
    await peer.closed;
    assert.equal(peer.received.toString(), "all that there is");
    assert.equal(peer.ended, true);
    assert.equal(peer.stream.rstCode, constants.NGHTTP2_NO_ERROR);
    await listener.until(() => listener.closed !== undefined);
    assert.deepEqual([listener.closed, listener.ends], [null, 0]);
  });

  test("that we cut is reset with CANCEL, and its end is no fault", async (t) => {
    const { transport, listener, peer } = await (await openLine(t)).open();
    transport.write(new Uint8Array(1_000_000));
    transport.destroy();
    await peer.closed;
    assert.equal(peer.stream.rstCode, constants.NGHTTP2_CANCEL);
    assert.equal(peer.ended, false);
    await listener.until(() => listener.closed !== undefined);
    assert.equal(listener.closed, null);
    // Again, and after it: nothing.
    transport.destroy();
    transport.end();
    transport.respond(200, []);
    assert.equal(transport.write(Buffer.from("x")), true);
  });

  for (const how of ["destroy", "resetAndDestroy"] as const) {
    test(`whose socket dies by ${how} is lost, with all others of the session`, async (t) => {
      const line = await openLine(t);
      const pairs = [await line.open(), await line.open()];
      socketOf(line.session)[how]();
      for (const { listener } of pairs) {
        assert.equal((await listener.lost()).reset, null);
        assert.equal(listener.ends, 0);
      }
      assert.equal(pairs[0]?.transport.localAddress, null);
    });
  }

  test("whose peer says GOAWAY with an error is lost, with the session's error as the cause", async (t) => {
    const line = await openLine(t);
    const { listener } = await line.open();
    line.session.goaway(constants.NGHTTP2_INTERNAL_ERROR);
    const lost = await listener.lost();
    assert.equal(lost.reset, null);
    assert.match(String(lost.cause), /ERR_HTTP2_SESSION_ERROR/);
  });

  test("lives on after a GOAWAY without an error, and so do others when it ends", async (t) => {
    const line = await openLine(t);
    const [one, other] = [await line.open(), await line.open()];
    line.session.goaway();
    one.peer.stream.close(constants.NGHTTP2_CANCEL);
    assert.equal((await one.listener.lost()).reset, "CANCEL");
    other.peer.stream.write("alive");
    await other.listener.until(() => other.listener.text === "alive");
    assert.equal(other.listener.closed, undefined);
  });
});

describe("write()", () => {
  test("takes a small chunk at once, so that its memory may change", async (t) => {
    const { transport, peer } = await (await openLine(t)).open();
    const chunk = Buffer.from("first");
    assert.equal(transport.write(chunk), true);
    chunk.fill("x");
    transport.end();
    await peer.until(() => peer.ended);
    assert.equal(peer.received.toString(), "first");
  });

  test("keeps a large chunk, counts it as waiting, and says when it has gone", async (t) => {
    const { transport, listener, peer } = await (await openLine(t)).open();
    peer.stream.pause();
    const chunk = new Uint8Array(3_000_000).fill(7);
    assert.equal(transport.write(chunk), false);
    assert.equal(transport.bufferedAmount, 3_000_000);
    assert.equal(listener.drains, 0);
    peer.stream.resume();
    await listener.until(() => listener.drains > 0);
    assert.equal(transport.bufferedAmount, 0);
    await peer.until(() => peer.received.length === 3_000_000);
    assert.ok(peer.received.every((byte) => byte === 7));
  });

  test("says when small chunks have drained, too", async (t) => {
    const { transport, listener } = await (await openLine(t)).open();
    transport.write(Buffer.from("a"));
    transport.write(Buffer.from("b"));
    await listener.until(() => listener.drains > 0);
    assert.equal(transport.bufferedAmount, 0);
  });

  test("keeps the order of small and large chunks", async (t) => {
    const { transport, peer } = await (await openLine(t)).open();
    const sizes = [1, 100_000, 2, 16_384, 16_385, 3, 500_000];
    for (const [at, size] of sizes.entries()) transport.write(new Uint8Array(size).fill(at));
    transport.end();
    await peer.until(() => peer.ended);
    const expected = Buffer.concat(sizes.map((size, at) => Buffer.alloc(size, at)));
    assert.ok(peer.received.equals(expected));
  });
});

describe("pause()", () => {
  test("stops the peer by its flow-control window, while other streams go on", async (t) => {
    const line = await openLine(t);
    const slow = await line.open();
    const quick = await line.open();
    slow.transport.pause();
    slow.peer.stream.write(new Uint8Array(4_000_000));
    quick.peer.stream.write(new Uint8Array(2_000_000));
    await quick.listener.until(() => quick.listener.size === 2_000_000);
    // The default window of a stream is 65 535 bytes.
    assert.ok(slow.peer.stream.writableLength > 3_900_000);
    const before = slow.listener.size;
    assert.ok(before <= 65_535, `${before} bytes came to a stream that was paused`);
    slow.transport.resume();
    await slow.listener.until(() => slow.listener.size === 4_000_000);
  });
});

describe("respond()", () => {
  test("leaves a stream alone that somebody else has answered", async (t) => {
    const { transport, stream, peer } = await (await openLine(t)).open();
    assert.equal(stream.headersSent, true);
    transport.respond(500, []);
    assert.equal((await peer.answer()).status, 200);
  });
});

describe("heads", () => {
  test("of requests keep all fields in order, and take the target from :path", () => {
    const flat = [
      ":method",
      "CONNECT",
      ":path",
      "/a?b",
      ":authority",
      "h",
      "cookie",
      "a",
      "cookie",
      "b",
    ];
    assert.deepEqual(toHttp2RequestHead(flat), {
      method: "CONNECT",
      target: "/a?b",
      version: "2",
      rawHeaders: [
        [":method", "CONNECT"],
        [":path", "/a?b"],
        [":authority", "h"],
        ["cookie", "a"],
        ["cookie", "b"],
      ],
    });
  });

  test("of a plain CONNECT have their host as target, of nothing nothing", () => {
    assert.equal(toHttp2RequestHead([":method", "CONNECT", ":authority", "h:1"]).target, "h:1");
    assert.deepEqual(toHttp2RequestHead([]), {
      method: "",
      target: "",
      version: "2",
      rawHeaders: [],
    });
  });

  test("of responses have the status apart", () => {
    assert.deepEqual(toHttp2ResponseHead([":status", "403", "x", "y"]), {
      version: "2",
      status: 403,
      statusText: "",
      rawHeaders: [["x", "y"]],
    });
  });

  test("that go out have each name once", () => {
    const raw = [
      ["a", "1"],
      ["set-cookie", "x"],
      ["a", "2"],
      ["set-cookie", "y"],
      ["cookie", "p"],
      ["cookie", "q"],
    ] as const;
    assert.deepEqual(
      { ...toOutgoing(raw) },
      { a: "1, 2", "set-cookie": ["x", "y"], cookie: "p; q" },
    );
  });
});
