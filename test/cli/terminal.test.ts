/** The prompt, on a terminal small enough to see what happens to lines that wrap. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { Terminal } from "../../src/cli/terminal.ts";
import { Screen } from "../support/screen.ts";

const COLUMNS = 10;

function start(): { screen: Screen; keys: PassThrough; terminal: Terminal; told: string[] } {
  const screen = new Screen(COLUMNS);
  const keys = new PassThrough();
  const told: string[] = [];
  const listener = {
    onLine: (line: string): void => void told.push(line),
    onEnd: (): void => void told.push("(end)"),
    onInterrupt: (): void => void told.push("(interrupt)"),
  };
  const terminal = new Terminal(listener, { input: keys, output: screen });
  return { screen, keys, terminal, told };
}

/** Types key by key, as hands do. */
async function type(keys: PassThrough, text: string): Promise<void> {
  for (const key of text) {
    keys.write(key);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a prompt", () => {
  const typed: readonly [string, string][] = [
    ["nothing", ""],
    ["half a line", "abc"],
    ["exactly a row", "abcdefgh"],
    ["two rows", "abcdefghijkl"],
    ["four rows", "abcdefghijklmnopqrstuvwxyz0123456789"],
  ];
  for (const [name, text] of typed) {
    const prompt = `> ${text}`.replace(/.{10}(?=.)/g, "$&\n").trimEnd();
    test(`stays as it was with ${name} typed, and messages stand above it`, async () => {
      const { screen, keys, terminal, told } = start();
      await type(keys, text);
      assert.equal(screen.text.trimEnd(), prompt);
      terminal.print("< one\n");
      terminal.print("< two\n< three\n");
      assert.equal(screen.text.trimEnd(), `< one\n< two\n< three\n${prompt}`);
      await type(keys, "!\r");
      assert.deepEqual(told, [`${text}!`]);
      terminal.close();
    });

    test(`goes away with ${name} typed`, async () => {
      const { screen, keys, terminal } = start();
      await type(keys, text);
      terminal.close();
      terminal.print("over\n");
      assert.equal(screen.text, "over\n");
    });
  }

  test("that was pasted stays whole under a message", async () => {
    const { screen, keys, terminal } = start();
    keys.write("abcdefghijkl");
    await new Promise((resolve) => setImmediate(resolve));
    terminal.print("< one\n");
    assert.equal(screen.text, "< one\n> abcdefgh\nijkl");
    terminal.close();
  });

  test("tells Ctrl-C, and Ctrl-D on an empty line, once", async () => {
    const { screen, keys, terminal, told } = start();
    await type(keys, "ab\u0003");
    assert.deepEqual(told, ["(interrupt)"]);
    await type(keys, "\u007f\u007f\u0004");
    assert.deepEqual(told, ["(interrupt)", "(end)"]);
    terminal.close();
    terminal.print("over\n");
    assert.equal(screen.text, "over\n");
  });
});
