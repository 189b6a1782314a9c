/**
 * The twenty requirements of docs/topics/security.md, each with tests of its name. Many of them play cases of the hostile
 * suite, against serve() and attach() in this process; others stand for what the suite cannot see from outside.
 */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { ping, text } from "../../conformance/wire/frame.ts";
import { acceptOf } from "../../conformance/wire/head.ts";
import { CLIENT_CASES, SERVER_CASES, select } from "../../hostile/cases/catalogue.ts";
import { expectService } from "../../hostile/expect.ts";
import { Wire } from "../../hostile/wire.ts";
import { resolveConnectionOptions } from "../../src/connection/options.ts";
import { parseExtensions } from "../../src/http/extensions.ts";
import { HeadParser } from "../../src/http/head.ts";
import { parseSubprotocols } from "../../src/http/subprotocols.ts";
import { connect } from "../../src/index.ts";
import { Assembler } from "../../src/protocol/assembler.ts";
import { maxFrames } from "../../src/protocol/limits.ts";
import { resolveServerOptions } from "../../src/server/options.ts";
import { open, settle } from "../support/connection.ts";
import { Log, start } from "../support/server.ts";
import { attached, failures, served } from "./subjects.ts";

const MIB = 1024 * 1024;

/** The cases of the suite that stand for a requirement and cost little, played against both doors if they open any. */
function playCases(requirement: string, doors: "both" | "serve()" = "serve()"): void {
  const cases = SERVER_CASES.filter(
    // Resets by the dozen are for the suite itself.
    ({ id, rows, pace }) =>
      rows.includes(requirement) && pace === "quick" && !/(?:reset|finish)-/.test(id),
  );
  for (const [name, make] of [
    ["serve()", served],
    ["attach()", attached],
  ] as const) {
    if (doors !== "both" && doors !== name) continue;
    test(`${cases.length} cases against ${name}`, async (t) => {
      assert.ok(cases.length > 0);
      const subject = await make(t, { compression: {} });
      assert.deepEqual(await failures(subject, cases), []);
    });
  }
}

