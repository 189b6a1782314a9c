/**
 * WebSockets beside a Hono application on Node, with its middleware before each opening handshake.
 *
 * @module clearsocket/adapters/hono
 */
import { attach } from "../server/attach.ts";
import type { AttachOptions, Handler, ProcessRequest } from "../server/options.ts";
import type { Server } from "../server/server.ts";

/** What of a Hono application is needed, or of any that answers a Request with a Response. */
export interface FetchApplication {
  fetch(request: Request): Response | Promise<Response>;
}

/** As of `attach`; `application` is asked first, if given. */
export type HonoOptions<D> = AttachOptions<D> & {
  readonly handler: Handler<D>;
  /** Whose middleware decides who comes in: a request that it answers with 2xx does, any other answer is sent. */
  readonly application?: FetchApplication;
};

/**
 * Takes the WebSockets of a Hono application: `websockets(serve({ fetch: app.fetch }), { handler, match: "/chat" })`.
 *
 * With `application: app` each opening handshake goes through the application as a GET of its path first, so that middleware such
 * as authentication applies. Its answer lets in by 2xx; otherwise it is what the client gets.
 *
 * @param server What `serve` of `@hono/node-server` returns.
 * @throws TypeError, RangeError for an option that is wrong.
 */
export function websockets<D = undefined>(
  server: Parameters<typeof attach>[0],
  options: HonoOptions<D>,
): Server<D> {
  const { application, ...others } = options;
  if (application === undefined) return attach<D>(server, others as typeof options);
  if (typeof application?.fetch !== "function") {
    throw new TypeError("application must be a Hono application, or another object with fetch()");
  }
  const { processRequest } = options;
  const ask: ProcessRequest<D> = async (request) => {
    const answer = await application.fetch(request.toRequest());
    if (!answer.ok) return answer;
    // Nobody reads it.
    await answer.body?.cancel();
    return await processRequest?.(request);
  };
  return attach<D>(server, { ...others, processRequest: ask } as typeof options);
}
