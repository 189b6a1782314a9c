/** The ways to a server: names looked up in one's own way, sockets and paths that are given, agents, TLS with certificates. */
import assert from "node:assert/strict";
import { lookup as systemLookup } from "node:dns";
import { once } from "node:events";
import { Agent, createServer as createHttpServer } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { connect as connectTcp, createServer, type LookupFunction } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { connect } from "../../src/client/connect.ts";
import type { ConnectOptions } from "../../src/client/options.ts";
import { InvalidStatus } from "../../src/http/invalid-status.ts";
import type { Handler } from "../../src/server/options.ts";
import { serve } from "../../src/server/serve.ts";
import { Authority } from "../support/certificates.ts";
import { acceptance, acceptRaw, type RawServer, serveRaw } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";
import { temporaryFile } from "../support/temporary.ts";

const authority = new Authority();
const identity = authority.issue("server", ["localhost", "127.0.0.1", "xn--bcher-kva.example"]);
const trust = { ca: authority.cert };

/** Connects, lets a message go there and back, and closes. */
async function converse(url: string, options: ConnectOptions = {}): Promise<void> {
  const connection = await connect(url, { logger: null, proxy: null, ...options });
  await connection.send("hello");
  assert.equal(await connection.recv(), "hello");
  const { clean } = await connection.close();
  assert.equal(clean, true);
}

/** What lookup functions are asked for, by one that leads all names to this machine. */
function leadHere(asked: string[]): LookupFunction {
  return (host, options, callback) => {
    asked.push(host);
    systemLookup("127.0.0.1", options, callback);
  };
}

