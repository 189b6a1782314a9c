/** A line that is being typed at a terminal, and lines that come in above it. */
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from "node:readline";

const PROMPT = "> ";

/** What happens at the keyboard. */
export interface TypingListener {
  onLine(line: string): void;
  /** Ctrl-D. */
  onEnd(): void;
  /** Ctrl-C. */
  onInterrupt(): void;
}

/** Shows a prompt. What is printed meanwhile does not disturb what was typed so far. */
export class Terminal {
  readonly #readline: Interface;
  #open = true;

  constructor(listener: TypingListener) {
    this.#readline = createInterface({
      input: process.stdin,
      output: process.stdout,
      prompt: PROMPT,
      terminal: true,
    });
    this.#readline.on("line", (line) => {
      listener.onLine(line);
      if (this.#open) this.#readline.prompt();
    });
    this.#readline.on("SIGINT", () => listener.onInterrupt());
    this.#readline.on("close", () => {
      if (!this.#open) return;
      this.close();
      listener.onEnd();
    });
    this.#readline.prompt();
  }

  /** Prints lines, each with its end, above the prompt. */
  print(text: string): void {
    if (!this.#open) {
      process.stdout.write(text);
      return;
    }
    this.#erase();
    process.stdout.write(text);
    // Readline begins to draw as many rows further up as it was at last, over what has just been printed; and it miscounts
    // what was pasted. Here the prompt begins where the cursor is.
    Object.assign(this.#readline, { prevRows: 0 });
    this.#readline.prompt(true);
  }

  /** Takes the prompt away, with what was typed, and leaves the keyboard alone. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#erase();
    this.#readline.close();
  }

  /** Erases the prompt and what was typed. */
  #erase(): void {
    const { rows } = this.#readline.getCursorPos();
    moveCursor(process.stdout, 0, -rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
  }
}
