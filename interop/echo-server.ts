/** `clearsocket serve` as a process, with its log as the witness of what clients did. */
import assert from "node:assert/strict";
import { Child } from "./child.ts";

const NODE = ["--conditions=clearsocket-source", "--import=tsx", "src/cli/main.ts", "serve"];

export class EchoServer implements AsyncDisposable {
  readonly port: number;
  readonly #child: Child;
  #from: number;

  constructor(child: Child, port: number) {
    this.#child = child;
    this.#from = child.printed.length;
    this.port = port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Waits until the next connection is open. */
  async opened(): Promise<void> {
    await this.#child.find(/ connection open\n/, this.#from);
  }

  /** The lines that the server logs of one connection: it waits until that has closed. */
  async session(): Promise<readonly string[]> {
    const from = this.#from;
    const closed = await this.#child.find(/ connection closed\n/, from);
    this.#from = from + closed.index + closed[0].length;
    const text = this.#child.printed.slice(from, this.#from);
    return text.split("\n").map((line) => line.replace(/^[\d-]+ [\d:,]+ /, ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

/** Starts one. */
export async function startEchoServer(...words: readonly string[]): Promise<EchoServer> {
  const options = ["--port", "0", "--log-level", "debug", "--max-size", "none", ...words];
  const child = new Child(process.execPath, [...NODE, ...options]);
  const [, port] = await child.find(/^listening on ws:\/\/127\.0\.0\.1:(\d+)$/m);
  return new EchoServer(child, Number(port));
}

/** What a client is known to do, beside text. */
export interface Deeds {
  readonly binary?: boolean;
  readonly fragments?: boolean;
  readonly pings?: boolean;
  readonly compression?: boolean;
}

/** Holds a session's lines against what the client says that it did; nothing else may be wrong either. */
export function judgeSession(lines: readonly string[], deeds: Deeds): void {
  const expected: [boolean | undefined, RegExp][] = [
    [true, /^< TEXT /],
    [true, /^> TEXT /],
    [deeds.binary, /^< BINARY .*\[70000 bytes\]$/],
    [deeds.binary, /^> BINARY .*\[70000 bytes\]$/],
    [deeds.fragments, /^< (TEXT|CONT) .*, continued\]$/],
    [deeds.fragments, /^< CONT .* bytes?\]$/],
    [deeds.pings, /^< PING /],
    [deeds.pings, /^> PONG /],
    [deeds.compression, /^> Sec-WebSocket-Extensions: permessage-deflate/],
    [true, /^< CLOSE 1000 /],
    [true, /^> CLOSE 1000 /],
  ];
  const all = lines.join("\n");
  for (const [wanted, pattern] of expected) {
    if (wanted === true && !lines.some((line) => pattern.test(line))) {
      assert.fail(`the server's log has no ${pattern}:\n${all}`);
    }
  }
  const wrong = lines.find((line) => line.startsWith("!") || line.endsWith(" failed"));
  assert.equal(wrong, undefined, all);
}
