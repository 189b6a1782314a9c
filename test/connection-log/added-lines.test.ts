/** The lines that we log beside those of Python's library (LOGGING.md §1.8): each is provoked, and has its place. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { broadcast, type ServeOptions } from "../../src/index.ts";
import {
  closePayload,
  frame,
  head,
  type RawPeer,
  REQUEST,
  rawServer,
} from "../transcripts/raw-peer.ts";
import { echo, Stage } from "../transcripts/stage.ts";

/** Plays, and returns what `side` has logged at DEBUG and above, after `from` if that is given. */
async function linesOf(
  side: "server" | "client",
  play: (stage: Stage) => Promise<void>,
  from = "",
): Promise<string[]> {
  const stage = new Stage("DEBUG");
  try {
    await play(stage);
  } finally {
    await stage.end();
  }
  const lines = stage.records
    .filter(({ name }) => name === `websockets.${side}`)
    .map((record) => record.getMessage());
  return lines.slice(lines.indexOf(from) + 1);
}

async function open(stage: Stage, port: number): Promise<RawPeer> {
  const peer = await stage.dial(port);
  peer.send(head(REQUEST));
  await peer.until("\r\n\r\n");
  return peer;
}

/** A server that keeps its connections until they end, and a raw peer that has been let in. */
async function withPeer(
  stage: Stage,
  options: ServeOptions<undefined>,
  act: (peer: RawPeer) => Promise<void> | void,
): Promise<void> {
  const { server, port } = await stage.serve(async (connection) => {
    await connection.closed;
  }, options);
  const peer = await open(stage, port);
  await act(peer);
  await peer.leave();
  await stage.settled();
  await server.close();
}

describe("! failing connection: comes directly before the Close frame that it causes,", () => {
  const many = Array.from({ length: 2000 }, (_, at) => frame(at === 0 ? 0x01 : 0x00, ""));
  const FAULTS: readonly (readonly [
    what: string,
    bytes: Uint8Array,
    failing: string,
    close: string,
  ])[] = [
    [
      "a breach of the protocol",
      frame(0xf1, ""),
      "1002 reserved bits must be 0",
      "1002 (protocol error) reserved bits must be 0 [25 bytes]",
    ],
    [
      "text that is not UTF-8",
      frame(0x81, Uint8Array.of(0xff)),
      "1007 invalid start byte at position 0",
      "1007 (invalid frame payload data) invalid start byte at position 0 [34 bytes]",
    ],
    [
      "a message in too many frames",
      Buffer.concat(many),
      "1008 message exceeds limit of 1024 frames",
      "1008 (policy violation) message exceeds limit of 1024 frames [38 bytes]",
    ],
    [
      "a message that is too big",
      frame(0x82, new Uint8Array(2000)),
      "1009 frame with 2000 bytes exceeds limit of 1000 bytes",
      "1009 (message too big) frame with 2000 bytes exceeds limit of 1000 bytes [51 bytes]",
    ],
  ];

  for (const [what, bytes, failing, close] of FAULTS) {
    test(`for ${what}`, async () => {
      const lines = await linesOf("server", (stage) =>
        withPeer(stage, { maxSize: 1000 }, (peer) => peer.send(bytes)),
      );
      const at = lines.indexOf(`> CLOSE ${close}`);
      assert.equal(lines[at - 1], `! failing connection: ${failing}`, lines.slice(-12).join("\n"));
      assert.equal(lines.filter((line) => line.startsWith("! failing")).length, 1);
    });
  }

  test("for a handler that crashes, after the line that says so", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, url } = await stage.serve(() => {
          throw new Error("boom");
        });
        await (await stage.connect(url)).closed;
        await server.close();
      },
      "connection open",
    );
    assert.deepEqual(lines.slice(0, 3), [
      "connection handler failed",
      "! failing connection: 1011 internal error",
      "> CLOSE 1011 (internal error) [2 bytes]",
    ]);
  });

  test("for a peer that does not read what it is sent", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve(
          async (connection) => {
            while (connection.state === "open") {
              connection.post(new Uint8Array(65_536));
            }
            connection.abort();
          },
          { writeLimit: { high: 1000, low: 1000, max: 100_000 } },
        );
        const peer = await stage.dial(port);
        peer.socket.pause();
        peer.send(head(REQUEST));
        await stage.settled();
        peer.socket.destroy();
        await server.close();
      },
      "connection open",
    );
    const at = lines.findIndex((line) => line.startsWith("> CLOSE 1013"));
    assert.equal(lines[at - 1], "! failing connection: 1013 too much data waits to be sent");
    assert.equal(
      lines[at],
      "> CLOSE 1013 (try again later) too much data waits to be sent [32 bytes]",
    );
  });

  test("for a peer that does not read what is broadcast", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        let result = { closed: 0 };
        const { server, port } = await stage.serve(
          (connection) => {
            while (result.closed === 0) {
              result = broadcast([connection], new Uint8Array(65_536));
            }
            connection.abort();
          },
          { writeLimit: { high: 1000, low: 1000, max: 100_000 } },
        );
        const peer = await stage.dial(port);
        peer.socket.pause();
        peer.send(head(REQUEST));
        await stage.settled();
        peer.socket.destroy();
        await server.close();
      },
      "connection open",
    );
    const at = lines.findIndex((line) => line.startsWith("> CLOSE 1013"));
    assert.equal(lines[at - 1], "! failing connection: 1013 too much data waits to be sent");
  });

  test("for a fragmented message that cannot be ended", async () => {
    const lines = await linesOf("client", async (stage) => {
      const { server, url } = await stage.serve();
      const connection = await stage.connect(url);
      await connection.send(["a", 1 as never]).catch(() => {});
      await connection.closed;
      await server.close();
    });
    const at = lines.findIndex((line) => line.startsWith("> CLOSE"));
    assert.deepEqual(lines.slice(at - 1, at + 1), [
      "! failing connection: 1011 error in fragmented message",
      "> CLOSE 1011 (internal error) error in fragmented message [29 bytes]",
    ]);
  });

  test("not for a peer that answers no ping, nor for one that is lost", async () => {
    for (const act of [
      () => {},
      (peer: RawPeer) => {
        peer.socket.resetAndDestroy();
      },
    ]) {
      const lines = await linesOf("server", (stage) =>
        withPeer(stage, { pingInterval: 100, pingTimeout: 100 }, act),
      );
      assert.deepEqual(
        lines.filter((line) => line.startsWith("! failing")),
        [],
      );
    }
  });
});

