/** An answer came, and it is not the one that was hoped for. */
import { InvalidHandshake, ProxyError } from "./errors.ts";
import type { HandshakeResponse } from "./message.ts";

/** The server answered the handshake with another status than 101 (over HTTP/2: than 2xx). */
export class InvalidStatus extends InvalidHandshake {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_STATUS";

  static {
    InvalidStatus.prototype.name = "InvalidStatus";
  }

  /** What it answered, with the body. */
  readonly response: HandshakeResponse;

  constructor(response: HandshakeResponse) {
    super(`server rejected WebSocket connection: HTTP ${response.status}`);
    this.response = response;
  }
}

/** The proxy answered CONNECT with another status than 2xx. */
export class InvalidProxyStatus extends ProxyError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_PROXY_STATUS";

  static {
    InvalidProxyStatus.prototype.name = "InvalidProxyStatus";
  }

  /** What it answered, with the body. */
  readonly response: HandshakeResponse;

  constructor(response: HandshakeResponse) {
    super(`proxy rejected connection: HTTP ${response.status}`);
    this.response = response;
  }
}
