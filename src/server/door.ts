/** The listeners of ours on an HTTP server of somebody else, however many of our servers stand beside it. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Http2Stream } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { InvalidUpgrade } from "../http/errors.ts";
import type { RequestHead } from "../http/head.ts";
import { HandshakeRequest, type RequestOwner } from "../http/message.ts";
import { toRequestHead } from "../node/incoming.ts";
import { remoteAddressOf } from "../node/socket.ts";
import { refusalBody, refusalHeaders, refuse } from "../protocol/server.ts";

/** One of our servers beside an HTTP server. */
export interface Attachment {
  readonly match: ((request: HandshakeRequest) => boolean) | null;
  readonly serverHeader: string | null;
  /** Takes a request to upgrade. */
  takeSocket(socket: Socket, head: RequestHead, rest: Uint8Array): void;
  /** Takes a request of HTTP/2. */
  takeStream(stream: Http2Stream, head: RequestHead): void;
}

/** What stands between an HTTP server and those of ours. */
export interface Door {
  add(attachment: Attachment): void;
  remove(attachment: Attachment): void;
}

/** HTTP/1.1: 'upgrade', and 'request' for those that ask for nothing of the kind. */
export class UpgradeDoor implements Door {
  readonly #http: HttpServer | HttpsServer;
  readonly #answersPlain: boolean;
  #attachments: readonly Attachment[] = [];

  /** @param answersPlain Whether plain requests that nobody listens for are answered. */
  constructor(http: HttpServer | HttpsServer, answersPlain: boolean) {
    this.#http = http;
    this.#answersPlain = answersPlain;
  }

  add(attachment: Attachment): void {
    if (this.#attachments.length === 0) {
      this.#http.on("upgrade", this.#onUpgrade);
      if (this.#answersPlain) this.#http.on("request", this.#onRequest);
    }
    this.#attachments = [...this.#attachments, attachment];
  }

  remove(attachment: Attachment): void {
    this.#attachments = this.#attachments.filter((other) => other !== attachment);
    if (this.#attachments.length > 0) return;
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
    const isAlone = this.#http.listenerCount("upgrade") === 1;
    choose(this.#attachments, head, owner, isAlone)?.takeSocket(socket, head, rest);
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

/**
 * Whose a request is: the first that matches.
 *
 * @param isAlone Whether nobody else would answer; then the first of ours does, with 404.
 */
export function choose(
  attachments: readonly Attachment[],
  head: RequestHead,
  owner: RequestOwner,
  isAlone: boolean,
): Attachment | undefined {
  const request = new HandshakeRequest(head, owner);
  const matching = attachments.find(({ match }) => match === null || tries(match, request));
  return matching ?? (isAlone ? attachments[0] : undefined);
}

/** The signal of a request that is not ours yet. */
export const NEVER: AbortSignal = new AbortController().signal;

/** Whether it matches; what throws is taken for a match, and answered with 500 by the server whose function it is. */
function tries(match: (request: HandshakeRequest) => boolean, request: HandshakeRequest): boolean {
  try {
    return match(request);
  } catch {
    return true;
  }
}
