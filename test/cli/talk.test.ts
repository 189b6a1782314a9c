/** `clearsocket <url>` as a process, against servers of the library. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { type Server, type ServerConnection, serve } from "clearsocket";
import { Program } from "./program.ts";

let visits = 0;

const HANDLERS: Readonly<Record<string, (connection: ServerConnection) => Promise<void>>> = {
  "/echo": async (connection) => {
    for await (const message of connection) await connection.send(message);
  },
  "/headers": async (connection) => {
    await connection.send(JSON.stringify([...connection.request.headers]));
    await connection.closed;
  },
  "/hostile": async (connection) => {
    await connection.send("one\ntwo\u001b[2J\u202e");
    await connection.send(Uint8Array.of(0, 255, 10));
    await connection.close(1000, "bye\u001b[0m");
  },
  "/visits": async (connection) => {
    visits += 1;
    if (visits === 1) await connection.close(1001);
    else await connection.send(await connection.recv());
  },
  "/1001": async (connection) => void (await connection.close(1001)),
  "/1008": async (connection) => void (await connection.close(1008, "go away")),
  "/cut": async (connection) => connection.abort(),
};

describe("clearsocket <url>", () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = await serve(
      async (connection) => await HANDLERS[connection.request.path]?.(connection),
      {
        port: 0,
        host: "127.0.0.1",
        logger: null,
        match: /^\/(?!nothing)/,
        processRequest: ({ headers }) => ({ subprotocol: headers.get("sec-websocket-protocol") }),
      },
    );
    const [address] = server.addresses;
    url = `ws://127.0.0.1:${(address as { port: number }).port}`;
  });
  after(() => server.close());

  const ended: readonly [string, number, string][] = [
    ["/1001", 0, "Connection closed: 1001 (going away)."],
    ["/1008", 1, "Connection closed: 1008 (policy violation) go away."],
    ["/cut", 1, "Connection closed: 1006 (abnormal closure [internal])"],
  ];
  for (const [path, code, line] of ended) {
    test(`ends with ${code} when the server ends by ${path.slice(1)}`, async () => {
      await using talk = new Program(`${url}${path}`);
      assert.equal(await talk.end(), code);
      const [first, last, ...more] = talk.out.split("\n");
      assert.equal(first, `Connected to ${url}${path}.`);
      assert.ok(last!.startsWith(line), last);
      assert.deepEqual(more, [""]);
      assert.equal(talk.err, "");
    });
  }

  test("sends lines, shows messages, and closes at the input's end", async () => {
    await using talk = new Program(`${url}/echo`);
    assert.equal(await talk.finish("hello\r\n\nhé 🦊"), 0);
    assert.equal(
      talk.out,
      `Connected to ${url}/echo.\n< hello\n< \n< hé 🦊\nConnection closed: 1000 (OK).\n`,
    );
  });

  test("shows binary messages in hexadecimal, and lets no control character through", async () => {
    await using talk = new Program(`${url}/hostile`);
    assert.equal(await talk.end(), 0);
    assert.equal(
      talk.out,
      `Connected to ${url}/hostile.\n< one\\ntwo\\x1b[2J\\u202e\n< (binary) 00ff0a\nConnection closed: 1000 (OK) bye\\x1b[0m.\n`,
    );
  });

  for (const [signal, code] of [
    ["SIGINT", 1000],
    ["SIGTERM", 1001],
  ] as const) {
    test(`closes with ${code} on ${signal}`, async () => {
      await using talk = new Program(`${url}/echo`);
      await talk.find(/^Connected/);
      const [connection] = server.connections;
      talk.process.kill(signal);
      assert.equal((await connection!.closed).code, code);
      assert.equal(await talk.end(), 0);
      assert.equal(talk.err, "");
    });
  }

  test("closes with 1001 and says nothing when nobody reads its output any more", async () => {
    await using talk = new Program(`${url}/echo`);
    await talk.find(/^Connected/);
    const [connection] = server.connections;
    talk.process.stdout.destroy();
    talk.type("hello\n");
    assert.equal((await connection!.closed).code, 1001);
    assert.equal(await talk.end(), 0);
    assert.equal(talk.err, "");
  });

  test("sends headers, subprotocols, an origin and credentials", async () => {
    const place = `${url}/headers`;
    const words = ["-H", "X-One: 1", "-s", "chat", "--origin", url.replace("ws", "http")];
    await using talk = new Program(place, ...words, "--auth", "me:secret");
    await talk.find(/</);
    talk.process.kill("SIGINT");
    assert.equal(await talk.end(), 0);
    const headers = new Map<string, string>(JSON.parse(/^< (.*)$/m.exec(talk.out)![1]!));
    assert.equal(headers.get("x-one"), "1");
    assert.equal(headers.get("origin"), url.replace("ws", "http"));
    assert.equal(headers.get("sec-websocket-protocol"), "chat");
    assert.equal(headers.get("authorization"), "Basic bWU6c2VjcmV0");
    assert.ok(headers.has("sec-websocket-extensions"));
    assert.ok(talk.out.startsWith(`Connected to ${place}. Subprotocol: chat.\n`));
  });

  test("with --no-compression offers none", async () => {
    await using talk = new Program(`${url}/headers`, "--no-compression");
    await talk.find(/</);
    talk.process.kill("SIGINT");
    assert.equal(await talk.end(), 0);
    assert.doesNotMatch(talk.out, /extensions/i);
  });

  test("with --reconnect connects again until the server closes with 1000, and loses no line", async () => {
    process.env.WEBSOCKETS_BACKOFF_INITIAL_DELAY = "0";
    visits = 0;
    await using talk = new Program(`${url}/visits`, "--reconnect");
    delete process.env.WEBSOCKETS_BACKOFF_INITIAL_DELAY;
    await talk.find(/going away/);
    talk.type("hello\n");
    assert.equal(await talk.end(), 0);
    assert.equal(
      talk.out,
      `Connected to ${url}/visits.\nConnection closed: 1001 (going away).\nConnected to ${url}/visits.\n< hello\nConnection closed: 1000 (OK).\n`,
    );
  });

  test("with --reconnect tells why it cannot connect, and gives up on what will not change", async () => {
    await using waiting = new Program("ws://127.0.0.1:1", "--reconnect");
    await waiting.find(
      /^connect failed; reconnecting in \d+\.\d seconds: .*nobody listens there\n/,
    );
    waiting.process.kill("SIGINT");
    assert.equal(await waiting.end(), 1);
    await using refused = new Program(`${url}/nothing`, "--reconnect");
    assert.equal(await refused.end(), 1);
    assert.match(refused.err, /^Failed to connect to .*: HTTP 404: .*\.\n$/);
  });

  test("goes through the proxy of --proxy", async () => {
    const asked: string[] = [];
    const proxy = createServer().on("connect", ({ url: place = "" }, socket) => {
      asked.push(place);
      const [host = "", port] = place.split(":");
      const beyond = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(beyond).pipe(socket);
      });
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { port } = proxy.address() as AddressInfo;
    await using talk = new Program(`${url}/1001`, "--proxy", `http://127.0.0.1:${port}`);
    assert.equal(await talk.end(), 0);
    assert.deepEqual(asked, [url.replace("ws://", "")]);
    proxy.closeAllConnections();
    proxy.close();
  });

  test("never shows the password of an address", async () => {
    const secret = url.replace("//", "//me:pa55word@");
    await using talk = new Program(`${secret}/1001`);
    await using refused = new Program(`${secret}/nothing`);
    assert.deepEqual([await talk.end(), await refused.end()], [0, 1]);
    const printed = talk.out + talk.err + refused.out + refused.err;
    assert.ok(!printed.includes("pa55word"), printed);
  });

  test("with --pipe takes bytes through unchanged, and writes nothing else", async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 251));
    await using talk = new Program(`${url}/echo`, "--pipe", "--binary");
    const chunks: Buffer[] = [];
    talk.process.stdout.setEncoding("latin1").on("data", (text: string) => {
      chunks.push(Buffer.from(text, "latin1"));
    });
    talk.process.stdin.end(bytes);
    assert.equal(await talk.end(), 0);
    assert.deepEqual(Buffer.concat(chunks), bytes);
    assert.equal(talk.err, "");
  });

  test("with --binary sends lines in hexadecimal, and says which are not", async () => {
    await using talk = new Program(`${url}/echo`, "--binary");
    assert.equal(await talk.finish("00 ff\nxyz\n"), 0);
    assert.match(talk.out, /\n< \(binary\) 00ff\nConnection closed/);
    assert.match(talk.err, /^not sent: this is not hexadecimal/);
  });

  test("with --json tells what happens, an object a line", async () => {
    await using talk = new Program(`${url}/hostile`, "--json");
    assert.equal(await talk.end(), 0);
    const events = talk.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(events.slice(0, 3), [
      { type: "open", url: `${url}/hostile`, subprotocol: null },
      { type: "message", text: "one\ntwo\u001b[2J\u202e" },
      { type: "message", binary: "AP8K" },
    ]);
    const { type, code, reason, ok, clean, messagesIn } = events[3];
    assert.deepEqual(
      { type, code, reason, ok, clean, messagesIn },
      { type: "close", code: 1000, reason: "bye\u001b[0m", ok: true, clean: true, messagesIn: 2 },
    );
    assert.ok(!/[\u0080-\u009f\u202e\u001b]/.test(talk.out));
  });

  test("closes at the input's end although pongs go on coming", async () => {
    await using talk = new Program(`${url}/echo`, "--ping", "0.01", "--wait", "0.3", "--json");
    assert.equal(await talk.finish("a\n"), 0);
    assert.match(talk.out, /"type":"message","text":"a"/);
    assert.match(talk.out, /"type":"pong","latency":\d+(\.\d{1,3})?\}/);
  });

  test("with --ping tells latencies", async () => {
    await using talk = new Program(`${url}/echo`, "--ping", "0.05");
    await talk.find(/pong after \d+\.\d\d ms\n[\s\S]*pong after/);
    talk.process.kill("SIGINT");
    assert.equal(await talk.end(), 0);
  });

  test("with --wait forever stays after the input's end, until the server closes", async () => {
    await using talk = new Program(`${url}/echo`, "--wait", "forever", "--ping", "0.05");
    talk.process.stdin.end("hello\n");
    await talk.find(/< hello\n[\s\S]*pong[\s\S]*pong/);
    const [connection] = server.connections;
    await connection!.close(1000, "enough");
    assert.equal(await talk.end(), 0);
  });

  test("with --debug logs each frame on standard error", async () => {
    await using talk = new Program(`${url}/1001`, "--debug");
    assert.equal(await talk.end(), 0);
    assert.match(talk.err, / > GET \/1001 HTTP\/1\.1\n/);
    assert.match(talk.err, / < CLOSE 1001 \(going away\) \[2 bytes\]\n/);
  });
});
