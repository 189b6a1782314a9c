import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvalidOrigin } from "../../src/http/errors.ts";
import { checkOrigin, isHostAllowed, isLoopback, type Origins } from "../../src/server/origin.ts";
import { dialRaw, request } from "../support/raw-peer.ts";
import { echo, start } from "../support/server.ts";

const isAllowed = (origin: string | null, host: string | null, origins: Origins): boolean => {
  try {
    checkOrigin(origin, host, origins);
    return true;
  } catch (error) {
    assert.ok(error instanceof InvalidOrigin);
    assert.equal(error.value, origin);
    return false;
  }
};

describe('origins: "same-origin"', () => {
  const rows: [string | null, string | null, boolean][] = [
    [null, "example.com", true],
    [null, null, true],
    ["http://example.com", "example.com", true],
    ["http://EXAMPLE.com", "example.COM", true],
    ["http://example.com", "example.com:80", true],
    ["http://example.com:80", "example.com", true],
    ["http://example.com:8080", "example.com:8080", true],
    ["https://example.com", "example.com", true],
    ["https://example.com", "example.com:443", true],
    ["https://example.com:443", "example.com", true],
    ["https://example.com", "example.com:80", false],
    ["http://example.com", "example.com:443", false],
    ["http://example.com:8080", "example.com", false],
    ["http://example.com", "example.com:8080", false],
    ["http://evil.example", "example.com", false],
    ["http://example.com.evil.example", "example.com", false],
    ["http://evil-example.com", "example.com", false],
    ["http://sub.example.com", "example.com", false],
    ["http://example.com@evil.example", "example.com", false],
    ["null", "example.com", false],
    ["", "example.com", false],
    ["example.com", "example.com", false],
    ["file://", "example.com", false],
    ["file://example.com", "example.com", false],
    ["chrome-extension://example.com", "example.com", false],
    ["ws://example.com", "example.com", false],
    ["http://example.com, http://evil.example", "example.com", false],
    ["http://example.com", null, false],
    ["http://example.com", "a b", false],
    ["http://[2001:db8::1]:80", "[2001:DB8:0::1]", true],
    ["http://[2001:db8::1]", "[2001:db8::2]", false],
    ["http://bücher.example", "xn--bcher-kva.example", true],
    // Loopback names all mean this machine, whatever the port.
    ["http://localhost:3000", "localhost:8765", true],
    ["http://localhost:3000", "127.0.0.1:8765", true],
    ["http://127.0.0.1:3000", "[::1]:8765", true],
    ["http://app.localhost", "localhost:8765", true],
    ["http://localhost:3000", "example.com", false],
    ["http://evil.example", "localhost:8765", false],
    ["http://localhost.evil.example", "localhost:8765", false],
    ["http://127.0.0.1.evil.example", "127.0.0.1", false],
  ];
  for (const [origin, host, allowed] of rows) {
    test(`${origin} at ${host}: ${allowed ? "in" : "out"}`, () => {
      assert.equal(isAllowed(origin, host, "same-origin"), allowed);
    });
  }
});

describe("origins as a list, or any", () => {
  const rows: [string | null, Origins, boolean][] = [
    ["https://a.example", ["https://a.example"], true],
    ["https://a.example", ["https://b.example", "https://a.example"], true],
    ["https://a.example:443", ["https://a.example"], false],
    ["https://A.example", ["https://a.example"], false],
    ["https://a.example", [], false],
    [null, [], false],
    [null, ["https://a.example"], false],
    [null, [null], true],
    ["https://a.example", [null], false],
    ["null", [null], false],
    ["null", ["null"], true],
    ["https://x.a.example", [/https:\/\/.*\.a\.example/], true],
    ["https://x.a.example.evil", [/https:\/\/.*\.a\.example/], false],
    ["evil https://x.a.example", [/https:\/\/.*\.a\.example/], false],
    ["https://x.a.example", [/https:\/\/.*\.a\.example/g], true],
    ["https://x.a.example", [/https:\/\/.*\.a\.example/y], true],
    ["HTTPS://X.A.EXAMPLE", [/https:\/\/.*\.a\.example/i], true],
    [null, [/.*/], false],
    ["https://evil.example", "any", true],
    [null, "any", true],
    ["what is no origin", "any", true],
  ];
  for (const [origin, origins, allowed] of rows) {
    test(`${origin} of ${Array.isArray(origins) ? `[${origins.map(String)}]` : origins}: ${allowed ? "in" : "out"}`, () => {
      assert.equal(isAllowed(origin, "example.com", origins), allowed);
      // The same again: a pattern keeps no state.
      assert.equal(isAllowed(origin, "example.com", origins), allowed);
    });
  }
});

