/**
 * What each way to compress and decompress messages costs: CPU time of the whole process, threads and garbage included,
 * and size. `node … bench/deflate/codecs.ts [--rounds 5] [--kind ticks]`. Its figures stand in decision 0020.
 *
 * Each way serves eight connections in turn, so that none of them finds its window where it left it.
 */
import { Buffer } from "node:buffer";
import { parseArgs } from "node:util";
import zlib from "node:zlib";
import { Deflater } from "../../src/extensions/codec/deflater.ts";
import { Inflater } from "../../src/extensions/codec/inflater.ts";
import { nodeOneShot } from "../../src/node/deflate.ts";
import { corpus, type Stream } from "./corpus.ts";

const CONNECTIONS = 8;
const { Z_SYNC_FLUSH } = zlib.constants;

/** A way to work on message `at` of connection `who`; the result's length counts. */
type Way = (who: number, at: number) => number | Promise<number>;

interface Candidate {
  readonly name: string;
  /** Made anew for each round. */
  start(
    messages: readonly Uint8Array[],
    packed: readonly Uint8Array[],
    windows: readonly Uint8Array[],
  ): Way & { end?: () => void };
}

const sink = { limit: Number.POSITIVE_INFINITY, size: 0, write: () => true };
const each = <T>(make: () => T): T[] => Array.from({ length: CONNECTIONS }, make);

/** As ws does: a stream for each connection and direction, on zlib's threads. */
function streaming(
  make: () => zlib.DeflateRaw | zlib.InflateRaw,
  input: readonly Uint8Array[],
  tail: Uint8Array,
): Way & { end: () => void } {
  const streams = each(make);
  const way = async (who: number, at: number): Promise<number> => {
    const stream = streams[who] as zlib.DeflateRaw;
    let size = 0;
    const count = (chunk: Buffer): void => {
      size += chunk.length;
    };
    stream.on("data", count);
    stream.write(input[at] as Uint8Array);
    if (tail.length > 0) stream.write(tail);
    await new Promise<void>((resolve) => stream.flush(Z_SYNC_FLUSH, resolve));
    stream.off("data", count);
    return size;
  };
  return Object.assign(way, {
    end: () => {
      for (const stream of streams) stream.close();
    },
  });
}

const COMPRESSORS: readonly Candidate[] = [
  ...[3, 4, 5].map((level) => ({
    name: `ours, level ${level}`,
    start: (messages: readonly Uint8Array[]) => {
      const deflaters = each(() => new Deflater(12, true, level));
      return (who: number, at: number): number =>
        (deflaters[who] as Deflater).deflate(messages[at] as Uint8Array, true, true)
          ?.length as number;
    },
  })),
  {
    name: "ours, level 4, no takeover",
    start: (messages) => {
      const deflaters = each(() => new Deflater(12, false, 4));
      return (who, at) =>
        (deflaters[who] as Deflater).deflate(messages[at] as Uint8Array, true, true)
          ?.length as number;
    },
  },
  ...[1, 4, 6].map((level) => ({
    name: `zlib one shot, level ${level}`,
    start:
      (messages: readonly Uint8Array[], _: unknown, windows: readonly Uint8Array[]) =>
      (_who: number, at: number) =>
        nodeOneShot.deflateSync(
          messages[at] as Uint8Array,
          at === 0 ? null : (windows[at] as Uint8Array),
          12,
          level,
        ).length - 4,
  })),
  {
    name: "zlib one shot, level 4, no takeover",
    start: (messages) => (_who, at) =>
      nodeOneShot.deflateSync(messages[at] as Uint8Array, null, 12, 4).length - 4,
  },
  {
    name: "zlib stream, level 6, window 15",
    start: (messages) => streaming(() => zlib.createDeflateRaw(), messages, new Uint8Array(0)),
  },
];

const DECOMPRESSORS: readonly Candidate[] = [
  {
    name: "ours",
    start: (_messages, packed) => {
      const inflaters = each(() => new Inflater(12, true));
      return (who, at) => {
        const data = packed[at] as Uint8Array;
        (inflaters[who] as Inflater).inflate(data, 0, data.length, true, sink);
        return data.length;
      };
    },
  },
  {
    name: "zlib one shot",
    start: (_messages, packed, windows) => (_who, at) => {
      const data = packed[at] as Uint8Array;
      nodeOneShot.inflateSync(
        data,
        at === 0 ? null : (windows[at] as Uint8Array),
        12,
        Number.POSITIVE_INFINITY,
      );
      return data.length;
    },
  },
  {
    name: "zlib stream",
    start: (_messages, packed) =>
      streaming(() => zlib.createInflateRaw(), packed, Uint8Array.of(0, 0, 0xff, 0xff)),
  },
];

/** The least CPU time for a message among `rounds`, in microseconds, and the mean length. */
async function measure(
  candidate: Candidate,
  stream: Stream,
  rounds: number,
): Promise<{ micros: number; size: number }> {
  const { messages } = stream;
  const windows: Uint8Array[] = [];
  const packed: Uint8Array[] = [];
  let window = Buffer.alloc(0);
  for (const message of messages) {
    windows.push(window);
    const dictionary = window.length === 0 ? null : window;
    packed.push(
      new Uint8Array(nodeOneShot.deflateSync(message, dictionary, 12, 6).subarray(0, -4)),
    );
    window = Buffer.concat([window, message]).subarray(-4096);
  }
  let micros = Number.POSITIVE_INFINITY;
  let size = 0;
  for (let round = 0; round < rounds; round++) {
    const way = candidate.start(messages, packed, windows);
    size = 0;
    const before = process.cpuUsage();
    for (let at = 0; at < messages.length; at++)
      for (let who = 0; who < CONNECTIONS; who++) {
        const result = way(who, at);
        size += typeof result === "number" ? result : await result;
      }
    const { user, system } = process.cpuUsage(before);
    // The first rounds warm up.
    if (round >= 2) micros = Math.min(micros, (user + system) / (CONNECTIONS * messages.length));
    way.end?.();
  }
  return { micros, size: size / (CONNECTIONS * messages.length) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "7" }, kind: { type: "string" } },
  });
  for (const stream of corpus(100)) {
    if (values.kind !== undefined && stream.kind !== values.kind) continue;
    const mean =
      stream.messages.reduce((sum, { length }) => sum + length, 0) / stream.messages.length;
    console.log(`\n${stream.kind}: ${mean.toFixed(0)} bytes a message`);
    for (const [what, candidates] of [
      ["compress", COMPRESSORS],
      ["decompress", DECOMPRESSORS],
    ] as const)
      for (const candidate of candidates) {
        const { micros, size } = await measure(candidate, stream, 2 + Number(values.rounds));
        console.log(
          `  ${what.padEnd(10)} ${candidate.name.padEnd(36)} ${micros.toFixed(1).padStart(7)} us ${size.toFixed(0).padStart(6)} bytes`,
        );
      }
  }
}

await main();
