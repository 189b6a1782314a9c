/** A connection as a Duplex stream of Node. */
import { Duplex, type DuplexOptions } from "node:stream";
import type { Connection } from "../connection/connection.ts";
import type { Message } from "../connection/message.ts";
import { checkNames } from "../connection/options.ts";

/** Of Node's options for streams those that make sense here. */
export type ToDuplexOptions = Pick<
  DuplexOptions,
  "readableObjectMode" | "readableHighWaterMark" | "writableHighWaterMark" | "signal"
>;

const OPTIONS: ReadonlySet<string> = new Set([
  "readableObjectMode",
  "readableHighWaterMark",
  "writableHighWaterMark",
  "signal",
]);

/**
 * The connection as a Duplex, for `pipeline` and the like, with backpressure both ways.
 *
 * What is read are the bytes of the messages, one after the other; with `readableObjectMode` the messages, strings and
 * Uint8Arrays (then no empty one is left out). Each chunk that is written is sent as a message: a string as text, bytes as
 * binary.
 *
 * Ending it closes the connection with 1000, and "finish" comes when that is done; destroying it cuts the connection. It ends
 * where an iteration of the connection ends; where that throws it is destroyed with the ConnectionClosedError, which, as
 * with every stream, needs a listener for "error".
 */
export function toDuplex<D>(connection: Connection<D>, options: ToDuplexOptions = {}): Duplex {
  checkNames(options, OPTIONS, "toDuplex");
  const messages = connection[Symbol.asyncIterator]();
  const whole = options.readableObjectMode === true;

  async function read(duplex: Duplex): Promise<void> {
    while (true) {
      const { done, value } = await messages.next();
      if (done === true) {
        duplex.push(null);
        return;
      }
      if (!whole && value.length === 0) continue;
      duplex.push(whole ? value : toBuffer(value));
      return;
    }
  }

  return new Duplex({
    ...options,
    allowHalfOpen: false,
    decodeStrings: false,
    read() {
      read(this).catch((error: Error) => this.destroy(error));
    },
    write(chunk: Message, encoding, taken) {
      const message =
        typeof chunk === "string" && !isUtf8Name(encoding) ? Buffer.from(chunk, encoding) : chunk;
      connection.send(message).then(() => taken(), taken);
    },
    final(ended) {
      connection.close().then(() => ended(), ended);
    },
    destroy(error, done) {
      if (connection.state !== "closed") connection.abort();
      done(error);
    },
  });
}

function toBuffer(message: Message): Buffer {
  if (typeof message === "string") return Buffer.from(message);
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

function isUtf8Name(encoding: string): boolean {
  return encoding === "utf8" || encoding === "utf-8";
}
