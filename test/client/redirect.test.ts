/** Redirects: which are followed, and what of ours may go along. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp, type Server as NetServer } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { connect } from "../../src/client/connect.ts";
import type { ConnectOptions } from "../../src/client/options.ts";
import { SecurityError } from "../../src/http/errors.ts";
import { InvalidStatus } from "../../src/http/invalid-status.ts";
import { Authority } from "../support/certificates.ts";
import { acceptance, RawPeer, type RawServer, serveRaw } from "../support/raw-peer.ts";
import { temporaryFile } from "../support/temporary.ts";

/** What a server got. */
interface Got {
  readonly line: string;
  readonly headers: Headers;
}

interface Hop extends RawServer {
  readonly got: Got[];
  readonly url: string;
}

const redirect = (location: string, status = 302): string =>
  `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

/** A server that answers each request as told: with a text, or by accepting when it is told null. */
async function serveHop(
  t: TestContext,
  answer: (got: Got, count: number) => string | null,
): Promise<Hop> {
  const got: Got[] = [];
  const server = await serveRaw((peer) => answerOne(peer, got, answer));
  t.after(() => server.close());
  return Object.assign(server, { got, url: `ws://127.0.0.1:${server.port}` });
}

async function answerOne(
  peer: RawPeer,
  got: Got[],
  answer: (got: Got, count: number) => string | null,
): Promise<void> {
  const head = await peer.head();
  got.push(head);
  const text = answer(head, got.length);
  peer.write(text ?? acceptance(head.headers.get("Sec-WebSocket-Key") ?? ""));
  peer.socket.end();
}

const accepts = (): null => null;

/** Connects, says where that led, and cuts the connection. */
async function follow(url: string, options: ConnectOptions = {}): Promise<string> {
  const connection = await connect(url, { proxy: null, compression: null, ...options });
  const { path, headers } = connection.request;
  connection.abort();
  return `${headers.get("Host")}${path}`;
}

