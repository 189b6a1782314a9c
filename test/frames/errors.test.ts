import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocketError } from "../../src/error.ts";
import {
  InvalidUtf8,
  PayloadTooBig,
  ProtocolError,
  TooManyFrames,
} from "../../src/frames/errors.ts";
import { InvalidState } from "../../src/protocol/errors.ts";

const ERRORS = [
  {
    error: new ProtocolError("incorrect masking", "RFC 6455 §5.1"),
    name: "ProtocolError",
    code: "ERR_WEBSOCKET_PROTOCOL",
    closeCode: 1002,
    message: "incorrect masking",
    classes: [WebSocketError, ProtocolError],
  },
  {
    error: new InvalidUtf8("invalid start byte", 7),
    name: "InvalidUtf8",
    code: "ERR_WEBSOCKET_INVALID_UTF8",
    closeCode: 1007,
    message: "invalid start byte at position 7",
    classes: [WebSocketError, ProtocolError, InvalidUtf8],
  },
  {
    error: new PayloadTooBig(20, 10),
    name: "PayloadTooBig",
    code: "ERR_WEBSOCKET_PAYLOAD_TOO_BIG",
    closeCode: 1009,
    message: "frame with 20 bytes exceeds limit of 10 bytes",
    classes: [WebSocketError, ProtocolError, PayloadTooBig],
  },
  {
    error: new PayloadTooBig(6, 10, 5),
    name: "PayloadTooBig",
    code: "ERR_WEBSOCKET_PAYLOAD_TOO_BIG",
    closeCode: 1009,
    message: "frame with 6 bytes after reading 5 bytes exceeds limit of 10 bytes",
    classes: [WebSocketError, ProtocolError, PayloadTooBig],
  },
  {
    error: new PayloadTooBig(null, 10),
    name: "PayloadTooBig",
    code: "ERR_WEBSOCKET_PAYLOAD_TOO_BIG",
    closeCode: 1009,
    message: "frame exceeds limit of 10 bytes",
    classes: [WebSocketError, ProtocolError, PayloadTooBig],
  },
  {
    error: new PayloadTooBig(null, 10, 3),
    name: "PayloadTooBig",
    code: "ERR_WEBSOCKET_PAYLOAD_TOO_BIG",
    closeCode: 1009,
    message: "frame after reading 3 bytes exceeds limit of 10 bytes",
    classes: [WebSocketError, ProtocolError, PayloadTooBig],
  },
  {
    error: new TooManyFrames(1024),
    name: "TooManyFrames",
    code: "ERR_WEBSOCKET_TOO_MANY_FRAMES",
    closeCode: 1008,
    message: "message exceeds limit of 1024 frames",
    classes: [WebSocketError, ProtocolError, TooManyFrames],
  },
] as const;

const CLASSES = [
  WebSocketError,
  ProtocolError,
  InvalidUtf8,
  PayloadTooBig,
  TooManyFrames,
  InvalidState,
];

describe("errors of frames", () => {
  for (const { error, name, code, closeCode, message, classes } of ERRORS) {
    test(`${name}: ${message}`, () => {
      assert.equal(error.name, name);
      assert.equal(error.code, code);
      assert.equal(error.closeCode, closeCode);
      assert.equal(String(error), `${name}: ${message}`);
      assert.ok(Object.keys(error).every((key) => key !== "name" && key !== "code"));
      // Each class knows its own errors and those of its heirs, and no others.
      const known: readonly unknown[] = classes;
      for (const candidate of CLASSES) {
        assert.equal(error instanceof candidate, known.includes(candidate), candidate.name);
      }
    });
  }

  test("they carry their data", () => {
    const { size, limit, before } = new PayloadTooBig(6, 10, 5);
    assert.deepEqual({ size, limit, before }, { size: 6, limit: 10, before: 5 });
    assert.equal(new TooManyFrames(9).limit, 9);
    assert.equal(new InvalidUtf8("invalid start byte", 7).position, 7);
  });

  test("they carry a cause", () => {
    const cause = new Error("inflate");
    const error = new ProtocolError("decompression failed", "RFC 7692 §7.2.2", 1007, { cause });
    assert.equal(error.cause, cause);
    assert.equal(error.closeCode, 1007);
  });
});
