/** Connections whose peer, transport and clock are in the test's hands. */
import { Connection } from "../../src/connection/connection.ts";
import { type ConnectionOptions, resolveConnectionOptions } from "../../src/connection/options.ts";
import { type ConnectionEvent, Subject, type Tap } from "../../src/connection/tap.ts";
import type { Extension } from "../../src/extensions/extension.ts";
import { HandshakeRequest, HandshakeResponse } from "../../src/http/message.ts";
import { TestClock } from "./clock.ts";
import { closePayload, describeFrames, type FrameOptions, frame, readFrames } from "./frames.ts";
import { TestTransport } from "./transport.ts";

export type Side = "client" | "server";
export const SIDES: readonly Side[] = ["client", "server"];

const NOTHING = new Uint8Array(0);

/** What a connection tells, in order. */
class Events implements Tap {
  readonly list: ConnectionEvent[] = [];

  verbose(): boolean {
    return true;
  }

  tell(_subject: Subject, event: ConnectionEvent): void {
    this.list.push(event);
  }

  of<T extends ConnectionEvent["type"]>(type: T): (ConnectionEvent & { type: T })[] {
    return this.list.filter((event) => event.type === type) as never;
  }

  get steps(): string[] {
    return this.of("connection.step").map(({ step }) => step);
  }
}

export interface Setup {
  readonly side?: Side;
  readonly options?: ConnectionOptions;
  readonly head?: Uint8Array;
  readonly extension?: Extension | null;
  /** Whether it is left to the test to start it. */
  readonly unstarted?: boolean;
}

/** An open connection and its peer. */
export class TestPeer {
  readonly side: Side;
  readonly clock = new TestClock();
  readonly transport = new TestTransport();
  readonly events = new Events();
  readonly connection: Connection<string>;

  constructor({ side = "server", options = {}, head, extension, unstarted }: Setup = {}) {
    this.side = side;
    const { transport } = this;
    const owner = {
      secure: false,
      remoteAddress: transport.remoteAddress,
      signal: new AbortController().signal,
    };
    const line = { method: "GET", target: "/chat", version: "1.1" as const };
    this.connection = new Connection<string>({
      transport,
      settings: resolveConnectionOptions({ pingInterval: null, ...options }, this.clock),
      subject: new Subject(side, transport.remoteAddress),
      tap: this.events,
      logger: null,
      request: new HandshakeRequest({ ...line, rawHeaders: [["Host", "h"]] }, owner),
      response: new HandshakeResponse({ status: 101, statusText: "", rawHeaders: [] }),
      subprotocol: "chat",
      extension: extension ?? null,
      data: "data",
    });
    if (unstarted !== true) this.connection.start(head ?? NOTHING);
  }

  /** A frame as this peer sends it. */
  frame(opcode: number, payload?: string | Uint8Array, options?: FrameOptions): Buffer {
    return frame(opcode, payload, { masked: this.side === "server", ...options });
  }

  text(text: string): Buffer {
    return this.frame(1, text);
  }

  close(code?: number, reason?: string): Buffer {
    return this.frame(8, code === undefined ? "" : closePayload(code, reason));
  }

  /** Sends frames in one packet. */
  send(...frames: readonly Uint8Array[]): void {
    this.transport.feed(...frames);
  }

  /** What it has got so far, as short texts. */
  async got(): Promise<string[]> {
    await settle();
    return describeFrames(this.transport.written);
  }

  /** Sends the pong that answers the newest ping. */
  async pong(): Promise<void> {
    await settle();
    const ping = readFrames(this.transport.written).frames.findLast(({ opcode }) => opcode === 9);
    this.send(this.frame(10, ping!.payload));
  }

  /** Does the peer's part of a closing handshake that we have begun, or begins one. */
  async finish(code = 1000): Promise<void> {
    this.send(this.close(code));
    await settle();
    this.clock.turn();
    await settle();
    this.transport.feedEnd();
    await settle();
  }
}

export function open(setup?: Setup): TestPeer {
  return new TestPeer(setup);
}

/** Lets all that can happen now happen: microtasks, ticks and what they give rise to; no time passes on a TestClock. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise is settled now, and how. */
export async function stateOf(
  promise: Promise<unknown>,
): Promise<"pending" | "fulfilled" | "rejected"> {
  await settle();
  const pending = Symbol("pending");
  try {
    return (await Promise.race([promise, Promise.resolve(pending)])) === pending
      ? "pending"
      : "fulfilled";
  } catch {
    return "rejected";
  }
}
