import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { writeStderr } from "../../src/logging/stderr.ts";
import { run } from "../support/child.ts";
import { catchStderr } from "./stderr.ts";

describe("standard error", () => {
  test("is written to through whatever has replaced its write", () => {
    assert.equal(
      catchStderr(() => writeStderr("é\n")),
      "é\n",
    );
  });

  test("is written to through whatever has replaced the stream", () => {
    const own = Object.getOwnPropertyDescriptor(process, "stderr");
    assert.ok(own);
    let text = "";
    const stderr = { write: (chunk: string) => (text += chunk) };
    Object.defineProperty(process, "stderr", { configurable: true, value: stderr });
    try {
      writeStderr("x\n");
    } finally {
      Object.defineProperty(process, "stderr", own);
    }
    assert.equal(text, "x\n");
  });

  test("has the last lines of a process that crashes or is killed by itself", async () => {
    const code = `import logging from "#/src/logging/index.ts";
for (let line = 0; line < 2000; line += 1) logging.warning("line %d %s", line, "x".repeat(100));
process.kill(process.pid, "SIGKILL");`;
    const { stderr } = await run(code);
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 2000);
    assert.match(lines.at(-1) ?? "", /^WARNING:root:line 1999 x+$/);
  });

  test("may be gone: the process goes on", async () => {
    const entry = new URL("../../src/logging/index.ts", import.meta.url).href;
    const code = `import logging from ${JSON.stringify(entry)};
process.stdout.write("ready\\n");
process.stdin.once("data", () => {
  for (let line = 0; line < 100; line += 1) logging.getLogger("a").error("line %d", line);
  setTimeout(() => process.stdout.write("alive\\n", () => process.exit()), 50);
});`;
    const options = ["--conditions=clearsocket-source", "--import=tsx", "--input-type=module"];
    const child = spawn(process.execPath, [...options, "--eval", code]);
    const closed = once(child, "close");
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      if (stdout !== "ready\n") return;
      child.stderr.destroy();
      child.stdin.write("go");
    });
    assert.deepEqual(await closed, [0, null]);
    assert.equal(stdout, "ready\nalive\n");
  });
});