describe("lookup", () => {
  test("is asked for the name, which Host still says", async (t) => {
    const { port } = await start(
      t,
      async (connection) => {
        await connection.send(connection.request.headers.get("Host") ?? "");
      },
      { hosts: ["server.example"] },
    );
    const asked: string[] = [];
    const url = `ws://server.example:${port}/`;
    const connection = await connect(url, { lookup: leadHere(asked), proxy: null });
    assert.equal(await connection.recv(), `server.example:${port}`);
    await connection.close();
    assert.deepEqual(asked, ["server.example"]);
  });

  test("may be an old one, which gives one address and not a list", async (t) => {
    const { port } = await start(t, undefined, { hosts: ["server.example"] });
    const lookup: LookupFunction = (_host, _options, callback) => callback(null, "127.0.0.1", 4);
    await converse(`ws://server.example:${port}/`, { lookup });
  });

  test("is asked with TLS too, whose certificate must be for the name", async (t) => {
    const { port } = await start(t, undefined, { tls: identity });
    const lookup = leadHere([]);
    await converse(`wss://localhost:${port}/`, { lookup, tls: trust });
    const other = connect(`wss://server.example:${port}/`, { lookup, tls: trust, proxy: null });
    await assert.rejects(other, { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });

  test("that finds nothing rejects with its code", async () => {
    const lookup: LookupFunction = (_host, _options, callback) => {
      callback(Object.assign(new Error("no"), { code: "ENOTFOUND" }), "", 0);
    };
    await assert.rejects(connect("ws://server.example/", { lookup, proxy: null }), {
      code: "ENOTFOUND",
      message: "can't connect to server.example:80: the host name is not known",
    });
  });

  test("that throws rejects with that", async () => {
    const lookup = (): never => {
      throw new RangeError("no");
    };
    await assert.rejects(connect("ws://server.example/", { lookup, proxy: null }), RangeError);
  });

  test("that is no function is refused", async () => {
    const wrong = { lookup: "127.0.0.1" as never };
    await assert.rejects(connect("ws://server.example/", wrong), {
      name: "TypeError",
      message: 'lookup is "127.0.0.1": it must be a function such as dns.lookup',
    });
  });
});

describe("an international name", () => {
  test("is looked up, sent and verified in ASCII", async (t) => {
    const { port } = await start(t, undefined, { tls: identity, hosts: ["xn--bcher-kva.example"] });
    const asked: string[] = [];
    await converse(`wss://Bücher.example:${port}/`, { lookup: leadHere(asked), tls: trust });
    assert.deepEqual(asked, ["xn--bcher-kva.example"]);
  });

  test("has its path percent-encoded", async (t) => {
    const { port } = await start(t, async (connection) => {
      await connection.send(connection.request.path);
    });
    const connection = await connect(`ws://127.0.0.1:${port}/raum/ä?q=ö b`, { proxy: null });
    assert.equal(await connection.recv(), "/raum/%C3%A4?q=%C3%B6%20b");
    await connection.close();
  });
});

describe("user and password of an address", () => {
  const hello: Handler<undefined> = async (connection) => {
    await connection.send(connection.request.headers.get("Authorization") ?? "none");
  };
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

  for (const [userinfo, sent] of [
    ["user:pass@", basic("user:pass")],
    ["us%40er:p%3Ass@", basic("us@er:p:ss")],
    ["us%C3%A9r:p@", basic("usér:p")],
    ["user@", basic("user:")],
    [":token@", basic(":token")],
    ["", "none"],
  ] as const) {
    test(`${JSON.stringify(userinfo)} go as Basic, and in no log line`, async (t) => {
      const { port } = await start(t, hello);
      const lines: string[] = [];
      const keep = (text: unknown): void => void lines.push(String(text));
      const logger = { debug: keep, info: keep, warn: keep, error: keep };
      const url = `ws://${userinfo}127.0.0.1:${port}/`;
      const connection = await connect(url, { proxy: null, logger });
      assert.equal(await connection.recv(), sent);
      await connection.close();
      const headLines = lines.filter((line) => line.startsWith("> Authorization"));
      assert.deepEqual(headLines, userinfo === "" ? [] : ["> Authorization: Basic ***"]);
    });
  }

  test("yield to a header Authorization", async (t) => {
    const { port } = await start(t, hello);
    const headers = { authorization: "Bearer t0ken" };
    const url = `ws://user:pass@127.0.0.1:${port}/`;
    const connection = await connect(url, { proxy: null, headers });
    assert.equal(await connection.recv(), "Bearer t0ken");
    await connection.close();
  });

  test("with a colon in the name are refused before anything is sent", async () => {
    await assert.rejects(connect("ws://us%3Aer:pass@127.0.0.1:1/", { proxy: null }), TypeError);
  });
});

describe("a client's certificate", () => {
  const client = authority.issue("me");
  const secure = { tls: { ...identity, ca: authority.cert, requestCert: true } };

  test("lets it in where servers want one", async (t) => {
    const { port } = await start(t, undefined, secure);
    await converse(`wss://127.0.0.1:${port}/`, { tls: { ...trust, ...client } });
  });

  test("is missed by a server that wants one", async (t) => {
    const { port } = await start(t, undefined, secure);
    await assert.rejects(connect(`wss://127.0.0.1:${port}/`, { tls: trust, proxy: null }), Error);
  });

  test("must be vouched for by whom the server trusts", async (t) => {
    const { port } = await start(t, undefined, secure);
    const stranger = new Authority("a stranger").issue("me");
    const tls = { ...trust, ...stranger };
    await assert.rejects(connect(`wss://127.0.0.1:${port}/`, { tls, proxy: null }), Error);
  });

  test("of a server must be vouched for by whom we trust", async (t) => {
    const { port } = await start(t, undefined, { tls: identity });
    await assert.rejects(connect(`wss://127.0.0.1:${port}/`, { proxy: null }), (error: Error) => {
      assert.match(error.message, /^can't connect to 127\.0\.0\.1:\d+: /);
      return /^[A-Z_]+$/.test((error as NodeJS.ErrnoException).code ?? "");
    });
  });

  test("goes with wss alone", async () => {
    await assert.rejects(connect("ws://127.0.0.1:1/", { tls: trust }), { name: "InvalidURI" });
  });
});

describe("socketPath", () => {
  async function serveAt(t: TestContext, options: object = {}): Promise<string> {
    const socketPath = temporaryFile("ways.sock");
    const handler = echo as Handler<undefined>;
    const server = await serve(handler, { socketPath, logger: null, ...options });
    t.after(() => server.close({ deadline: 0 }));
    return socketPath;
  }

  test("leads to a Unix socket, whatever the address names", async (t) => {
    await converse("ws://localhost/", { socketPath: await serveAt(t) });
  });

  test("leads to a Unix socket with TLS", async (t) => {
    const socketPath = await serveAt(t, { tls: identity });
    await converse("wss://localhost/", { socketPath, tls: trust });
  });

  test("where nobody listens rejects with the path", async () => {
    const socketPath = temporaryFile("nobody.sock");
    await assert.rejects(connect("ws://localhost/", { socketPath }), {
      code: "ENOENT",
      message: `can't connect to ${socketPath}: there is no such socket`,
    });
  });
});

describe("socket", () => {
  test("may be connected", async (t) => {
    const { port, url } = await start(t);
    const socket = connectTcp(port, "127.0.0.1");
    await once(socket, "connect");
    const closed = once(socket, "close");
    await converse(url, { socket });
    await closed;
  });

  test("may still connect", async (t) => {
    const { port, url } = await start(t);
    await converse(url, { socket: connectTcp(port, "127.0.0.1") });
  });

  test("may be paused", async (t) => {
    const { port, url } = await start(t);
    const socket = connectTcp(port, "127.0.0.1");
    await once(socket, "connect");
    socket.pause();
    await converse(url, { socket });
  });

  test("may be what is below TLS", async (t) => {
    const { port } = await start(t, undefined, { tls: identity });
    const socket = connectTcp(port, "127.0.0.1");
    await once(socket, "connect");
    await converse(`wss://localhost:${port}/`, { socket, tls: trust });
  });

  test("that fails to connect rejects", async () => {
    const socket = connectTcp(1, "127.0.0.1");
    await assert.rejects(connect("ws://server.example/", { socket }), { code: "ECONNREFUSED" });
  });

  test("that is closed rejects", async () => {
    const socket = connectTcp(1, "127.0.0.1");
    socket.on("error", () => {});
    socket.destroy();
    await assert.rejects(connect("ws://server.example/", { socket }), /the socket .* is closed/);
  });
});

describe("agent", () => {
  test("opens the socket", async (t) => {
    const { port, url } = await start(t);
    const agent = new Agent();
    const asked: unknown[] = [];
    agent.on("free", () => assert.fail("what became a WebSocket is free no more"));
    const original = agent.createConnection;
    agent.createConnection = function (options, callback) {
      asked.push(options.port);
      return original.call(this, options, callback);
    };
    await converse(url, { agent });
    assert.deepEqual(asked, [port]);
  });

  test("opens one with TLS", async (t) => {
    const { port } = await start(t, undefined, { tls: identity });
    await converse(`wss://localhost:${port}/`, { agent: new TlsAgent(trust) });
    await converse(`wss://localhost:${port}/`, { agent: new TlsAgent(), tls: trust });
  });

  test("goes with lookup, headers in their order, subprotocols and compression", async (t) => {
    const { port } = await start(
      t,
      async (connection) => {
        const { rawHeaders } = connection.request;
        await connection.send(JSON.stringify(rawHeaders));
        for await (const message of connection) await connection.send(message);
      },
      { subprotocols: ["chat"], compression: {}, hosts: ["server.example"] },
    );
    const connection = await connect(`ws://server.example:${port}/p?q=1`, {
      agent: new Agent({ keepAlive: true }),
      lookup: leadHere([]),
      headers: [
        ["X-One", "1"],
        ["X-Two", "2"],
        ["X-One", "3"],
      ],
      subprotocols: ["chat"],
    });
    assert.equal(connection.subprotocol, "chat");
    assert.equal(connection.request.path, "/p?q=1");
    assert.match(connection.response.headers.get("Sec-WebSocket-Extensions") ?? "", /deflate/);
    const got = JSON.parse(await connection.recv({ as: "text" })) as [string, string][];
    const names = got.map(([name]) => name);
    assert.deepEqual(names.slice(0, 2), ["Host", "Upgrade"]);
    assert.deepEqual(
      got.filter(([name]) => name.startsWith("X-")),
      [
        ["X-One", "1"],
        ["X-One", "3"],
        ["X-Two", "2"],
      ],
    );
    await connection.send("y".repeat(5000));
    assert.equal(await connection.recv(), "y".repeat(5000));
    assert.equal((await connection.close()).clean, true);
  });

  test("loses no message that comes with the answer", async (t) => {
    const server = await acceptRaw((peer) => peer.frame(1, "first"));
    t.after(() => server.close());
    const connection = await connect(`ws://127.0.0.1:${server.port}/`, { agent: new Agent() });
    assert.equal(await connection.recv(), "first");
    connection.abort();
  });

  test("gives a refusal with its body, whichever way that is delimited", async (t) => {
    const server = createHttpServer((_request, response) => {
      response.writeHead(403, { "X-Why": "because" });
      response.write("not ");
      response.end("today");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const agent = new Agent();
    await assert.rejects(connect(`ws://127.0.0.1:${port}/`, { agent }), (error) => {
      assert.ok(error instanceof InvalidStatus);
      assert.equal(error.response.status, 403);
      assert.equal(error.response.headers.get("X-Why"), "because");
      assert.equal(Buffer.from(error.response.body).toString(), "not today");
      return true;
    });
  });

  test("keeps no more than 64 KiB of a refusal", async (t) => {
    const server = await serveRaw(async (peer) => {
      await peer.head();
      peer.write("HTTP/1.1 403 No\r\nContent-Length: 1000000\r\n\r\n", Buffer.alloc(300_000));
    });
    t.after(() => server.close());
    const url = `ws://127.0.0.1:${server.port}/`;
    await assert.rejects(connect(url, { agent: new Agent() }), (error) => {
      return error instanceof InvalidStatus && error.response.body.length === 64 * 1024;
    });
  });

  test("follows redirects", async (t) => {
    const { url } = await start(t);
    const server = await serveRaw(async (peer) => {
      await peer.head();
      peer.write(`HTTP/1.1 302 Found\r\nLocation: ${url}\r\n\r\n`);
    });
    t.after(() => server.close());
    await converse(`ws://127.0.0.1:${server.port}/`, { agent: new Agent() });
  });

  test("for http with wss is refused by node:http", async () => {
    const opened = connect("wss://127.0.0.1:1/", { agent: new Agent() });
    await assert.rejects(opened, { name: "TypeError", code: "ERR_INVALID_PROTOCOL" });
  });

  test("where nobody listens rejects as without", async () => {
    await assert.rejects(connect("ws://127.0.0.1:1/", { agent: new Agent() }), {
      code: "ECONNREFUSED",
      message: "can't connect to 127.0.0.1:1: nobody listens there",
    });
  });

  const answers = (text: string | ((key: string) => string)): Promise<RawServer> =>
    serveRaw(async (peer) => {
      const { headers } = await peer.head();
      peer.write(typeof text === "string" ? text : text(headers.get("Sec-WebSocket-Key") ?? ""));
      peer.socket.end();
    });
  const wrong: readonly (readonly [
    name: string,
    answer: string | ((key: string) => string),
    error: string,
  ])[] = [
    ["rubbish", "SSH-2.0-OpenSSH_9.9\r\n", "InvalidMessage"],
    ["nothing", "", "InvalidMessage"],
    ["a wrong Accept", acceptance("AAAAAAAAAAAAAAAAAAAAAA=="), "InvalidHeaderValue"],
    [
      "an unasked subprotocol",
      (key) => acceptance(key, "Sec-WebSocket-Protocol: chat"),
      "NegotiationError",
    ],
    ["two Accepts", (key) => acceptance(key, "Sec-WebSocket-Accept: x"), "InvalidHeader"],
    ["too many headers", (key) => acceptance(key, ...Array(200).fill("A: b")), "TooManyHeaders"],
    ["endless interim answers", "HTTP/1.1 103 Early\r\n\r\n".repeat(20), "SecurityError"],
  ];
  for (const [name, answer, error] of wrong) {
    test(`refuses ${name}, as without an agent`, async (t) => {
      const server = await answers(answer);
      t.after(() => server.close());
      const url = `ws://127.0.0.1:${server.port}/`;
      await assert.rejects(connect(url, { agent: new Agent() }), { name: error });
      assert.equal(await server.peers[0]?.end().catch(() => "end"), "end");
    });
  }

  test("ends by openTimeout, and by the signal", async (t) => {
    const server = createServer(() => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const url = `ws://127.0.0.1:${port}/`;
    await assert.rejects(connect(url, { agent: new Agent(), openTimeout: 50 }), {
      name: "TimeoutError",
    });
    const aborter = new AbortController();
    const opened = connect(url, { agent: new Agent(), signal: aborter.signal });
    const reason = new Error("no more");
    setImmediate(() => aborter.abort(reason));
    await assert.rejects(opened, (error) => error === reason);
    const never = connect(url, { agent: new Agent(), signal: AbortSignal.abort(reason) });
    await assert.rejects(never, (error) => error === reason);
  });

  test("has the lines of any handshake in its log", async (t) => {
    const { url } = await start(t, async () => {});
    const lines = async (options: ConnectOptions): Promise<string[]> => {
      const kept: string[] = [];
      const keep = (text: unknown): void => void kept.push(String(text));
      const logger = { debug: keep, info: keep, warn: keep, error: keep };
      const connection = await connect(url, { logger, proxy: null, ...options });
      await connection.closed;
      return kept.map((line) => line.replace(/((?:Key|Accept|Date): ).*/, "$1…"));
    };
    const [ours, agents] = [await lines({}), await lines({ agent: new Agent() })];
    assert.ok(ours.length > 10);
    assert.deepEqual(agents, ours);
  });

  test("that is none is refused", async () => {
    const wrongAgent = { agent: "no" as never };
    await assert.rejects(connect("ws://127.0.0.1:1/", wrongAgent), {
      name: "TypeError",
      message: 'agent is "no": it must be an http.Agent',
    });
  });
});
