/** tshark as a judge: it watches an exchange of our client and our server, and tells which frames it saw. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "clearsocket";
import { Child, LIMIT } from "../child.ts";
import { type EchoServer, startEchoServer } from "../echo-server.ts";
import { exchange, TEXT } from "../exchange.ts";
import { leave, program } from "../need.ts";
import type { Trial } from "../trial.ts";

/** A frame as tshark tells it. */
interface Frame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly size: number;
}

const FIELDS = ["fin", "rsv", "opcode", "mask", "payload_length"] as const;
const LONG = ["payload_length_ext_16", "payload_length_ext_64"] as const;
const SEPARATOR = "|";

class Capture implements AsyncDisposable {
  readonly #tshark: Child;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    const fields = [...FIELDS, ...LONG].map((name) => `websocket.${name}`);
    const shown = ["tcp.srcport", ...fields, "_ws.malformed", "websocket.payload.text"];
    this.#tshark = new Child("tshark", [
      ...["-l", "-i", "lo", "-f", `tcp port ${port}`, "-d", `tcp.port==${port},http`],
      ...["-Y", "websocket", "-T", "fields", "-E", `separator=${SEPARATOR}`],
      ...shown.flatMap((name) => ["-e", name]),
    ]);
  }

  async start(): Promise<void> {
    await this.#tshark.find(/Capture started/);
  }

  /** The rows that it prints, when both Close frames are among them. */
  async rows(): Promise<readonly (readonly string[])[]> {
    const end = performance.now() + LIMIT;
    const row = /^\d+(\|[^\n]*)+$/;
    while (performance.now() < end) {
      const rows = this.#tshark.printed.split("\n").filter((line) => row.test(line));
      const cells = rows.map((line) => line.split(SEPARATOR));
      if (cells.filter((cell) => /(^|,)8$/.test(cell[3] ?? "")).length === 2) return cells;
      await delay(50);
    }
    throw new Error(`tshark saw no two Close frames:\n${this.#tshark.printed}`);
  }

  /** The frames of one direction, in order. */
  framesOf(rows: readonly (readonly string[])[], fromServer: boolean): readonly Frame[] {
    const mine = rows.filter(([port]) => (port === String(this.#port)) === fromServer);
    return mine.flatMap(([, ...cells]) => {
      const [fins = [], rsvs = [], opcodes = [], masks = [], sizes = [], short = [], long = []] =
        cells.map((cell) => (cell === "" ? [] : cell.split(",")));
      return fins.map((fin, index) => {
        // Only frames that need a longer length have one.
        let size = Number(sizes[index]);
        if (size === 126) size = Number(short.shift());
        else if (size === 127) size = Number(long.shift());
        return {
          fin: fin === "1",
          rsv: Number(rsvs[index]),
          opcode: Number(opcodes[index]),
          masked: masks[index] === "1",
          size,
        };
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tshark.stop("SIGINT");
  }
}

async function watch(
  run: (server: EchoServer, capture: Capture) => Promise<void>,
  ...words: readonly string[]
): Promise<void> {
  await using server = await startEchoServer(...words);
  await using capture = new Capture(server.port);
  await capture.start();
  await run(server, capture);
}

function frame(opcode: number, size: number, fin = true, rsv = 0): Omit<Frame, "masked"> {
  return { fin, rsv, opcode, size };
}

/** What `exchange` does, as frames: the client's. */
const SENT = [
  frame(1, 11),
  frame(1, 4, false),
  frame(0, 3, false),
  frame(0, 3, false),
  frame(0, 0),
  frame(2, 70_000),
  frame(2, 3, false),
  frame(0, 69_997, false),
  frame(0, 0),
  frame(1, 0),
  frame(9, 4),
  frame(8, 6),
];
/** And the server's. */
const ECHOED = [
  frame(1, 11),
  frame(1, 10),
  frame(2, 70_000),
  frame(2, 70_000),
  frame(1, 0),
  frame(10, 4),
  frame(8, 6),
];

function plain(): Promise<void> {
  return watch(async (server, capture) => {
    await exchange(server.url, { compression: null });
    const rows = await capture.rows();
    for (const [, , , , , , , , malformed] of rows) assert.equal(malformed, "");
    const masked = (wanted: boolean) => (each: Omit<Frame, "masked">) => ({
      ...each,
      masked: wanted,
    });
    assert.deepEqual(capture.framesOf(rows, false), SENT.map(masked(true)));
    assert.deepEqual(capture.framesOf(rows, true), ECHOED.map(masked(false)));
  }, "--no-compression");
}

/** tshark inflates by itself: what it reads is what was sent, in both directions. */
function compressed(): Promise<void> {
  return watch(async (server, capture) => {
    const connection = await connect(server.url, {
      logger: null,
      compression: { threshold: 0 },
    });
    const text = `${TEXT} `.repeat(50).trim();
    for (const message of [text, text, "another"]) {
      await connection.send(message);
      assert.equal(await connection.recv(), message);
    }
    await connection.close();
    const rows = await capture.rows();
    const texts = rows.flatMap((row) => row[9] ?? []).filter((one) => one !== "");
    assert.deepEqual(texts, [text, text, text, text, "another", "another"]);
    for (const fromServer of [false, true]) {
      const first = capture.framesOf(rows, fromServer)[0];
      assert.equal(first?.rsv, 4);
      assert.ok(first.size < 100, `${first.size} bytes`);
    }
  });
}

const NEEDS = [
  program("tshark"),
  leave("the leave to capture (root)", async () => process.getuid?.() === 0),
];

export const trials: readonly Trial[] = [
  { name: "tshark judges our frames", needs: NEEDS, run: plain },
  { name: "tshark inflates our frames", needs: NEEDS, run: compressed },
];
