/** The data of events (LOGGING.md §1.9): on the records, and on the channels of `node:diagnostics_channel`. */
import assert from "node:assert/strict";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, test } from "node:test";
import { broadcast, type ClientConnection, type Connection, reconnect } from "../../src/index.ts";
import { CHANNELS, type ChannelMessage, type EventType } from "../../src/logging/channels.ts";
import { closePayload, frame, head, REQUEST } from "../transcripts/raw-peer.ts";
import { echo, Stage, turns } from "../transcripts/stage.ts";

interface AnyEvent {
  readonly type: EventType;
  readonly connection: string | null;
  readonly side: "client" | "server";
  readonly remote: string | null;
  readonly [field: string]: unknown;
}

const NAMES = [...new Set(Object.values(CHANNELS))];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What each event has besides `type`, `connection`, `side` and `remote`, and of what type. */
const FIELDS: Readonly<Record<EventType, Readonly<Record<string, string>>>> = {
  "server.listening": { address: "object" },
  "server.closing": { address: "object" },
  "server.closed": { address: "object" },
  "handshake.request": { method: "string", path: "string", headers: "array" },
  "handshake.response": { status: "number", headers: "array" },
  "connection.state": { state: "string" },
  "connection.open": {
    path: "string",
    subprotocol: "string",
    extensions: "string",
    origin: "string",
    userAgent: "string",
    elapsed: "number",
  },
  "connection.rejected": { status: "number", reason: "string", origin: "string", path: "string" },
  "connection.close": {
    code: "number",
    reason: "string",
    sent: "object",
    received: "object",
    order: "string",
    clean: "boolean",
    openedAt: "number",
    closedAt: "number",
    duration: "number",
    messagesIn: "number",
    messagesOut: "number",
    bytesIn: "number",
    bytesOut: "number",
    wireIn: "number",
    wireOut: "number",
    latency: "number",
    ratio: "number",
  },
  "connection.failing": { code: "number", reason: "string", rule: "string" },
  "frame.sent": {
    opcode: "number",
    fin: "boolean",
    size: "number",
    wireSize: "number",
    compressed: "boolean",
  },
  "frame.received": {
    opcode: "number",
    fin: "boolean",
    size: "number",
    wireSize: "number",
    compressed: "boolean",
  },
  "keepalive.ping": { latency: "number" },
  "keepalive.pong": { latency: "number" },
  "keepalive.timeout": { latency: "number" },
  "handler.failed": { error: "object" },
  "internal.error": { error: "object", what: "string" },
  "reconnect.wait": { delay: "number", attempt: "number", error: "object" },
  "broadcast.skipped": { reason: "string" },
};