test("! timed out waiting for keepalive pong comes before the Close frame", async () => {
  const lines = await linesOf(
    "server",
    (stage) => withPeer(stage, { pingInterval: 50, pingTimeout: 50 }, () => {}),
    "% sent keepalive ping",
  );
  assert.deepEqual(lines.slice(0, 2), [
    "! timed out waiting for keepalive pong",
    "> CLOSE 1011 (internal error) keepalive ping timeout [24 bytes]",
  ]);
});

describe("when closing takes longer than closeTimeout, the connection is cut,", () => {
  test("! timed out waiting for closing handshake, where the peer sends no Close frame", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve(() => {}, { closeTimeout: 50 });
        const peer = await open(stage, port);
        await peer.leave();
        await stage.settled();
        await server.close();
      },
      "connection open",
    );
    assert.deepEqual(lines.slice(0, 7), [
      "> CLOSE 1000 (OK) [2 bytes]",
      "= connection is CLOSING",
      "! timed out waiting for closing handshake",
      "x aborting TCP connection",
      "> EOF",
      "= connection is CLOSED",
      "connection closed",
    ]);
  });

  test("! timed out waiting for TCP close, where a client does not end its stream", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve(echo, { closeTimeout: 50 });
        const peer = await open(stage, port);
        peer.send(frame(0x88, closePayload(1000)));
        await stage.settled();
        peer.socket.destroy();
        await server.close();
      },
      "connection open",
    );
    assert.deepEqual(lines.slice(0, 9), [
      "< CLOSE 1000 (OK) [2 bytes]",
      "> CLOSE 1000 (OK) [2 bytes]",
      "= connection is CLOSING",
      "> EOF",
      "x half-closing TCP connection",
      "! timed out waiting for TCP close",
      "x aborting TCP connection",
      "= connection is CLOSED",
      "connection closed",
    ]);
  });

  test("! timed out waiting for TCP close, where a server does not end its stream", async () => {
    const lines = await linesOf(
      "client",
      async (stage) => {
        const { server, port } = await stage.serve();
        // A server that answers with a Close frame, and leaves it at that.
        const raw = await rawServer((peer) => {
          void relay(stage, peer, port);
        });
        const connection = await stage.connect(`ws://127.0.0.1:${raw.port}/`, {
          closeTimeout: 500,
        });
        await connection.close();
        await raw.close();
        await server.close();
      },
      "= connection is OPEN",
    );
    assert.deepEqual(lines, [
      "> CLOSE 1000 (OK) [2 bytes]",
      "= connection is CLOSING",
      "< CLOSE 1000 (OK) [2 bytes]",
      "! timed out waiting for TCP close",
      "x aborting TCP connection",
      "> EOF",
      "= connection is CLOSED",
    ]);
  });
});

