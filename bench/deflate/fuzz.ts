/**
 * Our codec against zlib, both ways, with random conversations: `node … bench/deflate/fuzz.ts [--seconds 60] [--seed N]`.
 *
 * Each round is two connections with random settings. The messages of the first go through our compressor and zlib's
 * decompressor, and through zlib's compressor and ours; cut at random, cut short, bent. The second has both ends of ours,
 * with all that permessage-deflate can agree on. Prints the seed of a round that fails, and exits 1.
 */
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import zlib from "node:zlib";
import { Deflater } from "../../src/extensions/codec/deflater.ts";
import { Inflater } from "../../src/extensions/codec/inflater.ts";
import { deflateForClient, deflateForServer } from "../../src/extensions/deflate-negotiation.ts";
import type { CompressionOptions } from "../../src/extensions/deflate-options.ts";
import type { Extension } from "../../src/extensions/extension.ts";
import {
  acceptExtensions,
  confirmExtensions,
  offerExtensions,
} from "../../src/extensions/negotiate.ts";
import { PayloadTooBig, ProtocolError } from "../../src/frames/errors.ts";
import { NegotiationError } from "../../src/http/errors.ts";
import { nodeOneShot } from "../../src/node/deflate.ts";
import { corpus, seeded } from "./corpus.ts";

type Random = () => number;

const STREAMS = corpus(40);
const END = Buffer.from([0, 0, 0xff, 0xff, 3, 0]);

/** A sink that keeps everything, and asks for a pause now and then. */
class Everything {
  readonly limit: number;
  readonly #pause: () => boolean;
  #parts: Uint8Array[] = [];
  size = 0;

  constructor(limit: number, pause: () => boolean) {
    this.limit = limit;
    this.#pause = pause;
  }

