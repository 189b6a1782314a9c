import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  type Credentials,
  parseBasic,
  parseBearer,
  serialiseBasic,
  serialiseBearer,
} from "../../src/http/credentials.ts";

const base64 = (text: string, encoding: BufferEncoding = "utf8"): string =>
  Buffer.from(text, encoding).toString("base64");

describe("parseBasic()", () => {
  const cases: [value: string, credentials: Credentials | null][] = [
    // RFC 7617 §2, §2.1
    ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", { username: "Aladdin", password: "open sesame" }],
    ["Basic dGVzdDoxMjPCow==", { username: "test", password: "123£" }],
    [`Basic ${base64("test:123\xa3", "latin1")}`, { username: "test", password: "123£" }],
    ["bAsIc   QTpi", { username: "A", password: "b" }],
    ["Basic QTpi", { username: "A", password: "b" }],
    ["Basic YTpiYw==", { username: "a", password: "bc" }],
    ["Basic YTpiYw", { username: "a", password: "bc" }],
    [`Basic ${base64(":")}`, { username: "", password: "" }],
    [`Basic ${base64("a:b:c")}`, { username: "a", password: "b:c" }],
    [`Basic ${base64("\ufeffa:b")}`, { username: "\ufeffa", password: "b" }],
    ["Basic YTpiYw=", null],
    ["Basic YTpi=", null],
    ["Basic YTpi====", null],
    ["Basic YTpiY", null],
    ["Basic YT=pi", null],
    ["Basic YTpi YTpi", null],
    ["Basic YTp-_w==", null],
    ["Basic", null],
    ["Basic ", null],
    [" Basic QTpi", null],
    ["Basic\tQTpi", null],
    ["BasicQTpi", null],
    ["Bearer QTpi", null],
    ["", null],
    [`Basic ${base64("no colon")}`, null],
    [`Basic ${base64("a:b\r\nc")}`, null],
    [`Basic ${base64("a\t:b")}`, null],
  ];
  for (const [value, credentials] of cases) {
    test(JSON.stringify(value), () => assert.deepEqual(parseBasic(value), credentials));
  }

  test("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseBasic(text);
        parseBasic(`Basic ${text}`);
        parseBasic(`Basic ${base64(text)}`);
      }),
    );
  });
});

describe("serialiseBasic()", () => {
  test("writes UTF-8 in base64", () => {
    assert.equal(
      serialiseBasic({ username: "Aladdin", password: "open sesame" }),
      "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    );
    assert.equal(serialiseBasic({ username: "test", password: "123£" }), "Basic dGVzdDoxMjPCow==");
  });

  const bad: [credentials: Credentials, message: string][] = [
    [{ username: "a:b", password: "secret" }, "invalid username: a colon is not allowed"],
    [
      { username: "a\n", password: "secret" },
      "invalid username: no control characters are allowed",
    ],
    [
      { username: "a", password: "secret\t" },
      "invalid password: no control characters are allowed",
    ],
  ];
  for (const [credentials, message] of bad) {
    test(`refuses ${JSON.stringify(credentials)}`, () => {
      assert.throws(() => serialiseBasic(credentials), { name: "TypeError", message });
    });
  }

  test("is undone by parseBasic()", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, text, (username, password) => {
        fc.pre(!username.includes(":") && !/[\0-\x1f\x7f]/.test(username + password));
        const credentials = { username, password };
        assert.deepEqual(parseBasic(serialiseBasic(credentials)), credentials);
      }),
    );
  });
});

describe("parseBearer() and serialiseBearer()", () => {
  const cases: [value: string, token: string | null][] = [
    ["Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"],
    ["bearer  a~+/==", "a~+/=="],
    ["Bearer", null],
    ["Bearer ", null],
    ["Bearer ==", null],
    ["Bearer a=b", null],
    ["Bearer a b", null],
    ["Bearer a,b", null],
    ["Bearer \xe9", null],
    ["Basic a", null],
    ["", null],
  ];
  for (const [value, token] of cases) {
    test(`read ${JSON.stringify(value)}`, () => {
      assert.equal(parseBearer(value), token);
      if (token !== null) assert.equal(parseBearer(serialiseBearer(token)), token);
    });
  }

  for (const token of ["", "=", "secret token", "secret\r\n", "secr=et"]) {
    test(`refuse ${JSON.stringify(token)}`, () => {
      assert.throws(() => serialiseBearer(token), {
        name: "TypeError",
        message: "invalid token: letters, digits and -._~+/ are allowed, then =",
      });
    });
  }
});
