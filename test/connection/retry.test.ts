/** What a failure says about the next attempt. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TimeoutError } from "../../src/connection/deadline.ts";
import { processException, restAfterClose, retryAfter } from "../../src/connection/retry.ts";
import {
  InvalidMessage,
  InvalidProxyMessage,
  InvalidURI,
  NegotiationError,
  ProxyError,
  SecurityError,
} from "../../src/http/errors.ts";
import type { RawHeaders } from "../../src/http/headers.ts";
import { InvalidProxyStatus, InvalidStatus } from "../../src/http/invalid-status.ts";
import { HandshakeResponse } from "../../src/http/message.ts";

function answer(status: number, ...rawHeaders: RawHeaders): HandshakeResponse {
  return new HandshakeResponse({ status, statusText: "", rawHeaders });
}

function withCode(code: unknown, message = "it failed"): Error {
  return Object.assign(new Error(message), { code });
}

describe("processException()", () => {
  const passing: readonly (readonly [name: string, error: unknown])[] = [
    ...[429, 500, 502, 503, 504].map(
      (status) => [`status ${status}`, new InvalidStatus(answer(status))] as const,
    ),
    ...[
      "ECONNREFUSED",
      "ENOTFOUND",
      "EAI_AGAIN",
      "ENOENT",
      "ECONNRESET",
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "UND_ERR_CONNECT_TIMEOUT",
    ].map((code) => [code, withCode(code)] as const),
    ["our timeout", new TimeoutError("timed out during opening handshake")],
    ["the platform's timeout", new DOMException("late", "TimeoutError")],
    [
      "a connection lost before the response",
      new InvalidMessage("response", { cause: withCode("ECONNRESET") }),
    ],
    [
      "what fetch() rejects with when there is no network",
      new TypeError("fetch failed", { cause: withCode("ENOTFOUND") }),
    ],
  ];
  for (const [name, error] of passing) {
    test(`tries again after ${name}`, () => {
      assert.equal(processException(error), null);
    });
  }

  const loop = new Error("its own cause");
  loop.cause = loop;
  const fatal: readonly (readonly [name: string, error: unknown])[] = [
    ...[200, 302, 400, 401, 403, 404, 426, 501, 505].map(
      (status) => [`status ${status}`, new InvalidStatus(answer(status))] as const,
    ),
    ["a proxy that answers 503", new InvalidProxyStatus(answer(503))],
    ["a proxy that answers rubbish", new InvalidProxyMessage({ cause: withCode("ECONNRESET") })],
    ["a SOCKS proxy that refuses", new ProxyError("no", { cause: withCode("ECONNREFUSED") })],
    ["a response that is none", new InvalidMessage("response", { cause: new SyntaxError("no") })],
    ["too many redirects", new SecurityError("more than 10 redirects")],
    ["an address that is none", new InvalidURI("x", "it cannot be parsed")],
    ["no agreement", new NegotiationError("no extensions supported")],
    ["a wrong argument", new TypeError("no")],
    [
      "a wrong argument of Node's",
      Object.assign(new TypeError("no"), { code: "ERR_INVALID_ARG_TYPE" }),
    ],
    ["an abort", new DOMException("stop", "AbortError")],
    ["an error of the application", new Error("no token")],
    ["an error whose cause is itself", loop],
    ["what is no error", "ECONNREFUSED"],
    ["null that was thrown as an object's code", { code: null }],
  ];
  for (const [name, error] of fatal) {
    test(`gives up after ${name}`, () => {
      assert.equal(processException(error), error);
    });
  }
});

describe("Retry-After", () => {
  const now = Date.parse("Sun, 22 Nov 2026 12:00:00 GMT");
  const date = (text: string): RawHeaders[number] => ["Retry-After", text];
  const cases: readonly (readonly [name: string, headers: RawHeaders, delay: number])[] = [
    ["seconds", [date("120")], 120_000],
    ["no seconds", [date("0")], 0],
    ["white space about it", [date("  7 ")], 7000],
    ["more than a timer takes", [date("99999999999999999999")], 0x7fff_ffff],
    ["a date", [date("Sun, 22 Nov 2026 12:01:30 GMT")], 90_000],
    ["a date of RFC 850", [date("Sunday, 22-Nov-26 12:00:10 GMT")], 10_000],
    ["a date of asctime()", [date("Sun Nov 22 12:00:20 2026")], 20_000],
    ["a date of asctime() with one digit", [date("Tue Dec  1 12:00:00 2026")], 9 * 86_400_000],
    ["a date that has passed", [date("Sun, 22 Nov 2026 11:00:00 GMT")], 0],
    ["a date far away", [date("Fri, 22 Nov 2126 11:00:00 GMT")], 0x7fff_ffff],
    [
      "a date beside the server's clock, which is an hour behind",
      [date("Sun, 22 Nov 2026 11:00:30 GMT"), ["Date", "Sun, 22 Nov 2026 11:00:00 GMT"]],
      30_000,
    ],
    [
      "a date beside a Date that is none",
      [date("Sun, 22 Nov 2026 12:00:05 GMT"), ["Date", "now"]],
      5000,
    ],
    ["none", [], 0],
    ["a fraction", [date("1.5")], 0],
    ["less than nothing", [date("-5")], 0],
    ["words", [date("soon")], 0],
    ["a date of another kind", [date("2026-11-22T12:01:00Z")], 0],
    ["a date that is in no calendar", [date("Xyz, 99 Foo 2026 99:99:99 GMT")], 0],
    ["two of them", [date("1"), date("2")], 0],
  ];
  for (const [name, headers, delay] of cases) {
    test(`of an answer: ${name}`, () => {
      assert.equal(retryAfter(new InvalidStatus(answer(503, ...headers)), now), delay);
    });
  }

  test("of whatever is no answer of a server is none", () => {
    assert.equal(retryAfter(new Error("no"), now), 0);
    assert.equal(retryAfter(new InvalidProxyStatus(answer(503, date("5"))), now), 0);
  });
});

describe("a close code", () => {
  test("1012 wants 5 to 30 seconds of rest", () => {
    assert.equal(
      restAfterClose(1012, () => 0),
      5000,
    );
    assert.equal(
      restAfterClose(1012, () => 0.5),
      17_500,
    );
    assert.equal(
      restAfterClose(1012, () => 1),
      30_000,
    );
  });

  test("1013 wants 30 to 90 seconds of rest", () => {
    assert.equal(
      restAfterClose(1013, () => 0),
      30_000,
    );
    assert.equal(
      restAfterClose(1013, () => 1),
      90_000,
    );
  });

  test("of another kind, or none, wants nothing", () => {
    for (const code of [undefined, 1000, 1001, 1005, 1008, 1011, 1014, 4000]) {
      assert.equal(
        restAfterClose(code, () => 1),
        0,
      );
    }
  });
});
