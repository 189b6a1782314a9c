/**
 * Our parser of heads, held against node:http's: whatever we accept, it accepts and reads in the same way. Where it
 * refuses what we accept, the cause is a rule that is not about heads, and stands in `KNOWN`.
 *
 * The other way round we are stricter, and `head.test.ts` has the cases: targets with a fragment or a user, or of a scheme
 * but http and https; more than one empty line before a request, and any before a response; a status below 100.
 *
 * FUZZ_RUNS says how many messages are tried.
 */
import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HeadParser } from "../../src/http/head.ts";
import { latin1 } from "./chunks.ts";
import { type NodeOutcome, readRequest, readResponse } from "./node-parser.ts";

function accept(kind: "request" | "response", bytes: Uint8Array): NodeOutcome | null {
  try {
    const head = new HeadParser(kind).push(bytes);
    if (head === null) return null;
    const first =
      "method" in head
        ? [head.method, head.target, head.version]
        : [head.version, head.status, head.statusText];
    return { first, rawHeaders: head.rawHeaders.map(([name, value]) => [name, value]) };
  } catch {
    return null;
  }
}

/** What node:http refuses and we accept: our opening refuses it by status, and needs the head to do so. */
const KNOWN: Readonly<Record<string, (first: readonly (string | number)[]) => boolean>> = {
  // It knows its methods by name; ours are any token, and the opening answers 405.
  HPE_INVALID_METHOD: ([method]) => !METHODS.includes(String(method)),
  // It knows 0.9, 1.0, 1.1 and 2.0; the opening answers 505 to all but 1.1.
  HPE_INVALID_VERSION: (first) => !/^(?:0\.9|1\.0|1\.1|2\.0)$/.test(String(first[2])),
};

const SPECIAL = '\r\n\t :;,/?#@[]%*"\\\0\x7f\x80\xa0\xe9\xffA0'.split("");

/** `text` with up to three of its characters changed, dropped or doubled, and others put in. */
function nearly(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(400),
    drop: fc.nat(2),
    put: fc.oneof(
      fc.constantFrom(...SPECIAL, "", "\r\n", "\r\n ", " \r\n", ": "),
      fc.string({ unit: fc.constantFrom(...SPECIAL), maxLength: 3 }),
    ),
  });
  return fc.tuple(text, fc.array(change, { maxLength: 3 })).map(([original, changes]) =>
    changes.reduce((changed, { at, drop, put }) => {
      const from = at % (changed.length + 1);
      return changed.slice(0, from) + put + changed.slice(from + drop);
    }, original),
  );
}

const byte = fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code));
const field = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(..."Aa-z09_!~"), minLength: 1, maxLength: 5 }),
    fc.constantFrom(":", ": ", ":\t "),
    fc.string({
      unit: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(..."ab ,\t") }, byte),
      maxLength: 6,
    }),
  )
  .map((parts) => `${parts.join("")}\r\n`);
const fields = fc.array(field, { maxLength: 4 }).map((lines) => `${lines.join("")}\r\n`);
const target = fc.oneof(
  fc.constantFrom("/", "*", "//h/a", "http://h", "https://[::1]:80/a?b", "HTTP://h.:1?b", "h:80"),
  fc.string({ unit: byte, maxLength: 5 }).map((text) => `/${text}`),
  fc.string({ unit: byte, maxLength: 5 }).map((text) => `http://${text}`),
);
const requestText = nearly(
  fc
    .tuple(
      fc.constantFrom("GET", "GET", "POST", "CONNECT", "OPTIONS", "BREW", "get"),
      target,
      fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/3.0"),
      fields,
    )
    .map(([method, where, version, rest]) => `${method} ${where} ${version}\r\n${rest}`),
);
const responseText = nearly(
  fc
    .tuple(
      fc.constantFrom("HTTP/1.1", "HTTP/1.0"),
      fc.constantFrom("101", "100", "200", "204", "302", "404", "999"),
      fc.constantFrom("", " ", " OK", " Not  Found ", " \xe9"),
      fields,
    )
    .map(([version, status, reason, rest]) => `${version} ${status}${reason}\r\n${rest}`),
);

for (const [kind, text, read] of [
  ["request", requestText, readRequest],
  ["response", responseText, readResponse],
] as const) {
  describe(`HeadParser of ${kind}s and node:http`, () => {
    test("read alike whatever we accept", async () => {
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(text, async (message) => {
          const bytes = latin1(message);
          const ours = accept(kind, bytes);
          if (ours === null || "error" in ours) return;
          accepted += 1;
          const theirs = await read(bytes);
          if ("error" in theirs && KNOWN[theirs.error]?.(ours.first) === true) return;
          assert.deepEqual(theirs, ours);
        }),
        { numRuns: Number(process.env.FUZZ_RUNS ?? 1500) },
      );
      // Else the test would say nothing.
      assert.ok(accepted > 100, `only ${accepted} were accepted`);
    });
  });
}
