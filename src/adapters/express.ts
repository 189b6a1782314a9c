/**
 * WebSockets beside an Express application: on the server that it listens on.
 *
 * @module clearsocket/adapters/express
 */
import { attach } from "../server/attach.ts";
import type { AttachOptions, Handler } from "../server/options.ts";
import type { Server } from "../server/server.ts";

/** What an application's `listen` returns. */
type HttpServer = Parameters<typeof attach>[0];

/**
 * Takes the WebSockets of an Express application: `websockets(app.listen(8080), { handler, match: "/chat" })`. Express itself sees
 * plain requests only, so its middleware does not run for WebSockets: `processRequest` says who comes in.
 *
 * @param server What `app.listen` returns, or the server to which the application was given.
 * @param options As of `attach`. Requests that do not `match` are left to others, or get 404.
 * @returns What closes the WebSockets. The HTTP server is closed apart, after it.
 * @throws TypeError, RangeError for an option that is wrong.
 */
export function websockets<D = undefined>(
  server: HttpServer,
  options: AttachOptions<D> & { readonly handler: Handler<D> },
): Server<D> {
  if (typeof server === "function") {
    throw new TypeError(
      "websockets takes what app.listen() returns, and not the application: only a server has WebSockets",
    );
  }
  return attach<D>(server, options);
}