describe("a redirect", () => {
  for (const status of [300, 301, 302, 303, 307, 308]) {
    test(`by ${status} is followed`, async (t) => {
      const there = await serveHop(t, accepts);
      const here = await serveHop(t, () => redirect(`${there.url}/there?a=b`, status));
      assert.equal(await follow(here.url), `127.0.0.1:${there.port}/there?a=b`);
      assert.deepEqual([here.got.length, there.got.length], [1, 1]);
    });
  }

  for (const [status, location] of [
    [304, "/"],
    [305, "/"],
    [401, "/"],
    [201, "/"],
    [302, null],
  ] as const) {
    const where = location === null ? "no Location" : "a Location";
    test(`is no redirect with ${status} and ${where}`, async (t) => {
      const here = await serveHop(t, () =>
        location === null
          ? "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"
          : redirect(location, status),
      );
      await assert.rejects(follow(here.url), (error) => {
        return error instanceof InvalidStatus && error.response.status === status;
      });
      assert.equal(here.got.length, 1);
    });
  }

  test("with two Locations is none", async (t) => {
    const here = await serveHop(t, () => redirect("/a\r\nLocation: /b"));
    await assert.rejects(follow(here.url), InvalidStatus);
  });

  for (const [location, path] of [
    ["/root", "/root"],
    ["beside?x=1", "/a/beside?x=1"],
    ["../up", "/up"],
    ["?query", "/a/b?query"],
    ["/with#fragment", "/with"],
    ["", "/a/b"],
  ] as const) {
    test(`to ${JSON.stringify(location)} is read as relative to /a/b`, async (t) => {
      const here = await serveHop(t, (_got, count) => (count === 1 ? redirect(location) : null));
      assert.equal(await follow(`${here.url}/a/b`), `127.0.0.1:${here.port}${path}`);
    });
  }

  test("to http: is one to ws:", async (t) => {
    const there = await serveHop(t, accepts);
    const here = await serveHop(t, () => redirect(`http://127.0.0.1:${there.port}/`));
    assert.equal(await follow(here.url), `127.0.0.1:${there.port}/`);
  });

  for (const [location, problem] of [
    ["ftp://127.0.0.1/", /scheme isn't ws or wss/],
    ["javascript:alert(1)", /scheme isn't ws or wss/],
    ["http://[::/", /is no address/],
    ["ws://127.0.0.1:99999/", /is no address/],
    ["ws://%zz:x@127.0.0.1/", /invalid percent-encoding/],
  ] as const) {
    test(`to ${location} is the server's fault`, async (t) => {
      const here = await serveHop(t, () => redirect(location));
      await assert.rejects(follow(here.url), { name: "InvalidHeaderValue", message: problem });
    });
  }

  test("shows no secret of its Location in an error", async (t) => {
    const here = await serveHop(t, () => redirect("ftp://u:hidden@h/?token=hidden"));
    await assert.rejects(follow(here.url), (error: Error) => !error.message.includes("u:hidden"));
  });

  test("needs no end of its body when the body has no length", async (t) => {
    const there = await serveHop(t, accepts);
    const server = await serveRaw(async (peer) => {
      await peer.head();
      peer.write(`HTTP/1.1 302 Found\r\nLocation: ${there.url}/\r\n\r\nMoved to`);
    });
    t.after(() => server.close());
    assert.equal(await follow(`ws://127.0.0.1:${server.port}/`), `127.0.0.1:${there.port}/`);
  });

  test("is logged as a second handshake", async (t) => {
    const there = await serveHop(t, accepts);
    const here = await serveHop(t, () => redirect(`${there.url}/there`));
    const lines: string[] = [];
    const keep = (text: unknown): void => void lines.push(String(text));
    const logger = { debug: keep, info: keep, warn: keep, error: keep };
    await follow(`${here.url}/here`, { logger });
    const requests = lines.filter((line) => line.startsWith("> GET"));
    assert.deepEqual(requests, ["> GET /here HTTP/1.1", "> GET /there HTTP/1.1"]);
    assert.equal(lines.filter((line) => line === "= connection is CONNECTING").length, 2);
  });
});

describe("maxRedirects", () => {
  const loop = (t: TestContext): Promise<Hop> =>
    serveHop(t, (_got, count) => redirect(`/${count}`));
  const reaching = (t: TestContext, after: number): Promise<Hop> =>
    serveHop(t, (_got, count) => (count <= after ? redirect(`/${count}`) : null));

  test("is 10 by default", async (t) => {
    const within = await reaching(t, 10);
    assert.equal(await follow(within.url), `127.0.0.1:${within.port}/10`);
    const beyond = await loop(t);
    await assert.rejects(follow(beyond.url), {
      name: "SecurityError",
      message: "more than 10 redirects",
    });
    assert.equal(beyond.got.length, 11);
  });

  test("may be another number", async (t) => {
    const here = await loop(t);
    await assert.rejects(follow(here.url, { maxRedirects: 2 }), (error) => {
      assert.ok(error instanceof SecurityError);
      assert.equal(error.message, "more than 2 redirects");
      assert.ok(error.cause instanceof InvalidStatus);
      return true;
    });
    assert.equal(here.got.length, 3);
  });

  test("0 follows none, and gives the answer itself", async (t) => {
    const here = await loop(t);
    await assert.rejects(follow(here.url, { maxRedirects: 0 }), (error) => {
      return error instanceof InvalidStatus && error.response.headers.get("Location") === "/1";
    });
    assert.equal(here.got.length, 1);
  });

  test("null has no limit but openTimeout, which covers all", async (t) => {
    const many = await reaching(t, 30);
    assert.equal(await follow(many.url, { maxRedirects: null }), `127.0.0.1:${many.port}/30`);
    const endless = await loop(t);
    await assert.rejects(follow(endless.url, { maxRedirects: null, openTimeout: 200 }), {
      name: "TimeoutError",
      message: "timed out during opening handshake",
    });
  });

  test("comes from WEBSOCKETS_MAX_REDIRECTS when it is not given, read at each call", async (t) => {
    t.after(() => delete process.env.WEBSOCKETS_MAX_REDIRECTS);
    process.env.WEBSOCKETS_MAX_REDIRECTS = "1";
    const here = await loop(t);
    await assert.rejects(follow(here.url), { message: "more than 1 redirects" });
    process.env.WEBSOCKETS_MAX_REDIRECTS = "many";
    await assert.rejects(follow(here.url), {
      name: "RangeError",
      message: 'WEBSOCKETS_MAX_REDIRECTS is "many": it must be a number of redirects',
    });
  });

  for (const [value, name] of [
    [-1, "RangeError"],
    [1.5, "TypeError"],
    ["3", "TypeError"],
    [Number.NaN, "TypeError"],
  ] as const) {
    test(`${JSON.stringify(value)} is refused before anything is sent`, async () => {
      const wrong = { maxRedirects: value as number };
      await assert.rejects(follow("ws://127.0.0.1:1/", wrong), {
        name,
        message: /^maxRedirects is /,
      });
    });
  }
});

describe("credentials", () => {
  const secrets: ConnectOptions = {
    headers: {
      Authorization: "Bearer t0ken",
      Cookie: "session=1",
      "Proxy-Authorization": "Basic cHJveHk6cA==",
      "X-Api-Key": "k3y",
      "X-Mine": "mine",
    },
    origin: "https://example.com",
    subprotocols: ["chat", "access_token", "eyJhbGciOiJIUzI1NiJ9.payload.signature"],
  };
  const names = ["Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "X-Mine"];

  test("go along within the origin", async (t) => {
    const here = await serveHop(t, (_got, count) => (count === 1 ? redirect("/again") : null));
    await follow(here.url, secrets);
    for (const name of [...names, "Origin", "Sec-WebSocket-Protocol"]) {
      assert.equal(here.got[1]?.headers.get(name), here.got[0]?.headers.get(name), name);
      assert.notEqual(here.got[1]?.headers.get(name), null, name);
    }
  });

  test("stay behind when the port differs, tokens among subprotocols too", async (t) => {
    const there = await serveHop(t, accepts);
    const here = await serveHop(t, () => redirect(`${there.url}/`));
    await follow(here.url, secrets);
    const [got] = there.got;
    assert.deepEqual(
      names.filter((name) => got?.headers.has(name)),
      [],
    );
    assert.equal(got?.headers.get("Origin"), "https://example.com");
    assert.equal(got?.headers.get("Sec-WebSocket-Protocol"), "chat, access_token");
  });

  test("stay behind when the host differs", async (t) => {
    const here = await serveHop(t, (_got, count) =>
      count === 1 ? redirect(`ws://localhost:${here.port}/`) : null,
    );
    await follow(here.url, secrets);
    assert.equal(here.got[1]?.headers.get("Host"), `localhost:${here.port}`);
    assert.deepEqual(
      names.filter((name) => here.got[1]?.headers.has(name)),
      [],
    );
  });

  test("do not come back when a later redirect leads home", async (t) => {
    const there = await serveHop(t, () => redirect(`${here.url}/home`));
    const here = await serveHop(t, (_got, count) =>
      count === 1 ? redirect(`${there.url}/`) : null,
    );
    await follow(here.url, secrets);
    assert.equal(here.got[1]?.line, "GET /home HTTP/1.1");
    assert.deepEqual(
      names.filter((name) => here.got[1]?.headers.has(name)),
      [],
    );
  });

  test("of the address go along within the origin only, relative or absolute", async (t) => {
    const there = await serveHop(t, accepts);
    const here = await serveHop(t, (_got, count) => {
      if (count === 1) return redirect("/relative");
      return redirect(count === 2 ? `${here.url}/absolute` : `${there.url}/`);
    });
    await follow(here.url.replace("//", "//user:pass@"));
    const basic = `Basic ${Buffer.from("user:pass").toString("base64")}`;
    assert.deepEqual(
      here.got.map(({ headers }) => headers.get("Authorization")),
      [basic, basic, basic],
    );
    assert.equal(there.got[0]?.headers.get("Authorization"), null);
  });

  test("in Location are those of the address that it names", async (t) => {
    const there = await serveHop(t, accepts);
    const target = there.url.replace("//", "//guest:guest@");
    const here = await serveHop(t, () => redirect(target));
    await follow(here.url.replace("//", "//user:pass@"));
    const basic = `Basic ${Buffer.from("guest:guest").toString("base64")}`;
    assert.equal(there.got[0]?.headers.get("Authorization"), basic);
  });
});

describe("TLS", () => {
  const authority = new Authority();
  const server = authority.issue("server", ["127.0.0.1", "localhost"]);
  const client = authority.issue("client");

  interface Secure {
    readonly port: number;
    readonly got: Got[];
    /** The name in the client's certificate, if it has shown one. */
    readonly clients: (string | undefined)[];
  }

  async function serveSecurely(
    t: TestContext,
    answer: (got: Got, count: number) => string | null,
  ): Promise<Secure> {
    const got: Got[] = [];
    const clients: (string | undefined)[] = [];
    const ask = { requestCert: true, rejectUnauthorized: false };
    const options = { ...server, ...ask, ca: authority.cert, allowHalfOpen: true };
    const listener: NetServer = createTlsServer(options, (socket) => {
      const { subject } = socket.getPeerCertificate() ?? {};
      clients.push(subject?.CN as string | undefined);
      void answerOne(new RawPeer(socket, false), got, answer).catch(() => {});
    });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    t.after(() => listener.close());
    const address = listener.address();
    return { port: typeof address === "object" ? (address?.port ?? 0) : 0, got, clients };
  }

  const tls = { ca: authority.cert, ...client };

  test("is never left: wss to ws is refused", async (t) => {
    const there = await serveHop(t, accepts);
    const here = await serveSecurely(t, () => redirect(`${there.url}/path?token=secret`));
    await assert.rejects(follow(`wss://127.0.0.1:${here.port}/`, { tls }), {
      name: "SecurityError",
      message: `cannot follow redirect to non-secure URI ${there.url}/path?token=***`,
    });
    assert.equal(there.got.length, 0);
  });

  test("nor by http:", async (t) => {
    const here = await serveSecurely(t, () => redirect("http://127.0.0.1:1/"));
    await assert.rejects(follow(`wss://127.0.0.1:${here.port}/`, { tls }), SecurityError);
  });

  test("keeps the client's certificate within the origin, and across origins shows none", async (t) => {
    const there = await serveSecurely(t, accepts);
    const here = await serveSecurely(t, (_got, count) =>
      redirect(count === 1 ? "/again" : `wss://127.0.0.1:${there.port}/`),
    );
    await follow(`wss://127.0.0.1:${here.port}/`, { tls });
    assert.deepEqual(here.clients, ["client", "client"]);
    assert.deepEqual(there.clients, [undefined]);
  });

  test("is entered from ws, another origin", async (t) => {
    const there = await serveSecurely(t, accepts);
    const here = await serveHop(t, () => redirect(`wss://localhost:${there.port}/`));
    const headers = { Authorization: "Bearer t0ken" };
    // Nobody vouches for the test's authority here: that it is asked for shows where we went.
    await assert.rejects(follow(here.url, { headers }), {
      code: /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    });
    assert.equal(there.got.length, 0);
  });
});

describe("a given way", () => {
  test("by `socket` follows no redirect", async (t) => {
    const here = await serveHop(t, () => redirect("/again"));
    const socket = connectTcp(here.port, "127.0.0.1");
    await once(socket, "connect");
    await assert.rejects(follow(here.url, { socket }), {
      name: "SecurityError",
      message: `cannot follow redirect to ${here.url}/again with a preexisting socket`,
    });
  });

  test("by `socketPath` follows redirects within the origin only", async (t) => {
    const path = temporaryFile("redirect.sock");
    const there = await serveHop(t, accepts);
    const hop = await serveHop(t, (_got, count) =>
      redirect(count === 1 ? "/again" : `${there.url}/`),
    );
    hop.server.close();
    await once(hop.server.listen(path), "listening");
    await assert.rejects(follow("ws://localhost/", { socketPath: path }), {
      name: "SecurityError",
      message: `cannot follow cross-origin redirect to ${there.url}/ with a Unix socket`,
    });
    assert.deepEqual(
      hop.got.map(({ line }) => line),
      ["GET / HTTP/1.1", "GET /again HTTP/1.1"],
    );
    assert.equal(there.got.length, 0);
  });
});
