/** Keepalive of one connection: its heartbeat, and what a missing answer means. */
import { INTERNAL_ERROR } from "../frames/close-code.ts";
import type { Session } from "../protocol/session.ts";
import { TimeoutError } from "./deadline.ts";
import { Heartbeat, type HeartbeatOwner } from "./heartbeat.ts";
import type { ConnectionSettings } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { ConnectionEvent } from "./tap.ts";

/** What keepalive needs of its connection's driver. */
export interface KeepaliveOwner {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly settings: ConnectionSettings;
  /** Whether we do not read now. */
  readonly isPaused: boolean;
  latency: number;
  keepaliveFailed: boolean;
  fault: Error | null;
  /** Asks anew whether anybody listens. */
  listen(): void;
  tell(event: ConnectionEvent): void;
  fail(code: number, reason: string, error: Error | null, announce: boolean): void;
}

/** Pings a connection's peer, and closes the connection with 1011 when the peer is silent. */
export class Keepalive implements HeartbeatOwner {
  readonly heartbeat: Heartbeat;
  readonly #driver: KeepaliveOwner;

  constructor(driver: KeepaliveOwner, interval: number) {
    this.#driver = driver;
    const { clock, pingTimeout } = driver.settings;
    this.heartbeat = new Heartbeat(this, clock, interval, pingTimeout);
  }

  get isPaused(): boolean {
    return this.#driver.isPaused;
  }

  onBeat(payload: Uint8Array): void {
    const driver = this.#driver;
    if (driver.session.state !== "open") return;
    driver.listen();
    driver.session.sendPing(payload);
    driver.outbox.flush();
    if (driver.session.tap !== null) {
      driver.tell({ type: "keepalive.ping", latency: driver.latency });
    }
  }

  onAnswer(latency: number): void {
    const driver = this.#driver;
    driver.latency = latency;
    if (driver.session.tap !== null && driver.settings.pingTimeout !== null) {
      driver.tell({ type: "keepalive.pong", latency });
    }
  }

  onLate(late: number): void {
    const { settings } = this.#driver;
    this.#driver.tell({ type: "loop.blocked", late, at: settings.clock.now() });
  }

  onSilence(): void {
    const driver = this.#driver;
    driver.listen();
    if (driver.session.tap !== null) {
      driver.tell({ type: "keepalive.timeout", latency: driver.latency });
    }
    driver.keepaliveFailed = true;
    driver.fault ??= new TimeoutError(
      `no answer to a keepalive ping within ${driver.settings.pingTimeout} ms, and nothing else came`,
    );
    if (driver.session.state !== "open") return;
    // The transcript of Python's library knows no other line here.
    driver.fail(INTERNAL_ERROR, "keepalive ping timeout", null, false);
    driver.outbox.flush();
  }
}
