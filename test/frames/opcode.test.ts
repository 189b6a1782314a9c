import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkControlPayload, MAX_CONTROL_PAYLOAD } from "../../src/frames/frame.ts";
import { isControl, isOpcode, nameOpcode, type Opcode } from "../../src/frames/opcode.ts";

const NAMES: readonly (string | null)[] = [
  "CONT",
  "TEXT",
  "BINARY",
  ...Array(5).fill(null),
  "CLOSE",
  "PING",
  "PONG",
  ...Array(5).fill(null),
];

describe("opcodes", () => {
  for (const [opcode, name] of NAMES.entries()) {
    test(`§5.2: ${opcode} is ${name ?? "reserved"}`, () => {
      assert.equal(isOpcode(opcode), name !== null);
      assert.equal(isControl(opcode), opcode >= 8);
      if (name !== null) assert.equal(nameOpcode(opcode as Opcode), name);
    });
  }
});

describe("checkControlPayload", () => {
  test("§5.5: takes up to 125 bytes, and names the length that is more", () => {
    assert.equal(MAX_CONTROL_PAYLOAD, 125);
    for (const length of [0, 1, 125]) checkControlPayload(new Uint8Array(length));
    assert.throws(() => checkControlPayload(new Uint8Array(126)), {
      name: "RangeError",
      message: "payload is 126 bytes long: a control frame holds at most 125",
    });
  });
});
