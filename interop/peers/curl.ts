/** curl: the opening handshake by hand, and a plain request. */
import assert from "node:assert/strict";
import { Child } from "../child.ts";
import { startEchoServer } from "../echo-server.ts";
import { program } from "../need.ts";
import type { Trial } from "../trial.ts";

/** The example of RFC 6455 §1.3. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

async function run(): Promise<void> {
  await using server = await startEchoServer();
  const url = server.url.replace("ws:", "http:");
  const words = ["--verbose", "--silent", "--http1.1"];
  const headers = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  headers.push(`Sec-WebSocket-Key: ${KEY}`);
  const asked = headers.flatMap((header) => ["-H", header]);
  await using upgrade = new Child("curl", [...words, ...asked, url]);
  await upgrade.find(/^< HTTP\/1\.1 101 [\s\S]*\n< \r?\n/m);
  assert.ok(upgrade.printed.includes(`< Sec-WebSocket-Accept: ${ACCEPT}`), upgrade.printed);
  await upgrade.stop();
  await server.session();
  await using plain = new Child("curl", [...words, url]);
  await plain.succeed();
  assert.match(plain.printed, /^< HTTP\/1\.1 426 Upgrade Required\r?$/m);
  assert.match(plain.printed, /^< Upgrade: websocket\r?$/m);
}

export const trials: readonly Trial[] = [
  { name: "curl, a handshake and a plain request", needs: [program("curl")], run },
];
