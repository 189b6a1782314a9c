/** From an answer that accepts to a connection, whichever way the answer came. */
import { Connection } from "../connection/connection.ts";
import type { Subject } from "../connection/tap.ts";
import type { Transport } from "../connection/transport.ts";
import type { Extension } from "../extensions/extension.ts";
import { confirmExtensions } from "../extensions/negotiate.ts";
import { serialiseExtensions } from "../http/extensions.ts";
import type { ResponseHead } from "../http/head.ts";
import { HandshakeRequest, HandshakeResponse, type RequestOwner } from "../http/message.ts";
import type { ClientConnection, ClientSettings } from "./options.ts";
import type { Attempt } from "./request.ts";

/** What both sides have agreed on. */
export interface Agreed {
  readonly subprotocol: string | null;
  readonly extension: Extension | null;
  /** The extensions as the server has named them. */
  readonly extensions: string | null;
}

/**
 * Judges an answer that accepts (RFC 6455 §4.1).
 *
 * @throws InvalidHandshake, one of its kind for each rule.
 */
export function agree(head: ResponseHead, attempt: Attempt, settings: ClientSettings): Agreed {
  const { subprotocol, extensions } = attempt.read(head);
  const [extension = null] = confirmExtensions(extensions, settings.extensions);
  return {
    subprotocol,
    extension,
    extensions: extension === null ? null : serialiseExtensions(extensions),
  };
}

/** What a connection is made of, beside what was agreed on. */
export interface Established {
  readonly attempt: Attempt;
  readonly head: ResponseHead;
  readonly transport: Transport;
  readonly subject: Subject;
  readonly owner: RequestOwner;
}

/** The connection; whoever asked for it starts it. */
export function establish(
  { attempt, head, transport, subject, owner }: Established,
  { subprotocol, extension, extensions }: Agreed,
  { connection: settings, log, logger, origin, userAgent }: ClientSettings,
): ClientConnection {
  const { uri, method, http, headers } = attempt;
  const request = new HandshakeRequest(
    { method, target: uri.path, version: http, rawHeaders: headers },
    owner,
  );
  const response = new HandshakeResponse(head);
  const connection = new Connection<undefined>({
    transport,
    settings,
    subject,
    tap: log,
    logger,
    request,
    response,
    subprotocol,
    extension,
    data: undefined,
  });
  request.pack(connection);
  response.pack();
  if (log.verbose(subject)) log.tell(subject, { type: "connection.state", state: "open" });
  log.tell(subject, {
    type: "connection.open",
    path: log.path(uri.path),
    subprotocol,
    extensions,
    origin,
    userAgent,
    elapsed: settings.clock.now() - attempt.startedAt,
  });
  return connection;
}