const OF_SERVER: ReadonlySet<string> = new Set([
  "server.listening",
  "server.closing",
  "server.closed",
]);

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** Each kind of event at least once; what has a scenario of its own below is not here. */
async function everything(stage: Stage): Promise<void> {
  const { server, url, port } = await stage.serve(
    async (connection) => {
      for await (const message of connection) {
        if (message === "crash") throw new Error("boom");
        if (message === "skip") {
          void connection.send(slow());
          await turns();
          broadcast([connection], "not now");
          continue;
        }
        await connection.send(message);
      }
    },
    { pingInterval: 100, subprotocols: ["chat"], origins: ["https://example.com"] },
  );
  const options = { subprotocols: ["chat"], origin: "https://example.com" };
  const first = await stage.connect(url, options);
  for (let left = 3; left > 0; left -= 1) {
    await first.send("x".repeat(1000));
    await first.recv();
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
  await first.send("skip");
  await first.recv();
  await first.close(1000, "bye");
  const second = await stage.connect(url, options);
  await second.send("crash");
  await second.closed;
  await assert.rejects(stage.connect(url, { subprotocols: ["chat"], origin: "https://evil" }));
  const peer = await stage.dial(port);
  peer.send(head([...REQUEST, "Sec-WebSocket-Protocol: chat", "Origin: https://example.com"]));
  await peer.until("\r\n\r\n");
  peer.send(frame(0xf1, ""));
  await peer.leave();
  await stage.settled();
  await server.close();
  const silent = await stage.serve(
    async (connection) => {
      await connection.closed;
    },
    {
      pingInterval: 50,
      pingTimeout: 50,
      match: (request) => request.url.pathname !== "/crash" || boom(),
    },
  );
  await assert.rejects(stage.connect(`ws://127.0.0.1:${silent.port}/crash`));
  const mute = await stage.dial(silent.port);
  mute.send(head(REQUEST));
  await mute.leave();
  await stage.settled();
  await silent.server.close();
  const waiting = new AbortController();
  const trying = reconnect(url, () => {}, {
    signal: waiting.signal,
    reconnectDelays: () => [5],
  });
  await stage.untilLogged(/^connect failed/);
  waiting.abort();
  await trying.catch(() => {});
}

function boom(): never {
  throw new Error("boom");
}

async function* slow(): AsyncGenerator<string> {
  yield "a";
  await turns(10);
  yield "b";
}

describe("each event", () => {
  let stage: Stage;
  const published: ChannelMessage[] = [];
  const onMessage = (message: unknown): void => {
    published.push(message as ChannelMessage);
  };

  beforeEach(() => {
    stage = new Stage("DEBUG");
    published.length = 0;
    for (const name of NAMES) subscribe(name, onMessage);
  });
  afterEach(async () => {
    for (const name of NAMES) unsubscribe(name, onMessage);
    await stage.end();
  });

  test("is published with its fields, and is on the record of its line", async () => {
    await everything(stage);
    const events = published.map(({ event }) => event as AnyEvent);
    const found = new Set<string>();
    for (const event of events) {
      const { type, connection, side, remote } = event;
      found.add(type);
      if (OF_SERVER.has(type) || type === "reconnect.wait") {
        assert.deepEqual([connection, remote], [null, null], type);
        assert.equal(side, type === "reconnect.wait" ? "client" : "server");
      } else {
        assert.match(String(connection), UUID, type);
        assert.match(String(remote), /^127\.0\.0\.1:\d+$/, type);
        assert.ok(side === "client" || side === "server");
      }
      const own = Object.keys(event).filter(
        (key) => !["type", "connection", "side", "remote"].includes(key),
      );
      const wanted = Object.keys(FIELDS[type]);
      assert.deepEqual(own.filter((key) => key !== "cause").sort(), wanted.sort(), type);
      for (const [field, kind] of Object.entries(FIELDS[type])) {
        const value = event[field];
        assert.ok(value === null || typeOf(value) === kind, `${type}.${field} is ${typeOf(value)}`);
      }
    }
    assert.deepEqual([...found].sort(), Object.keys(CHANNELS).sort());

    const recorded = new Set(
      stage.records.map(({ event }) => event).filter((event) => event !== undefined),
    );
    for (const event of events) {
      // A client's opening and end have no line.
      const isSilent = event.side === "client" && /^connection\.(open|close)$/.test(event.type);
      assert.equal(recorded.has(event), !isSilent, `${event.side} ${event.type}`);
    }
  });

  test("has in each field at least once what the field is for", async () => {
    await everything(stage);
    const events = published.map(({ event }) => event as AnyEvent);
    for (const [type, fields] of Object.entries(FIELDS)) {
      for (const field of Object.keys(fields)) {
        assert.ok(
          events.some((event) => event.type === type && event[field] !== null),
          `${type}.${field} is always null`,
        );
      }
    }
    const ofType = (type: EventType): AnyEvent =>
      events.find((event) => event.type === type) as AnyEvent;
    const open = ofType("connection.open");
    assert.equal(open.path, "/chat");
    assert.equal(open.subprotocol, "chat");
    assert.equal(open.origin, "https://example.com");
    assert.match(String(open.extensions), /^permessage-deflate/);
    assert.match(String(open.userAgent), /^clearsocket/);
    assert.ok(
      events
        .filter(({ type }) => type === "connection.open")
        .every(({ elapsed }) => (elapsed as number) > 0),
    );
    const close = ofType("connection.close");
    assert.deepEqual([close.code, close.reason, close.clean], [1000, "bye", true]);
    assert.ok((close.ratio as number) < 0.5);
    const rejected = ofType("connection.rejected");
    assert.deepEqual(
      [rejected.status, rejected.origin, rejected.path],
      [403, "https://evil", "/chat"],
    );
    const failing = events.find(({ type, code }) => type === "connection.failing" && code === 1002);
    assert.deepEqual(
      [failing?.reason, failing?.rule],
      ["reserved bits must be 0", "RFC 6455 §5.2"],
    );
    assert.equal((ofType("handler.failed").error as Error).message, "boom");
    assert.equal(ofType("broadcast.skipped").reason, "sending a fragmented message");
  });

  test("names the connection, which knows its own events by the id", async () => {
    const ids = new Map<string, Connection<undefined>>();
    const { server, url } = await stage.serve(async (connection) => {
      ids.set(connection.id, connection);
      await echo(connection);
    });
    const clients: ClientConnection[] = [];
    for (let left = 2; left > 0; left -= 1) clients.push(await stage.connect(url));
    for (const client of clients) await client.close();
    await server.close();
    assert.ok(published.length > 0);
    for (const message of published) {
      const { websocket } = message;
      const event = message.event as AnyEvent;
      const { connection, side, type } = event;
      if (connection === null) {
        assert.equal(websocket, null);
        continue;
      }
      const mine: object | undefined =
        side === "server" ? ids.get(connection) : clients.find(({ id }) => id === connection);
      assert.ok(mine !== undefined);
      const isOpening = /^handshake\./.test(type) || event.state === "connecting";
      if (!isOpening) assert.equal(websocket, mine, type);
    }
  });
});

describe("record.websocket", () => {
  test("is the connection, or before it is open what stands for it; server's lines and the first have none", async () => {
    const stage = new Stage("DEBUG");
    let there: Connection<undefined> | undefined;
    let here: ClientConnection | undefined;
    try {
      const { server, url } = await stage.serve(async (connection) => {
        there = connection;
        await echo(connection);
      });
      here = await stage.connect(url);
      await here.send("x");
      await here.recv();
      await here.close();
      await server.close();
    } finally {
      await stage.end();
    }
    for (const name of ["websockets.server", "websockets.client"]) {
      const connection: (object & { readonly id: string }) | undefined =
        name === "websockets.server" ? there : here;
      let isOpen = false;
      for (const record of stage.records.filter((record) => record.name === name)) {
        const text = record.getMessage();
        const websocket = record.websocket as { id: string; state: string } | undefined;
        if (text === "= connection is OPEN") isOpen = true;
        if (/^server |^= connection is CONNECTING$/.test(text)) {
          assert.ok(!("websocket" in record), text);
        } else if (isOpen) {
          assert.equal(websocket, connection, text);
        } else {
          assert.equal(websocket?.id, connection?.id, text);
          assert.equal(websocket?.state, "connecting");
        }
      }
      assert.ok(isOpen);
    }
  });
});

describe("channels", () => {
  const count = new Map<string, number>();
  const wrapped = NAMES.map((name) => {
    const one = channel(name);
    one.publish = (message) => {
      count.set(name, (count.get(name) ?? 0) + 1);
      // Whoever subscribes changes the prototype.
      Object.getPrototypeOf(one).publish.call(one, message);
    };
    return one;
  });

  async function session(): Promise<void> {
    const stage = new Stage("INFO");
    try {
      const { server, url, port } = await stage.serve();
      const connection = await stage.connect(url);
      await connection.send("x");
      await connection.recv();
      await connection.close();
      const peer = await stage.dial(port);
      peer.send(head(REQUEST));
      await peer.until("\r\n\r\n");
      peer.send(frame(0x88, closePayload(1000)));
      await peer.leave();
      await stage.settled();
      await server.close();
    } finally {
      await stage.end();
    }
  }

  test("are not published on while nobody listens", async () => {
    count.clear();
    assert.ok(wrapped.every((one) => !one.hasSubscribers));
    await session();
    assert.deepEqual([...count], []);
  });

  for (const name of NAMES) {
    test(`${name} alone is published on for its only listener`, async () => {
      count.clear();
      const listen = (): void => {};
      subscribe(name, listen);
      try {
        await session();
      } finally {
        unsubscribe(name, listen);
      }
      const silent = ["rejected", "failing", "keepalive", "error", "reconnect", "broadcast"];
      const isQuiet = silent.some((end) => name.endsWith(end));
      assert.deepEqual([...count.keys()], isQuiet ? [] : [name]);
    });
  }

  test("are published on while logging is silent", async () => {
    const seen: string[] = [];
    const listen = (message: unknown): void => {
      seen.push((message as ChannelMessage).event.type);
    };
    subscribe("websockets:frame", listen);
    const stage = new Stage("DEBUG");
    try {
      const { server, url } = await stage.serve(echo, { logger: null });
      const connection = await stage.connect(url, { logger: null });
      await connection.send("x");
      await connection.recv();
      await connection.close();
      await server.close();
    } finally {
      unsubscribe("websockets:frame", listen);
      await stage.end();
    }
    assert.deepEqual(stage.records, []);
    assert.equal(seen.filter((type) => type === "frame.sent").length, 4);
    assert.equal(seen.filter((type) => type === "frame.received").length, 4);
  });
});
