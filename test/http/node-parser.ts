/** What node:http makes of the bytes of one message: the parser that ours is held against. */
import { createServer, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** The head that node:http read, or the code of its error. */
export type NodeOutcome =
  | { readonly first: readonly (string | number)[]; readonly rawHeaders: [string, string][] }
  | { readonly error: string };

/** A socket in memory, from which `bytes` and then the end can be read. */
function socketOf(bytes: Uint8Array): Socket {
  const duplex = new Duplex({
    read() {
      this.push(Buffer.from(bytes));
      this.push(null);
    },
    write(_chunk, _encoding, done) {
      done();
    },
  });
  return Object.assign(duplex, {
    setTimeout: () => duplex,
    setNoDelay: () => duplex,
    setKeepAlive: () => duplex,
  }) as unknown as Socket;
}

function headersOf({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at]!, rawHeaders[at + 1]!]);
  }
  return pairs;
}

/** Reads a request. The limits are far above ours. */
export function readRequest(bytes: Uint8Array): Promise<NodeOutcome> {
  const { promise, resolve } = outcome();
  const accept = (message: IncomingMessage): void =>
    resolve({
      first: [message.method ?? "", message.url ?? "", message.httpVersion],
      rawHeaders: headersOf(message),
    });
  const server = createServer({ requireHostHeader: false, maxHeaderSize: 1 << 22 }, (message) =>
    accept(message),
  );
  server.on("upgrade", accept).on("connect", accept);
  server.on("clientError", (error: NodeJS.ErrnoException) =>
    resolve({ error: error.code ?? error.message }),
  );
  server.emit("connection", socketOf(bytes));
  return promise;
}

/** Reads a response to GET. */
export function readResponse(bytes: Uint8Array): Promise<NodeOutcome> {
  const { promise, resolve } = outcome();
  const accept = (
    message: Pick<IncomingMessage, "statusCode" | "statusMessage" | "httpVersion" | "rawHeaders">,
  ): void =>
    resolve({
      first: [message.httpVersion, message.statusCode ?? 0, message.statusMessage ?? ""],
      rawHeaders: headersOf(message as IncomingMessage),
    });
  const client = request({ createConnection: () => socketOf(bytes), maxHeaderSize: 1 << 22 });
  client.on("response", accept).on("information", accept).on("upgrade", accept);
  client.on("error", (error: NodeJS.ErrnoException) =>
    resolve({ error: error.code ?? error.message }),
  );
  client.end();
  return promise;
}

function outcome(): { promise: Promise<NodeOutcome>; resolve: (value: NodeOutcome) => void } {
  let resolve: (value: NodeOutcome) => void = () => {};
  const promise = new Promise<NodeOutcome>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
