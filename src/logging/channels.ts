/**
 * `node:diagnostics_channel`: the events of the connections for those who listen, published only while somebody does.
 *
 * The channels and what is published on them are listed in LOGGING.md 1.9 and in the documentation's page on logging.
 * Where there is no `diagnostics_channel` (browsers), nobody listens.
 */

/** Which channel an event is published on, by its `type`. */
export const CHANNELS = {
  "server.listening": "websockets:server",
  "server.closing": "websockets:server",
  "server.closed": "websockets:server",
  "handshake.request": "websockets:handshake",
  "handshake.response": "websockets:handshake",
  "connection.state": "websockets:connection:state",
  "connection.open": "websockets:connection:open",
  "connection.rejected": "websockets:connection:rejected",
  "connection.close": "websockets:connection:close",
  "connection.failing": "websockets:connection:failing",
  "frame.sent": "websockets:frame",
  "frame.received": "websockets:frame",
  "keepalive.ping": "websockets:keepalive",
  "keepalive.pong": "websockets:keepalive",
  "keepalive.timeout": "websockets:keepalive",
  "handler.failed": "websockets:error",
  "internal.error": "websockets:error",
  "reconnect.wait": "websockets:reconnect",
  "broadcast.skipped": "websockets:broadcast",
} as const;

/** The types of events. */
export type EventType = keyof typeof CHANNELS;

/** The names of the channels. */
export type ChannelName = (typeof CHANNELS)[EventType];

/** What is published on every channel. */
export interface ChannelMessage {
  /** The connection; during its opening handshake, what stands for it; `null` for a server and before a first line. */
  readonly websocket: unknown;
  readonly event: { readonly type: string };
}

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: ChannelMessage): void;
}

interface DiagnosticsChannel {
  channel(name: string): Channel;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

const SILENT: Channel = { hasSubscribers: false, publish: () => undefined };

const module = (globalThis as Host).process?.getBuiltinModule?.("node:diagnostics_channel") as
  | DiagnosticsChannel
  | undefined;

// Node keeps channels by weak references only; these are held, so a subscriber of any time reaches the same object.
const channels = Object.fromEntries(
  Object.entries(CHANNELS).map(([type, name]) => [type, module?.channel(name) ?? SILENT]),
) as Readonly<Record<EventType, Channel>>;

const all: readonly Channel[] = [...new Set(Object.values(channels))];

/** Whether anybody listens to any channel: whether a connection has to tell of itself at all. */
export function hasAnySubscribers(): boolean {
  for (const channel of all) if (channel.hasSubscribers) return true;
  return false;
}

/**
 * Whether anybody listens to what a connection tells in detail: its frames, states and keepalive. Asked for each read and
 * each message.
 */
export function hasVerboseSubscribers(): boolean {
  return (
    channels["frame.sent"].hasSubscribers ||
    channels["connection.state"].hasSubscribers ||
    channels["connection.failing"].hasSubscribers ||
    channels["keepalive.ping"].hasSubscribers ||
    channels["handshake.request"].hasSubscribers
  );
}

/** Whether anybody listens to events of this type. Asked before the event is made: it costs about 1 ns. */
export function hasSubscribers(type: EventType): boolean {
  return channels[type].hasSubscribers;
}

/**
 * Publishes one event on its channel, if it has one and anybody listens. `websocket` is the connection; `null` for the
 * events of a server, and before the first line about it.
 *
 * What a subscriber throws does not come back: Node raises it as an uncaught exception of its own, in a later tick.
 */
export function publish(event: { readonly type: string }, websocket: unknown): void {
  const { type } = event;
  if (!Object.hasOwn(channels, type)) return;
  const channel = channels[type as EventType];
  if (channel.hasSubscribers) channel.publish({ websocket, event });
}
