import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { faultOf, HOSTILE_TEXTS } from "../logging/hostile-text.ts";

function run(): Promise<{ code: number | null; stderr: string }> {
  const { NODE_TEST_CONTEXT: _, WEBSOCKETS_LOG: __, ...env } = process.env;
  const path = fileURLToPath(new URL("hostile-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=clearsocket-source", "--import=tsx", path], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stderr })));
}

test("where nothing is configured, hostile text forges no line on standard error", async () => {
  const { code, stderr } = await run();
  assert.equal(code, 0, stderr);
  const crashes = stderr.split("\n").filter((line) => line === "connection handler failed");
  assert.equal(crashes.length, 2 * HOSTILE_TEXTS.length);
  // A line for each crash, and one for the error at the head of its stack.
  assert.equal(faultOf(stderr, 2 * crashes.length), null);
});
