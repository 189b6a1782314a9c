/** A terminal's screen, for tests of what is drawn on it. */
import { Writable } from "node:stream";

/** Shows what a terminal of so many columns and endless rows would show. It knows the sequences that our prompt uses. */
export class Screen extends Writable {
  readonly columns: number;
  readonly isTTY = true;
  readonly #rows: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

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
    if (this.#column === this.columns) this.#goTo(this.#row + 1, 0);
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
