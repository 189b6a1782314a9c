/** Which proxy the environment names. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Environment, findProxy, isExcluded } from "../../src/client/proxy-environment.ts";
import { parseUri } from "../../src/http/uri.ts";

const WSS = "wss://server.example/";
const WS = "ws://server.example/";

describe("findProxy()", () => {
  const all = {
    wss_proxy: "http://wss",
    ws_proxy: "http://ws",
    socks_proxy: "socks5h://socks",
    https_proxy: "http://https",
    http_proxy: "http://http",
  };
  const cases: readonly (readonly [
    name: string,
    url: string,
    env: Environment,
    found: string | null,
  ])[] = [
    ["nothing", WSS, {}, null],
    ["wss_proxy first for wss", WSS, all, "http://wss"],
    ["then socks_proxy", WSS, { ...all, wss_proxy: undefined }, "socks5h://socks"],
    [
      "then https_proxy",
      WSS,
      { https_proxy: "http://https", http_proxy: "http://http" },
      "http://https",
    ],
    [
      "never http_proxy or ws_proxy for wss",
      WSS,
      { http_proxy: "http://http", ws_proxy: "http://ws" },
      null,
    ],
    ["ws_proxy first for ws", WS, all, "http://ws"],
    ["then socks_proxy for ws", WS, { ...all, ws_proxy: undefined }, "socks5h://socks"],
    [
      "then https_proxy for ws",
      WS,
      { https_proxy: "http://https", http_proxy: "http://http" },
      "http://https",
    ],
    [
      "then http_proxy for ws",
      WS,
      { http_proxy: "http://http", wss_proxy: "http://wss" },
      "http://http",
    ],
    ["upper case", WSS, { HTTPS_PROXY: "http://upper" }, "http://upper"],
    [
      "lower case before upper",
      WSS,
      { HTTPS_PROXY: "http://upper", https_proxy: "http://lower" },
      "http://lower",
    ],
    [
      "nothing where lower case is empty",
      WSS,
      { HTTPS_PROXY: "http://upper", https_proxy: "" },
      null,
    ],
    ["HTTP_PROXY", WS, { HTTP_PROXY: "http://upper" }, "http://upper"],
    ["no HTTP_PROXY under CGI", WS, { HTTP_PROXY: "http://evil", REQUEST_METHOD: "GET" }, null],
    [
      "http_proxy also under CGI",
      WS,
      { http_proxy: "http://http", REQUEST_METHOD: "GET" },
      "http://http",
    ],
    ["nothing for white space", WS, { http_proxy: "  " }, null],
    ["nothing that no_proxy excludes", WSS, { ...all, no_proxy: "server.example" }, null],
    ["nothing that NO_PROXY excludes", WSS, { ...all, NO_PROXY: ".example" }, null],
    [
      "what an empty no_proxy lets through",
      WSS,
      { ...all, no_proxy: "", NO_PROXY: "*" },
      "http://wss",
    ],
  ];
  for (const [name, url, environment, found] of cases) {
    test(`finds ${name}`, () => {
      assert.equal(findProxy(parseUri(url), environment), found);
    });
  }
});

describe("no_proxy", () => {
  const cases: readonly (readonly [no: string, url: string, excluded: boolean])[] = [
    ["*", WSS, true],
    ["a, *", WSS, true],
    ["server.example", WSS, true],
    ["SERVER.Example", WSS, true],
    ["example", WSS, true],
    [".example", WSS, true],
    ["*.example", WSS, true],
    ["..example", WSS, true],
    ["server.example.", WSS, true],
    ["server.example", "wss://server.example./", true],
    ["ver.example", WSS, false],
    ["other.example", WSS, false],
    ["server.example.org", WSS, false],
    ["a.server.example", WSS, false],
    ["other, server.example", WSS, true],
    ["other server.example", WSS, true],
    [" ,, ", WSS, false],
    ["", WSS, false],
    [".", WSS, false],
    ["server.example:443", WSS, true],
    ["server.example:80", WSS, false],
    ["server.example:80", WS, true],
    [".example:8080", "ws://server.example:8080/", true],
    ["server.example:", WSS, false],
    ["127.0.0.1", "ws://127.0.0.1/", true],
    ["127.0.0.1:80", "ws://127.0.0.1/", true],
    ["127.0.0.1:81", "ws://127.0.0.1/", false],
    ["0.0.1", "ws://127.0.0.1/", false],
    ["1", "ws://127.0.0.1/", false],
    ["127.0.0.0/8", "ws://127.1.2.3/", true],
    ["127.0.0.0/8", "ws://128.1.2.3/", false],
    ["0.0.0.0/0", "ws://128.1.2.3/", true],
    ["127.0.0.0/33", "ws://127.0.0.1/", false],
    ["127.0.0.0/", "ws://127.0.0.1/", false],
    ["127.0.0.0/8/8", "ws://127.0.0.1/", false],
    ["127.0.0.0/8", WSS, false],
    ["::1", "ws://[::1]/", true],
    ["[::1]", "ws://[::1]/", true],
    ["[::1]:80", "ws://[::1]/", true],
    ["[::1]:81", "ws://[::1]/", false],
    ["0:0:0:0:0:0:0:1", "ws://[::1]/", true],
    ["fd00::/8", "ws://[fd12::1]/", true],
    ["fd00::/8", "ws://[fe80::1]/", false],
    ["fd00::/129", "ws://[fd12::1]/", false],
    ["127.0.0.1", "ws://[::1]/", false],
    ["localhost", "ws://127.0.0.1/", false],
  ];
  for (const [no, url, excluded] of cases) {
    test(`${JSON.stringify(no)} ${excluded ? "excludes" : "lets through"} ${url}`, () => {
      assert.equal(isExcluded(parseUri(url), no), excluded);
    });
  }
});
