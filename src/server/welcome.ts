/** What a server says to a request that it takes, and the connection that comes of it (RFC 6455 §4.2.2). */
import { Connection } from "../connection/connection.ts";
import type { Subject } from "../connection/tap.ts";
import type { Transport } from "../connection/transport.ts";
import type { Extension } from "../extensions/extension.ts";
import { agreeOnExtension } from "../extensions/negotiate.ts";
import { NegotiationError } from "../http/errors.ts";
import type { RequestHead } from "../http/head.ts";
import { headerValues, type RawHeaders } from "../http/headers.ts";
import { type HandshakeRequest, HandshakeResponse } from "../http/message.ts";
import { statusText } from "../http/status.ts";
import { chooseSubprotocol } from "../protocol/server.ts";
import type { Admitted } from "./admission.ts";
import type { Opening } from "./dialect.ts";
import type { ServerSettings } from "./options.ts";

/** What was agreed on, and the headers that say so. */
export interface Welcome {
  readonly headers: RawHeaders;
  readonly subprotocol: string | null;
  /** The value of Sec-WebSocket-Extensions. */
  readonly extensions: string | null;
  readonly extension: Extension | null;
}

/**
 * Agrees on a subprotocol and an extension.
 *
 * @throws NegotiationError when no subprotocol can be agreed on.
 */
export function prepareWelcome<D>(
  settings: ServerSettings<D>,
  { wishes, accept }: Opening,
  admitted: Admitted<D> | null,
): Welcome {
  const chosen = admitted?.subprotocol;
  if (typeof chosen === "string" && !wishes.subprotocols.includes(chosen)) {
    throw new NegotiationError("the chosen subprotocol was not offered");
  }
  const subprotocol =
    chosen !== undefined ? chosen : chooseSubprotocol(settings.subprotocols, wishes.subprotocols);
  const { extension, header } = agreeOnExtension(wishes.extensions, settings.extensions);
  const further = admitted?.headers ?? [];
  const named = further.some(([name]) => name.toLowerCase() === "server");
  const headers = accept({
    subprotocol,
    extensions: header,
    headers: further,
    server: named ? null : settings.serverHeader,
    date: new Date(settings.connection.clock.date()).toUTCString(),
  });
  return { headers, subprotocol, extensions: header, extension };
}

/** Makes the connection. */
export function openConnection<D>(
  settings: ServerSettings<D>,
  { headers, subprotocol, extension }: Welcome,
  parts: {
    /** The status of the answer. */
    readonly status: number;
    readonly transport: Transport;
    readonly subject: Subject;
    readonly request: HandshakeRequest;
    readonly admitted: Admitted<D> | null;
  },
): Connection<D> {
  const { status, transport, subject, request, admitted } = parts;
  const head = { status, statusText: statusText(status), rawHeaders: headers };
  const response = new HandshakeResponse(head);
  const connection = new Connection<D>({
    transport,
    settings: settings.connection,
    subject,
    tap: settings.log,
    logger: settings.logger,
    request,
    response,
    subprotocol,
    extension,
    data: admitted?.data as D,
  });
  // A server holds these as long as the connection lives, and hardly anybody asks for them again.
  request.pack(connection);
  response.pack();
  return connection;
}

/** Tells that the connection is open. */
export function tellOpen<D>(
  { connection, log }: ServerSettings<D>,
  subject: Subject,
  head: RequestHead,
  { subprotocol, extensions }: Welcome,
  { origin, startedAt }: { readonly origin: string | null; readonly startedAt: number },
): void {
  log.tell(subject, {
    type: "connection.open",
    path: log.path(head.target),
    subprotocol,
    extensions,
    origin,
    userAgent: headerValues(head.rawHeaders, "User-Agent")[0] ?? null,
    elapsed: connection.clock.now() - startedAt,
  });
}
