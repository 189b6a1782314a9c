import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { WebSocketError } from "../../src/error.ts";
import * as errors from "../../src/http/errors.ts";
import { InvalidProxyStatus, InvalidStatus } from "../../src/http/invalid-status.ts";
import { HandshakeResponse } from "../../src/http/message.ts";

const response = new HandshakeResponse({ status: 418, statusText: "I'm a teapot", rawHeaders: [] });
const cause = new SyntaxError("why");

const CASES: [
  error: WebSocketError,
  parent: new (...args: never[]) => WebSocketError,
  code: string,
  message: string,
][] = [
  [new errors.InvalidHandshake("text"), WebSocketError, "INVALID_HANDSHAKE", "text"],
  [new errors.SecurityError("text"), errors.InvalidHandshake, "SECURITY", "text"],
  [
    new errors.RequestLineTooLong(9),
    errors.SecurityError,
    "REQUEST_LINE_TOO_LONG",
    "request line too long; expected no more than 9 bytes",
  ],
  [
    new errors.StatusLineTooLong(9),
    errors.SecurityError,
    "STATUS_LINE_TOO_LONG",
    "status line too long; expected no more than 9 bytes",
  ],
  [
    new errors.HeaderLineTooLong(9),
    errors.SecurityError,
    "HEADER_LINE_TOO_LONG",
    "header line too long; expected no more than 9 bytes",
  ],
  [
    new errors.TooManyHeaders(128),
    errors.SecurityError,
    "TOO_MANY_HEADERS",
    "expected no more than 128 headers",
  ],
  [
    new errors.InvalidMessage("request", { cause }),
    errors.InvalidHandshake,
    "INVALID_MESSAGE",
    "did not receive a valid HTTP request",
  ],
  [
    new errors.InvalidMessage("response", { cause }),
    errors.InvalidHandshake,
    "INVALID_MESSAGE",
    "did not receive a valid HTTP response",
  ],
  [
    new errors.InvalidMethod("POST"),
    errors.InvalidHandshake,
    "INVALID_METHOD",
    "unsupported HTTP method: POST",
  ],
  [
    new errors.InvalidProtocol("1.0"),
    errors.InvalidHandshake,
    "INVALID_PROTOCOL",
    "unsupported HTTP version: HTTP/1.0",
  ],
  [
    new InvalidStatus(response),
    errors.InvalidHandshake,
    "INVALID_STATUS",
    "server rejected WebSocket connection: HTTP 418",
  ],
  [new errors.InvalidHeader("N"), errors.InvalidHandshake, "INVALID_HEADER", "missing N header"],
  [new errors.InvalidHeader("N", ""), errors.InvalidHandshake, "INVALID_HEADER", "empty N header"],
  [
    new errors.InvalidHeader("N", "V", { cause }),
    errors.InvalidHandshake,
    "INVALID_HEADER",
    "invalid N header: V",
  ],
  [
    new errors.InvalidHeaderFormat("Connection", "expected token", "???", 0),
    errors.InvalidHeader,
    "INVALID_HEADER_FORMAT",
    "invalid Connection header: expected token at 0 in ???",
  ],
  [
    new errors.InvalidHeaderValue("Sec-WebSocket-Key", "short"),
    errors.InvalidHeader,
    "INVALID_HEADER_VALUE",
    "invalid Sec-WebSocket-Key header: short",
  ],
  [new errors.InvalidOrigin(null), errors.InvalidHeader, "INVALID_ORIGIN", "missing Origin header"],
  [
    new errors.InvalidOrigin("http://evil.example"),
    errors.InvalidHeader,
    "INVALID_ORIGIN",
    "invalid Origin header: http://evil.example",
  ],
  [
    new errors.InvalidUpgrade("Upgrade", null),
    errors.InvalidHeader,
    "INVALID_UPGRADE",
    "missing Upgrade header",
  ],
  [
    new errors.NegotiationError("missing subprotocol"),
    errors.InvalidHandshake,
    "NEGOTIATION",
    "missing subprotocol",
  ],
  [
    new errors.DuplicateParameter("n"),
    errors.NegotiationError,
    "DUPLICATE_PARAMETER",
    "duplicate parameter: n",
  ],
  [
    new errors.InvalidParameterName("n"),
    errors.NegotiationError,
    "INVALID_PARAMETER_NAME",
    "invalid parameter name: n",
  ],
  [
    new errors.InvalidParameterValue("n", null),
    errors.NegotiationError,
    "INVALID_PARAMETER_VALUE",
    "missing value for parameter n",
  ],
  [
    new errors.InvalidParameterValue("n", ""),
    errors.NegotiationError,
    "INVALID_PARAMETER_VALUE",
    "empty value for parameter n",
  ],
  [
    new errors.InvalidParameterValue("n", "v"),
    errors.NegotiationError,
    "INVALID_PARAMETER_VALUE",
    "invalid value for parameter n: v",
  ],
  [new errors.ProxyError("text"), errors.InvalidHandshake, "PROXY", "text"],
  [
    new errors.InvalidProxyMessage({ cause }),
    errors.ProxyError,
    "INVALID_PROXY_MESSAGE",
    "did not receive a valid HTTP response from proxy",
  ],
  [
    new InvalidProxyStatus(response),
    errors.ProxyError,
    "INVALID_PROXY_STATUS",
    "proxy rejected connection: HTTP 418",
  ],
  [
    new errors.InvalidURI("x", "scheme isn't ws or wss"),
    WebSocketError,
    "INVALID_URI",
    "x isn't a valid URI: scheme isn't ws or wss",
  ],
  [
    new errors.InvalidProxy("x", "it has no host"),
    WebSocketError,
    "INVALID_PROXY",
    "x isn't a valid proxy: it has no host",
  ],
];

