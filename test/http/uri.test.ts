import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { InvalidURI } from "../../src/http/errors.ts";
import { parseUri, type WebSocketUri } from "../../src/http/uri.ts";

const LOCAL: WebSocketUri = {
  secure: false,
  host: "localhost",
  port: 80,
  path: "/",
  username: null,
  password: null,
  hostHeader: "localhost",
  href: "ws://localhost/",
};

describe("parseUri() reads", () => {
  const cases: [uri: string, expected: Partial<WebSocketUri>][] = [
    ["ws://localhost", {}],
    ["ws://localhost/", {}],
    ["WS://LOCALHOST:80", {}],
    ["http://localhost", {}],
    [" ws://localhost\n", {}],
    ["wss://localhost", { secure: true, port: 443, href: "wss://localhost/" }],
    ["https://localhost:443", { secure: true, port: 443, href: "wss://localhost/" }],
    [
      "wss://localhost:80/",
      { secure: true, port: 80, hostHeader: "localhost:80", href: "wss://localhost:80/" },
    ],
    [
      "ws://localhost:8765/chat?room=1",
      {
        port: 8765,
        path: "/chat?room=1",
        hostHeader: "localhost:8765",
        href: "ws://localhost:8765/chat?room=1",
      },
    ],
    ["ws://localhost?a", { path: "/?a", href: "ws://localhost/?a" }],
    ["ws://localhost/a/../b", { path: "/b", href: "ws://localhost/b" }],
    ["ws://localhost//a", { path: "//a", href: "ws://localhost//a" }],
    [
      "ws://[0::1]:8765/",
      { host: "::1", port: 8765, hostHeader: "[::1]:8765", href: "ws://[::1]:8765/" },
    ],
    ["ws://127.1/", { host: "127.0.0.1", hostHeader: "127.0.0.1", href: "ws://127.0.0.1/" }],
    [
      "ws://Bücher.example/ü b?ü#".slice(0, -1),
      {
        host: "xn--bcher-kva.example",
        hostHeader: "xn--bcher-kva.example",
        path: "/%C3%BC%20b?%C3%BC",
        href: "ws://xn--bcher-kva.example/%C3%BC%20b?%C3%BC",
      },
    ],
    ["ws://localhost/%23?%0d%0a", { path: "/%23?%0d%0a", href: "ws://localhost/%23?%0d%0a" }],
    // WHATWG URL drops line breaks, so none can reach the request.
    [" ws://localhost/a\n", { path: "/a", href: "ws://localhost/a" }],
    ["ws://user:pass@localhost", { username: "user", password: "pass" }],
    ["ws://user@localhost", { username: "user", password: "" }],
    ["ws://:pass@localhost", { username: "", password: "pass" }],
    ["ws://@localhost", {}],
    ["ws://us%3Aer:p%40ss%C3%BC:@localhost", { username: "us:er", password: "p@ssü:" }],
  ];
  for (const [uri, expected] of cases) {
    test(JSON.stringify(uri), () => {
      assert.deepEqual(parseUri(uri), { ...LOCAL, ...expected });
      assert.deepEqual(parseUri(new URL(uri)), { ...LOCAL, ...expected });
    });
  }
});

describe("parseUri() refuses", () => {
  const cases: [uri: string, message: string][] = [
    ["", " isn't a valid URI: it has no scheme; ws:// or wss:// is expected"],
    ["/chat", "/chat isn't a valid URI: it has no scheme; ws:// or wss:// is expected"],
    [
      "example.com/chat",
      "example.com/chat isn't a valid URI: it has no scheme; ws:// or wss:// is expected",
    ],
    ["localhost:8765", "localhost:8765 isn't a valid URI: scheme isn't ws or wss"],
    ["ftp://localhost", "ftp://localhost isn't a valid URI: scheme isn't ws or wss"],
    ["ws://", "ws:// isn't a valid URI: it cannot be parsed"],
    ["ws://a b/", "ws://a b/ isn't a valid URI: it cannot be parsed"],
    ["ws://localhost:65536", "ws://localhost:65536 isn't a valid URI: it cannot be parsed"],
    [
      "ws://localhost/#a",
      "ws://localhost/#a isn't a valid URI: fragment identifier is meaningless",
    ],
    ["ws://localhost/#", "ws://localhost/# isn't a valid URI: fragment identifier is meaningless"],
    [
      "ws://a:%zz-secret@localhost",
      "ws://a:***@localhost isn't a valid URI: username or password has an invalid percent-encoding",
    ],
    [
      "ws://localhost/a\r\nb",
      "ws://localhost/a\r\nb isn't a valid URI: CR, LF and NUL are not allowed",
    ],
    [
      "ws://a:sec\nret@localhost/",
      "ws://a:***@localhost/ isn't a valid URI: CR, LF and NUL are not allowed",
    ],
    ["ws://localhost/\0", "ws://localhost/\0 isn't a valid URI: CR, LF and NUL are not allowed"],
    ["ws://a:secret@b c", "ws://a:***@b c isn't a valid URI: it cannot be parsed"],
  ];
  for (const [uri, message] of cases) {
    test(JSON.stringify(uri), () => {
      assert.throws(
        () => parseUri(uri),
        (error) => {
          assert.ok(error instanceof InvalidURI);
          assert.equal(error.message, message);
          assert.doesNotMatch(inspect(error), /secret/);
          return true;
        },
      );
    });
  }

  test("what is neither a string nor a URL", () => {
    for (const uri of [undefined, null, 1, {}]) {
      assert.throws(() => parseUri(uri as unknown as string), {
        name: "TypeError",
        message: `invalid URL of type ${typeof uri}: a string or a URL is expected`,
      });
    }
  });
});
