import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateForClient, deflateForServer } from "../../src/extensions/deflate-negotiation.ts";
import type { CompressionOptions } from "../../src/extensions/deflate-options.ts";
import type { Extension, ExtensionFactory } from "../../src/extensions/extension.ts";
import {
  acceptExtensions,
  confirmExtensions,
  offerExtensions,
} from "../../src/extensions/negotiate.ts";
import { NegotiationError } from "../../src/http/errors.ts";
import { parseExtensions, serialiseExtensions } from "../../src/http/extensions.ts";

const D = "permessage-deflate";
const offerOf = (factories: readonly ExtensionFactory[]): string =>
  serialiseExtensions(offerExtensions(factories));
const accept = (offer: string, factories: readonly ExtensionFactory[]) =>
  acceptExtensions(parseExtensions([offer]), factories);
const answerOf = (offer: string, factories: readonly ExtensionFactory[]): string =>
  serialiseExtensions(accept(offer, factories).answer);
const confirm = (answer: string, factories: readonly ExtensionFactory[]) =>
  confirmExtensions(parseExtensions([answer]), factories);

describe("a server's answer to an offer of permessage-deflate", () => {
  /** An empty answer is a declined offer. */
  const cases: readonly (readonly [options: CompressionOptions, offer: string, answer: string])[] =
    [
      // The defaults, as in Python.
      [
        {},
        `${D}; client_max_window_bits`,
        `${D}; server_max_window_bits=12; client_max_window_bits=12`,
      ],
      [{}, D, `${D}; server_max_window_bits=12`],
      [
        {},
        `${D}; client_max_window_bits=15`,
        `${D}; server_max_window_bits=12; client_max_window_bits=12`,
      ],
      [
        {},
        `${D}; client_max_window_bits=10`,
        `${D}; server_max_window_bits=12; client_max_window_bits=10`,
      ],
      [
        {},
        `${D}; client_max_window_bits=8`,
        `${D}; server_max_window_bits=12; client_max_window_bits=8`,
      ],
      [{}, `${D}; server_max_window_bits=15`, `${D}; server_max_window_bits=12`],
      [{}, `${D}; server_max_window_bits=9`, `${D}; server_max_window_bits=9`],
      [
        {},
        `${D}; server_no_context_takeover`,
        `${D}; server_no_context_takeover; server_max_window_bits=12`,
      ],
      [
        {},
        `${D}; client_no_context_takeover`,
        `${D}; client_no_context_takeover; server_max_window_bits=12`,
      ],
      // No restriction of our own.
      [{ serverMaxWindowBits: null, clientMaxWindowBits: null }, `${D}; client_max_window_bits`, D],
      [
        { serverMaxWindowBits: null, clientMaxWindowBits: null },
        `${D}; client_max_window_bits=11; server_max_window_bits=10`,
        `${D}; server_max_window_bits=10; client_max_window_bits=11`,
      ],
      [
        { serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
        `${D}; client_max_window_bits`,
        `${D}; server_max_window_bits=15; client_max_window_bits=15`,
      ],
      [
        { serverNoContextTakeover: true, clientNoContextTakeover: true },
        D,
        `${D}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12`,
      ],
      // What we cannot do, and what is not valid, is declined; the next offer is taken.
      [{}, `${D}; server_max_window_bits=8`, ""],
      [{}, `${D}; server_max_window_bits=8, ${D}`, `${D}; server_max_window_bits=12`],
      [{}, `${D}; foo, ${D}; server_max_window_bits=10`, `${D}; server_max_window_bits=10`],
      [{}, `${D}; server_max_window_bits=08`, ""],
      [{}, `${D}; server_max_window_bits`, ""],
      [{}, `${D}; server_no_context_takeover=1`, ""],
      [{}, `${D}; server_no_context_takeover; server_no_context_takeover`, ""],
      // The first that fits.
      [
        {},
        `${D}; server_no_context_takeover; server_max_window_bits=9, ${D}; server_no_context_takeover, ${D}`,
        `${D}; server_no_context_takeover; server_max_window_bits=9`,
      ],
      [
        {},
        `foo, x-webkit-deflate-frame; no_context_takeover, ${D}`,
        `${D}; server_max_window_bits=12`,
      ],
      [{}, "foo", ""],
    ];
  for (const [options, offer, answer] of cases)
    test(`${JSON.stringify(options)}: ${offer}`, () => {
      const { extensions, answer: given } = accept(offer, [deflateForServer(options)]);
      assert.equal(serialiseExtensions(given), answer);
      assert.equal(extensions.length, answer === "" ? 0 : 1);
      if (extensions[0] !== undefined) {
        assert.equal(extensions[0].rsv, 4);
        assert.equal(extensions[0].parameters, answer.slice(D.length + 2));
      }
    });

  test("is nothing without compression", () => assert.equal(answerOf(D, []), ""));
});

describe("a client's offer", () => {
  const cases: readonly (readonly [options: CompressionOptions, offer: string])[] = [
    [{}, `${D}; client_max_window_bits`],
    [{ clientMaxWindowBits: 10 }, `${D}; client_max_window_bits=10`],
    [{ clientMaxWindowBits: null }, D],
    [
      { serverMaxWindowBits: 9, serverNoContextTakeover: true, clientNoContextTakeover: true },
      `${D}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits`,
    ],
  ];
  for (const [options, offer] of cases)
    test(offer, () => assert.equal(offerOf([deflateForClient(options)]), offer));
});

describe("a client takes the answer", () => {
  const cases: readonly (readonly [options: CompressionOptions, answer: string])[] = [
    [{}, D],
    [{}, `${D}; server_max_window_bits=12; client_max_window_bits=12`],
    [
      {},
      `${D}; server_max_window_bits=8; client_max_window_bits=8; server_no_context_takeover; client_no_context_takeover`,
    ],
    [{ clientMaxWindowBits: 10 }, `${D}; client_max_window_bits=9`],
    [{ clientMaxWindowBits: 10 }, D],
    [{ clientMaxWindowBits: null }, `${D}; server_max_window_bits=15`],
    [{ serverMaxWindowBits: 10 }, `${D}; server_max_window_bits=10`],
    [{ serverMaxWindowBits: 10 }, `${D}; server_max_window_bits=9`],
    [{ serverNoContextTakeover: true }, `${D}; server_no_context_takeover`],
    [{ clientNoContextTakeover: true }, D],
  ];
  for (const [options, answer] of cases)
    test(`${JSON.stringify(options)}: ${answer}`, () => {
      const [extension, ...others] = confirm(answer, [deflateForClient(options)]);
      assert.equal(extension?.name, D);
      assert.equal(others.length, 0);
    });

  test("none, when there is none", () =>
    assert.deepEqual(confirmExtensions([], [deflateForClient()]), []));
});

describe("a client refuses the answer", () => {
  const cases: readonly (readonly [
    options: CompressionOptions,
    answer: string,
    message: string,
  ])[] = [
    [{}, "foo", "unsupported extension: foo"],
    [{}, `${D}, ${D}`, `duplicate extension: ${D}`],
    [{}, `${D}; foo=1`, `unsupported extension: ${D}: invalid parameter name: foo`],
    [
      {},
      `${D}; client_max_window_bits`,
      `unsupported extension: ${D}: missing value for parameter client_max_window_bits`,
    ],
    [
      {},
      `${D}; server_max_window_bits=1000`,
      `unsupported extension: ${D}: invalid value for parameter server_max_window_bits: 1000`,
    ],
    [
      {},
      `${D}; server_max_window_bits=12; server_max_window_bits=12`,
      `unsupported extension: ${D}: duplicate parameter: server_max_window_bits`,
    ],
    [
      { clientMaxWindowBits: null },
      `${D}; client_max_window_bits=15`,
      `unsupported extension: ${D}: unexpected client_max_window_bits`,
    ],
    [
      { clientMaxWindowBits: 10 },
      `${D}; client_max_window_bits=11`,
      `unsupported extension: ${D}: unsupported client_max_window_bits`,
    ],
    [
      { serverMaxWindowBits: 10 },
      D,
      `unsupported extension: ${D}: expected server_max_window_bits`,
    ],
    [
      { serverMaxWindowBits: 10 },
      `${D}; server_max_window_bits=11`,
      `unsupported extension: ${D}: unsupported server_max_window_bits`,
    ],
    [
      { serverNoContextTakeover: true },
      D,
      `unsupported extension: ${D}: expected server_no_context_takeover`,
    ],
  ];
  for (const [options, answer, message] of cases)
    test(`${JSON.stringify(options)}: ${answer}`, () => {
      assert.throws(() => confirm(answer, [deflateForClient(options)]), {
        name: "NegotiationError",
        message,
      });
    });

  test("when it offered nothing", () => {
    assert.throws(() => confirm(D, []), {
      name: "NegotiationError",
      message: "no extensions supported",
    });
  });
});

describe("several extensions", () => {
  const closed: string[] = [];
  const custom = (name: string, rsv: number): ExtensionFactory => {
    const extension: Extension = {
      name,
      rsv,
      parameters: "",
      encode: () => null,
      decode: (_source, _start, end) => end,
      close: () => closed.push(name),
    };
    return {
      name,
      rsv,
      offer: () => [[]],
      accept: () => ({ extension, parameters: [] }),
      confirm: () => extension,
    };
  };

  test("are offered in the client's order, and accepted in that of the offer", () => {
    const factories = [custom("foo", 2), deflateForClient(), custom("bar", 1)];
    assert.equal(offerOf(factories), `foo, ${D}; client_max_window_bits, bar`);
    const { extensions, answer } = accept(`bar, ${D}, foo`, [
      custom("foo", 2),
      deflateForServer(),
      custom("bar", 1),
    ]);
    assert.deepEqual(
      extensions.map(({ name }) => name),
      ["bar", D, "foo"],
    );
    assert.equal(serialiseExtensions(answer), `bar, ${D}; server_max_window_bits=12, foo`);
    assert.deepEqual(
      confirm(`bar, ${D}`, factories).map(({ name }) => name),
      ["bar", D],
    );
  });

  test("of which two claim the same bit: a server declines the second, a client refuses", () => {
    assert.equal(
      answerOf(`${D}, foo`, [custom("foo", 6), deflateForServer()]),
      `${D}; server_max_window_bits=12`,
    );
    closed.length = 0;
    assert.throws(
      () => confirm("foo, bar", [custom("foo", 6), custom("bar", 2)]),
      NegotiationError,
    );
    assert.deepEqual(closed, ["foo", "bar"]);
  });

  test("an error that is not of negotiation is not swallowed", () => {
    const broken: ExtensionFactory = {
      ...custom("foo", 2),
      accept: () => {
        throw new TypeError("oops");
      },
    };
    assert.throws(() => accept("foo", [broken]), TypeError);
  });
});

test("what a server and a client of ours agree on is the same on both sides", () => {
  const bits = [null, 9, 12, 15];
  for (const serverMaxWindowBits of bits)
    for (const clientMaxWindowBits of [...bits, true as const])
      for (const takeover of [true, false]) {
        const client = deflateForClient({
          serverMaxWindowBits,
          clientMaxWindowBits,
          serverNoContextTakeover: takeover,
        });
        for (const options of [
          {},
          { clientNoContextTakeover: true },
          { serverMaxWindowBits: null, clientMaxWindowBits: null },
        ]) {
          const accepted = acceptExtensions(offerExtensions([client]), [deflateForServer(options)]);
          assert.equal(confirmExtensions(accepted.answer, [client]).length, 1);
        }
      }
});