  write(bytes: Uint8Array, start: number, end: number): boolean {
    this.#parts.push(bytes.slice(start, end));
    this.size += end - start;
    if (this.size > this.limit)
      throw new Error(`${this.size} bytes came out, more than ${this.limit}`);
    return !this.#pause();
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function message(random: Random): Uint8Array {
  const whole = (below: number): number => Math.floor(random() * below);
  const kind = random();
  if (kind < 0.3) {
    const stream = STREAMS[whole(STREAMS.length)];
    return stream?.messages[whole(stream.messages.length)] as Uint8Array;
  }
  const size = whole(10 ** (1 + whole(4)) * (random() < 0.02 ? 20 : 1));
  const bytes = new Uint8Array(size);
  if (kind < 0.4) return bytes.fill(whole(256));
  const letters = 1 + whole(random() < 0.5 ? 4 : 256);
  const repeats = random() < 0.5 ? 0 : random() * 0.2;
  const far = 1 + whole(40000);
  for (let at = 0; at < size; at++) {
    if (at > 0 && random() < repeats) {
      const distance = 1 + whole(Math.min(at, far));
      for (let length = 1 + whole(300); length > 0 && at < size; length--, at++)
        bytes[at] = bytes[at - distance] as number;
      at--;
    } else {
      // Skewed, so that codes get long.
      bytes[at] = Math.floor(letters * random() ** 3);
    }
  }
  return bytes;
}

const STRAY = corpus(1).map(({ messages }) => zlib.deflateRawSync(messages[0] as Uint8Array));

/** Another connection has its turn. */
function disturb(random: Random): void {
  const data = Buffer.concat([
    STRAY[Math.floor(random() * STRAY.length)] as Buffer,
    Buffer.from([0]),
  ]);
  new Inflater(15, random() < 0.5).inflate(
    data,
    0,
    data.length,
    true,
    new Everything(1e6, () => false),
  );
}

function inflateAll(
  inflater: Inflater,
  data: Uint8Array,
  sink: Everything,
  random: Random,
  cut: number,
): void {
  let at = 0;
  do {
    const to = random() < cut ? Math.min(at + Math.floor(random() * 64), data.length) : data.length;
    at = inflater.inflate(data, at, to, to === data.length, sink);
    if (at < data.length && random() < 0.3) disturb(random);
    // A pause: hand in the rest again, from where it stopped.
    while (at < to) at = inflater.inflate(data, at, to, to === data.length, sink);
  } while (at < data.length);
}

/** One connection. */
export function round(seed: number): number {
  const random = seeded(seed);
  const whole = (below: number): number => Math.floor(random() * below);
  const bits = 9 + whole(7);
  const takeover = random() < 0.7;
  const level = 1 + whole(9);
  const deflater = new Deflater(bits, takeover, level);
  const inflater = new Inflater(bits, takeover);
  // Others who want the scratch in between.
  const other = new Inflater(15, true);
  const otherDeflater = new Deflater(15, true, 3);
  const cut = random() < 0.5 ? 0 : random();
  const pause = random() < 0.3 ? random() : 0;
  const pausing = (): boolean => random() < pause;
  const calm = (): boolean => false;
  let sent = Buffer.alloc(0);
  let received = Buffer.alloc(0);
  let total = 0;
  for (let count = 1 + whole(12); count > 0; count--) {
    const original = message(random);
    total += original.length;

    // Ours to zlib and to ours.
    const dictionary = takeover && sent.length > 0 ? { dictionary: sent } : {};
    const parts: Buffer[] = [];
    let from = 0;
    let first = true;
    const must = random() < 0.7;
    do {
      const to = random() < 0.2 ? from + whole(original.length - from + 1) : original.length;
      const part = deflater.deflate(
        original.subarray(from, to),
        to === original.length,
        must || !first,
      );
      if (part === null) break;
      parts.push(Buffer.from(part));
      first = false;
      from = to;
      if (random() < 0.2) otherDeflater.deflate(message(random), true, true);
    } while (from < original.length);
    if (from === original.length && parts.length > 0) {
      const ours = Buffer.concat(parts);
      const plain = zlib.inflateRawSync(Buffer.concat([ours, END]), {
        windowBits: bits,
        ...dictionary,
      });
      if (!plain.equals(original))
        throw new Error("zlib made something else of what we compressed");
      const sink = new Everything(original.length, pausing);
      const check = new Inflater(bits, true);
      if (takeover) check.remember(sent);
      inflateAll(check, ours, sink, random, cut);
      if (!sink.bytes().equals(original))
        throw new Error("we made something else of what we compressed");
      if (takeover) sent = Buffer.concat([sent, original]).subarray(-(1 << bits));
    }

    // zlib's to ours.
    const options = {
      windowBits: bits,
      level: whole(10),
      memLevel: 1 + whole(9),
      strategy: whole(5),
      ...(takeover && received.length > 0 ? { dictionary: received } : {}),
    };
    const flushed = zlib.deflateRawSync(original, {
      ...options,
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
    });
    // RFC 7692 §7.2.3.4: or blocks with BFINAL set, and an octet of zeros.
    const theirs =
      random() < 0.15
        ? Buffer.concat([zlib.deflateRawSync(original, options), Buffer.from([0])])
        : flushed.subarray(0, -4);
    const fate = random();
    if (fate < 0.2) {
      spoilt(bits, takeover, received, theirs, random, cut);
    } else if (fate < 0.3 && original.length > 0) {
      const check = new Inflater(bits, true);
      check.remember(received);
      try {
        inflateAll(check, theirs, new Everything(whole(original.length), calm), random, cut);
      } catch (error) {
        if (!(error instanceof PayloadTooBig)) throw error;
        continue;
      }
      throw new Error("it was not too big");
    }
    const sink = new Everything(original.length, pausing);
    inflateAll(inflater, theirs, sink, random, cut);
    if (!sink.bytes().equals(original))
      throw new Error("we made something else of what zlib compressed");
    if (takeover) received = Buffer.concat([received, original]).subarray(-(1 << bits));
    if (random() < 0.3) {
      const stray = message(random);
      const packed = new Deflater(15, true, 3).deflate(stray, true, true) as Uint8Array;
      const got = new Everything(stray.length, calm);
      inflateAll(other, packed.slice(), got, random, cut);
      if (!got.bytes().equals(stray)) throw new Error("another connection got something else");
    }
  }
  return total;
}

/** One connection of ours at both ends, as they have agreed: small and large messages, whole and in fragments. */
export async function agreedRound(seed: number): Promise<number> {
  const random = seeded(seed);
  const whole = (below: number): number => Math.floor(random() * below);
  const options = (side: "server" | "client"): CompressionOptions => ({
    serverMaxWindowBits: random() < 0.5 ? null : 9 + whole(7),
    clientMaxWindowBits:
      random() < 0.4 ? 9 + whole(7) : side === "client" && random() < 0.5 ? true : null,
    serverNoContextTakeover: random() < 0.3,
    clientNoContextTakeover: random() < 0.3,
    level: 1 + whole(9),
    codec: random() < 0.7 ? "built-in" : "zlib",
    largeFrom: 1 + whole(20_000),
    threshold: whole(200),
  });
  const ours = deflateForClient(options("client"), nodeOneShot);
  const theirs = deflateForServer(
    { ...options("server"), serverNoContextTakeover: true },
    nodeOneShot,
  );
  const lenient = deflateForServer(options("server"), nodeOneShot);
  let agreed = acceptExtensions(offerExtensions([ours]), [random() < 0.5 ? theirs : lenient]);
  let client: Extension | undefined;
  try {
    client = confirmExtensions(agreed.answer, [ours])[0];
  } catch (error) {
    if (!(error instanceof NegotiationError)) throw error;
    agreed = acceptExtensions(offerExtensions([ours]), [theirs]);
    client = undefined;
  }
  const server = agreed.extensions[0];
  if (client === undefined || server === undefined) return 0;
  let total = 0;
  for (let count = 1 + whole(10); count > 0; count--) {
    const original = message(random);
    total += original.length;
    const [from, to] = random() < 0.5 ? [server, client] : [client, server];
    const parts = await send(from, original, random);
    if (parts === null) continue;
    const data = Buffer.concat(parts);
    const limit = original.length;
    let plain: Uint8Array;
    if (random() < 0.3) {
      plain = (await to.decodeLarge?.(data, limit)) as Uint8Array;
    } else {
      const sink = new Everything(limit, () => random() < 0.3);
      const cut = random() < 0.5 ? 0 : random();
      let at = 0;
      do {
        const end = random() < cut ? Math.min(at + whole(2000), data.length) : data.length;
        at = to.decode(data, at, end, end === data.length, sink);
        while (at < end) at = to.decode(data, at, end, end === data.length, sink);
      } while (at < data.length);
      plain = sink.bytes();
    }
    if (!Buffer.from(plain).equals(original))
      throw new Error("one end said something else than the other heard");
  }
  server.close();
  client.close();
  return total;
}

/** The frames of a message, or null when it goes as it is. */
async function send(
  from: Extension,
  original: Uint8Array,
  random: Random,
): Promise<Buffer[] | null> {
  if (random() < 0.2) {
    const encoded = await from.encodeLarge?.(original);
    return encoded == null ? null : [Buffer.from(encoded)];
  }
  const parts: Buffer[] = [];
  let at = 0;
  do {
    const to =
      random() < 0.2 ? at + Math.floor(random() * (original.length - at + 1)) : original.length;
    const meta = {
      first: at === 0 && parts.length === 0,
      fin: to === original.length,
      compress: undefined,
    };
    const encoded = from.encode(original.subarray(at, to), meta);
    if (encoded === null) {
      if (parts.length > 0) throw new Error("a later fragment was not compressed");
      return null;
    }
    parts.push(Buffer.from(encoded));
    at = to;
  } while (at < original.length);
  return parts;
}

/** Bends `data`: we throw, or say the same as zlib. */
function spoilt(
  bits: number,
  takeover: boolean,
  window: Buffer,
  data: Buffer,
  random: Random,
  cut: number,
): void {
  const bent = Buffer.from(data);
  for (let many = 1 + Math.floor(random() * 3); many > 0; many--) {
    const at = Math.floor(random() ** 2 * bent.length);
    bent[at] = (bent[at] as number) ^ (1 << Math.floor(random() * 8));
  }
  const short = random() < 0.3 ? bent.subarray(0, Math.floor(random() * bent.length)) : bent;
  const inflater = new Inflater(bits, true);
  if (takeover) inflater.remember(window);
  const sink = new Everything(1 << 22, () => false);
  let ours: Buffer | null = null;
  try {
    inflateAll(inflater, short, sink, random, cut);
    ours = sink.bytes();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  inflater.close();
  if (ours === null) return;
  let plain = Buffer.alloc(0);
  let rest = Buffer.concat([short, END]);
  let dictionary = takeover ? window : Buffer.alloc(0);
  try {
    while (rest.length > 0) {
      const { buffer, engine } = zlib.inflateRawSync(rest, {
        windowBits: 15,
        info: true,
        ...(dictionary.length > 0 ? { dictionary } : {}),
      } as zlib.ZlibOptions) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
      plain = Buffer.concat([plain, buffer]);
      dictionary = Buffer.concat([dictionary, buffer]).subarray(-32768);
      rest = rest.subarray(engine.bytesWritten);
    }
  } catch (error) {
    throw new Error("we took what zlib refuses", { cause: error });
  }
  if (!plain.equals(ours)) throw new Error("we made something else than zlib of bent data");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: "string" }, seed: { type: "string" } },
  });
  const seconds = Number(values.seconds ?? 60);
  let seed = values.seed === undefined ? Date.now() & 0x3fffffff : Number(values.seed);
  const until = Date.now() + seconds * 1000;
  let rounds = 0;
  let bytes = 0;
  do {
    try {
      bytes += round(seed) + (await agreedRound(seed));
    } catch (error) {
      console.error(`seed ${seed}:`, error);
      process.exitCode = 1;
      return;
    }
    rounds++;
    seed++;
  } while (Date.now() < until && values.seed === undefined);
  console.log(`${rounds} connections, ${(bytes / 2 ** 20).toFixed(0)} MiB each way, no difference`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
