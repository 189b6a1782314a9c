/** Comparing secrets in a time that says nothing about them. */
import { createHash, timingSafeEqual } from "node:crypto";

/** A secret that is known only by its hash, so that what is compared always has the same length. */
export class Secret {
  readonly #hash: Uint8Array;

  constructor(text: string) {
    this.#hash = hash(text);
  }

  /** Whether it is `hashed`, which `hash` has made of what a peer has sent. */
  equals(hashed: Uint8Array): boolean {
    return timingSafeEqual(this.#hash, hashed);
  }
}

/** What a peer has sent, for `Secret.equals`. */
export function hash(text: string): Uint8Array {
  return createHash("sha256").update(text, "utf8").digest();
}

/** Whether it is one of `secrets`. All are looked at, so that the time does not tell which, nor whether one is. */
export function isOneOf(secrets: readonly Secret[], text: string): boolean {
  const hashed = hash(text);
  let found = false;
  for (const secret of secrets) found = secret.equals(hashed) || found;
  return found;
}
