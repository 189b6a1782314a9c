import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Address } from "../../src/http/address.ts";
import { clientAddress, resolveTrustProxy, type TrustProxy } from "../../src/server/proxy-trust.ts";
import { openRaw } from "../support/raw-peer.ts";
import { start } from "../support/server.ts";

const at = (address: string, port = 9): Address => ({
  address,
  port,
  family: address.includes(":") ? "IPv6" : "IPv4",
});

const CASES: readonly (readonly [
  name: string,
  trust: TrustProxy,
  peer: Address | null,
  forwarded: readonly string[],
  client: Address | null,
])[] = [
  ["without the header, who has connected", 1, at("10.0.0.1"), [], at("10.0.0.1")],
  ["one proxy: its last entry", 1, at("10.0.0.1"), ["1.1.1.1, 2.2.2.2"], at("2.2.2.2", 0)],
  [
    "two proxies: the last but one",
    2,
    at("10.0.0.1"),
    ["9.9.9.9, 1.1.1.1, 2.2.2.2"],
    at("1.1.1.1", 0),
  ],
  [
    "more proxies than entries: the first",
    5,
    at("10.0.0.1"),
    ["1.1.1.1, 2.2.2.2"],
    at("1.1.1.1", 0),
  ],
  [
    "several headers are one list",
    2,
    at("10.0.0.1"),
    ["9.9.9.9", "1.1.1.1", "2.2.2.2"],
    at("1.1.1.1", 0),
  ],
  [
    "by address: who is no proxy is not believed",
    ["10.0.0.1"],
    at("10.0.0.2"),
    ["1.1.1.1"],
    at("10.0.0.2"),
  ],
  [
    "by address: the nearest who is no proxy",
    ["10.0.0.0/8"],
    at("10.0.0.1"),
    ["1.1.1.1, 2.2.2.2, 10.9.9.9"],
    at("2.2.2.2", 0),
  ],
  ["by address: all are proxies", ["10.0.0.0/8"], at("10.0.0.1"), ["10.2.2.2"], at("10.2.2.2", 0)],
  [
    "by address: IPv4 in IPv6",
    ["10.0.0.0/8"],
    at("::ffff:10.0.0.1"),
    ["1.1.1.1"],
    at("1.1.1.1", 0),
  ],
  [
    "by address: an IPv6 network",
    ["2001:db8::/32"],
    at("2001:db8::1"),
    ["2001:db9::7"],
    at("2001:db9::7", 0),
  ],
  ["a Unix socket that is believed", ["unix"], null, ["1.1.1.1"], at("1.1.1.1", 0)],
  ["a Unix socket that is not", ["10.0.0.1"], null, ["1.1.1.1"], null],
  ["ports are read", 1, at("10.0.0.1"), ["1.1.1.1:47"], at("1.1.1.1", 47)],
  ["IPv6 in brackets", 1, at("10.0.0.1"), ["[2001:db8::1]"], at("2001:db8::1", 0)],
  [
    "IPv6 in brackets with its port",
    1,
    at("10.0.0.1"),
    ["[2001:db8::1]:47"],
    at("2001:db8::1", 47),
  ],
  ...[
    "",
    "unknown",
    "_hidden",
    "1.1.1",
    "1.1.1.1:99999",
    "[1.1.1.1",
    "evil\tx",
    "fe80::1%eth0",
    ",",
  ].map(
    (entry) =>
      [
        `${JSON.stringify(entry)} is no address, so it ends at the proxy`,
        2,
        at("10.0.0.1"),
        [`1.1.1.1, ${entry}`],
        at("10.0.0.1"),
      ] as const,
  ),
];

describe("the client's address behind proxies", () => {
  for (const [name, trust, peer, forwarded, client] of CASES) {
    test(name, () => {
      const judge = resolveTrustProxy(trust);
      assert.deepEqual(clientAddress(peer, forwarded, judge!), client);
    });
  }

  for (const [name, trustProxy, expected] of [
    ["without trustProxy the header counts for nothing", undefined, "127.0.0.1"],
    ["with it the connection and its request have it", ["127.0.0.0/8"], "203.0.113.7"],
  ] as const) {
    test(name, async (t) => {
      const seen: unknown[] = [];
      const handler = (connection: {
        remoteAddress: unknown;
        request: { remoteAddress: unknown };
      }) => void seen.push(connection.remoteAddress, connection.request.remoteAddress);
      const { port } = await start<undefined>(t, handler, {
        ...(trustProxy === undefined ? {} : { trustProxy }),
        processRequest: (request) => void seen.push(request.remoteAddress),
      });
      const peer = await openRaw(port, { "X-Forwarded-For": "6.6.6.6, 203.0.113.7" });
      await peer.frames(1);
      assert.deepEqual(
        seen.map((address) => (address as { address: string }).address),
        [expected, expected, expected],
      );
    });
  }
});

describe("the option trustProxy", () => {
  for (const given of [
    0,
    -1,
    1.5,
    65,
    Number.NaN,
    true,
    "10.0.0.1",
    [],
    {},
    [1],
    ["10.0.0.0/33"],
    ["host"],
    ["::/129"],
    ["fe80::1%1"],
    ["1.1.1.1/x"],
  ]) {
    test(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => resolveTrustProxy(given as never), /trustProxy (?:is|has) /);
    });
  }
});
