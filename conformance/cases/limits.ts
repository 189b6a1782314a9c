/** Group 9: large messages, many fragments, many messages. Only type, length and time are judged. */
import type { Case } from "../harness/case.ts";
import { NORMAL } from "../harness/endings.ts";
import type { Manner } from "../wire/writer.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Payloads by repetition of a pattern, made once a length. */
class Filler {
  readonly binary: boolean;
  readonly #pattern: Buffer;
  readonly #made = new Map<number, Buffer>();

  constructor(binary: boolean, pattern: Buffer) {
    this.binary = binary;
    this.#pattern = pattern;
  }

  take(length: number): Buffer {
    const made = this.#made.get(length) ?? Buffer.alloc(length, this.#pattern);
    this.#made.set(length, made);
    return made;
  }
}

const TEXT = new Filler(false, Buffer.from("BAsd7&jh23"));
const BINARY = new Filler(true, Buffer.from("00fe23faf0", "hex"));

interface Row {
  readonly filler: Filler;
  readonly length: number;
  /** Seconds. */
  readonly limit: number;
  readonly count?: number;
  readonly fragmentSize?: number;
  readonly manner?: Manner;
  readonly how: string;
}

function large(id: string, row: Row): Case {
  const { filler, length, limit, count = 1, fragmentSize = 0, manner = "together", how } = row;
  const { binary } = filler;
  const kind = binary ? "binary" : "text";
  const title = `${count === 1 ? `a ${kind}` : `${count} times a ${kind}`} of ${length} octets${how}`;
  const message = () => ({ binary, payload: filler.take(length), fragmentSize, manner });
  return {
    id,
    title,
    ending: NORMAL,
    play: { kind: "series", count, limit: limit * 1000, exact: false, message },
  };
}

const SIZES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB] as const;
const TEXT_LIMITS = [10, 10, 100, 100, 100, 100] as const;
const BINARY_LIMITS = [10, 10, 10, 10, 100, 100] as const;
const FRAGMENT_SIZES = [
  64,
  256,
  KIB,
  4 * KIB,
  16 * KIB,
  64 * KIB,
  256 * KIB,
  MIB,
  4 * MIB,
] as const;
const CHOPS = [64, 128, 256, 512, 1024, 2048] as const;
const ECHO_SIZES = [0, 16, 64, 256, 1024, 4096] as const;
const ECHO_LIMITS = [60, 60, 60, 120, 240, 480] as const;

function whole(group: string, filler: Filler, limits: readonly number[]): Case[] {
  return SIZES.map((length, index) =>
    large(`${group}.${index + 1}`, {
      filler,
      length,
      limit: limits[index] ?? 100,
      how: " in one frame",
    }),
  );
}

function inFragments(group: string, filler: Filler): Case[] {
  return FRAGMENT_SIZES.map((fragmentSize, index) =>
    large(`${group}.${index + 1}`, {
      filler,
      length: 4 * MIB,
      limit: 100,
      fragmentSize,
      how: ` in fragments of ${fragmentSize}`,
    }),
  );
}

function chopped(group: string, filler: Filler): Case[] {
  return CHOPS.map((chop, index) =>
    large(`${group}.${index + 1}`, {
      filler,
      length: MIB,
      limit: 1000,
      manner: { chop },
      how: ` in writes of ${chop}`,
    }),
  );
}

function many(group: string, filler: Filler): Case[] {
  return ECHO_SIZES.map((length, index) =>
    large(`${group}.${index + 1}`, {
      filler,
      length,
      limit: ECHO_LIMITS[index] ?? 480,
      count: 1000,
      how: ", one in flight",
    }),
  );
}

export const LIMITS: readonly Case[] = [
  ...whole("9.1", TEXT, TEXT_LIMITS),
  ...whole("9.2", BINARY, BINARY_LIMITS),
  ...inFragments("9.3", TEXT),
  ...inFragments("9.4", BINARY),
  ...chopped("9.5", TEXT),
  ...chopped("9.6", BINARY),
  ...many("9.7", TEXT),
  ...many("9.8", BINARY),
];
