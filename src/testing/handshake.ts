/**
 * An opening handshake in memory (RFC 6455 §4): each side says, judges and logs what it does on a socket, but within one call.
 */
import { agree, establish } from "../client/establish.ts";
import type { ClientConnection, ClientSettings } from "../client/options.ts";
import { makeAttempt } from "../client/request.ts";
import { OpeningTeller } from "../connection/opening-teller.ts";
import { Subject } from "../connection/tap.ts";
import type { Transport } from "../connection/transport.ts";
import { HeadParser, type RequestHead, type ResponseHead } from "../http/head.ts";
import { type RawHeaders, serialiseHead } from "../http/headers.ts";
import { HandshakeRequest, type RequestOwner } from "../http/message.ts";
import { statusText } from "../http/status.ts";
import type { WebSocketUri } from "../http/uri.ts";
import { statusLine } from "../protocol/server.ts";
import type { Admitted } from "../server/admission.ts";
import { Http1Dialect } from "../server/dialect.ts";
import type { ServerConnection, ServerSettings } from "../server/options.ts";
import { openConnection, prepareWelcome, tellOpen } from "../server/welcome.ts";

/** One side before the handshake. */
interface Side<Settings> {
  readonly settings: Settings;
  readonly transport: Transport;
}

/** Both connections; whoever asked for them starts them. */
interface Opened<D> {
  readonly client: ClientConnection;
  readonly server: ServerConnection<D>;
}

/**
 * Shakes hands.
 *
 * @throws InvalidHandshake, one of its kind for each rule, when the two do not agree.
 */
export function shakeHands<D>(
  client: Side<ClientSettings>,
  server: Side<ServerSettings<D>>,
  uri: WebSocketUri,
  admitted: Admitted<D>,
): Opened<D> {
  const { settings, transport } = client;
  const attempt = makeAttempt(uri, settings);
  const subject = new Subject("client", transport.remoteAddress);
  const owner = ownerOf(transport);
  const teller = new OpeningTeller(settings.log, subject);
  teller.begin();
  settings.log.request(subject, attempt);
  const asked = readHead("request", `GET ${uri.path} HTTP/1.1`, attempt.headers);
  const answer = welcome(server, asked, admitted);
  const head = readHead("response", statusLine(101, statusText(101)), answer.headers);
  settings.log.response(subject, head);
  const agreed = agree(head, attempt, settings);
  const connection = establish({ attempt, head, transport, subject, owner }, agreed, settings);
  owner.connection = connection;
  return { client: connection, server: answer.connection };
}

/** The server's part. */
function welcome<D>(
  { settings, transport }: Side<ServerSettings<D>>,
  head: RequestHead,
  admitted: Admitted<D>,
): { readonly connection: ServerConnection<D>; readonly headers: RawHeaders } {
  const {
    log,
    connection: { clock },
  } = settings;
  const startedAt = clock.now();
  const subject = new Subject("server", transport.remoteAddress);
  const owner = ownerOf(transport);
  const teller = new OpeningTeller(log, subject);
  teller.begin();
  const dialect = new Http1Dialect(transport);
  dialect.check(head);
  const request = new HandshakeRequest(head, owner);
  subject.request = request;
  log.request(subject, head);
  const opening = dialect.read(head);
  const prepared = prepareWelcome(settings, opening, admitted);
  const { headers } = prepared;
  const status = dialect.accepted;
  log.response(subject, status, statusText(status), headers, 0);
  const parts = { status, transport, subject, request, admitted };
  const connection = openConnection(settings, prepared, parts);
  owner.connection = connection;
  teller.open();
  tellOpen(settings, subject, head, prepared, { origin: opening.wishes.origin, startedAt });
  return { connection, headers };
}

/** What goes over the wire, as the other side reads it. */
function readHead(kind: "request", start: string, headers: RawHeaders): RequestHead;
function readHead(kind: "response", start: string, headers: RawHeaders): ResponseHead;
function readHead(
  kind: "request" | "response",
  start: string,
  headers: RawHeaders,
): RequestHead | ResponseHead {
  const head = new HeadParser(kind).push(serialiseHead(start, headers));
  if (head === null) throw new Error("a head of a handshake has not ended");
  return head;
}

/** Whose request it is: its signal is that of the connection, once there is one. */
function ownerOf({
  remoteAddress,
}: Transport): RequestOwner & { connection: { readonly signal: AbortSignal } | null } {
  return {
    secure: false,
    remoteAddress,
    connection: null,
    get signal() {
      if (this.connection === null) throw new Error("the request has no connection yet");
      return this.connection.signal;
    },
  };
}
