import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseParameters, toParameters } from "../../src/extensions/parameters.ts";
import {
  DuplicateParameter,
  InvalidParameterName,
  InvalidParameterValue,
  NegotiationError,
} from "../../src/http/errors.ts";
import { parseExtensions } from "../../src/http/extensions.ts";

const parametersOf = (header: string) =>
  parseExtensions([`permessage-deflate; ${header}`])[0]!.parameters;

describe("valid parameters", () => {
  const cases = [
    ["server_no_context_takeover", { serverNoContextTakeover: true }],
    ["client_no_context_takeover", { clientNoContextTakeover: true }],
    ...[8, 9, 10, 11, 12, 13, 14, 15].flatMap(
      (bits) =>
        [
          [`server_max_window_bits=${bits}`, { serverMaxWindowBits: bits }],
          [`client_max_window_bits=${bits}`, { clientMaxWindowBits: bits }],
        ] as const,
    ),
    ['server_max_window_bits="10"', { serverMaxWindowBits: 10 }],
    [
      "client_max_window_bits=9; server_no_context_takeover; server_max_window_bits=15; client_no_context_takeover",
      {
        clientMaxWindowBits: 9,
        serverNoContextTakeover: true,
        serverMaxWindowBits: 15,
        clientNoContextTakeover: true,
      },
    ],
  ] as const;
  const none = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: null,
    clientMaxWindowBits: null,
  };
  for (const [header, expected] of cases)
    test(header, () => {
      for (const kind of ["offer", "answer"] as const) {
        const parsed = parseParameters(parametersOf(header), kind);
        assert.deepEqual(parsed, { ...none, ...expected });
        assert.deepEqual(parseParameters(toParameters(parsed), kind), parsed);
      }
    });

  test("client_max_window_bits without a value, in an offer", () => {
    const parsed = parseParameters([["client_max_window_bits", null]], "offer");
    assert.equal(parsed.clientMaxWindowBits, true);
    assert.deepEqual(toParameters(parsed), [["client_max_window_bits", null]]);
  });

  test("none", () => assert.deepEqual(parseParameters([], "answer"), none));
});

describe("bad parameters", () => {
  const values = ["7", "16", "1000", "08", "8.0", "+9", "-9", "0x9", "1e1", "9 ", "ten", "९"];
  const cases = [
    ["foo", [["foo", null]], InvalidParameterName, "invalid parameter name: foo"],
    [
      "Server_max_window_bits",
      [["Server_max_window_bits", "10"]],
      InvalidParameterName,
      "invalid parameter name: Server_max_window_bits",
    ],
    ["__proto__", [["__proto__", null]], InvalidParameterName, "invalid parameter name: __proto__"],
    ...["server_no_context_takeover", "client_no_context_takeover"].flatMap(
      (flag) =>
        [
          [
            `${flag} with a value`,
            [[flag, "true"]],
            InvalidParameterValue,
            `invalid value for parameter ${flag}: true`,
          ],
          [
            `${flag} with an empty value`,
            [[flag, ""]],
            InvalidParameterValue,
            `empty value for parameter ${flag}`,
          ],
          [
            `${flag} twice`,
            [
              [flag, null],
              [flag, null],
            ],
            DuplicateParameter,
            `duplicate parameter: ${flag}`,
          ],
        ] as const,
    ),
    [
      "server_max_window_bits without a value",
      [["server_max_window_bits", null]],
      InvalidParameterValue,
      "missing value for parameter server_max_window_bits",
    ],
    ...values.flatMap((value) =>
      ["server_max_window_bits", "client_max_window_bits"].map(
        (name) =>
          [
            `${name}=${value}`,
            [[name, value]],
            InvalidParameterValue,
            `invalid value for parameter ${name}: ${value}`,
          ] as const,
      ),
    ),
    [
      "one name twice with the same value",
      [
        ["server_max_window_bits", "10"],
        ["server_max_window_bits", "10"],
      ],
      DuplicateParameter,
      "duplicate parameter: server_max_window_bits",
    ],
  ] as const;
  for (const [what, parameters, type, message] of cases)
    test(what, () => {
      for (const kind of ["offer", "answer"] as const)
        assert.throws(
          () => parseParameters(parameters as never, kind),
          (error: unknown) =>
            error instanceof type && error instanceof NegotiationError && error.message === message,
        );
    });

  test("client_max_window_bits without a value, in an answer", () => {
    assert.throws(() => parseParameters([["client_max_window_bits", null]], "answer"), {
      message: "missing value for parameter client_max_window_bits",
    });
  });
});
