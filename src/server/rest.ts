/** What comes behind a request before it is answered: frames of a client that does not wait. */

/** Both, in one piece. */
export function joinRest(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
