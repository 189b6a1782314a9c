/** What our client does with every echo server: text, bytes, fragments, pings, a clean close. */
import assert from "node:assert/strict";
import { type ConnectOptions, connect } from "clearsocket";
import { LIMIT } from "./child.ts";

export const TEXT = "héllo 🦊";
export const BYTES: Uint8Array = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);

/** What a server cannot do. */
export interface Limits {
  /** It sends back text only. */
  readonly textOnly?: boolean;
  /** It sends back each fragment as a message. */
  readonly noFragments?: boolean;
}

/**
 * Connects, exchanges, closes.
 *
 * @returns the extensions that were agreed on, or "no compression"
 */
export async function exchange(
  url: string,
  options: ConnectOptions = {},
  { textOnly = false, noFragments = false }: Limits = {},
): Promise<string> {
  const signal = AbortSignal.timeout(LIMIT);
  const connection = await connect(url, { logger: null, signal, maxSize: null, ...options });
  try {
    const recv = (): Promise<string | Uint8Array> => connection.recv({ signal });
    await connection.send(TEXT);
    assert.equal(await recv(), TEXT);
    if (!noFragments) {
      await connection.send(["frag", "men", "ted"]);
      assert.equal(await recv(), "fragmented");
    }
    if (!textOnly) {
      await connection.send(BYTES);
      assert.deepEqual(toPlain(await recv()), BYTES);
      await connection.send([BYTES.subarray(0, 3), BYTES.subarray(3)]);
      assert.deepEqual(toPlain(await recv()), BYTES);
      await connection.send("");
      assert.equal(await recv(), "");
    }
    const latency = await Promise.race([connection.ping(), rejectOn(signal)]);
    assert.ok(latency >= 0);
    const closure = await connection.close(1000, "done");
    assert.equal(closure.code, 1000);
    assert.ok(closure.clean, `not a clean close: ${JSON.stringify(closure)}`);
  } finally {
    connection.abort();
  }
  return connection.response.headers.get("sec-websocket-extensions") ?? "no compression";
}

function toPlain(data: string | Uint8Array): string | Uint8Array {
  return typeof data === "string" ? data : Uint8Array.from(data);
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
