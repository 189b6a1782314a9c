/** Groups 12 and 13: permessage-deflate (RFC 7692), by payload and by parameters. */
import { type Corpus, corpus } from "../data/corpus.ts";
import type { Case, Sending } from "../harness/case.ts";
import { NORMAL } from "../harness/endings.ts";
import type { Negotiation, Parameters } from "../wire/negotiation.ts";

const KIB = 1024;

/** Octets of a message, octets of a fragment of its compressed data (0: one frame), seconds. */
const SIZES: readonly (readonly [length: number, fragmentSize: number, limit: number])[] = [
  [16, 0, 60],
  [64, 0, 60],
  [256, 0, 120],
  [KIB, 0, 240],
  [4 * KIB, 0, 480],
  [8 * KIB, 0, 480],
  [16 * KIB, 0, 480],
  [32 * KIB, 0, 480],
  [64 * KIB, 0, 480],
  [128 * KIB, 0, 480],
  [8 * KIB, 256, 480],
  [16 * KIB, 256, 480],
  [32 * KIB, 256, 480],
  [64 * KIB, 256, 480],
  [128 * KIB, 256, 480],
  [128 * KIB, KIB, 480],
  [128 * KIB, 4 * KIB, 480],
  [128 * KIB, 32 * KIB, 480],
];

const PLAIN: Parameters = {};
const NARROW = 9;
const WIDE = 15;

/** The `n`th group of 13, and what each role says in it. */
const NEGOTIATIONS: readonly Negotiation[] = (() => {
  const offer = (windowBits?: number, noContextTakeover = false): Parameters => ({
    ...(noContextTakeover && { serverNoContextTakeover: true }),
    ...(windowBits !== undefined && { serverWindowBits: windowBits }),
  });
  const answer = (windowBits?: number, noContextTakeover = false): Parameters => ({
    ...(noContextTakeover && { clientNoContextTakeover: true }),
    ...(windowBits !== undefined && { clientWindowBits: windowBits }),
  });
  const same = (windowBits?: number, noContextTakeover?: boolean): Negotiation => ({
    offers: [offer(windowBits, noContextTakeover)],
    answers: [answer(windowBits, noContextTakeover)],
  });
  return [
    { offers: [PLAIN], answers: [PLAIN] },
    same(undefined, true),
    same(NARROW),
    same(WIDE),
    same(NARROW, true),
    same(WIDE, true),
    {
      offers: [offer(NARROW, true), offer(undefined, true), PLAIN],
      answers: [answer(NARROW, true), answer(undefined, true), PLAIN],
    },
  ];
})();

const WORDS: readonly string[] = [
  "plain negotiation",
  "no context takeover",
  "a window of 9 bits",
  "a window of 15 bits",
  "no context takeover, a window of 9 bits",
  "no context takeover, a window of 15 bits",
  "three offers",
];

/** Message `index` begins where the last one ended, and goes on at the beginning of the file at its end. */
function slice(file: Buffer, length: number, index: number): Buffer {
  const start = (index * length) % file.length;
  const end = start + length;
  if (end <= file.length) return file.subarray(start, end);
  return Buffer.concat([file.subarray(start), file.subarray(0, end - file.length)]);
}

function eighteen(
  group: string,
  source: Corpus,
  words: string,
  negotiation: Negotiation,
  count: number,
): Case[] {
  return SIZES.map(([length, fragmentSize, limit], index) => {
    const message = (number: number): Sending => ({
      binary: source.binary,
      payload: slice(source.octets(), length, number),
      fragmentSize,
      manner: "together",
    });
    const cut = fragmentSize === 0 ? "" : ` in fragments of ${fragmentSize}`;
    return {
      id: `${group}.${index + 1}`,
      title: `${words}: ${count} messages of ${length} octets${cut}`,
      ending: NORMAL,
      negotiation,
      play: { kind: "series", count, limit: limit * 1000, exact: true, message },
    };
  });
}

/** All of groups 12 and 13 with `count` messages a case. */
export function compressionCases(count: number): readonly Case[] {
  const [plain = { offers: [PLAIN], answers: [PLAIN] }] = NEGOTIATIONS;
  const { report, bitmap, prose, page, document } = corpus;
  const byPayload = [report, bitmap, prose, page, document].flatMap((source, index) =>
    eighteen(`12.${index + 1}`, source, source.title, plain, count),
  );
  const byParameters = NEGOTIATIONS.flatMap((negotiation, index) =>
    eighteen(`13.${index + 1}`, report, WORDS[index] ?? "", negotiation, count),
  );
  return [...byPayload, ...byParameters];
}
