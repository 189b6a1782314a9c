/** A connection as a pair of Web Streams, with backpressure both ways. */
import { INTERNAL_ERROR, NORMAL_CLOSURE } from "../frames/close-code.ts";
import type { Closure } from "./closure.ts";
import { type ConnectionClosed, ConnectionClosedOK } from "./errors.ts";
import type { Message } from "./message.ts";

/** What the streams need of a connection. */
interface Ends {
  messages(): AsyncIterator<Message, void, void>;
  send(message: Message): Promise<void>;
  close(code: number): Promise<Closure>;
  readonly closed: Promise<Closure>;
  closedError(): ConnectionClosed;
}

/**
 * The messages as a stream. None is read before somebody asks for it. It closes with the connection where an iteration
 * ends, and errors where that throws. Cancelling it closes the connection with 1000.
 */
export function makeReadable(ends: Ends): ReadableStream<Message> {
  const messages = ends.messages();
  return new ReadableStream<Message>(
    {
      async pull(controller) {
        const { done, value } = await messages.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await messages.return?.();
        await ends.close(NORMAL_CLOSURE);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * A stream each of whose chunks is sent as a message. It is ready for more when `send` would not wait. Closing it closes the
 * connection with 1000; aborting it, with 1011, as its source has failed. It errors when the connection ends otherwise than
 * with 1000, 1001 or no code, and at the first chunk after any end.
 */
export function makeWritable(ends: Ends): WritableStream<Message> {
  return new WritableStream<Message>({
    start(controller) {
      void ends.closed.then(() => {
        const error = ends.closedError();
        // After a quiet end a pipe from a stream of the same connection ends quietly too; further chunks are refused.
        if (!(error instanceof ConnectionClosedOK)) controller.error(error);
      });
    },
    async write(message) {
      await ends.send(message);
    },
    async close() {
      await ends.close(NORMAL_CLOSURE);
    },
    async abort() {
      await ends.close(INTERNAL_ERROR);
    },
  });
}