/** A server that answers whoever connects with these octets, and where it is. */
async function answering(t: TestContext, octets: string | Uint8Array): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.end(octets);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  return `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
}

/** The same octets each time, from a seed. */
function junk(seed: number, length: number): Buffer {
  const octets = Buffer.alloc(length);
  let state = seed * 2_654_435_761 + 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    octets[at] = state >>> 16;
  }
  return octets;
}

const quiet = { logger: null } as const;

describe("1. no input throws out of the library", () => {
  test("junk as a request, as frames and as an answer hurts nobody", async (t) => {
    const subject = await served(t, { compression: {} });
    for (let seed = 0; seed < 30; seed += 1) {
      const stranger = await subject.dial();
      stranger.write(junk(seed, 100));
      stranger.finish();
      const guest = await subject.open({ deflate: true });
      guest.write(junk(seed, 300));
      guest.finish();
      await Promise.all([stranger.ends(), guest.ends()]);
      stranger.destroy();
      guest.destroy();
    }
    const good = await subject.open();
    await expectService(good);
    good.destroy();
    for (let seed = 0; seed < 10; seed += 1) {
      await assert.rejects(connect(await answering(t, junk(seed, 200)), quiet));
    }
  });

  playCases("R1");
});

describe("2. an application that forgets its errors does not lose its process", () => {
  test("a handler that reads nothing and catches nothing is not hurt by a violation or a reset", async (t) => {
    const { port, server } = await start(t, async (connection) => void (await connection.closed));
    const forgotten = await start(t, () => new Promise(() => {}));
    for (const where of [port, forgotten.port]) {
      for (const how of ["violation", "reset"]) {
        const wire = await Wire.dial("127.0.0.1", where);
        wire.write(
          "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        );
        await wire.head();
        if (how === "reset") wire.reset();
        else wire.write("\x83\x80abcd");
        await wire.ends();
        wire.destroy();
      }
    }
    await settle();
    await server.close();
  });
});

describe("3. the handshake is validated by us", () => {
  playCases("R3", "both");
});

describe("4. an upgrade has no body", () => {
  playCases("R4", "both");
});

describe("5. another version gets 426 and Sec-WebSocket-Version: 13, and is compared as text", () => {
  playCases("R5", "both");
});

describe("6. the deadline of the handshake is our own, and is not restarted by bytes", () => {
  test("of the server", async (t) => {
    const subject = await served(t, { openTimeout: 100 });
    const wire = await subject.dial();
    wire.write("GET / HTTP/1.1\r\n");
    const drip = setInterval(() => wire.write("X-Drip: a\r\n"), 10);
    t.after(() => clearInterval(drip));
    assert.ok(await wire.ends(20_000));
    assert.equal(wire.octetsIn, 0);
  });

  test("of the client, from connect() on", async (t) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      const drip = setInterval(() => socket.write("HTTP/1.1 100 Continue\r\n\r\n"), 10);
      socket.on("close", () => clearInterval(drip));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const address = server.address();
    const url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
    await assert.rejects(connect(url, { ...quiet, openTimeout: 100 }), /timed out/);
  });

  test("is 10 s on both sides", () => {
    assert.equal(resolveConnectionOptions({}).openTimeout, 10_000);
  });
});

describe("7. limits are on by default", () => {
  test("and are these", () => {
    const connection = resolveConnectionOptions({});
    assert.equal(connection.maxSize, MIB);
    assert.equal(connection.queueBytes, MIB);
    assert.equal(connection.queueMessages, 4096);
    assert.deepEqual(connection.writeLimit, { high: 65_536, low: 16_384, max: 16 * MIB });
    assert.equal(maxFrames(MIB), 65_536);
    assert.equal(maxFrames(100), 1024);
    const server = resolveServerOptions({}, "serve");
    assert.equal(server.maxHandshakes, 10_000);
    assert.ok(server.connection.budget !== null);
  });

  test("a head has at most 128 lines, of at most 8 KiB", () => {
    const line = (length: number): Buffer => Buffer.from(`X: ${"a".repeat(length - 5)}\r\n`);
    for (const [lines, fits] of [
      [[line(8192)], true],
      [[line(8193)], false],
      [Array.from({ length: 128 }, () => line(10)), true],
      [Array.from({ length: 129 }, () => line(10)), false],
    ] as const) {
      const parser = new HeadParser("request");
      const head = Buffer.concat([
        Buffer.from("GET / HTTP/1.1\r\n"),
        ...lines,
        Buffer.from("\r\n"),
      ]);
      if (fits) assert.ok(parser.push(head));
      else assert.throws(() => parser.push(head), /expected no more than/);
    }
  });

  playCases("R7");
});

describe("8. memory is charged by what is retained", () => {
  test("60 000 fragments of one byte take little more than their bytes", () => {
    const message = new Assembler(2, 0, false, MIB);
    const chunk = new Uint8Array(65_536);
    for (let at = 0; at < 60_000; at += 1) {
      message.frames += 1;
      message.append(chunk, at, at + 1, 0);
    }
    assert.equal(message.length, 60_000);
    assert.ok(message.bytes.length <= 2 * 60_000, `${message.bytes.length}`);
    assert.notEqual(message.bytes.buffer, chunk.buffer);
  });

  test("a message keeps no more than twice its size alive, whatever the chunk that brought it", async () => {
    const peer = open();
    peer.send(peer.frame(2, "tiny"), peer.frame(2, Buffer.alloc(60_000)));
    for (const size of [4, 60_000]) {
      const message = (await peer.connection.recv()) as Uint8Array;
      assert.equal(message.length, size);
      assert.ok(message.buffer.byteLength <= 2 * size, `${message.buffer.byteLength}`);
    }
  });
});

describe("9. a declared length is judged before anything is taken for it", () => {
  test("a header that announces a legal mebibyte takes no more than 64 KiB", () => {
    const peer = open();
    peer.transport.feed(Buffer.from("82ff00000000001000000102030400", "hex"));
    const held = peer.connection.state === "open" ? heldBy(peer) : -1;
    assert.ok(held >= 0 && held <= 65_536, `${held}`);
  });

  playCases("R9");
});

function heldBy(peer: ReturnType<typeof open>): number {
  return Number((peer.connection as unknown as { held: number }).held);
}

describe("10. control frames are judged on their first two bytes", () => {
  playCases("R10");
});

describe("11. backpressure is the library's job", () => {
  test("what an echo holds for a peer that does not read is bounded", async (t) => {
    const subject = await served(t);
    const { server, port } = await start(t);
    assert.ok(subject.host);
    const wire = await Wire.dial("127.0.0.1", port);
    wire.write(
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    await wire.head();
    wire.socket.pause();
    const piece = wire.encode(text("x".repeat(16_000)), ping("p"));
    await wire.pour(
      (function* () {
        for (let left = 2000; left > 0; left -= 1) yield piece;
      })(),
      300,
    );
    const [connection] = server.connections;
    assert.ok(connection !== undefined);
    assert.ok(connection.bufferedAmount < 2 * MIB, `${connection.bufferedAmount}`);
    wire.reset();
  });
});

describe("12. inflating is limited while it goes on", () => {
  playCases("R12");
});

describe("13. the parameters of permessage-deflate are checked as text", () => {
  playCases("R13");

  test("in answers too", async (t) => {
    const answers = select(CLIENT_CASES, ["response/extension-*"])
      .map(({ title }) => title.slice("Sec-WebSocket-Extensions: ".length))
      // Titles cut the long ones, which may be legal then.
      .filter(({ length }) => length < 60);
    assert.ok(answers.length > 30);
    for (const extensions of answers) {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", (request: Buffer) => {
          const key = /Sec-WebSocket-Key: (\S+)/.exec(request.toString("latin1"))?.[1] ?? "";
          socket.write(acceptance(key, extensions));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      t.after(() => server.close());
      const address = server.address();
      const url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
      await assert.rejects(connect(url, quiet), Error, extensions);
    }
  });
});

describe("14. names of headers and parameters meet no prototype, and no slow expression", () => {
  playCases("R14");

  test("fields of 8 KiB made to be slow are read in a time that grows with their length alone", () => {
    // A quadratic reader would need minutes for these, all of which are 8 KiB.
    for (let count = 0; count < 20; count += 1) {
      for (const value of [
        `a${" ".repeat(8000)}b`,
        `a; b="${"\\a".repeat(4000)}`,
        `a${";".repeat(8000)}`,
        ",".repeat(8000),
      ]) {
        for (const parse of [parseExtensions, parseSubprotocols]) {
          try {
            parse([value]);
          } catch {
            // Most of them are wrong.
          }
        }
      }
    }
  });
});

