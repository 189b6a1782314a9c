import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Host, isHost, parseHost } from "../../src/http/host.ts";

describe("parseHost()", () => {
  const cases: [text: string, host: Host | null][] = [
    ["example.com", { host: "example.com", port: null }],
    ["EXAMPLE.com:8765", { host: "example.com", port: 8765 }],
    ["localhost:80", { host: "localhost", port: 80 }],
    ["localhost:443", { host: "localhost", port: 443 }],
    ["localhost:0", { host: "localhost", port: 0 }],
    ["localhost:65535", { host: "localhost", port: 65535 }],
    ["localhost:", { host: "localhost", port: null }],
    ["127.0.0.1:80", { host: "127.0.0.1", port: 80 }],
    ["0x7f.1", { host: "127.0.0.1", port: null }],
    ["[::1]", { host: "[::1]", port: null }],
    ["[0:0::1]:80", { host: "[::1]", port: 80 }],
    ["[::ffff:127.0.0.1]:80", { host: "[::ffff:7f00:1]", port: 80 }],
    ["a_b.example", { host: "a_b.example", port: null }],
    ["xn--bcher-kva.example", { host: "xn--bcher-kva.example", port: null }],
    ["b%C3%BCcher.example", { host: "xn--bcher-kva.example", port: null }],
    ["example.com.", { host: "example.com.", port: null }],
    ["", null],
    [":80", null],
    [" example.com", null],
    ["example.com ", null],
    ["example.com:65536", null],
    ["example.com:-1", null],
    ["example.com:8a", null],
    ["example.com:080808", null],
    ["example.com:80:80", null],
    ["a@example.com", null],
    ["example.com/", null],
    ["example.com?a", null],
    ["example.com#a", null],
    ["example.com\\a", null],
    ["example.com,example.org:80", { host: "example.com,example.org", port: 80 }],
    ["a b", null],
    ["a\tb", null],
    ["a\r\nb", null],
    ["b\xfccher.example", null],
    ["::1", null],
    ["[::1", null],
    ["[::1]a", null],
    ["[::1]a:80", null],
    ["[g::1]", null],
    ["[]", null],
    ["[1.2.3.4]", null],
    ["1.2.3.256", null],
    ["%zz.example", null],
    ["%2f.example", null],
    ["http://example.com", null],
  ];
  for (const [text, host] of cases) {
    test(`${JSON.stringify(text)}: ${host === null ? "none" : `${host.host} ${host.port}`}`, () => {
      assert.deepEqual(parseHost(text), host);
      assert.equal(isHost(text), host !== null);
    });
  }
});
