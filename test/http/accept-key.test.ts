import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { acceptKey, isKey, makeKey } from "../../src/http/accept-key.ts";

describe("acceptKey()", () => {
  const cases: [key: string, accept: string][] = [
    // RFC 6455 §1.3
    ["dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    // From a transcript of Python's websockets
    ["NXikLxfWnxf+ne2+P1c8qQ==", "9VJLQX9PhoL2sx4hvtfvuroaAmQ="],
  ];
  for (const [key, accept] of cases) test(key, () => assert.equal(acceptKey(key), accept));
});

describe("makeKey()", () => {
  test("makes a key of sixteen bytes", () => {
    const key = makeKey();
    assert.ok(isKey(key));
    assert.equal(Buffer.from(key, "base64").length, 16);
  });

  test("makes another one each time", () => {
    assert.equal(new Set(Array.from({ length: 100 }, makeKey)).size, 100);
  });
});

describe("isKey()", () => {
  const cases: [key: string, expected: boolean][] = [
    ["dGhlIHNhbXBsZSBub25jZQ==", true],
    ["+/+/+/+/+/+/+/+/+/+/+w==", true],
    ["", false],
    ["short", false],
    ["!!!!", false],
    ["dGhlIHNhbXBsZSBub25jZQ", false],
    ["dGhlIHNhbXBsZSBub25jZQ=", false],
    ["dGhlIHNhbXBsZSBub25jZQ===", false],
    ["dGhlIHNhbXBsZSBub25jZQ==\n", false],
    [" dGhlIHNhbXBsZSBub25jZQ==", false],
    ["dGhlIHNhbXBsZSBub25jZWE=", false],
    ["dGhlIHNhbXBsZSBub25jZWFi", false],
    ["dGhlIHNhbXBsZSBub25j-_==", false],
    ["dGhlIHNhbXBsZSBub25jZQ=A", false],
  ];
  for (const [key, expected] of cases) {
    test(`${JSON.stringify(key)}: ${expected}`, () => assert.equal(isKey(key), expected));
  }
});