describe("15. UTF-8 is strict, and U+FEFF is kept", () => {
  playCases("R15");
});

describe("16. closing is bounded, and only legal codes are sent", () => {
  playCases("R16");

  test("the time that closing may take is not restarted by what comes", async () => {
    const peer = open({ options: { closeTimeout: 1000 } });
    const closed = peer.connection.close();
    for (let passed = 0; passed < 1000; passed += 100) {
      peer.send(peer.text("still here"), peer.frame(9, "p"));
      peer.clock.advance(100);
    }
    assert.equal((await closed).code, 1006);
  });
});

describe("17. what a connection owns is released on every way out", () => {
  test("no socket, timer or listener is left of handshakes and connections that fail in any way", async (t) => {
    const { server, port } = await start(t);
    const resources = (): string =>
      process
        .getActiveResourcesInfo()
        .filter((name) => name === "TCPSocketWrap" || name === "Timeout")
        .sort()
        .join();
    await settle();
    const before = resources();
    for (let count = 0; count < 40; count += 1) {
      const wire = await Wire.dial("127.0.0.1", port);
      wire.write(["", "GET", "POST / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"][count % 4] ?? "");
      if (count % 8 < 4) wire.reset();
      else {
        wire.finish();
        await wire.ends();
        wire.destroy();
      }
    }
    while (server.connections.size > 0 || resources().length > before.length) await settle();
    assert.equal(server.connections.size, 0);
  });
});