describe("Each error of the handshake has its name, parent, code and sentence:", () => {
  for (const [error, parent, code, message] of CASES) {
    test(`${error.name}: ${message}`, () => {
      assert.equal(error.name, error.constructor.name);
      assert.equal(Object.getPrototypeOf(error.constructor), parent);
      assert.ok(error instanceof parent && error instanceof WebSocketError);
      assert.equal(error.code, `ERR_WEBSOCKET_${code}`);
      assert.equal(error.message, message);
    });
  }

  test("no class is left out, and no two have one code", () => {
    const tested = new Set(CASES.map(([error]) => error.constructor));
    for (const [name, value] of Object.entries(errors)) {
      assert.ok(tested.has(value as never), `${name} has no case`);
    }
    const codes = new Set([...tested].map((value) => (value as typeof WebSocketError).code));
    assert.equal(codes.size, tested.size);
  });
});

describe("Errors of the handshake carry their data:", () => {
  test("limits", () => {
    assert.equal(new errors.RequestLineTooLong(9).limit, 9);
    assert.equal(new errors.StatusLineTooLong(9).limit, 9);
    assert.equal(new errors.HeaderLineTooLong(9).limit, 9);
    assert.equal(new errors.TooManyHeaders(9).limit, 9);
  });

  test("method and version", () => {
    assert.equal(new errors.InvalidMethod("POST").method, "POST");
    assert.equal(new errors.InvalidProtocol("1.0").version, "1.0");
  });

  test("header, value, position and cause", () => {
    const error = new errors.InvalidHeader("N", "V", { cause });
    assert.deepEqual([error.header, error.value, error.cause], ["N", "V", cause]);
    const format = new errors.InvalidHeaderFormat("N", "expected token", "a b", 2);
    assert.deepEqual([format.header, format.position], ["N", 2]);
  });

  test("parameter and value", () => {
    assert.equal(new errors.DuplicateParameter("n").parameter, "n");
    assert.equal(new errors.InvalidParameterName("n").parameter, "n");
    const { parameter, value } = new errors.InvalidParameterValue("n", "v");
    assert.deepEqual([parameter, value], ["n", "v"]);
  });

  test("response", () => {
    assert.equal(new InvalidStatus(response).response, response);
    assert.equal(new InvalidProxyStatus(response).response, response);
  });

  test("cause", () => {
    assert.equal(new errors.InvalidMessage("request", { cause }).cause, cause);
    assert.equal(new errors.InvalidProxyMessage({ cause }).cause, cause);
    assert.ok(!("cause" in new errors.InvalidMessage("request")));
  });
});

describe("InvalidURI and InvalidProxy hide passwords:", () => {
  const cases: [uri: string, shown: string][] = [
    ["ws://host/path", "ws://host/path"],
    ["ws://host:80/path", "ws://host:80/path"],
    ["ws://host:80/p@q", "ws://host:80/p@q"],
    ["ws://host/a:b@c", "ws://host/a:b@c"],
    ["ws://user@host", "ws://user@host"],
    ["ws://user:secret@host", "ws://user:***@host"],
    ["ws://user:secret@host:80/a:b@c#d", "ws://user:***@host:80/a:b@c#d"],
    ["ws://:secret@host", "ws://:***@host"],
    ["ws://user:sec:ret@host?a", "ws://user:***@host?a"],
    ["ws://user:sec@ret@host", "ws://user:***@host"],
    ["ws://user:sec/ret@host/path", "ws://user:***@host/path"],
    ["ws://user:sec#ret@host", "ws://user:***@host"],
    ["user:secret@host", "user:***@host"],
    ["ws:user:secret@host", "ws:***@host"],
    ["ws:\\\\user:secret@host", "ws:***@host"],
    ["", ""],
  ];
  for (const [uri, shown] of cases) {
    test(JSON.stringify(uri), () => {
      const error = new errors.InvalidURI(uri, "text");
      assert.equal(error.uri, shown);
      assert.equal(error.message, `${shown} isn't a valid URI: text`);
      assert.equal(new errors.InvalidProxy(uri, "text").proxy, shown);
      assert.ok(!/secret|sec.ret/.test(inspect(error)));
    });
  }
});
