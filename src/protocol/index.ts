/**
 * `clearsocket/protocol`: WebSocket without I/O (RFC 6455). Bytes in, events and bytes out; no socket, no timer, no logger.
 *
 * Under semantic versioning, as the rest of the package.
 *
 * @module clearsocket/protocol
 */
export { WebSocketError } from "../error.ts";
export { deflateForClient, deflateForServer } from "../extensions/deflate-negotiation.ts";
export type {
  AcceptedExtension,
  DecodeSink,
  EncodeMeta,
  Extension,
  ExtensionFactory,
  ExtensionParameters,
} from "../extensions/extension.ts";
export { type Close, parseClose, serialiseClose } from "../frames/close.ts";
export {
  ABNORMAL_CLOSURE,
  BAD_GATEWAY,
  explainCloseCode,
  GOING_AWAY,
  INTERNAL_ERROR,
  INVALID_DATA,
  isCloseCode,
  isNormalClosure,
  MANDATORY_EXTENSION,
  MESSAGE_TOO_BIG,
  NO_STATUS_RECEIVED,
  NORMAL_CLOSURE,
  POLICY_VIOLATION,
  PROTOCOL_ERROR,
  SERVICE_RESTART,
  TRY_AGAIN_LATER,
  UNSUPPORTED_DATA,
} from "../frames/close-code.ts";
export { InvalidUtf8, PayloadTooBig, ProtocolError, TooManyFrames } from "../frames/errors.ts";
export { type Frame, MAX_CONTROL_PAYLOAD } from "../frames/frame.ts";
export {
  BINARY,
  CLOSE,
  CONTINUATION,
  isControl,
  isOpcode,
  nameOpcode,
  type Opcode,
  PING,
  PONG,
  TEXT,
} from "../frames/opcode.ts";
export { serialiseFrame } from "../frames/serialise.ts";
export { acceptKey, makeKey } from "../http/accept-key.ts";
export {
  HeaderLineTooLong,
  InvalidHandshake,
  InvalidHeader,
  InvalidHeaderFormat,
  InvalidHeaderValue,
  InvalidMessage,
  InvalidMethod,
  InvalidOrigin,
  InvalidProtocol,
  InvalidUpgrade,
  InvalidURI,
  NegotiationError,
  RequestLineTooLong,
  SecurityError,
  StatusLineTooLong,
  TooManyHeaders,
} from "../http/errors.ts";
export type { RequestHead } from "../http/head.ts";
export { headerValues, type RawHeaders } from "../http/headers.ts";
export { InvalidStatus } from "../http/invalid-status.ts";
export { HandshakeResponse } from "../http/message.ts";
export { ClientProtocol, type ClientProtocolOptions } from "./client-protocol.ts";
export { InvalidState } from "./errors.ts";
export type {
  BinaryEvent,
  CloseEvent,
  EofEvent,
  FailingEvent,
  PingEvent,
  PongEvent,
  ProtocolEvent,
  RequestEvent,
  ResponseEvent,
  StateEvent,
  TextEvent,
} from "./events.ts";
export type { Protocol, ProtocolOptions, ProtocolOutput } from "./protocol.ts";
export {
  type AcceptOptions,
  ServerProtocol,
  type ServerProtocolOptions,
} from "./server-protocol.ts";
export type { State } from "./state.ts";
