/** What the tests of the adapters share. */
import { Writable } from "node:stream";

/** A stream that keeps what is written to it. */
export class Sink extends Writable {
  text = "";

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }

  /** The lines so far, each read as JSON. */
  get lines(): Record<string, unknown>[] {
    return this.text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
}

/** What a connection hands to a target with an event. */
export const WEBSOCKET: { readonly id: string; readonly secret: string } = {
  id: "c0ffee",
  secret: "not to be serialised",
};

/** An event with the kinds of values that events have. */
export const EVENT = {
  type: "connection.close",
  connection: "c0ffee",
  side: "server",
  remote: "192.0.2.1:4711",
  code: 1000,
  reason: "bye\u202e\u001b[31m",
  clean: true,
  ratio: Number.NaN,
  sent: { code: 1000, reason: "bye" },
  received: null,
  cause: new Error("socket\u001bhang up"),
  headers: [["Host", "localhost"]] as const,
  payload: new Uint8Array(7),
};

/** A text that every careless logger takes for a template of one kind or another. */
export const TEMPLATE = "% 100% %s %d %o {x} {} $y %(z)s %%";

/** What runs while `process.stderr` and `console` write into a string. */
export async function captureStderr(run: () => void | Promise<void>): Promise<string> {
  const { write } = process.stderr;
  let text = "";
  process.stderr.write = ((chunk: unknown) => {
    text += String(chunk);
    return true;
  }) as typeof process.stderr.write;
  try {
    await run();
  } finally {
    process.stderr.write = write;
  }
  return text;
}