describe("hosts", () => {
  const rows: [string | null, readonly string[] | undefined, boolean, boolean][] = [
    // [Host, option, on a loopback address, allowed]
    ["example.com", undefined, false, true],
    ["what is none", undefined, false, true],
    ["localhost", undefined, true, true],
    ["LOCALHOST:8765", undefined, true, true],
    ["app.localhost", undefined, true, true],
    ["127.0.0.1:8765", undefined, true, true],
    ["127.1.2.3", undefined, true, true],
    ["[::1]:8765", undefined, true, true],
    ["192.168.1.5", undefined, true, true],
    ["[2001:db8::1]", undefined, true, true],
    ["rebinding.evil.example", undefined, true, false],
    ["localhost.evil.example", undefined, true, false],
    ["127.0.0.1.evil.example", undefined, true, false],
    ["localhost.", undefined, true, false],
    ["a b", undefined, true, false],
    [null, undefined, true, true],
    ["example.com", ["example.com"], true, true],
    ["Example.COM:8080", ["example.com"], false, true],
    ["example.com:8080", ["EXAMPLE.com:8080"], false, true],
    ["example.com:8081", ["example.com:8080"], false, false],
    ["example.com", ["example.com:8080"], false, false],
    ["localhost", ["example.com"], true, false],
    ["127.0.0.1", ["example.com"], true, false],
    ["sub.example.com", ["example.com"], false, false],
    ["[::1]:80", ["[::1]"], false, true],
    ["anything", [], false, false],
    [null, ["example.com"], false, false],
  ];
  for (const [header, hosts, onLoopback, allowed] of rows) {
    test(`${header} with ${hosts === undefined ? "no option" : `[${hosts}]`}${onLoopback ? ", on loopback" : ""}: ${allowed ? "in" : "out"}`, () => {
      assert.equal(isHostAllowed(header, hosts, onLoopback), allowed);
    });
  }
});

test("isLoopback() knows the names of this machine", () => {
  for (const name of ["localhost", "a.localhost", "127.0.0.1", "127.255.0.1", "::1", "[::1]"]) {
    assert.equal(isLoopback(name), true, name);
  }
  for (const name of [
    "",
    "local",
    "localhost.com",
    "128.0.0.1",
    "127.0.0.1.com",
    "::2",
    "1127.0.0.1",
  ]) {
    assert.equal(isLoopback(name), false, name);
  }
});

test("a page that has rebound its name to this machine is refused, with a line that names the option", async (t) => {
  const { port, log } = await start(t, echo as never);
  const peer = await dialRaw(port);
  peer.write(request({ Host: "evil.example", Origin: "http://evil.example" }));
  const { status, body } = await peer.head();
  assert.equal(status, 403);
  assert.doesNotMatch(body, /evil/);
  assert.deepEqual(log.texts("info").slice(1), [
    "host evil.example is not allowed by the option hosts",
    "connection rejected (403 Forbidden)",
  ]);
});

test("an origin that is refused is named at INFO, without what could forge a line", async (t) => {
  const { port, log } = await start(t, echo as never, { origins: ["https://a.example"] });
  const peer = await dialRaw(port);
  peer.write(request({ Origin: `https://evil.example\x85${"x".repeat(1000)}` }));
  assert.equal((await peer.head()).status, 403);
  const [line = ""] = log.texts("info").slice(1);
  assert.match(
    line,
    /^origin https:\/\/evil\.example\\x85x+.* is not allowed by the option origins \(a list\)$/,
  );
  assert.ok(line.length < 400);
  const fault = log.lines.find(({ text }) => text === "! invalid origin");
  assert.match(
    String(fault?.error),
    /^InvalidOrigin: invalid Origin header: https:\/\/evil\.example\\x85x+/,
  );
});

test("on all interfaces every Host may come in", async (t) => {
  const { server } = await start(t, echo as never, { host: "0.0.0.0" });
  const [address] = server.addresses;
  const peer = await dialRaw((address as { port: number }).port);
  peer.write(request({ Host: "any.example" }));
  assert.equal((await peer.head()).status, 101);
});
