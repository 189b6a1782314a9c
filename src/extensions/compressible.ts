/** Whether it is worth while to compress a large message, by a sample of it. */
import { Deflater } from "./codec/deflater.ts";

/** How much is tried. */
const SAMPLE = 1024;

/** Keeps nothing. */
const sampler = new Deflater(12, false, 1);

/** Whether a sample from the middle of `payload`, or else one from its beginning, can be made smaller. */
export function isCompressible(payload: Uint8Array): boolean {
  const middle = Math.max((payload.length - SAMPLE) >> 1, 0);
  return isSmaller(payload, middle) || (middle > 0 && isSmaller(payload, 0));
}

function isSmaller(payload: Uint8Array, at: number): boolean {
  return sampler.deflate(payload.subarray(at, at + SAMPLE), true, false) !== null;
}
