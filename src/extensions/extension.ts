/**
 * What may change a frame: the interface of extensions (RFC 6455 §5.8, §9), used by permessage-deflate and open to
 * extensions of your own.
 *
 * An `ExtensionFactory` is given to a server or a client once and negotiates for each connection; an `Extension` is what
 * one connection has agreed on. Both are without I/O: they see payloads, never sockets.
 *
 * An extension works on data messages, each as a whole: a message whose first frame bears the extension's reserved bits
 * goes through `decode`, all of its fragments in order; control frames never do ("An extension … MUST NOT" apply them to
 * control frames, RFC 7692 §6, is held by the session for every extension).
 */
import type { ExtensionParameter } from "../http/extensions.ts";

/** The parameters of one offer or answer in the order of the header; `null` is a parameter without a value. */
export type ExtensionParameters = readonly ExtensionParameter[];

/** What the session tells of an outgoing piece. The object may be reused: read it during the call only. */
export interface EncodeMeta {
  /** Whether this is the first frame of its message. */
  readonly first: boolean;
  /** Whether this is the last frame of its message. */
  readonly fin: boolean;
  /** The caller's wish: `true` encodes whatever the size, `false` never; `undefined` leaves it to the extension. */
  readonly compress: boolean | undefined;
}

/** Where `decode` puts what it makes. */
export interface DecodeSink {
  /** The largest message allowed, in bytes; `Infinity` when there is no limit. */
  readonly limit: number;
  /** How many bytes of this message it has taken so far. */
  readonly size: number;
  /**
   * Takes `bytes[start, end)`. The memory belongs to the extension and changes after the call: copy what stays.
   *
   * @returns `false` to ask `decode` to pause: enough has been done for now.
   */
  write(bytes: Uint8Array, start: number, end: number): boolean;
}

/** An extension as one connection has agreed on it. Every call but the two `…Large` is synchronous. */
export interface Extension {
  /** The registered name, such as `permessage-deflate`. */
  readonly name: string;
  /** The parameters as agreed, in the form of the header, such as `server_max_window_bits=12`; empty without any. */
  readonly parameters: string;
  /** The reserved bits that it claims: 4 is RSV1, 2 is RSV2, 1 is RSV3; at least one. */
  readonly rsv: number;
  /**
   * Encodes one outgoing data message, or one fragment of it. A result goes out with the extension's bits set on the
   * first frame; `null` says that the piece goes as it is.
   *
   * The choice is made at the first fragment: if that gave `null`, the session sends the rest without asking; if not,
   * the rest never gives `null`.
   *
   * The result may be memory that the next call of any extension overwrites: use it at once.
   */
  encode(payload: Uint8Array, meta: EncodeMeta): Uint8Array | null;
  /**
   * Decodes `source[start, end)`, the next piece of an incoming message. Pieces may be cut anywhere; `fin` is true for
   * the last piece of the last frame. Never gives `sink` more than `sink.limit - sink.size` bytes.
   *
   * @returns The position up to which it has read: `end`, or less when the sink asked for a pause; call again from there.
   * @throws ProtocolError when the data is bad; PayloadTooBig when the message is larger than `sink.limit`.
   */
  decode(source: Uint8Array, start: number, end: number, fin: boolean, sink: DecodeSink): number;
  /**
   * From how many bytes on a whole message, or its compressed payload, should go through `encodeLarge` and `decodeLarge`,
   * which are there then; absent or `Infinity`: never.
   */
  readonly large?: number;
  /**
   * As `encode` for a whole message that the caller has not asked to leave alone, off the loop. No other outgoing message
   * may be encoded until it settles, and `payload` must not change till then. The result belongs to the caller.
   */
  encodeLarge?(payload: Uint8Array): Promise<Uint8Array | null>;
  /**
   * As `decode` for a whole message, off the loop. No other incoming message may be decoded until it settles, and
   * `payload` must not change till then. The result belongs to the caller. Rejects as `decode` throws.
   *
   * @param limit The largest message allowed, in bytes; `Infinity` when there is no limit.
   */
  decodeLarge?(payload: Uint8Array, limit: number): Promise<Uint8Array>;
  /**
   * Names all that decides what `encodeAlone` makes of a message: where it is the same, so is the result, and many connections
   * may send it (`broadcast`). Absent: each encodes for itself.
   */
  readonly sharing?: string;
  /** As `encode` for a whole message, without recourse to any other. The result is used at once. */
  encodeAlone?(payload: Uint8Array, meta: EncodeMeta): Uint8Array | null;
  /** `payload` goes out as an extension with the same `sharing` has encoded it by `encodeAlone`. */
  onShared?(payload: Uint8Array): void;
  /** Releases its memory. What was begun off the loop may still settle; nothing else is called afterwards. */
  close(): void;
}

/** What a server agreed to: the extension, and the parameters of the answer. */
export interface AcceptedExtension {
  readonly extension: Extension;
  readonly parameters: ExtensionParameters;
}

/** Negotiates one extension, on either side (RFC 6455 §9.1). */
export interface ExtensionFactory {
  /** The registered name; offers and answers of other names never get here. */
  readonly name: string;
  /** The reserved bits that its extensions claim: 4 is RSV1, 2 is RSV2, 1 is RSV3. */
  readonly rsv: number;
  /** On a client: what to offer, best first. */
  offer(): readonly ExtensionParameters[];
  /**
   * On a server: agrees to an offer, or gives `null` to decline it.
   *
   * @throws NegotiationError when the offer is not valid, which declines it too.
   */
  accept(offer: ExtensionParameters): AcceptedExtension | null;
  /**
   * On a client: takes the server's answer.
   *
   * @throws NegotiationError when the answer is not valid or not what was offered; it fails the handshake.
   */
  confirm(answer: ExtensionParameters): Extension;
}

/** The option `extensions`: a list of factories, or undefined. @throws TypeError when it is something else. */
export function checkExtensions(extensions: readonly ExtensionFactory[] | undefined): void {
  if (extensions === undefined) return;
  const isFactory = (one: unknown): boolean =>
    typeof one === "object" &&
    one !== null &&
    ["offer", "accept", "confirm"].every(
      (name) => typeof (one as Record<string, unknown>)[name] === "function",
    );
  if (Array.isArray(extensions) && extensions.every(isFactory)) return;
  const given = typeof extensions === "string" ? JSON.stringify(extensions) : typeof extensions;
  throw new TypeError(
    `extensions is ${given}: it must be a list of ExtensionFactory: objects with a name, and with offer, accept and confirm`,
  );
}
