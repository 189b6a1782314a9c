/** Addresses of proxies. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ProxyAddress, parseProxy } from "../../src/client/proxy-address.ts";
import { InvalidProxy } from "../../src/http/errors.ts";

describe("parseProxy()", () => {
  const credentials = { username: "user", password: "pass" };
  const cases: readonly (readonly [text: string, expected: ProxyAddress])[] = [
    ["http://proxy", { scheme: "http", host: "proxy", port: 80, credentials: null }],
    ["https://proxy", { scheme: "https", host: "proxy", port: 443, credentials: null }],
    ["https://proxy:80", { scheme: "https", host: "proxy", port: 80, credentials: null }],
    ["socks5h://proxy", { scheme: "socks5h", host: "proxy", port: 1080, credentials: null }],
    ["socks5://proxy:80/", { scheme: "socks5", host: "proxy", port: 80, credentials: null }],
    ["socks4a://proxy:443", { scheme: "socks4a", host: "proxy", port: 443, credentials: null }],
    ["socks4://proxy:1", { scheme: "socks4", host: "proxy", port: 1, credentials: null }],
    ["HTTP://PROXY:8080/", { scheme: "http", host: "proxy", port: 8080, credentials: null }],
    ["http://user:pass@proxy", { scheme: "http", host: "proxy", port: 80, credentials }],
    [
      "socks5://us%40er:p%3Ass@[::1]:1081",
      {
        scheme: "socks5",
        host: "::1",
        port: 1081,
        credentials: { username: "us@er", password: "p:ss" },
      },
    ],
    ["proxy:3128", { scheme: "http", host: "proxy", port: 3128, credentials: null }],
    ["user:pass@proxy:3128", { scheme: "http", host: "proxy", port: 3128, credentials }],
    [
      "http://bücher.example",
      { scheme: "http", host: "xn--bcher-kva.example", port: 80, credentials: null },
    ],
  ];
  for (const [text, expected] of cases) {
    test(`reads ${text}`, () => {
      assert.deepEqual(parseProxy(text), expected);
    });
  }

  test("reads a URL", () => {
    const expected = { scheme: "http", host: "proxy", port: 8080, credentials: null };
    assert.deepEqual(parseProxy(new URL("http://proxy:8080")), expected);
  });

  for (const [text, problem] of [
    ["ftp://proxy", "scheme ftp isn't supported"],
    ["ws://proxy", "scheme ws isn't supported"],
    ["socks://proxy", "scheme socks isn't supported"],
    ["http://", "missing hostname"],
    ["socks5://:1080", "missing hostname"],
    ["socks5://user:pass@:1080", "missing hostname"],
    ["http://proxy/path", "path is meaningless"],
    ["http://proxy?query", "query is meaningless"],
    ["http://proxy#fragment", "fragment is meaningless"],
    ["http://proxy:99999", "it cannot be parsed"],
    ["http://pro xy", "it cannot be parsed"],
    ["", "missing hostname"],
    ["http://user@proxy", "username provided without password"],
    ["http://user:@proxy", "username provided without password"],
    ["http://us%3Aer:pass@proxy", "invalid username: a colon is not allowed"],
    ["https://user:pa%0Ass@proxy", "invalid password: no control characters are allowed"],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}: ${problem}`, () => {
      assert.throws(() => parseProxy(text), {
        name: "InvalidProxy",
        message: `${text.replace(/(us.*er:)[^@]*@/, "$1***@")} isn't a valid proxy: ${problem}`,
      });
    });
  }

  test("refuses credentials that are no UTF-8, without showing them", () => {
    assert.throws(
      () => parseProxy("http://user:secret%ff@proxy"),
      (error) => error instanceof InvalidProxy && !error.message.includes("secret"),
    );
  });
});
