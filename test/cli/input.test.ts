import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hexLine, readLines } from "../../src/cli/input.ts";

async function linesOf(...chunks: readonly Uint8Array[]): Promise<string[]> {
  async function* give(): AsyncIterable<Uint8Array> {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const line of readLines(give())) lines.push(line);
  return lines;
}

describe("lines of a pipe", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["", []],
    ["\n", [""]],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\nb", ["a", "b"]],
    ["a\r\n\r\nb\r\n", ["a", "", "b"]],
    ["a\rb\n", ["a\rb"]],
    ["\ufeffhé\n€ 🦊\n", ["\ufeffhé", "€ 🦊"]],
  ];
  for (const [text, lines] of cases) {
    test(`of ${JSON.stringify(text)} are found however it comes`, async () => {
      const bytes = new TextEncoder().encode(text);
      assert.deepEqual(await linesOf(bytes), lines);
      assert.deepEqual(await linesOf(...[...bytes].map((byte) => Uint8Array.of(byte))), lines);
      for (let at = 0; at <= bytes.length; at += 1) {
        assert.deepEqual(await linesOf(bytes.subarray(0, at), bytes.subarray(at)), lines);
      }
    });
  }
});

describe("a line in hexadecimal", () => {
  const cases: readonly [string, readonly number[] | null][] = [
    ["", []],
    ["00fF1a", [0, 255, 26]],
    [" 00 ff\t1a ", [0, 255, 26]],
    ["0", null],
    ["0g", null],
    ["0x00", null],
  ];
  for (const [line, bytes] of cases) {
    test(`of ${JSON.stringify(line)} is ${bytes === null ? "refused" : `${bytes.length} bytes`}`, () => {
      assert.deepEqual(hexLine(line), bytes === null ? null : Uint8Array.from(bytes));
    });
  }
});
