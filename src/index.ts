/**
 * The package's entry: servers, clients, and the errors that they give.
 *
 * @module clearsocket
 */
export { connect } from "./client/connect.ts";
export type { ClientConnection, ConnectOptions } from "./client/options.ts";
export type { ProxyOptions } from "./client/proxy.ts";
export {
  type ReconnectHandler,
  type ReconnectOptions,
  reconnect,
  type Source,
} from "./client/reconnect.ts";
export type { WaitOptions } from "./connection/abort.ts";
export { type BackoffOptions, backoff } from "./connection/backoff.ts";
export type { Closure } from "./connection/closure.ts";
export { Connection } from "./connection/connection.ts";
export { TimeoutError } from "./connection/deadline.ts";
export {
  ConcurrencyError,
  ConnectionClosed,
  ConnectionClosedError,
  ConnectionClosedOK,
  KeepaliveTimeout,
} from "./connection/errors.ts";
export type { FragmentSource } from "./connection/fragments.ts";
export { StreamEnded } from "./connection/loss.ts";
export type { Message } from "./connection/message.ts";
export type { ConnectionOptions } from "./connection/options.ts";
export type { RateLimit } from "./connection/rate-limit.ts";
export type { ReadOptions } from "./connection/read-options.ts";
export type { Attempt } from "./connection/reconnect.ts";
export { processException } from "./connection/retry.ts";
export type { SendOptions } from "./connection/send-options.ts";
export { StreamLost } from "./connection/transport.ts";
export { WebSocketError } from "./error.ts";
export type { Close } from "./frames/close.ts";
export { InvalidUtf8, PayloadTooBig, ProtocolError, TooManyFrames } from "./frames/errors.ts";
export type { Address, SocketAddress } from "./http/address.ts";
export {
  DuplicateParameter,
  HeaderLineTooLong,
  InvalidHandshake,
  InvalidHeader,
  InvalidHeaderFormat,
  InvalidHeaderValue,
  InvalidMessage,
  InvalidMethod,
  InvalidOrigin,
  InvalidParameterName,
  InvalidParameterValue,
  InvalidProtocol,
  InvalidProxy,
  InvalidProxyMessage,
  InvalidUpgrade,
  InvalidURI,
  NegotiationError,
  ProxyError,
  RequestLineTooLong,
  SecurityError,
  StatusLineTooLong,
  TooManyHeaders,
} from "./http/errors.ts";
export { InvalidProxyStatus, InvalidStatus } from "./http/invalid-status.ts";
export type { HandshakeRequest, HandshakeResponse } from "./http/message.ts";
export type { LoggerLike } from "./logging/adapt.ts";
export type { CompressionOptions, ExtensionFactory } from "./node/compression.ts";
export { type ToDuplexOptions, toDuplex } from "./node/duplex.ts";
export type { SocksConnect } from "./node/socks-proxy.ts";
export type { State } from "./protocol/state.ts";
export { attach } from "./server/attach.ts";
export { type Authentication, basicAuth, type User, type UserAndPassword } from "./server/auth.ts";
export { type BroadcastOptions, type BroadcastResult, broadcast } from "./server/broadcast.ts";
export type { DebugCandidate, DebugFilter, DebugOptions } from "./server/debug.ts";
export type {
  Admission,
  AttachOptions,
  Handler,
  Match,
  ProcessRequest,
  ServeOptions,
  ServerConnection,
} from "./server/options.ts";
export type { Origins } from "./server/origin.ts";
export type { TrustProxy } from "./server/proxy-trust.ts";
export type { PathParameters } from "./server/route-path.ts";
export {
  type ParametersOf,
  type PathPattern,
  type Route,
  type Routed,
  type RouteHandler,
  type RouteOptions,
  route,
  router,
} from "./server/router.ts";
export { type ServeOptionsWithHandler, serve } from "./server/serve.ts";
export type { ServeForeverOptions } from "./server/serve-forever.ts";
export type { CloseOptions, Server } from "./server/server.ts";
export {
  type BearerOptions,
  bearerAuth,
  type CookieOptions,
  cookieAuth,
  type SubprotocolOptions,
  subprotocolToken,
  type TokenHolder,
} from "./server/token-auth.ts";
