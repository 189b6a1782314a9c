/** attach(): beside your own HTTP server. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Address } from "../http/address.ts";
import { InvalidUpgrade } from "../http/errors.ts";
import { HandshakeRequest } from "../http/message.ts";
import { toRequestHead } from "../node/incoming.ts";
import { remoteAddressOf, SocketTransport } from "../node/socket.ts";
import { refusalBody, refusalHeaders, refuse } from "../protocol/server.ts";
import { Http1Dialect } from "./dialect.ts";
import { type AttachOptions, type Handler, resolveServerOptions } from "./options.ts";
import { splitArguments } from "./serve.ts";
import { Server } from "./server.ts";

/**
 * Takes the WebSockets of an `http` or `https` server, beside its other listeners. Requests that do not `match` are left to
 * them, or to further calls of `attach`, of which the first that matches has the request; where nobody else listens for
 * upgrades they get 404. Plain requests are the server's own; where nobody listens for them they get 426.
 *
 * Closing what it returns closes the WebSockets, not the server.
 *
 * @throws TypeError or RangeError for an option that is wrong.
 */
export function attach(
  server: HttpServer | HttpsServer,
  handler: Handler<undefined>,
  options?: AttachOptions<undefined>,
): Server;
export function attach<D>(
  server: HttpServer | HttpsServer,
  options: AttachOptions<D> & { readonly handler: Handler<D> },
): Server<D>;
export function attach<D>(
  http: HttpServer | HttpsServer,
  first: Handler<D> | (AttachOptions<D> & { readonly handler: Handler<D> }),
  second: AttachOptions<D> = {},
): Server<D> {
  if (typeof http !== "object" || http === null || typeof http.on !== "function") {
    throw new TypeError("attach takes a server of node:http or node:https as its first argument");
  }
  const { handler, options } = splitArguments<D, AttachOptions<D>>(first, second);
  const settings = resolveServerOptions<D>(options, "attach");
  const server = new Server<D>(settings, handler);
  const attachment: Attachment = {
    match: settings.match,
    serverHeader: settings.serverHeader,
    take: (socket, head, rest) => {
      const transport = new SocketTransport(socket);
      server.onRequest(transport, new Http1Dialect(transport), head, rest);
    },
  };
  const door = DOORS.get(http) ?? new Door(http);
  door.add(attachment);
  server.attachedTo(
    () => addressesOf(http),
    () => door.remove(attachment),
  );
  return server;
}

type Head = ReturnType<typeof toRequestHead>;

/** One of our servers beside an HTTP server. */
interface Attachment {
  readonly match: ((request: HandshakeRequest) => boolean) | null;
  readonly serverHeader: string | null;
  take(socket: Socket, head: Head, rest: Uint8Array): void;
}

/** The listeners of ours on one HTTP server, however many of our servers stand beside it. */
class Door {
  readonly #http: HttpServer | HttpsServer;
  #attachments: readonly Attachment[] = [];

  constructor(http: HttpServer | HttpsServer) {
    this.#http = http;
  }

  add(attachment: Attachment): void {
    if (this.#attachments.length === 0) {
      DOORS.set(this.#http, this);
      this.#http.on("upgrade", this.#onUpgrade);
      this.#http.on("request", this.#onRequest);
    }
    this.#attachments = [...this.#attachments, attachment];
  }

  remove(attachment: Attachment): void {
    this.#attachments = this.#attachments.filter((other) => other !== attachment);
    if (this.#attachments.length > 0) return;
    DOORS.delete(this.#http);
    this.#http.off("upgrade", this.#onUpgrade);
    this.#http.off("request", this.#onRequest);
  }

  readonly #onUpgrade = (message: IncomingMessage, duplex: Duplex, rest: Uint8Array): void => {
    const socket = duplex as Socket;
    const head = toRequestHead(message);
    const owner = {
      secure: "encrypted" in socket,
      remoteAddress: remoteAddressOf(socket),
      signal: NEVER,
    };
    const request = new HandshakeRequest(head, owner);
    const matching = this.#attachments.find(({ match }) => match === null || tries(match, request));
    const others = this.#http.listenerCount("upgrade") - 1;
    // Where nobody else would answer, the first of ours does, with 404.
    const chosen = matching ?? (others === 0 ? this.#attachments[0] : undefined);
    chosen?.take(socket, head, rest);
  };

  readonly #onRequest = (_message: IncomingMessage, response: ServerResponse): void => {
    if (this.#http.listenerCount("request") > 1) return;
    const refused = refuse(new InvalidUpgrade("Upgrade"));
    const body = new TextEncoder().encode(refusalBody(refused));
    const date = new Date().toUTCString();
    const { serverHeader } = this.#attachments[0] as Attachment;
    const headers = refusalHeaders(refused, body.length, date, serverHeader);
    response.writeHead(refused.status, headers.flat() as string[]).end(body);
  };
}

const DOORS = new WeakMap<HttpServer | HttpsServer, Door>();

const NEVER = new AbortController().signal;

/** Whether it matches; what throws is taken for a match, and answered with 500 by the server whose function it is. */
function tries(match: (request: HandshakeRequest) => boolean, request: HandshakeRequest): boolean {
  try {
    return match(request);
  } catch {
    return true;
  }
}

function addressesOf(http: HttpServer | HttpsServer): readonly Address[] {
  const address = http.address();
  if (address === null) return [];
  if (typeof address === "string") return [address];
  return [{ address: address.address, port: address.port, family: address.family }];
}
