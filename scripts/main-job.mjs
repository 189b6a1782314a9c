// Does the main job as a newcomer would: `npm start` on a free port, a real client (the ws package) that sends text, many
// bytes and a ping and closes, a plain HTTP request, then SIGTERM. Exits with 1 when anything is not as it should be.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

// A process group of its own: npm, its shell and the server are stopped together, whatever fails.
const npm = spawn("npm", ["start", "--", "--port", "0", "--log-level", "info"], {
  cwd: ROOT,
  detached: true,
  stdio: ["ignore", "pipe", "pipe"],
});
const ended = once(npm, "close");
let printed = "";
for (const stream of [npm.stdout, npm.stderr]) {
  stream.setEncoding("utf8").on("data", (text) => {
    printed += text;
    process.stdout.write(text);
  });
}

try {
  const url = await waitFor(/^listening on (ws:\/\/127\.0\.0\.1:\d+)$/m);

  const client = new WebSocket(url);
  await once(client, "open");
  assert.deepEqual(await exchange(client, "héllo"), ["héllo", false]);
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
  assert.deepEqual(await exchange(client, bytes), [bytes.toString("latin1"), true]);
  client.ping("are you there?");
  const [pong] = await once(client, "pong");
  assert.equal(pong.toString(), "are you there?");
  client.close(1000, "done");
  assert.equal((await once(client, "close"))[0], 1000);
  await waitFor(/connection open\n[\s\S]*connection closed\n/);

  const response = await fetch(url.replace("ws:", "http:"));
  assert.equal(response.status, 426);

  npm.kill("SIGTERM");
  const [code] = await Promise.race([ended, delay(15_000, ["no end within 15 seconds"])]);
  assert.equal(code, 0);
  console.log("the main job is done");
} finally {
  stop();
}

/** Sends a message and gives the answer, as text, and whether it was binary. */
async function exchange(client, message) {
  const answer = once(client, "message", { signal: AbortSignal.timeout(10_000) });
  client.send(message);
  const [data, isBinary] = await answer;
  return [data.toString(isBinary ? "latin1" : "utf8"), isBinary];
}

/** The first group of `pattern` in what the server has printed, as soon as it is there. */
async function waitFor(pattern) {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = pattern.exec(printed);
    if (found !== null) return found[1];
    await Promise.race([delay(50), ended]);
  }
  throw new Error(`not printed within 15 seconds: ${pattern}`);
}

function stop() {
  if (npm.pid === undefined) return;
  try {
    process.kill(-npm.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
