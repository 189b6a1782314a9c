import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { describe, test } from "node:test";
import { statusText } from "../../src/http/status.ts";

describe("statusText()", () => {
  test("says what node:http says, but where RFC 9110 has renamed a status", () => {
    const renamed: Readonly<Record<string, string>> = {
      413: "Content Too Large",
      422: "Unprocessable Content",
    };
    for (let status = 100; status < 600; status += 1) {
      const text = statusText(status);
      if (text !== "") assert.equal(text, renamed[status] ?? STATUS_CODES[status]);
    }
  });

  test("knows every status that an opening answers", () => {
    for (const status of [101, 200, 400, 401, 403, 404, 405, 414, 426, 431, 500, 503, 505]) {
      assert.notEqual(statusText(status), "");
    }
  });

  test("is empty for a status that it does not know", () => {
    assert.equal(statusText(299), "");
    assert.equal(statusText(999), "");
  });
});
