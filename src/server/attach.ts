/** attach(): beside your own HTTP server. */
import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import type { Address } from "../http/address.ts";
import { SocketTransport } from "../node/socket.ts";
import { Http1Dialect } from "./dialect.ts";
import { type Attachment, type Door, UpgradeDoor } from "./door.ts";
import { StreamDoor } from "./http2-door.ts";
import { type AttachOptions, type Handler, resolveServerOptions } from "./options.ts";
import { splitArguments } from "./serve.ts";
import { Server } from "./server.ts";

type AnyServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/**
 * Takes the WebSockets of an `http`, `https` or `http2` server, beside its other listeners. Requests that do not `match` are left to
 * them, or to further calls of `attach`, of which the first that matches has the request; where nobody else listens for
 * upgrades they get 404. Plain requests are the server's own; where nobody listens for them they get 426.
 *
 * An `http2` server is told to say that it takes WebSockets (RFC 8441 §3), which only sessions to come will hear. Its other
 * listeners for 'stream' are to leave alone what has `:protocol: websocket`. With `allowHTTP1` it takes both versions.
 *
 * Closing what it returns closes the WebSockets, not the server.
 *
 * @throws TypeError or RangeError for an option that is wrong.
 */
export function attach(
  server: AnyServer,
  handler: Handler<undefined>,
  options?: AttachOptions<undefined>,
): Server;
export function attach<D>(
  server: AnyServer,
  options: AttachOptions<D> & { readonly handler: Handler<D> },
): Server<D>;
export function attach<D>(
  http: AnyServer,
  first: Handler<D> | (AttachOptions<D> & { readonly handler: Handler<D> }),
  second: AttachOptions<D> = {},
): Server<D> {
  if (typeof http !== "object" || http === null || typeof http.on !== "function") {
    throw new TypeError(
      "attach takes a server of node:http, node:https or node:http2 as its first argument",
    );
  }
  const { handler, options } = splitArguments<D, AttachOptions<D>>(first, second);
  const settings = resolveServerOptions<D>(options, "attach");
  const server = new Server<D>(settings, handler);
  const attachment: Attachment = {
    match: settings.match,
    serverHeader: settings.serverHeader,
    takeSocket(socket, head, rest) {
      const transport = new SocketTransport(socket);
      server.onRequest(transport, new Http1Dialect(transport), head, rest);
    },
    takeStream(stream, head) {
      server.onStream(stream, head);
    },
  };
  const doors = doorsOf(http);
  for (const door of doors) door.add(attachment);
  server.attachedTo(
    () => addressesOf(http),
    () => {
      for (const door of doors) door.remove(attachment);
    },
  );
  return server;
}

/** The doors of the servers that we have stood beside. */
const DOORS = new WeakMap<AnyServer, readonly Door[]>();

function doorsOf(http: AnyServer): readonly Door[] {
  const known = DOORS.get(http);
  if (known !== undefined) return known;
  // A secure HTTP/2 server speaks HTTP/1.1 too, where it is told to. To listen for its 'request' would change what it does
  // with the streams that others listen for.
  const doors = isHttp2(http)
    ? [new UpgradeDoor(http as unknown as HttpServer, false), new StreamDoor(http)]
    : [new UpgradeDoor(http, true)];
  DOORS.set(http, doors);
  return doors;
}

function isHttp2(http: AnyServer): http is Http2Server | Http2SecureServer {
  return "updateSettings" in http;
}

function addressesOf(http: AnyServer): readonly Address[] {
  const address = http.address();
  if (address === null) return [];
  if (typeof address === "string") return [address];
  return [{ address: address.address, port: address.port, family: address.family }];
}
