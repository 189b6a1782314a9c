/** The body of an answer that turned us down: as much of it as is worth keeping (RFC 9112 §6). */
import type { ResponseHead } from "./head.ts";
import { headerValues } from "./headers.ts";

/** How the end of a body is told. */
type Length = number | "chunked" | "until the end";

/** The longest line of a chunked body that is read; longer ones end the body. */
const LINE_MOST = 4096;
const LF = 0x0a;

export class BodyReader {
  readonly #most: number;
  readonly #length: Length;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #done: boolean;
  /** Bytes of the chunk under way that are still to come. */
  #left = 0;
  /** The beginning of a line whose end has not come. */
  #line = "";
  #state: "size" | "data" | "end of data" | "trailer" = "size";

  /** @param most How many bytes are kept; with that many the body is taken for ended. */
  constructor(head: ResponseHead, most: number) {
    this.#most = most;
    this.#length = lengthOf(head);
    this.#done = this.#length === 0;
  }

  /** Whether the body has ended, or enough of it has come. */
  get done(): boolean {
    return this.#done || this.#size >= this.#most;
  }

  /** Whether the body tells its own end. If not, it ends with the connection. */
  get isDelimited(): boolean {
    return this.#length !== "until the end";
  }

  /** Takes what has come. */
  push(bytes: Uint8Array): void {
    if (this.#length === "chunked") {
      this.#pushChunked(bytes);
    } else if (this.#length === "until the end") {
      this.#keep(bytes);
    } else {
      this.#keep(bytes.subarray(0, this.#length - this.#size));
      this.#done ||= this.#size >= this.#length;
    }
  }

  /** What has come of the body. */
  take(): Uint8Array {
    const body = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      body.set(piece, at);
      at += piece.length;
    }
    return body;
  }

  #keep(bytes: Uint8Array): void {
    const kept = bytes.slice(0, this.#most - this.#size);
    if (kept.length > 0) this.#pieces.push(kept);
    this.#size += kept.length;
  }

  /** RFC 9112 §7.1. What is malformed ends the body: the status is what matters. */
  #pushChunked(bytes: Uint8Array): void {
    let at = 0;
    while (!this.done && at < bytes.length) {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, at + this.#left);
        this.#keep(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = "end of data";
        continue;
      }
      const lf = bytes.indexOf(LF, at);
      const end = lf < 0 ? bytes.length : lf + 1;
      this.#line += Buffer.from(bytes.subarray(at, end)).toString("latin1");
      at = end;
      if (this.#line.length > LINE_MOST) this.#done = true;
      else if (lf >= 0) this.#readLine();
    }
  }

  #readLine(): void {
    const line = this.#line.trim();
    this.#line = "";
    if (this.#state === "trailer") {
      this.#done = line === "";
    } else if (this.#state === "end of data") {
      this.#state = "size";
      this.#done = line !== "";
    } else {
      const size = /^[0-9a-f]{1,12}(?=$|[ \t;])/i.exec(line);
      this.#left = size === null ? 0 : Number.parseInt(size[0], 16);
      this.#done = size === null;
      this.#state = this.#left === 0 ? "trailer" : "data";
    }
  }
}

/** RFC 9112 §6.3: how long the body of a response is. */
function lengthOf({ status, rawHeaders }: ResponseHead): Length {
  if (status === 204 || status === 304) return 0;
  const codings = headerValues(rawHeaders, "Transfer-Encoding").join(",").toLowerCase();
  if (codings !== "") return /(^|,)\s*chunked\s*$/.test(codings) ? "chunked" : "until the end";
  const [length] = headerValues(rawHeaders, "Content-Length");
  return length !== undefined && /^[0-9]{1,15}$/.test(length) ? Number(length) : "until the end";
}
