/**
 * UTF-8 checked as it arrives, across chunks and fragments (RFC 6455 §8.1, RFC 3629 §4).
 *
 * §8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid
 * UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_." A bad byte is found as soon as it has arrived.
 */
import { isUtf8 } from "#platform";
import { InvalidUtf8 } from "./errors.ts";

/** Below this many bytes the automaton here is as quick as a view and a native call. */
const NATIVE_FROM = 32;

/**
 * Checks one text, piece by piece. Its state is two numbers: how many bytes of a begun sequence are missing, and the
 * range in which the next byte must lie.
 */
export class Utf8Checker {
  /** Bytes of the text checked so far. */
  #position = 0;
  /** Where the begun sequence starts. */
  #begun = 0;
  /** Continuation bytes that the begun sequence still misses. */
  #missing = 0;
  #low = 0x80;
  #high = 0xbf;

  /** How many of the last bytes are a character that has not come whole yet. */
  get unfinished(): number {
    return this.#missing > 0 ? this.#position - this.#begun : 0;
  }

  /** Makes it ready for another text. */
  reset(): void {
    this.#position = 0;
    this.#missing = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
  }

  /**
   * Checks the next piece, `bytes[start, end)`.
   *
   * @throws InvalidUtf8 at the first byte that no valid text can hold there.
   */
  check(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    // What the last piece began ends here, byte by byte.
    while (this.#missing > 0 && at < end) at = this.#step(bytes, at, at + 1);
    if (end - at >= NATIVE_FROM) {
      const whole = wholeUntil(bytes, at, end);
      if (isUtf8(bytes.subarray(at, whole))) {
        this.#position += whole - at;
        at = whole;
      }
    }
    this.#step(bytes, at, end);
  }

  /**
   * Ends the text.
   *
   * @throws InvalidUtf8 when it ends inside a sequence.
   */
  finish(): void {
    if (this.#missing > 0) throw new InvalidUtf8("unexpected end of data", this.#begun);
  }

  #step(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (this.#missing > 0) {
        if (byte < this.#low || byte > this.#high) {
          throw new InvalidUtf8("invalid continuation byte", this.#begun);
        }
        this.#missing -= 1;
        this.#low = 0x80;
        this.#high = 0xbf;
      } else if (byte >= 0x80) {
        this.#begin(byte);
      }
      this.#position += 1;
    }
    return end;
  }

  /** RFC 3629 §4: which bytes may begin a sequence, and which may follow the first. */
  #begin(byte: number): void {
    this.#begun = this.#position;
    if (byte >= 0xc2 && byte <= 0xdf) {
      this.#missing = 1;
    } else if (byte >= 0xe0 && byte <= 0xef) {
      this.#missing = 2;
      if (byte === 0xe0) this.#low = 0xa0;
      else if (byte === 0xed) this.#high = 0x9f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      this.#missing = 3;
      if (byte === 0xf0) this.#low = 0x90;
      else if (byte === 0xf4) this.#high = 0x8f;
    } else {
      throw new InvalidUtf8("invalid start byte", this.#position);
    }
  }
}

/** The error that a text which is known to be bad deserves: it says what is wrong, and where. */
export function explainInvalidUtf8(bytes: Uint8Array, start: number, end: number): InvalidUtf8 {
  const checker = new Utf8Checker();
  try {
    checker.check(bytes, start, end);
    checker.finish();
  } catch (error) {
    if (error instanceof InvalidUtf8) return error;
    throw error;
  }
  throw new Error("bug: the text is valid UTF-8");
}

/** Where the last sequence that may be unfinished starts, at most three bytes before `end`. */
function wholeUntil(bytes: Uint8Array, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back += 1) {
    const byte = bytes[end - back] as number;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return end - back;
  }
  return end;
}
