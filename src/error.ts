/**
 * The root of every error of this library.
 *
 * Each class has a stable `code`, writes its own sentence, and carries its data in fields. Errors stand beside the
 * concept that they speak of (`frames/errors`, `http/errors`, `connection/errors` …); only their root stands here.
 */

const BRAND: unique symbol = Symbol.for("clearsocket/error") as never;

interface Branded {
  readonly [BRAND]?: true;
  readonly code?: string;
}

/** The root of the tree: `catch (error) { if (error instanceof WebSocketError) … }`. */
export class WebSocketError extends Error {
  /** The class's stable code, `ERR_WEBSOCKET_…`; the same in every version and every copy of this library. */
  static readonly code: string = "ERR_WEBSOCKET";

  static {
    WebSocketError.prototype.name = "WebSocketError";
    // In a block, since declarations can name no computed member.
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** The stable code of this error's class. */
  get code(): string {
    return (this.constructor as typeof WebSocketError).code;
  }

  /**
   * Recognises errors of other copies of this library too (two versions in one process, ESM beside CommonJS): a class
   * is known by its code, not by its identity.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    let candidate: unknown = value.constructor;
    while (typeof candidate === "function") {
      const { [BRAND]: branded, code } = candidate as Branded;
      if (branded === true && code === this.code) return true;
      candidate = Object.getPrototypeOf(candidate);
    }
    return false;
  }
}
