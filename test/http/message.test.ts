import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { RequestHead } from "../../src/http/head.ts";
import { HandshakeRequest, HandshakeResponse, type RequestOwner } from "../../src/http/message.ts";

const HEAD: RequestHead = {
  method: "GET",
  target: "/chat?room=1",
  version: "1.1",
  rawHeaders: [
    ["Host", "example.com:8765"],
    ["Cookie", "a=1"],
    ["Cookie", "b=2"],
  ],
};

function owner(values: Partial<RequestOwner> = {}): RequestOwner {
  return { secure: false, remoteAddress: null, signal: new AbortController().signal, ...values };
}

function requestOf(
  head: Partial<RequestHead> = {},
  values?: Partial<RequestOwner>,
): HandshakeRequest {
  return new HandshakeRequest({ ...HEAD, ...head }, owner(values));
}

describe("HandshakeRequest", () => {
  test("has method, path, version and raw headers of the head", () => {
    const request = requestOf();
    assert.equal(request.method, "GET");
    assert.equal(request.path, "/chat?room=1");
    assert.equal(request.version, "1.1");
    assert.deepEqual(request.rawHeaders, HEAD.rawHeaders);
  });

  test("makes headers and url once", () => {
    const request = requestOf();
    assert.equal(request.headers.get("cookie"), "a=1; b=2");
    assert.equal(request.headers, request.headers);
    assert.equal(request.url.searchParams.get("room"), "1");
    assert.equal(request.url, request.url);
  });

  test("asks its owner for the address and the signal each time", () => {
    const { signal } = new AbortController();
    const address = { address: "::1", port: 1, family: "IPv6" };
    let asked = 0;
    const request = new HandshakeRequest(HEAD, {
      secure: false,
      remoteAddress: address,
      get signal() {
        asked += 1;
        return signal;
      },
    });
    assert.equal(asked, 0);
    assert.equal(request.remoteAddress, address);
    assert.equal(request.signal, signal);
    assert.equal(request.signal, signal);
    assert.equal(asked, 2);
  });

  test("keeps everything when it is packed", () => {
    const request = requestOf();
    const { url } = request;
    request.pack();
    request.pack();
    assert.deepEqual(request.rawHeaders, HEAD.rawHeaders);
    assert.equal(request.headers.get("host"), "example.com:8765");
    assert.equal(request.url, url);
    const packed = requestOf();
    packed.pack();
    assert.equal(packed.url.href, url.href);
  });

  test("becomes a WHATWG Request", () => {
    const controller = new AbortController();
    const request = requestOf({}, { secure: true, signal: controller.signal }).toRequest();
    assert.ok(request instanceof Request);
    assert.equal(request.method, "GET");
    assert.equal(request.url, "https://example.com:8765/chat?room=1");
    assert.equal(request.headers.get("host"), "example.com:8765");
    controller.abort();
    assert.equal(request.signal.aborted, true);
  });

  test("becomes a WHATWG Request with GET for what such a Request may not be", () => {
    for (const method of ["CONNECT", "TRACE", "TRACK", "trace"]) {
      assert.equal(requestOf({ method }).toRequest().method, "GET");
    }
    assert.equal(requestOf({ method: "POST" }).toRequest().method, "POST");
  });

  const urls: [
    name: string,
    host: string[],
    target: string,
    secure: boolean,
    url: string,
    path?: string,
  ][] = [
    ["plain", ["h"], "/a?b", false, "http://h/a?b"],
    ["secure", ["h"], "/a?b", true, "https://h/a?b"],
    ["the default port", ["h:80"], "/", false, "http://h/"],
    ["another port", ["h:80"], "/", true, "https://h:80/"],
    ["IPv6", ["[::1]:8765"], "/", false, "http://[::1]:8765/"],
    ["a path that looks like a host", ["h"], "//evil/a", false, "http://h//evil/a"],
    ["a path with dots", ["h"], "/a/../b", false, "http://h/b"],
    ["a path with backslashes", ["h"], "/\\evil", false, "http://h//evil"],
    ["an asterisk", ["h"], "*", false, "http://h/"],
    ["an authority", ["h"], "i:80", false, "http://h/"],
    ["no Host", [], "/a", false, "http://host.invalid/a"],
    ["an empty Host", [""], "/a", false, "http://host.invalid/a"],
    ["a Host with a user", ["u@h"], "/a", false, "http://host.invalid/a"],
    ["a Host with a path", ["h/x?"], "/a", false, "http://host.invalid/a"],
    ["a Host that is no number", ["1.2.3.999"], "/a", false, "http://host.invalid/a"],
    ["two Hosts", ["h", "i"], "/a", false, "http://h/a"],
    ["an absolute target", ["h"], "http://I:81/a?b", true, "https://i:81/a?b", "/a?b"],
    ["an absolute target without a path", ["h"], "HTTPS://i", false, "http://i/", "/"],
    ["an absolute target with a query alone", ["h"], "http://i?b", false, "http://i/?b", "/?b"],
    [
      "an absolute target with a bad host",
      ["h"],
      "http://u@i/a",
      false,
      "http://host.invalid/a",
      "/a",
    ],
  ];
  for (const [name, hosts, target, secure, url, path = target] of urls) {
    test(`has a url for ${name}`, () => {
      const rawHeaders = hosts.map((host): [string, string] => ["Host", host]);
      const request = requestOf({ target, rawHeaders }, { secure });
      assert.equal(request.url.href, url);
      assert.equal(request.path, path);
      assert.equal(request.toRequest().url, url);
    });
  }

  test("has a url for HTTP/2, whose authority goes before Host", () => {
    const rawHeaders: [string, string][] = [
      [":method", "CONNECT"],
      [":authority", "h:8765"],
      ["host", "i"],
    ];
    const request = requestOf({ method: "CONNECT", version: "2", rawHeaders });
    assert.equal(request.url.href, "http://h:8765/chat?room=1");
    assert.deepEqual([...request.headers], [["host", "i"]]);
    assert.equal(request.toRequest().method, "GET");
  });

  test("never throws, whatever the peer sent", () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)),
    });
    const target = fc.oneof(
      text,
      text.map((part) => `/${part}`),
      text.map((part) => `http://${part}`),
    );
    fc.assert(
      fc.property(target, text, fc.array(fc.tuple(text, text)), (where, host, rawHeaders) => {
        const raw: [string, string][] = [["Host", host], ...rawHeaders];
        const request = requestOf({ target: where, rawHeaders: raw });
        request.pack();
        assert.deepEqual(request.rawHeaders, raw);
        assert.ok(request.headers instanceof Headers);
        assert.match(request.url.href, /^http:\/\/[^/@]+\//);
        assert.ok(request.toRequest() instanceof Request);
      }),
      { numRuns: 500 },
    );
  });
});

describe("HandshakeResponse", () => {
  const head = {
    status: 401,
    statusText: "Unauthorized",
    rawHeaders: [["WWW-Authenticate", "Basic"]],
  } as const;

  test("has status, text, headers and body", () => {
    const body = new Uint8Array([1]);
    const response = new HandshakeResponse(head, body);
    assert.equal(response.status, 401);
    assert.equal(response.statusText, "Unauthorized");
    assert.deepEqual(response.rawHeaders, head.rawHeaders);
    assert.equal(response.headers.get("www-authenticate"), "Basic");
    assert.equal(response.headers, response.headers);
    assert.equal(response.body, body);
  });

  test("has an empty body when none is given", () => {
    assert.deepEqual(new HandshakeResponse(head).body, new Uint8Array(0));
  });

  test("keeps everything when it is packed", () => {
    const response = new HandshakeResponse(head);
    response.pack();
    response.pack();
    assert.deepEqual(response.rawHeaders, head.rawHeaders);
    assert.equal(response.headers.get("www-authenticate"), "Basic");
  });
});
