/** Messages of every kind: text and binary, whole and in fragments, some that compress and some that do not. */
import type { Random } from "./random.ts";

type Data = string | Uint8Array;

/** One message: what comes back must equal `whole`. */
export interface Payload {
  readonly whole: Data;
  /** What is given to send(): the message, or its fragments. */
  readonly pieces: readonly Data[];
}

/** Most messages are small; each size stands where lengths on the wire change, or buffers do. */
const SIZES = [0, 1, 20, 125, 126, 300, 1000, 4096, 16_384, 65_535, 65_536, 200_000] as const;
const COMMON_SIZES = 8;
const LARGEST_FRAGMENTED = 20_000;

/** Of one to four octets in UTF-8, so that fragments end amid characters. */
const WORDS = ["soak ", "grüße ", "日本語 ", "🌊🌊 ", "0123456789 ", '{"key": "value"} '] as const;

function makeText(random: Random, length: number): string {
  let text = "";
  while (text.length < length) text += random.pick(WORDS) + random.bits().toString(36);
  // A half of a surrogate pair at the end becomes U+FFFD.
  return Buffer.from(text.slice(0, length)).toString();
}

function makeOctets(random: Random, length: number): Buffer {
  if (random.below(2) === 0) return random.octets(length);
  return Buffer.alloc(length, random.octets(1 + random.below(60)));
}

/** Cuts what has `length` parts at up to six places, which may be the same. */
function cut(random: Random, length: number): { readonly from: number; readonly to: number }[] {
  const places = Array.from({ length: 1 + random.below(6) }, () => random.below(length + 1));
  places.sort((one, other) => one - other);
  return [...places, length].map((to, index) => ({ from: places[index - 1] ?? 0, to }));
}

function cutOctets(random: Random, whole: Uint8Array): Uint8Array[] {
  return cut(random, whole.length).map(({ from, to }) => whole.subarray(from, to));
}

/** Fragments of text are strings by themselves: none ends amid a surrogate pair. */
function cutText(random: Random, whole: string): string[] {
  const characters = [...whole];
  return cut(random, characters.length).map(({ from, to }) => characters.slice(from, to).join(""));
}

export function makePayload(random: Random): Payload {
  const most = random.below(20) === 0 ? SIZES.length : COMMON_SIZES;
  const size = SIZES[random.below(most)] ?? 0;
  const isText = random.below(2) === 0;
  const whole = isText ? makeText(random, size) : makeOctets(random, size);
  if (random.below(3) > 0 || size > LARGEST_FRAGMENTED) return { whole, pieces: [whole] };
  const pieces = typeof whole === "string" ? cutText(random, whole) : cutOctets(random, whole);
  return { whole, pieces };
}

/** Whether the very same message has come back, of the same type. */
export function isSame(came: Data, sent: Data): boolean {
  if (typeof came === "string" || typeof sent === "string") return came === sent;
  return Buffer.compare(came, sent) === 0;
}
