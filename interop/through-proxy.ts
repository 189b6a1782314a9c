/** What every reverse proxy has to let through, and what its idle cuts do. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type ConnectOptions, connect } from "clearsocket";
import { exchange } from "./exchange.ts";

/** How long the proxies wait before they cut a connection on which nothing moves, in seconds. */
export const IDLE = 1;

/** An exchange through a proxy that ends TLS with a certificate that signs itself. */
export function exchangeOverTls(port: number, cert: string): Promise<string> {
  return exchange(`wss://localhost:${port}/`, { tls: { ca: cert } });
}

/** An idle connection is cut and told so; with a keepalive that is quicker than the proxy it lives. */
export async function idle(url: string, options: ConnectOptions = {}): Promise<void> {
  const silent = await connect(url, { logger: null, pingInterval: null, ...options });
  const kept = await connect(url, { logger: null, pingInterval: IDLE * 300, ...options });
  const cut = await silent.closed;
  assert.equal(cut.code, 1006);
  assert.equal(cut.clean, false);
  await delay(IDLE * 1500);
  await kept.send("still there?");
  assert.equal(await kept.recv(), "still there?");
  const closure = await kept.close();
  assert.deepEqual([closure.code, closure.clean], [1000, true]);
}
