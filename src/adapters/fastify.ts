/**
 * WebSockets beside a Fastify application, which closes them when it closes.
 *
 * @module clearsocket/adapters/fastify
 */
import { attach } from "../server/attach.ts";
import type { AttachOptions, Handler } from "../server/options.ts";
import type { CloseOptions, Server } from "../server/server.ts";

/** What of a Fastify application is needed. */
export interface FastifyApplication {
  readonly server: Parameters<typeof attach>[0];
  addHook(name: "preClose", hook: () => Promise<void>): unknown;
}

/** As of `attach`; `close` says how the WebSockets are closed when the application is. */
export type FastifyOptions<D> = AttachOptions<D> & {
  readonly handler: Handler<D>;
  readonly close?: CloseOptions;
};

/**
 * Takes the WebSockets of a Fastify application: `websockets(fastify, { handler, match: "/chat" })`, before it listens. Its hooks
 * do not run for WebSockets: `processRequest` says who comes in. `fastify.close()` closes them first, and waits for their handlers.
 *
 * @throws TypeError, RangeError for an option that is wrong. @throws Error of Fastify when it listens already.
 */
export function websockets<D = undefined>(
  fastify: FastifyApplication,
  options: FastifyOptions<D>,
): Server<D> {
  const { close = {}, ...others } = options;
  const server = attach<D>(fastify.server, others as typeof options);
  fastify.addHook("preClose", () => server.close(close));
  return server;
}