describe("18. masking keys are fresh, and servers never mask", () => {
  test("a thousand frames have a thousand keys, none zero", async () => {
    const peer = open({ side: "client" });
    for (let count = 0; count < 1000; count += 1) void peer.connection.send("");
    await settle();
    const octets = Buffer.from(peer.transport.written);
    const keys = new Set<number>();
    for (let at = 0; at < octets.length; at += 6) {
      assert.equal(octets[at + 1], 0x80);
      keys.add(octets.readUInt32BE(at + 2));
    }
    assert.equal(octets.length, 6000);
    assert.ok(keys.size > 998, `${keys.size}`);
    assert.ok(!keys.has(0));
  });

  test("a server's frames are not masked", async () => {
    const peer = open({ side: "server" });
    void peer.connection.send("plain");
    await settle();
    assert.equal(Buffer.from(peer.transport.written).toString("latin1"), "\x81\x05plain");
  });
});

describe("19. what goes out in a header is checked before anything is sent", () => {
  for (const [name, options] of Object.entries({
    "CR LF in a header": { headers: { "X-A": "a\r\nX-B: b" } },
    "NUL in a header": { headers: { "X-A": "a\0b" } },
    "CR LF in a name": { headers: { "X-A\r\nX-B": "a" } },
    "CR LF in a subprotocol": { subprotocols: ["a\r\nX-B: b"] },
    "CR LF in the origin": { origin: "http://a\r\nX-B: b" },
    "CR LF in the agent": { userAgent: "a\r\nX-B: b" },
  })) {
    test(`${name} is refused by connect(), which does not connect`, async (t) => {
      let connections = 0;
      const server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      t.after(() => server.close());
      const address = server.address();
      const url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
      await assert.rejects(connect(url, { ...quiet, ...options } as object), TypeError);
      assert.equal(connections, 0);
    });
  }
});

describe("20. logs are escaped, bounded and free of secrets", () => {
  test("a hostile request, origin and close reason forge no line and tell no secret", async (t) => {
    const log = new Log();
    const subject = await served(t, { logger: log });
    const bad = await subject.dial();
    bad.write(
      "GET /\x1b[2J?access_token=hunter2 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic aHVudGVyMg==\r\n",
      "Origin: http://evil\x1b.example\r\nCookie: session=hunter2\r\n\r\n",
    );
    await bad.ends();
    bad.destroy();
    const wire = await subject.open();
    const reason = "bye\r\n2026-01-01 INFO forged\x1b[31m";
    wire.write(
      wire.encode({
        opcode: 8,
        fin: true,
        rsv: 0,
        payload: Buffer.from(`\x03\xe8${reason}`, "latin1"),
      }),
    );
    await wire.ends();
    wire.destroy();
    await settle();
    assert.ok(log.lines.length > 0);
    for (const line of log.texts()) {
      assert.doesNotMatch(line, /[\x00-\x09\x0b-\x1f\x7f]/);
      assert.doesNotMatch(line, /^2026-01-01 INFO forged/m);
      assert.doesNotMatch(line, /hunter2|aHVudGVyMg/);
      assert.ok(line.length < 4096);
    }
  });
});

test("compressed junk behind a legal beginning fails the connection, and no other", async (t) => {
  const subject = await served(t, { compression: {} });
  const witness = await subject.open();
  const wire = await subject.open({ deflate: true });
  const whole = deflateRawSync(Buffer.alloc(1000));
  wire.send(text(Buffer.concat([whole.subarray(0, 3), junk(1, 50)]), { rsv: 4 }));
  assert.ok(await wire.ends());
  wire.destroy();
  await expectService(witness);
  witness.destroy();
});

function acceptance(key: string, extensions: string): string {
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    `Sec-WebSocket-Extensions: ${extensions}`,
    "",
    "",
  ].join("\r\n");
}
