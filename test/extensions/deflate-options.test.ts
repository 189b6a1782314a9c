import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateForClient, deflateForServer } from "../../src/extensions/deflate-negotiation.ts";
import { checkCompression } from "../../src/extensions/deflate-options.ts";

describe("what is not valid is refused, by its name, its value and what is expected", () => {
  const cases: readonly (readonly [
    options: unknown,
    side: "server" | "client" | "both",
    type: typeof Error,
    message: string,
  ])[] = [
    [null, "both", TypeError, "compression is null; an object or null is expected"],
    ["deflate", "both", TypeError, 'compression is "deflate"; an object or null is expected'],
    [
      { treshold: 1 },
      "both",
      TypeError,
      "compression.treshold is not an option; expected one of windowBits, contextTakeover, threshold,",
    ],
    [
      { threshold: -1 },
      "both",
      RangeError,
      "compression.threshold is -1; an integer of at least 0 is expected",
    ],
    [{ threshold: 1.5 }, "both", RangeError, "compression.threshold is 1.5;"],
    [{ threshold: Number.NaN }, "both", RangeError, "compression.threshold is NaN;"],
    [
      { threshold: "1" },
      "both",
      TypeError,
      'compression.threshold is "1"; an integer of at least 0 is expected',
    ],
    [{ serverMaxWindowBits: 16 }, "both", RangeError, "compression.serverMaxWindowBits is 16;"],
    [
      { serverMaxWindowBits: 8 },
      "server",
      RangeError,
      "compression.serverMaxWindowBits is 8; an integer from 9 to 15, or null, is expected",
    ],
    [
      { serverMaxWindowBits: 7 },
      "client",
      RangeError,
      "compression.serverMaxWindowBits is 7; an integer from 8 to 15, or null, is expected",
    ],
    [{ serverMaxWindowBits: true }, "both", TypeError, "compression.serverMaxWindowBits is true;"],
    [
      { clientMaxWindowBits: 8 },
      "client",
      RangeError,
      "compression.clientMaxWindowBits is 8; an integer from 9 to 15, or true or null, is expected",
    ],
    [
      { clientMaxWindowBits: true },
      "server",
      TypeError,
      "compression.clientMaxWindowBits is true; an integer from 8 to 15, or null, is expected",
    ],
    [
      { serverNoContextTakeover: 1 },
      "both",
      TypeError,
      "compression.serverNoContextTakeover is 1; true or false is expected",
    ],
    [
      { clientNoContextTakeover: "no" },
      "both",
      TypeError,
      'compression.clientNoContextTakeover is "no"; true or false is expected',
    ],
    [
      { level: 0 },
      "both",
      RangeError,
      "compression.level is 0; an integer from 1 to 9 is expected",
    ],
    [{ level: 10 }, "both", RangeError, "compression.level is 10;"],
    [
      { codec: "brotli" },
      "both",
      TypeError,
      'compression.codec is "brotli"; "built-in" or "zlib" is expected',
    ],
    [
      { largeFrom: 0 },
      "both",
      RangeError,
      "compression.largeFrom is 0; an integer of at least 1, or null, is expected",
    ],
    [{ largeFrom: {} }, "both", TypeError, "compression.largeFrom is an object;"],
  ];
  for (const [options, side, type, message] of cases)
    test(message, () => {
      for (const each of side === "both" ? (["server", "client"] as const) : [side]) {
        const check = (): unknown => checkCompression(options as never, each);
        assert.throws(
          check,
          (error: unknown) => error instanceof type && error.message.startsWith(message),
        );
      }
    });

  test("zlib where the platform has none", () => {
    for (const make of [deflateForServer, deflateForClient])
      assert.throws(() => make({ codec: "zlib" }), {
        name: "TypeError",
        message: /^compression\.codec is "zlib"; /,
      });
  });
});

test("what is left out or undefined is the default of the side", () => {
  const shared = {
    threshold: 128,
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    level: 4,
    codec: "built-in",
    largeFrom: 262_144,
  };
  assert.deepEqual(checkCompression({}, "server"), {
    ...shared,
    serverMaxWindowBits: 12,
    clientMaxWindowBits: 12,
  });
  assert.deepEqual(checkCompression({ level: undefined } as never, "client"), {
    ...shared,
    serverMaxWindowBits: null,
    clientMaxWindowBits: true,
  });
});

test("windowBits and contextTakeover are short for those of both sides, which go before", () => {
  for (const side of ["server", "client"] as const) {
    const short = checkCompression({ windowBits: 10, contextTakeover: false }, side);
    const { serverMaxWindowBits, clientMaxWindowBits } = short;
    assert.deepEqual([serverMaxWindowBits, clientMaxWindowBits], [10, 10]);
    assert.deepEqual([short.serverNoContextTakeover, short.clientNoContextTakeover], [true, true]);
    const both = checkCompression(
      {
        windowBits: 10,
        serverMaxWindowBits: 15,
        contextTakeover: false,
        clientNoContextTakeover: false,
      },
      side,
    );
    assert.deepEqual([both.serverMaxWindowBits, both.clientMaxWindowBits], [15, 10]);
    assert.deepEqual([both.serverNoContextTakeover, both.clientNoContextTakeover], [true, false]);
  }
});

test("what is valid is taken as it is", () => {
  const options = {
    threshold: 0,
    serverMaxWindowBits: null,
    clientMaxWindowBits: null,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    level: 9,
    codec: "zlib",
    largeFrom: null,
  } as const;
  for (const side of ["server", "client"] as const)
    assert.deepEqual(checkCompression(options, side), options);
});
