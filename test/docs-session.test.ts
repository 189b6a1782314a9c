/** The session with the command line that docs/ shows: what the program really prints. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { maskSession, recordSession, SESSION } from "../scripts/record-session.ts";

describe(SESSION, () => {
  const page = readFileSync(new URL(`../${SESSION}`, import.meta.url), "utf8");

  test("shows what the program prints (else run: npm run record)", async () => {
    assert.equal(maskSession(await recordSession(page)), maskSession(page));
  });
});

describe("maskSession()", () => {
  test("hides what differs each time, and nothing else", () => {
    const line = "2026-11-22 10:15:02,143 > Sec-WebSocket-Key: AAAA==\n> TEXT 'hello' [5 bytes]\n";
    assert.equal(
      maskSession(line),
      "(time) > Sec-WebSocket-Key: (masked)\n> TEXT 'hello' [5 bytes]\n",
    );
    const histogram = "     0.5 to 1     22  11.0 %  ████\n      1 to 2     94  47.0 %  ████████\n";
    assert.equal(maskSession(`${histogram}end\n`), "(rows)\nend\n");
    assert.equal(maskSession("  13 without an answer\n"), "");
    assert.equal(maskSession("pong after 1.25 ms\n"), "pong after (ms)\n");
    assert.equal(maskSession("Connection closed: 1000 (OK).\n"), "Connection closed: 1000 (OK).\n");
  });
});
