import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  checkSubprotocols,
  parseSubprotocols,
  serialiseSubprotocols,
} from "../../src/http/subprotocols.ts";

describe("parseSubprotocols()", () => {
  const good: [values: string[], subprotocols: string[]][] = [
    [[], []],
    [["chat"], ["chat"]],
    [["chat, superchat"], ["chat", "superchat"]],
    [
      ["chat", "superchat,v2.x"],
      ["chat", "superchat", "v2.x"],
    ],
    [["chat, Chat"], ["chat", "Chat"]],
  ];
  for (const [values, subprotocols] of good) {
    test(`reads ${JSON.stringify(values)}`, () =>
      assert.deepEqual(parseSubprotocols(values), subprotocols));
  }

  const bad: [values: string[], name: string, problem: string][] = [
    [[""], "InvalidHeaderFormat", "expected token at 0 in "],
    [["chat superchat"], "InvalidHeaderFormat", "expected comma at 5 in chat superchat"],
    [["chat/1"], "InvalidHeaderFormat", "expected comma at 4 in chat/1"],
    [["chat, a, chat"], "InvalidHeaderValue", "duplicate subprotocol chat"],
    [["a, b", "b"], "InvalidHeaderValue", "duplicate subprotocol b"],
  ];
  for (const [values, name, problem] of bad) {
    test(`refuses ${JSON.stringify(values)}`, () => {
      assert.throws(() => parseSubprotocols(values), {
        name,
        message: `invalid Sec-WebSocket-Protocol header: ${problem}`,
      });
    });
  }
});

describe("serialiseSubprotocols() and checkSubprotocols()", () => {
  test("write a list of tokens", () => {
    assert.equal(serialiseSubprotocols(["chat"]), "chat");
    assert.equal(serialiseSubprotocols(["chat", "v2.x"]), "chat, v2.x");
    checkSubprotocols([]);
  });

  const bad: [subprotocols: unknown, message: string][] = [
    ["chat", 'invalid subprotocols "chat": a list is expected'],
    [undefined, "invalid subprotocols undefined: a list is expected"],
    [[""], 'invalid subprotocol "": a token is expected'],
    [["a", "b c"], 'invalid subprotocol "b c": a token is expected'],
    [["a\r\nB: c"], 'invalid subprotocol "a\\r\\nB: c": a token is expected'],
    [[null], "invalid subprotocol null: a token is expected"],
    [["a", "b", "a"], 'invalid subprotocols: "a" is there twice'],
  ];
  for (const [subprotocols, message] of bad) {
    test(`refuse ${JSON.stringify(subprotocols)}`, () => {
      const expected = { name: "TypeError", message };
      assert.throws(() => checkSubprotocols(subprotocols as string[]), expected);
      assert.throws(() => serialiseSubprotocols(subprotocols as string[]), expected);
    });
  }
});
