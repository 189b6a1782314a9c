/**
 * The conformance tester's cases over HTTP/2, on streams of one session: against our server, and against our client.
 *
 * HTTP2_CASES names others than those of every day, such as `*`.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  createServer,
  type Http2Stream,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { addAbortSignal } from "node:stream";
import { after, before, describe, test } from "node:test";
import { groupOf, isHeavyId, selectCases } from "../../conformance/cases/catalogue.ts";
import type { Case } from "../../conformance/harness/case.ts";
import { Endpoint } from "../../conformance/harness/endpoint.ts";
import { isRight, type Outcome } from "../../conformance/harness/outcome.ts";
import { inParallel } from "../../conformance/harness/pool.ts";
import { runCase } from "../../conformance/harness/run-case.ts";
import { WireLog } from "../../conformance/harness/wire-log.ts";
import { chooseAnswer, readAnswer, serialiseOffers } from "../../conformance/wire/negotiation.ts";
import { connect } from "../../src/client/connect.ts";
import type { ClientConnection } from "../../src/client/options.ts";
import { attach } from "../../src/server/attach.ts";
import type { ServerConnection } from "../../src/server/options.ts";
import type { Server } from "../../src/server/server.ts";
import { endSession, fields, openSession } from "../support/http2-peer.ts";

const MESSAGES = 20;
const PATTERNS = (process.env.HTTP2_CASES ?? "1.*,2.*,5.*,7.*,10.*,12.1.*,13.1.*").split(",");
/** The largest message of the cases is 16 MiB; all else stands at the defaults. */
const SIZES = { maxSize: 32 * 1024 * 1024, logger: null };

const cases = selectCases(MESSAGES, PATTERNS);

async function echo(connection: ServerConnection<never> | ClientConnection): Promise<void> {
  try {
    for await (const message of connection) await connection.send(message);
  } catch (error) {
    if (connection.state === "open") throw error;
  }
}

/**
 * A stream, as far as the tester needs a socket.
 *
 * What cuts it resets it with CANCEL. Node 20 may never return from a reset with another code that is made while it hears
 * of the reset of another stream.
 */
function toSocket(stream: Http2Stream): Socket {
  const cut = (): void => void addAbortSignal(AbortSignal.abort(), stream);
  stream.on("error", () => {});
  return new Proxy(stream, {
    get(target, name) {
      if (name === "destroy" || name === "resetAndDestroy") return cut;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as unknown as Socket;
}

async function playToServer(session: ClientHttp2Session, subject: Case): Promise<Outcome> {
  const log = new WireLog();
  const offers = subject.negotiation === undefined ? null : serialiseOffers(subject.negotiation);
  const stream = session.request(fields({ "sec-websocket-extensions": offers }), {
    endStream: false,
  });
  stream.pause();
  const [headers] = (await once(stream, "response")) as [Record<string, string | undefined>];
  assert.equal(headers[":status"], 200);
  const agreement = readAnswer(headers["sec-websocket-extensions"], subject.negotiation);
  const endpoint = new Endpoint(toSocket(stream), { role: "client", agreement, log });
  return runCase(subject, endpoint, log);
}

/** Plays the light cases side by side, and the others two at a time. */
async function playAll(play: (subject: Case) => Promise<Outcome>): Promise<string[]> {
  const wrong: string[] = [];
  const run = async (subject: Case): Promise<void> => {
    const outcome = await play(subject);
    if (isRight(outcome)) return;
    const { id, behaviour, close, whyBehaviour, whyClose, log } = outcome;
    const lines = log.map((line) => JSON.stringify(line)).join("\n");
    wrong.push(`${id}: ${behaviour} (${whyBehaviour}), ${close} (${whyClose})\n${lines}`);
  };
  await inParallel(
    cases.filter(({ id }) => !isHeavyId(id)),
    16,
    run,
  );
  await inParallel(
    cases.filter(({ id }) => isHeavyId(id)),
    2,
    run,
  );
  return wrong;
}

describe(`the ${cases.length} cases of ${[...new Set(cases.map(({ id }) => groupOf(id)))]} over HTTP/2`, () => {
  // Node cuts streams that are being opened while others of the session hold more than 10 MB, and messages of the cases do.
  const http = createServer({ settings: { enableConnectProtocol: true }, maxSessionMemory: 1000 });
  let server: Server<never>;
  let session: ClientHttp2Session;
  let port = 0;
  /** Who plays the tester's part of the next streams that come to `/tester`. */
  let onTester: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void = () => {};

  before(async () => {
    http.on("sessionError", () => {});
    http.on("stream", (stream, headers) => {
      if (String(headers[":path"]).startsWith("/tester")) onTester(stream, headers);
    });
    server = attach<never>(http, { ...SIZES, handler: echo, match: "/" });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    port = (http.address() as AddressInfo).port;
    session = await openSession({ port, ca: null });
  });

  after(async () => {
    await endSession(session);
    await server.close({ deadline: 0 });
    http.close();
  });

  test("are right with our server", async () => {
    assert.ok(cases.length > 50);
    assert.deepEqual(await playAll((subject) => playToServer(session, subject)), []);
  });

  test("are right with our client", async () => {
    const outcomes = new Map<string, (outcome: Promise<Outcome>) => void>();
    onTester = (stream, headers) => {
      const id = new URL(String(headers[":path"]), "ws://tester").searchParams.get("case") ?? "";
      const subject = cases.find((one) => one.id === id) as Case;
      const log = new WireLog();
      const offers = headers["sec-websocket-extensions"] as string | undefined;
      const chosen = chooseAnswer(offers, subject.negotiation);
      stream.pause();
      stream.respond({
        ":status": 200,
        ...(chosen === null ? {} : { "sec-websocket-extensions": chosen.field }),
      });
      const agreement = chosen?.agreement ?? null;
      const endpoint = new Endpoint(toSocket(stream), { role: "server", agreement, log });
      outcomes.get(id)?.(runCase(subject, endpoint, log));
    };
    const play = async (subject: Case): Promise<Outcome> => {
      const outcome = new Promise<Outcome>((resolve) => outcomes.set(subject.id, resolve));
      const url = `ws://127.0.0.1:${port}/tester?case=${subject.id}`;
      const connection = await connect(url, { ...SIZES, http2: session });
      await echo(connection);
      await connection.closed;
      return outcome;
    };
    assert.deepEqual(await playAll(play), []);
  });
});