/** Passes bytes on in both directions, but not the end of the server's stream. */
async function relay(stage: Stage, peer: RawPeer, port: number): Promise<void> {
  const { socket } = await stage.dial(port);
  peer.socket.on("data", (chunk) => socket.write(chunk));
  socket.on("data", (chunk) => peer.socket.write(chunk));
  if (peer.received !== "") socket.write(Buffer.from(peer.received, "latin1"));
  peer.socket.on("close", () => socket.destroy());
}

describe("x aborting TCP connection", () => {
  test("when abort() is called", async () => {
    const lines = await linesOf(
      "client",
      async (stage) => {
        const { server, url } = await stage.serve();
        const connection = await stage.connect(url);
        connection.abort();
        await stage.settled();
        await server.close();
      },
      "= connection is OPEN",
    );
    assert.deepEqual(lines, ["x aborting TCP connection", "> EOF", "= connection is CLOSED"]);
  });

  test("when the deadline of a server's close() has come", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve();
        const peer = await open(stage, port);
        await server.close({ deadline: 50 });
        peer.socket.destroy();
      },
      "server closing",
    );
    assert.deepEqual(lines.slice(0, 6), [
      "> CLOSE 1001 (going away) [2 bytes]",
      "= connection is CLOSING",
      "x aborting TCP connection",
      "> EOF",
      "= connection is CLOSED",
      "connection closed",
    ]);
  });

  test("when the peer of a refused handshake does not end its stream", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve(echo, { closeTimeout: 50 });
        const peer = await stage.dial(port);
        peer.send(head(["GET / HTTP/1.1", "Host: 127.0.0.1"]));
        await stage.settled();
        peer.socket.destroy();
        await server.close();
      },
      "connection rejected (426 Upgrade Required)",
    );
    assert.deepEqual(lines.slice(0, 5), [
      "> EOF",
      "x half-closing TCP connection",
      "! timed out waiting for TCP close",
      "x aborting TCP connection",
      "= connection is CLOSED",
    ]);
  });

  test("when connect() takes too long", async () => {
    const lines = await linesOf("client", async (stage) => {
      const raw = await rawServer(() => {});
      await assert.rejects(stage.connect(`ws://127.0.0.1:${raw.port}/`, { openTimeout: 100 }));
      await raw.close();
    });
    assert.deepEqual(lines.slice(-3), [
      "x aborting TCP connection",
      "> EOF",
      "= connection is CLOSED",
    ]);
  });
});

describe("an opening handshake that a server gives up:", () => {
  const begun = Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n");

  test("! timed out during opening handshake", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve(echo, { openTimeout: 50 });
        const peer = await stage.dial(port);
        peer.send(begun);
        await peer.leave();
        await stage.settled();
        await server.close();
      },
      "= connection is CONNECTING",
    );
    assert.deepEqual(lines.slice(0, 4), [
      "! timed out during opening handshake",
      "x aborting TCP connection",
      "> EOF",
      "= connection is CLOSED",
    ]);
  });

  test("! connection lost during opening handshake, at the end of the stream", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve();
        const peer = await stage.dial(port);
        peer.send(begun);
        peer.socket.end();
        await peer.closed;
        await stage.settled();
        await server.close();
      },
      "= connection is CONNECTING",
    );
    assert.deepEqual(lines.slice(0, 4), [
      "! connection lost during opening handshake",
      "> EOF",
      "= connection is CLOSED",
      "x half-closing TCP connection",
    ]);
  });

  test("! connection lost during opening handshake, at a reset", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve();
        const peer = await stage.dial(port);
        peer.send(begun);
        // The bytes have come before the reset is.
        await stage.untilRead(begun.length);
        peer.socket.resetAndDestroy();
        await stage.settled();
        await server.close();
      },
      "= connection is CONNECTING",
    );
    assert.deepEqual(lines.slice(0, 3), [
      "! connection lost during opening handshake",
      "> EOF",
      "= connection is CLOSED",
    ]);
  });

  test("nothing but states where no byte came: a port scan, a health check", async () => {
    const lines = await linesOf(
      "server",
      async (stage) => {
        const { server, port } = await stage.serve();
        const peer = await stage.dial(port);
        await stage.untilRead(0);
        peer.socket.end();
        await peer.closed;
        await stage.settled();
        await server.close();
      },
      "= connection is CONNECTING",
    );
    assert.deepEqual(lines, [
      "> EOF",
      "= connection is CLOSED",
      "x half-closing TCP connection",
      "server closing",
      "server closed",
    ]);
  });
});
