/** attach(): beside your own HTTP server. */
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Address } from "../http/address.ts";
import { HandshakeRequest } from "../http/message.ts";
import { toRequestHead } from "../node/incoming.ts";
import { remoteAddressOf, SocketTransport } from "../node/socket.ts";
import { type AttachOptions, type Handler, resolveServerOptions } from "./options.ts";
import { splitArguments } from "./serve.ts";
import { Server } from "./server.ts";

/**
 * Takes the WebSockets of an `http` or `https` server, beside its other listeners. Requests that do not `match` are left to
 * them; where nobody else listens for upgrades they get 404. Closing what it returns closes the WebSockets, not the server.
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

  const onUpgrade = (message: IncomingMessage, duplex: Duplex, rest: Uint8Array): void => {
    const socket = duplex as Socket;
    const head = toRequestHead(message);
    if (settings.match !== null && http.listenerCount("upgrade") > 1) {
      const owner = {
        secure: "encrypted" in socket,
        remoteAddress: remoteAddressOf(socket),
        signal: NEVER,
      };
      if (!settings.match(new HandshakeRequest(head, owner))) return;
    }
    server.onRequest(new SocketTransport(socket), head, rest);
  };
  http.on("upgrade", onUpgrade);
  server.attachedTo(
    () => addressesOf(http),
    () => http.off("upgrade", onUpgrade),
  );
  return server;
}

const NEVER = new AbortController().signal;

function addressesOf(http: HttpServer | HttpsServer): readonly Address[] {
  const address = http.address();
  if (address === null) return [];
  if (typeof address === "string") return [address];
  return [{ address: address.address, port: address.port, family: address.family }];
}
