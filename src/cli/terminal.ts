/** A line that is being typed at a terminal, and lines that come in above it. */
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from "node:readline";

const PROMPT = "> ";

/** The keyboard, and what shows it. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

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
  readonly #output: NodeJS.WritableStream;
  #open = true;

  /** @param streams default: those of the process */
  constructor(listener: TypingListener, streams?: TerminalStreams) {
    const { input, output } = streams ?? { input: process.stdin, output: process.stdout };
    this.#output = output;
    this.#readline = createInterface({
      input,
      output,
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
      this.#output.write(text);
      return;
    }
    this.#erase();
    this.#output.write(text);
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
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }
}
