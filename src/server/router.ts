/** A path to a handler, with its parameters: several services on one port. */
import { checkNames, show } from "../connection/options.ts";
import type { HandshakeRequest } from "../http/message.ts";
import type { Handler, ProcessRequest, ServerConnection } from "./options.ts";
import { compilePath, type PathParameters } from "./route-path.ts";

/** What to do with a connection of a route: as a Handler, with the parameters of its path, decoded. */
export type RouteHandler<D, Parameters> = (
  connection: ServerConnection<D>,
  parameters: Parameters,
) => void | Promise<void>;

/** A handler, and who may come to it: `processRequest` as of `serve`, for this route alone. */
export interface RouteOptions<D, Parameters> {
  readonly processRequest?: ProcessRequest<D>;
  readonly handler: RouteHandler<D, Parameters>;
}

/** A URLPattern, of the platform or of a package; its groups are not decoded. */
export interface PathPattern {
  exec(input: { readonly pathname: string }): {
    readonly pathname: { readonly groups: Groups };
  } | null;
}

/** The parameters of what a route is made of. */
export type ParametersOf<P extends string | PathPattern> = P extends string
  ? PathParameters<P>
  : Groups;

type Groups = Readonly<Record<string, string | undefined>>;

/** One path and its handler; made by `route`. */
export interface Route {
  /** @internal */
  readonly path: string | PathPattern;
  /** @internal */
  readonly read: (pathname: string) => Groups | null;
  /** @internal */
  readonly processRequest: ProcessRequest<unknown> | null;
  /** @internal */
  readonly handler: RouteHandler<unknown, unknown>;
}

/** What `serve` and `attach` take: `serve({ ...router([…]), port: 8765 })`. */
export interface Routed {
  readonly match: (request: HandshakeRequest) => boolean;
  readonly processRequest: ProcessRequest<unknown>;
  readonly handler: Handler<unknown>;
}

/**
 * A path and its handler.
 *
 * @param path Such as `/chat/:room`, where `:room` is any one segment, or `/files/*`, where `*` is all that follows, under the
 *   name `0`; or a URLPattern.
 * @param options.handler What is called with the connection and the parameters.
 * @param options.processRequest Who may come in; as of `serve`, for this route alone.
 * @throws TypeError for a path or an option that is wrong.
 */
export function route<P extends string | PathPattern, D = undefined>(
  path: P,
  options: RouteOptions<D, ParametersOf<P>>,
): Route {
  const read = isPattern(path) ? readerOf(path) : compilePath(path);
  checkNames(options, OPTIONS, "route");
  const { processRequest, handler } = options;
  if (typeof handler !== "function") {
    throw new TypeError(
      `the handler of a route is ${show(handler)}: it must be a function of the connection`,
    );
  }
  if (processRequest !== undefined && typeof processRequest !== "function") {
    throw new TypeError(`processRequest is ${show(processRequest)}: it must be a function`);
  }
  // What comes in by one route has its data and its parameters, and those of no other.
  return {
    path,
    read,
    processRequest: processRequest ?? null,
    handler: handler as RouteHandler<never, never> as RouteHandler<unknown, unknown>,
  };
}

const OPTIONS: ReadonlySet<string> = new Set(["processRequest", "handler"]);

/**
 * Puts routes together, for `serve` or `attach`. The first that matches has the request; where none does it gets 404, or with
 * `attach` is left to other listeners.
 *
 * @throws TypeError for what is no list of routes, or for a path that is there twice.
 */
export function router(routes: readonly Route[]): Routed {
  if (!Array.isArray(routes) || !routes.every((one) => typeof one?.read === "function")) {
    throw new TypeError("router takes a list of what route() returns");
  }
  const paths = new Set<unknown>();
  for (const { path } of routes) {
    if (paths.has(path)) throw new TypeError(`the path ${show(path)} is there twice`);
    paths.add(path);
  }
  const chosen = new WeakMap<HandshakeRequest, Chosen>();
  return {
    match: (request) => find(routes, request) !== null,
    processRequest: (request) => {
      const found = find(routes, request);
      if (found === null) return new Response("there is nothing at this path\n", { status: 404 });
      chosen.set(request, found);
      return found.route.processRequest?.(request);
    },
    handler: (connection) => {
      const found = chosen.get(connection.request);
      if (found === undefined) throw new Error("this connection has not come through its router");
      return found.route.handler(connection, found.parameters);
    },
  };
}

interface Chosen {
  readonly route: Route;
  readonly parameters: Groups;
}

function find(routes: readonly Route[], request: HandshakeRequest): Chosen | null {
  const { pathname } = request.url;
  for (const one of routes) {
    const parameters = one.read(pathname);
    if (parameters !== null) return { route: one, parameters };
  }
  return null;
}

function isPattern(path: unknown): path is PathPattern {
  return typeof path === "object" && path !== null && "exec" in path && "pathname" in path;
}

function readerOf(pattern: PathPattern): Route["read"] {
  return (pathname) => pattern.exec({ pathname })?.pathname.groups ?? null;
}
