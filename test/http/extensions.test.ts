import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InvalidHeaderFormat } from "../../src/http/errors.ts";
import {
  type ExtensionOffer,
  type ExtensionParameter,
  parseExtensions,
  serialiseExtensions,
} from "../../src/http/extensions.ts";

const offer = (name: string, ...parameters: ExtensionParameter[]): ExtensionOffer => ({
  name,
  parameters,
});

describe("parseExtensions()", () => {
  const good: [values: string[], offers: ExtensionOffer[]][] = [
    [[], []],
    [["foo"], [offer("foo")]],
    [["foo, bar"], [offer("foo"), offer("bar")]],
    // RFC 6455 §9.1
    [
      ["foo", "bar; baz=2"],
      [offer("foo"), offer("bar", ["baz", "2"])],
    ],
    [
      ["deflate-stream", "mux; max-channels=4; flow-control, deflate-stream", "private-extension"],
      [
        offer("deflate-stream"),
        offer("mux", ["max-channels", "4"], ["flow-control", null]),
        offer("deflate-stream"),
        offer("private-extension"),
      ],
    ],
    // RFC 7692 §7.1
    [
      ['permessage-deflate; server_max_window_bits="10"'],
      [offer("permessage-deflate", ["server_max_window_bits", "10"])],
    ],
    [
      ["permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate"],
      [
        offer(
          "permessage-deflate",
          ["client_max_window_bits", null],
          ["server_max_window_bits", "10"],
        ),
        offer("permessage-deflate"),
      ],
    ],
    [["a;b;b=c;B"], [offer("a", ["b", null], ["b", "c"], ["B", null])]],
    [[" a\t;\tb = c ; d ,, e"], [offer("a", ["b", "c"], ["d", null]), offer("e")]],
    [['a; b="\\c"'], [offer("a", ["b", "c"])]],
    [["a; __proto__=b"], [offer("a", ["__proto__", "b"])]],
  ];
  for (const [values, offers] of good) {
    test(`reads ${JSON.stringify(values)}`, () =>
      assert.deepEqual(parseExtensions(values), offers));
  }

  const bad: [value: string, problem: string][] = [
    ["", "expected token at 0"],
    ["permessage-deflate; =", "expected token at 20"],
    ["a;", "expected token at 2"],
    ["a; b=", "expected token at 5"],
    ["a; b=,c", "expected token at 5"],
    ["a;;b", "expected token at 2"],
    ["a b", "expected comma at 2"],
    ["a; b c", "expected comma at 5"],
    ["a; b==c", "expected token at 5"],
    ['a; b="', "expected quoted string at 5"],
    ['a; b=""', "invalid quoted header content at 7"],
    ['a; b="c d"', "invalid quoted header content at 10"],
    ['a; b="c"d', "expected comma at 8"],
    ["a=b", "expected comma at 1"],
  ];
  for (const [value, problem] of bad) {
    test(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => parseExtensions(["fine", value]), {
        name: "InvalidHeaderFormat",
        message: `invalid Sec-WebSocket-Extensions header: ${problem} in ${value}`,
      });
    });
  }

  test("throws nothing but InvalidHeaderFormat", () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab ,;="\\\t(') });
    fc.assert(
      fc.property(text, (value) => {
        try {
          parseExtensions([value]);
        } catch (error) {
          assert.ok(error instanceof InvalidHeaderFormat);
        }
      }),
    );
  });
});

describe("serialiseExtensions()", () => {
  const cases: [offers: ExtensionOffer[], value: string][] = [
    [[offer("a")], "a"],
    [[offer("a", ["b", null], ["c", "1"]), offer("d")], "a; b; c=1, d"],
  ];
  for (const [offers, value] of cases) {
    test(`writes ${value}`, () => assert.equal(serialiseExtensions(offers), value));
  }

  for (const bad of [
    offer("a b"),
    offer(""),
    offer("a", ["b\r\n", null]),
    offer("a", ["b", "c;d"]),
    offer("a", ["b", ""]),
  ]) {
    test(`refuses ${JSON.stringify(bad)}`, () => {
      assert.throws(
        () => serialiseExtensions([bad]),
        /^TypeError: invalid .* in Sec-WebSocket-Extensions: a token is expected$/,
      );
    });
  }

  test("is undone by parseExtensions()", () => {
    const token = fc.string({ unit: fc.constantFrom(..."aZ09!~-|"), minLength: 1 });
    const parameter = fc.tuple(token, fc.option(token));
    const extension = fc.record(
      { name: token, parameters: fc.array(parameter) },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1 }), (offers) => {
        assert.deepEqual(parseExtensions([serialiseExtensions(offers)]), offers);
      }),
    );
  });
});
