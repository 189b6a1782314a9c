/** The prompt, on a terminal small enough to see what happens to lines that wrap. */
import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { describe, test } from "node:test";
import { Terminal } from "../../src/cli/terminal.ts";

const COLUMNS = 10;

/** Shows what a terminal of ten columns and endless rows would show. It knows the sequences that the prompt uses. */
class Screen extends Writable {
  readonly columns = COLUMNS;
  readonly isTTY = true;
  readonly #rows: string[] = [""];
  #row = 0;
  #column = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    for (const [piece] of chunk.toString().matchAll(/\u001b\[[0-9;?]*[A-Za-z]|./gsu)) {
      this.#take(piece);
    }
    done();
  }

  get text(): string {
    return this.#rows.map((row) => row.trimEnd()).join("\n");
  }

  #take(piece: string): void {
    const [, count = "", letter] = /^\u001b\[(\d*)([A-Z])$/.exec(piece) ?? [];
    if (piece === "\n") this.#goTo(this.#row + 1, 0);
    else if (piece === "\r") this.#column = 0;
    else if (letter === "A") this.#row -= Number(count || 1);
    else if (letter === "B") this.#row += Number(count || 1);
    else if (letter === "G") this.#column = Number(count || 1) - 1;
    else if (letter === "J") this.#clearDown();
    else if (letter === undefined && !piece.startsWith("\u001b")) this.#put(piece);
    else throw new Error(`the test's terminal does not know ${JSON.stringify(piece)}`);
  }

  #put(character: string): void {
    // Like real ones it wraps only when the next character comes.
    if (this.#column === COLUMNS) this.#goTo(this.#row + 1, 0);
    const row = (this.#rows[this.#row] ?? "").padEnd(this.#column);
    this.#rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column += 1;
  }

  #goTo(row: number, column: number): void {
    while (this.#rows.length <= row) this.#rows.push("");
    this.#row = row;
    this.#column = column;
  }

  #clearDown(): void {
    this.#rows.length = this.#row + 1;
    this.#rows[this.#row] = (this.#rows[this.#row] ?? "").slice(0, this.#column);
  }
}

function start(): { screen: Screen; keys: PassThrough; terminal: Terminal; told: string[] } {
  const screen = new Screen();
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
