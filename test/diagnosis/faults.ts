/** The faults that are planted, and the words that must name each of them. */

import type { TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { deflateRawSync } from "node:zlib";
import { Authority } from "../support/certificates.ts";
import { startHttpProxy } from "../support/proxies.ts";
import { acceptance, acceptRaw, dialRaw, openRaw, request, serveRaw } from "../support/raw-peer.ts";
import { echo, type Scene } from "./scene.ts";

export interface Fault {
  readonly name: string;
  /** What must be found in the log at INFO, in a closure, or in the error of connect(). */
  readonly says: readonly RegExp[];
  plant(scene: Scene, t: TestContext): Promise<void>;
}

const TEXT = 1;
const CLOSE = 8;

/** A server that answers each request with these lines after a valid beginning. */
async function answering(scene: Scene, ...lines: readonly string[]): Promise<number> {
  return scene.listen((socket) => {
    socket.once("data", (head: Buffer) => {
      const key = /Sec-WebSocket-Key: (\S+)/i.exec(String(head))?.[1] ?? "";
      socket.write(acceptance(key, ...lines));
    });
  });
}

/** A handler that never reads. */
const deaf = async (connection: { readonly closed: Promise<unknown> }): Promise<void> => {
  await connection.closed;
};

export const FAULTS: readonly Fault[] = [
  {
    name: "a proxy cuts an idle connection",
    says: [
      /server: closure 1006.*has ended the connection without a Close frame/,
      /client: closure 1006.*has ended the connection without a Close frame/,
    ],
    plant: async (scene) => {
      const port = await scene.serve();
      const relay = await scene.relay(port, (client, server) => {
        client.setTimeout(500, () => {
          client.end();
          server.end();
        });
      });
      await (await scene.connect(relay)).closed;
    },
  },
  {
    name: "a proxy resets an idle connection",
    says: [/client: closure 1006.*ECONNRESET/, /server: closure 1006.*ECONNRESET/],
    plant: async (scene) => {
      const port = await scene.serve();
      const relay = await scene.relay(port, (client, server) => {
        client.setTimeout(500, () => {
          server.resetAndDestroy();
          client.resetAndDestroy();
        });
      });
      await (await scene.connect(relay)).closed;
    },
  },
  {
    name: "a page of another origin",
    says: [
      /INFO origin http:\/\/evil\.example is not allowed by the option origins \(same-origin\)/,
    ],
    plant: async (scene) => {
      await scene.fail(await scene.serve(), { origin: "http://evil.example" });
    },
  },
  {
    name: "a Host that is not ours",
    says: [/INFO host evil\.example is not allowed by the option hosts/],
    plant: async (scene) => {
      const peer = await dialRaw(await scene.serve());
      peer.write(request({ Host: "evil.example" }));
      await peer.head();
      peer.socket.destroy();
    },
  },
  {
    name: "a path that nobody serves",
    says: [
      /INFO connection rejected \(404 Not Found\); reason: there is nothing at this path/,
      /HTTP 404/,
    ],
    plant: async (scene) => {
      await scene.fail(await scene.serve(echo, { match: "/chat" }));
    },
  },
  {
    name: "a request that is no handshake",
    says: [/INFO connection rejected \(426 .*reason: .*does not ask for an upgrade/],
    plant: async (scene) => {
      const peer = await dialRaw(await scene.serve());
      peer.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      await peer.head();
      peer.socket.destroy();
    },
  },
  {
    name: "an extension that nobody has offered",
    says: [/connect\(\) rejects: NegotiationError.*x-unheard-of/],
    plant: async (scene) => {
      await scene.fail(await answering(scene, "Sec-WebSocket-Extensions: x-unheard-of"));
    },
  },
  {
    name: "a subprotocol that nobody has offered",
    says: [/connect\(\) rejects: NegotiationError.*mqtt/],
    plant: async (scene) => {
      const port = await answering(scene, "Sec-WebSocket-Protocol: mqtt");
      await scene.fail(port, { subprotocols: ["chat"] });
    },
  },
  {
    name: "a cache that answers the handshake of another",
    says: [/connect\(\) rejects: InvalidHeaderValue: invalid Sec-WebSocket-Accept header/],
    plant: async (scene) => {
      const port = await scene.listen((socket) => {
        socket.once("data", () => socket.write(acceptance("b2xkIGFuZCBvdGhlciBrZXk=")));
      });
      await scene.fail(port);
    },
  },
  {
    name: "a message that is too large",
    says: [/server: closure .*1009.*2000 bytes.*1000 bytes/, /client: closure 1009/],
    plant: async (scene) => {
      const port = await scene.serve(echo, { maxSize: 1000 });
      const connection = await scene.connect(port, { compression: null });
      await connection.send("x".repeat(2000));
      await connection.closed;
    },
  },
  {
    name: "a message of too many fragments",
    says: [/server: closure .*1008.*frames/],
    plant: async (scene) => {
      const peer = await openRaw(await scene.serve(echo, { maxSize: 1000 }));
      peer.write(peer.frame(TEXT, "a", { fin: false }));
      for (let count = 0; count < 1100; count += 1) peer.write(peer.frame(0, "", { fin: false }));
      await peer.end();
      peer.socket.destroy();
    },
  },
  {
    name: "a peer that has died",
    says: [
      /server: closure 1006.*sent 1011 keepalive ping timeout.*no answer to a keepalive ping within 50 ms/,
    ],
    plant: async (scene) => {
      const options = { pingInterval: 50, pingTimeout: 50, closeTimeout: 50 };
      const peer = await openRaw(await scene.serve(echo, options));
      await peer.end();
      peer.socket.destroy();
    },
  },
  {
    name: "an event loop that is blocked",
    says: [/WARNING event loop was blocked for 1\.\d seconds/],
    plant: async (scene) => {
      const port = await scene.serve(echo, { pingInterval: 50, pingTimeout: 5000 });
      const connection = await scene.connect(port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1200);
      await connection.ping();
      await connection.close();
    },
  },
  {
    name: "a handler that throws",
    says: [/ERROR connection handler failed; TypeError: no such column/, /client: closure 1011/],
    plant: async (scene) => {
      const port = await scene.serve(() => {
        throw new TypeError("no such column");
      });
      await (await scene.connect(port)).closed;
    },
  },
  {
    name: "a processRequest that throws",
    says: [/ERROR process_request failed; Error: no database/],
    plant: async (scene) => {
      const port = await scene.serve(echo, {
        processRequest: () => {
          throw new Error("no database");
        },
      });
      await scene.fail(port);
    },
  },
  {
    name: "a peer too slow for what it is sent",
    says: [/server: closure 1006.*sent 1013 too much data waits to be sent/],
    plant: async (scene) => {
      const port = await scene.serve(
        async (connection) => {
          while (connection.state === "open") {
            connection.post(new Uint8Array(1_000_000));
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
        { writeLimit: { max: 3_000_000 }, closeTimeout: 50 },
      );
      const peer = await openRaw(port);
      peer.socket.pause();
      await new Promise<void>((resolve) => {
        const look = setInterval(() => {
          if (scene.server?.connections.size !== 0) return;
          clearInterval(look);
          resolve();
        }, 10);
      });
      peer.socket.destroy();
    },
  },
  {
    name: "a peer that does not read what it gets",
    says: [
      /client: closure 1006.*sent 1011 keepalive ping timeout.*no answer to a keepalive ping within 50 ms/,
    ],
    plant: async (scene) => {
      const impatient = { pingInterval: 50, pingTimeout: 50, closeTimeout: 50 };
      const port = await scene.serve(deaf, { maxQueue: { messages: 1 }, ...impatient });
      const connection = await scene.connect(port, { compression: null, ...impatient });
      for (let count = 0; count < 10; count += 1) connection.post("read me");
      await connection.closed;
    },
  },
  {
    name: "more messages than the rate limit allows",
    says: [/server: closure .*1008 more than 3 messages in 60000 ms/],
    plant: async (scene) => {
      const port = await scene.serve(echo, { rateLimit: { messages: 3, per: 60_000 } });
      const connection = await scene.connect(port);
      for (let count = 0; count < 4; count += 1) await connection.send("again");
      await connection.closed;
    },
  },
  {
    name: "a memory budget that is used up",
    says: [/server: closure .*1013 the server's memory budget is used up/],
    plant: async (scene) => {
      const port = await scene.serve(deaf, { memoryBudget: 100_000 });
      const connection = await scene.connect(port, { compression: null });
      connection.post(new Uint8Array(300_000));
      await connection.closed;
    },
  },
  {
    name: "a server that is full",
    says: [
      /INFO connection rejected \(503 .*reason: the server has as many connections as it takes/,
      /HTTP 503/,
    ],
    plant: async (scene) => {
      const port = await scene.serve(echo, { maxConnections: 1 });
      const connection = await scene.connect(port);
      await scene.fail(port);
      await connection.close();
    },
  },
  {
    name: "a server that is full for one address",
    says: [/INFO connection rejected \(503 .*reason: .*from this address/],
    plant: async (scene) => {
      const port = await scene.serve(echo, { maxConnectionsPerAddress: 1 });
      const connection = await scene.connect(port);
      await scene.fail(port);
      await connection.close();
    },
  },
  {
    name: "a server that shuts down",
    says: [/INFO server closing/, /client: closure 1001 deploy/],
    plant: async (scene) => {
      const connection = await scene.connect(await scene.serve());
      await scene.server?.close({ reason: "deploy" });
      await connection.closed;
    },
  },
  {
    name: "text that is no UTF-8",
    says: [/server: closure .*1007 invalid start byte at position 1/],
    plant: async (scene) => {
      const peer = await openRaw(await scene.serve());
      peer.write(peer.frame(TEXT, Buffer.from([0x61, 0xff])));
      await peer.end();
      peer.socket.destroy();
    },
  },
  {
    name: "frames that are not masked",
    says: [/server: closure .*1002 .*mask/],
    plant: async (scene) => {
      const peer = await openRaw(await scene.serve());
      peer.write("\x81\x02hi");
      await peer.end();
      peer.socket.destroy();
    },
  },
  {
    name: "compressed data that is damaged",
    says: [/server: closure .*1002 decompression failed.*a symbol or a distance is not valid/],
    plant: async (scene) => {
      const extensions = { "Sec-WebSocket-Extensions": "permessage-deflate" };
      const peer = await openRaw(await scene.serve(), extensions);
      const whole = deflateRawSync("x".repeat(1000));
      peer.write(
        peer.frame(TEXT, Buffer.concat([whole.subarray(0, 3), Buffer.alloc(40, 0xfe)]), { rsv: 4 }),
      );
      await peer.end();
      peer.socket.destroy();
    },
  },
  {
    name: "a peer that leaves without a Close frame",
    says: [/server: closure 1006.*has ended the connection without a Close frame/],
    plant: async (scene) => {
      const peer = await openRaw(await scene.serve());
      peer.socket.end();
      await peer.gone();
    },
  },
  {
    name: "a peer that leaves in the midst of a message",
    says: [/server: closure 1006.*has ended the connection without a Close frame/],
    plant: async (scene) => {
      const peer = await openRaw(await scene.serve());
      peer.write(peer.frame(TEXT, "the beginning", { fin: false }));
      peer.socket.end();
      await peer.gone();
    },
  },
  {
    name: "a peer that does not answer our Close",
    says: [/client: closure 1006.*sent 1000, received nothing.*timed out while closing connection/],
    plant: async (scene) => {
      const server = await acceptRaw(() => "");
      const connection = await scene.connect(server.port, { closeTimeout: 50 });
      await connection.close();
      await server.close();
    },
  },
  {
    name: "a peer that closes with a code of its own",
    says: [/client: closure 4321 token expired/],
    plant: async (scene) => {
      const server = await acceptRaw(
        (peer) =>
          peer.frame(
            CLOSE,
            Buffer.concat([Buffer.from([0x10, 0xe1]), Buffer.from("token expired")]),
          ),
        (peer) => peer.socket.end(),
      );
      await (await scene.connect(server.port)).closed;
      await server.close();
    },
  },
  {
    name: "a server that does not answer the handshake",
    says: [/connect\(\) rejects: TimeoutError: timed out during opening handshake/],
    plant: async (scene) => {
      await scene.fail(await scene.listen(() => {}), { openTimeout: 50 });
    },
  },
  {
    name: "a server that hangs up amid the handshake",
    says: [
      /connect\(\) rejects: InvalidMessage.*connection closed while reading the HTTP response/,
    ],
    plant: async (scene) => {
      await scene.fail(await scene.listen((socket) => socket.end("HTTP/1.1 1")));
    },
  },
  {
    name: "TLS to a server without",
    says: [/connect\(\) rejects: .*it does not speak TLS/],
    plant: async (scene) => {
      await scene.fail(`wss://127.0.0.1:${await scene.serve()}/`);
    },
  },
  {
    name: "no TLS to a server with it",
    says: [/connect\(\) rejects: InvalidMessage.*TLS/],
    plant: async (scene, t) => {
      const tls = createTlsServer(new Authority().issue("localhost"));
      tls.on("tlsClientError", () => {});
      await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
      t.after(() => tls.close());
      const address = tls.address();
      await scene.fail(typeof address === "object" ? (address?.port ?? 0) : 0);
    },
  },
  {
    name: "a certificate that nobody vouches for",
    says: [/connect\(\) rejects: .*its certificate is by an authority that is not known/],
    plant: async (scene) => {
      const tls = new Authority().issue("localhost", ["127.0.0.1"]);
      await scene.fail(`wss://127.0.0.1:${await scene.serve(echo, { tls })}/`);
    },
  },
  {
    name: "a port where nobody listens",
    says: [/connect\(\) rejects: .*nobody listens there.*ECONNREFUSED/],
    plant: async (scene) => {
      const server = await serveRaw(() => {});
      await server.close();
      await scene.fail(server.port);
    },
  },
  {
    name: "a proxy that refuses",
    says: [/connect\(\) rejects: InvalidProxyStatus.*407/],
    plant: async (scene, t) => {
      const proxy = await startHttpProxy(t, { credentials: "me:secret" });
      await scene.fail("ws://server.example/", { proxy: `http://127.0.0.1:${proxy.port}` });
    },
  },
  {
    name: "a proxy that does not reach the server",
    says: [/connect\(\) rejects: InvalidProxyStatus.*502/],
    plant: async (scene, t) => {
      const server = await serveRaw(() => {});
      await server.close();
      const proxy = await startHttpProxy(t);
      await scene.fail(server.port, { proxy: `http://127.0.0.1:${proxy.port}` });
    },
  },
];
