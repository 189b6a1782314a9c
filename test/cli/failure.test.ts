import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeFailure, isUsage } from "../../src/cli/failure.ts";
import { InvalidMessage, InvalidURI } from "../../src/http/errors.ts";
import { InvalidStatus } from "../../src/http/invalid-status.ts";
import { HandshakeResponse } from "../../src/http/message.ts";

function refused(body: string): InvalidStatus {
  const head = { status: 403, statusText: "Forbidden", rawHeaders: [] };
  return new InvalidStatus(new HandshakeResponse(head, new TextEncoder().encode(body)));
}

describe("a failure is told in a line:", () => {
  const rejected = "server rejected WebSocket connection: HTTP 403";
  const cases: readonly [string, unknown, string][] = [
    ["an error of the system by its own sentence", new Error("no way", { cause: "x" }), "no way"],
    ["a full stop is left to the program", new Error("No way."), "No way"],
    ["what is no error as text", "thrown", "thrown"],
    [
      "an error of ours with its causes",
      new InvalidMessage("response", { cause: new Error("one", { cause: new Error("two") }) }),
      "did not receive a valid HTTP response: one: two",
    ],
    ["a refusal with the server's reason", refused("not you\nmore"), `${rejected}: not you`],
    ["a refusal with no reason", refused(""), rejected],
    ["a refusal whose reason is a page", refused("<!doctype html>"), rejected],
    ["a refusal that would take over the terminal", refused("\u001b[2J"), `${rejected}: \\x1b[2J`],
  ];
  for (const [name, error, sentence] of cases) {
    test(name, () => assert.equal(describeFailure(error), sentence));
  }

  test("a long reason is cut", () => {
    assert.equal(describeFailure(refused("a".repeat(500))), `${rejected}: ${"a".repeat(200)}…`);
  });
});

test("a wrong address and a wrong option are the caller's, a refusal is not", () => {
  assert.ok(isUsage(new InvalidURI("x", "no")));
  assert.ok(isUsage(new TypeError("no")));
  assert.ok(isUsage(new RangeError("no")));
  assert.ok(!isUsage(new Error("no")));
  assert.ok(!isUsage(refused("")));
});
