import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HandshakeRequest } from "../../src/http/message.ts";
import type { ProcessRequest } from "../../src/server/options.ts";
import { dialRaw, openRaw, request } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";

/** What a request gets from a server with this processRequest. */
async function ask(
  t: Parameters<typeof start>[0],
  processRequest: unknown,
  text: string = request({ "Sec-WebSocket-Protocol": "a, b" }),
  options: object = {},
) {
  const started = await start(t, echo as never, {
    processRequest: processRequest as ProcessRequest<undefined>,
    ...options,
  });
  const peer = await dialRaw(started.port);
  peer.write(text);
  const head = await peer.head();
  return { ...head, peer, log: started.log, server: started.server };
}

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value));

describe("processRequest", () => {
  for (const [name, value] of [
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
    ["what has undefined parts", { data: undefined, subprotocol: undefined, headers: undefined }],
  ] as const) {
    test(`that returns ${name}, at once or later, lets the request in`, async (t) => {
      for (const said of [() => value, () => later(value)]) {
        const { status, peer } = await ask(t, said);
        assert.equal(status, 101);
        peer.write(peer.frame(1, "x"));
        assert.deepEqual(await peer.frames(1), ["text x"]);
      }
    });
  }

  test("that returns data gives it to the connection", async (t) => {
    const seen: { user: string }[] = [];
    const { port } = await start<{ user: string }>(
      t,
      (connection) => {
        seen.push(connection.data);
      },
      { processRequest: ({ url }) => ({ data: { user: url.searchParams.get("user") ?? "" } }) },
    );
    const peer = await openRaw(port, {}, "GET /?user=ann HTTP/1.1");
    await peer.frames(1);
    assert.deepEqual(seen, [{ user: "ann" }]);
  });

  test("sees the request as it came, and can make a WHATWG Request of it", async (t) => {
    const seen: HandshakeRequest[] = [];
    const text = request({ Host: "127.0.0.1:8000", "X-A": ["1", "2"] }, "GET /chat?a=b HTTP/1.1");
    const { status } = await ask(t, (one: HandshakeRequest) => void seen.push(one), text);
    assert.equal(status, 101);
    const [seenOne] = seen;
    assert.equal(seenOne?.method, "GET");
    assert.equal(seenOne?.path, "/chat?a=b");
    assert.equal(seenOne?.url.href, "http://127.0.0.1:8000/chat?a=b");
    assert.equal(seenOne?.version, "1.1");
    assert.equal(seenOne?.headers.get("x-a"), "1, 2");
    assert.deepEqual(
      seenOne?.rawHeaders.filter(([name]) => name === "X-A"),
      [
        ["X-A", "1"],
        ["X-A", "2"],
      ],
    );
    const { address } = (seenOne as HandshakeRequest).remoteAddress as { address: string };
    assert.equal(address, "127.0.0.1");
    assert.equal(seenOne?.toRequest().url, "http://127.0.0.1:8000/chat?a=b");
  });

  test("sees plain requests too, and those with other methods", async (t) => {
    const answer = ({ path, method }: HandshakeRequest) =>
      path === "/health" ? new Response(`${method} is well`) : undefined;
    const well = await ask(t, answer, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert.equal(well.status, 200);
    assert.equal(well.body, "GET is well");
    const put = await ask(t, answer, "PUT /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    assert.equal(put.body, "PUT is well");
    const other = await ask(t, answer, "GET /other HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert.equal(other.status, 426);
  });

  const response = (): Response =>
    new Response("Go away\n", {
      status: 401,
      statusText: "Nobody Knows You",
      headers: {
        "WWW-Authenticate": 'Basic realm="x"',
        "X-A": "ä",
        Connection: "keep-alive",
        Date: "never",
        "Content-Length": "99",
      },
    });
  for (const answer of [() => response(), () => later(response())]) {
    test("that returns a Response answers as plain HTTP, with what belongs to the connection set by us", async (t) => {
      const { status, line, headers, body, peer, log } = await ask(t, answer);
      assert.equal(status, 401);
      assert.equal(line, "HTTP/1.1 401 Nobody Knows You");
      assert.equal(body, "Go away\n");
      assert.equal(headers.get("WWW-Authenticate"), 'Basic realm="x"');
      assert.equal(headers.get("X-A"), "ä");
      assert.equal(headers.get("Connection"), "close");
      assert.equal(headers.get("Content-Length"), "8");
      assert.ok(Date.parse(headers.get("Date") ?? "") > 0);
      assert.match(headers.get("Server") ?? "", /^clearsocket/);
      assert.equal(await peer.end(), "end");
      assert.equal(log.texts("info").at(-1), "HTTP response sent (401 Nobody Knows You)");
      assert.ok(log.texts("debug").includes("> [body] (8 bytes)"));
    });
  }

  test("that returns a Response without a body, or to HEAD, sends none", async (t) => {
    const empty = await ask(t, () => new Response(null, { status: 204 }));
    assert.equal(empty.status, 204);
    assert.equal(empty.headers.get("Content-Length"), null);
    assert.equal(await empty.peer.end(), "end");
    assert.equal(empty.peer.received.length, 0);
    const head = await dialRaw(0 + Number(await portOf(t)));
    head.write("HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await head.end();
    const text = head.received.toString();
    assert.match(text, /\r\nContent-Length: 5\r\n/);
    assert.ok(text.endsWith("\r\n\r\n"));

    async function portOf(context: typeof t): Promise<number> {
      return (await start(context, echo as never, { processRequest: () => new Response("hello") }))
        .port;
    }
  });

  test("that returns a large, streamed Response sends all of it", async (t) => {
    const stream = (): ReadableStream =>
      new ReadableStream({
        async start(controller) {
          for (let n = 0; n < 50; n += 1) {
            await later(0);
            controller.enqueue(new Uint8Array(10_000));
          }
          controller.close();
        },
      });
    const { body } = await ask(t, () => new Response(stream()));
    assert.equal(body.length, 500_000);
  });

  test("that returns a Response of another copy of fetch answers with it, and lets nobody in", async (t) => {
    const foreign = {
      status: 403,
      statusText: "",
      headers: new Headers({ "X-A": "1" }),
      arrayBuffer: async () => new TextEncoder().encode("no").buffer,
    };
    const { status, body, headers } = await ask(t, () => foreign);
    assert.deepEqual([status, body, headers.get("X-A")], [403, "no", "1"]);
  });

  for (const headers of [
    { "X-A": "1", "X-B": "2" },
    new Headers({ "X-A": "1", "X-B": "2" }),
    [
      ["X-A", "1"],
      ["X-B", "2"],
    ],
    new Map([
      ["X-A", "1"],
      ["X-B", "2"],
    ]),
  ]) {
    test(`that returns headers as ${Array.isArray(headers) ? "pairs" : headers.constructor.name} adds them to the 101`, async (t) => {
      const { status, headers: got } = await ask(t, () => ({ headers }));
      assert.equal(status, 101);
      assert.deepEqual([got.get("X-A"), got.get("X-B")], ["1", "2"]);
    });
  }

  test("that returns a header Server replaces ours", async (t) => {
    const { headers } = await ask(t, () => ({ headers: { server: "mine" } }));
    assert.equal(headers.get("Server"), "mine");
  });

  test("that chooses a subprotocol goes before the option; null is none", async (t) => {
    const options = { subprotocols: ["a"] };
    for (const [chosen, expected] of [
      ["b", "b"],
      [null, null],
      [undefined, "a"],
    ] as const) {
      const { status, headers } = await ask(t, () => ({ subprotocol: chosen }), undefined, options);
      assert.equal(status, 101);
      assert.equal(headers.get("Sec-WebSocket-Protocol"), expected);
    }
    const { status, body, log } = await ask(t, () => ({ subprotocol: "c" }), undefined, options);
    assert.equal(status, 400);
    assert.match(body, /was not offered/);
    assert.ok(log.texts("debug").includes("! invalid handshake"));
  });

  const planted = new Error("planted");
  const WRONG: readonly (readonly [string, () => unknown])[] = [
    [
      "throws",
      () => {
        throw planted;
      },
    ],
    [
      "throws what is no error",
      () => {
        throw "planted";
      },
    ],
    [
      "throws undefined",
      () => {
        throw undefined;
      },
    ],
    ["rejects", () => Promise.reject(planted)],
    ["returns a string", () => "yes"],
    ["returns a number", () => 5],
    ["returns true", () => true],
    ["returns false", () => false],
    ["returns a function", () => () => {}],
    ["returns what looks like an answer", () => ({ status: 401 })],
    ["returns an option that is none", () => ({ datum: 1 })],
    ["returns a subprotocol that is no string", () => ({ subprotocol: 5 })],
    ["returns headers that are none", () => ({ headers: 5 })],
    ["returns pairs that are none", () => ({ headers: ["a"] })],
    ["returns a header that would end its line", () => ({ headers: { "X-A": "a\r\nX-B: b" } })],
    ["returns a header with a wrong name", () => ({ headers: { "X A": "a" } })],
    ["returns a header that is no string", () => ({ headers: { "X-A": 5 } })],
    ["returns a header of the handshake", () => ({ headers: { "Sec-WebSocket-Accept": "x" } })],
    ["returns a header that ends the connection", () => ({ headers: { connection: "close" } })],
    ["returns Response.error()", () => Response.error()],
    [
      "returns a Response that was read",
      async () => {
        const used = new Response("x");
        await used.text();
        return used;
      },
    ],
    [
      "returns a Response whose body fails",
      () =>
        new Response(
          new ReadableStream({
            pull() {
              throw planted;
            },
          }),
        ),
    ],
  ];
  for (const [name, processRequest] of WRONG) {
    test(`that ${name} is logged, and answered with 500`, async (t) => {
      const { status, body, log, headers, server } = await ask(t, processRequest);
      assert.equal(status, 500);
      assert.match(body, /the server has failed; its log says why/);
      assert.doesNotMatch(body, /planted/);
      assert.match(headers.get("Server") ?? "", /^clearsocket/);
      assert.deepEqual(log.texts("error"), ["process_request failed"]);
      assert.equal(log.texts("info").at(-1), "HTTP response sent (500 Internal Server Error)");
      assert.equal(server.connections.size, 0);
    });
  }

  test("that throws is logged with its error", async (t) => {
    const { log } = await ask(t, () => Promise.reject(planted));
    assert.equal(log.lines.find(({ level }) => level === "error")?.error, planted);
  });

  test("that never answers is cut after openTimeout, and what it says then is ignored", async (t) => {
    let answer: (said: unknown) => void = () => {};
    const said = new Promise((resolve) => {
      answer = resolve;
    });
    let seen: HandshakeRequest | undefined;
    const { port, log } = await start(t, () => assert.fail("the handler runs"), {
      openTimeout: 50,
      processRequest: (one) => {
        seen = one;
        return said as never;
      },
    });
    const peer = await dialRaw(port);
    peer.write(request());
    await peer.end();
    assert.equal(peer.received.length, 0);
    while (log.texts().at(-1) !== "= connection is CLOSED") await later(0);
    // Asked for the first time now: it says so all the same.
    assert.equal(seen?.signal.aborted, true);
    answer(new Response("late"));
    await later(0);
    assert.deepEqual(log.texts("info").slice(1), []);
    assert.ok(log.texts().includes("! timed out during opening handshake"));
  });

  for (const how of ["end", "resetAndDestroy"] as const) {
    test(`learns by request.signal that its peer has left (${how}), and its answer is ignored`, async (t) => {
      const aborted = new Promise<void>((resolve) => {
        void start(t, () => assert.fail("the handler runs"), {
          processRequest: (one) =>
            new Promise<void>((answer) => {
              one.signal.addEventListener("abort", () => {
                answer();
                resolve();
              });
              void peerOf.then((peer) => peer.socket[how]());
            }),
        }).then(({ port }) => ready(port));
      });
      let ready: (port: number) => void = () => {};
      const port = await new Promise<number>((resolve) => {
        ready = resolve;
      });
      const peerOf = dialRaw(port);
      (await peerOf).write(request());
      await aborted;
      await later(0);
    });
  }

  test("sees request.signal abort when the connection that came of it ends", async (t) => {
    let signal: AbortSignal | undefined;
    const { port, server } = await start(t, echo as never, {
      processRequest: (one) => {
        signal = one.signal;
      },
    });
    const peer = await openRaw(port);
    const [connection] = server.connections;
    assert.equal(signal?.aborted, false);
    assert.equal(connection?.request.signal.aborted, false);
    peer.write(peer.frame(8));
    await peer.end();
    peer.socket.end();
    await connection?.closed;
    assert.equal(signal?.aborted, true);
    assert.equal(connection?.request.signal.aborted, true);
  });
});

describe("subprotocols", () => {
  const rows = [
    [[], "a", 101, null],
    [["a", "b"], "b, a", 101, "a"],
    [["a", "b"], "c, b", 101, "b"],
    [["a"], null, 400, /missing subprotocol/],
    [["a", "b"], "c", 400, /invalid subprotocol; expected one of a, b/],
  ] as const;
  for (const [subprotocols, offered, status, expected] of rows) {
    test(`of the server [${subprotocols}], of the client ${offered}: ${status}`, async (t) => {
      let agreed: string | null | undefined;
      const handler = (connection: { readonly subprotocol: string | null }): void => {
        agreed = connection.subprotocol;
      };
      const { port } = await start(t, handler, { subprotocols });
      const peer = await dialRaw(port);
      peer.write(request({ "Sec-WebSocket-Protocol": offered }));
      const head = await peer.head();
      assert.equal(head.status, status);
      if (expected instanceof RegExp) assert.match(head.body, expected);
      else {
        assert.equal(head.headers.get("Sec-WebSocket-Protocol"), expected);
        await peer.frames(1);
        assert.equal(agreed, expected);
      }
    });
  }
});

test("WEBSOCKETS_SERVER names the server where serverHeader does not", async (t) => {
  t.after(() => delete process.env.WEBSOCKETS_SERVER);
  process.env.WEBSOCKETS_SERVER = "house/3";
  assert.equal((await ask(t, undefined)).headers.get("Server"), "house/3");
  const own = await ask(t, undefined, undefined, { serverHeader: "own" });
  assert.equal(own.headers.get("Server"), "own");
  process.env.WEBSOCKETS_SERVER = "a\nb";
  await assert.rejects(ask(t, undefined), /header Server/);
});

test("serverHeader names the server, in every answer, or removes the header", async (t) => {
  for (const serverHeader of ["mine/1", null]) {
    const accepted = await ask(t, undefined, undefined, { serverHeader });
    assert.equal(accepted.headers.get("Server"), serverHeader);
    const refused = await ask(t, undefined, request({ "Sec-WebSocket-Key": null }), {
      serverHeader,
    });
    assert.equal(refused.headers.get("Server"), serverHeader);
    const answered = await ask(t, () => new Response("x"), undefined, { serverHeader });
    assert.equal(answered.headers.get("Server"), serverHeader);
    const own = await ask(t, () => new Response("x", { headers: { server: "own" } }), undefined, {
      serverHeader,
    });
    assert.equal(own.headers.get("Server"), "own");
  }
});

describe("match", () => {
  const patterns = [
    "/chat",
    /^\/chat$/g,
    { test: (href: string) => new URL(href).pathname === "/chat" },
    ({ path }: HandshakeRequest) => path.split("?")[0] === "/chat",
  ];
  for (const match of patterns) {
    test(`${String(match)} takes its requests, and others get 404`, async (t) => {
      const { port, log } = await start(t, echo as never, { match });
      for (let turn = 0; turn < 2; turn += 1) {
        const peer = await openRaw(port, {}, "GET /chat?x=1 HTTP/1.1");
        peer.socket.destroy();
        const other = await dialRaw(port);
        other.write(request({}, "GET /chat/ HTTP/1.1"));
        const { status, body } = await other.head();
        assert.equal(status, 404);
        assert.match(body, /nothing at this path/);
      }
      assert.ok(log.texts("info").includes("connection rejected (404 Not Found)"));
    });
  }

  test("that throws is logged, and answered with 500", async (t) => {
    const match = (): boolean => {
      throw new Error("planted");
    };
    const { port, log } = await start(t, echo as never, { match });
    const peer = await dialRaw(port);
    peer.write(request());
    assert.equal((await peer.head()).status, 500);
    assert.deepEqual(log.texts("error"), ["opening handshake failed"]);
  });
});
