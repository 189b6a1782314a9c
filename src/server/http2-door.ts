/** The listeners of ours on an HTTP/2 server of somebody else. */
import type { IncomingMessage } from "node:http";
import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  ServerHttp2Stream,
} from "node:http2";
import { InvalidUpgrade } from "../http/errors.ts";
import { headerValues } from "../http/headers.ts";
import { describeSession, Http2Transport, toHttp2RequestHead } from "../node/http2.ts";
import { refuseHttp2, toHttp2Headers } from "../protocol/http2.ts";
import { refusalBody, refusalHeaders } from "../protocol/server.ts";
import { type Attachment, choose, type Door, NEVER } from "./door.ts";

/**
 * HTTP/2: 'stream', which Node emits for each request, to each listener.
 *
 * Where anybody has ever listened for 'request', Node answers each CONNECT with 405 itself, unless somebody listens for
 * 'connect'; so we do, and leave all that it brings to the listener for 'stream'.
 */
export class StreamDoor implements Door {
  readonly #http: Http2Server | Http2SecureServer;
  #attachments: readonly Attachment[] = [];

  constructor(http: Http2Server | Http2SecureServer) {
    this.#http = http;
  }

  add(attachment: Attachment): void {
    if (this.#attachments.length === 0) {
      // RFC 8441 §3: a client may ask only where the server has said so. Sessions that are open already were not told.
      this.#http.updateSettings({ enableConnectProtocol: true });
      this.#http.on("stream", this.#onStream);
      this.#http.on("connect", this.#onConnect);
    }
    this.#attachments = [...this.#attachments, attachment];
  }

  remove(attachment: Attachment): void {
    this.#attachments = this.#attachments.filter((other) => other !== attachment);
    if (this.#attachments.length > 0) return;
    this.#http.off("stream", this.#onStream);
    this.#http.off("connect", this.#onConnect);
  }

  readonly #onStream = (
    stream: ServerHttp2Stream,
    _headers: object,
    _flags: number,
    fields: readonly string[],
  ): void => {
    // A listener before us may answer everything.
    if (stream.destroyed || stream.closed || stream.headersSent) return;
    const head = toHttp2RequestHead(fields);
    if (head.method !== "CONNECT") {
      if (this.#hasNoOther()) this.#answerPlain(stream);
      return;
    }
    const isAlone = this.#hasNoOtherForConnect();
    if (headerValues(head.rawHeaders, ":protocol")[0] !== "websocket") {
      // The first of ours says what is wrong.
      if (isAlone) this.#attachments[0]?.takeStream(stream, head);
      return;
    }
    const owner = { ...describeSession(stream.session), signal: NEVER };
    choose(this.#attachments, head, owner, isAlone)?.takeStream(stream, head);
  };

  readonly #onConnect = (message: Http2ServerRequest | IncomingMessage): void => {
    // With `allowHTTP1` it comes from HTTP/1.1 too, where Node cuts what nobody listens for.
    if (message.httpVersionMajor === 1 && this.#http.listenerCount("connect") === 1) {
      message.socket.destroy();
    }
  };

  #hasNoOther(): boolean {
    return this.#http.listenerCount("request") === 0 && this.#http.listenerCount("stream") === 1;
  }

  #hasNoOtherForConnect(): boolean {
    // Node serves those who listen for 'request' by a listener for 'stream' of its own.
    const known = this.#http.listenerCount("request") > 0 ? 2 : 1;
    return this.#http.listenerCount("connect") === 1 && this.#http.listenerCount("stream") <= known;
  }

  #answerPlain(stream: ServerHttp2Stream): void {
    const refused = refuseHttp2(new InvalidUpgrade(":protocol"));
    const body = new TextEncoder().encode(refusalBody(refused));
    const { serverHeader } = this.#attachments[0] as Attachment;
    const headers = refusalHeaders(refused, body.length, new Date().toUTCString(), serverHeader);
    const transport = new Http2Transport(stream);
    transport.respond(refused.status, toHttp2Headers(headers));
    transport.write(body);
    transport.end();
    transport.resume();
  }
}
