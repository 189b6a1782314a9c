/**
 * Keepalive: a ping when the interval is over, and a verdict when the peer has been silent since.
 *
 * Whatever the peer sends counts as life, not the pong alone: a peer that is busy sending a large message is not dead.
 */
import { fillRandom } from "#platform";
import type { Clock, Timer } from "./clock.ts";

/** What a heartbeat needs of its connection. */
export interface HeartbeatOwner {
  /** Sends a ping. */
  onBeat(payload: Uint8Array): void;
  /** The peer has answered, after `latency` milliseconds. */
  onAnswer(latency: number): void;
  /** The peer has been silent for too long. */
  onSilence(): void;
  /** A timer has fired `late` milliseconds after its time: this process did nothing meanwhile. */
  onLate(late: number): void;
  /** Whether we do not read now, so that silence says nothing about the peer. */
  readonly isPaused: boolean;
}

const PAYLOAD_SIZE = 4;

/** From so much on it is worth a word that a timer is late, in milliseconds: no peer has noticed less. */
const LATE = 1000;

export class Heartbeat {
  readonly #owner: HeartbeatOwner;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #timeout: number | null;
  #timer: Timer | null = null;
  /** The payload of the ping that waits for its pong. */
  #payload: Uint8Array | null = null;
  #sentAt = 0;
  /** When the timer should fire. */
  #dueAt = 0;
  /** Whether anything has come since the ping was sent. */
  #alive = false;

  constructor(owner: HeartbeatOwner, clock: Clock, interval: number, timeout: number | null) {
    this.#owner = owner;
    this.#clock = clock;
    this.#interval = interval;
    this.#timeout = timeout;
  }

  start(): void {
    this.#wait(this.#interval);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    // A pong that comes after would start it again.
    this.#payload = null;
  }

  /** Bytes have come. */
  onLife(): void {
    this.#alive = true;
  }

  /** A pong has come. */
  onPong(bytes: Uint8Array, start: number, end: number): void {
    const payload = this.#payload;
    if (payload === null || end - start !== PAYLOAD_SIZE) return;
    for (let at = 0; at < PAYLOAD_SIZE; at += 1) {
      if (payload[at] !== bytes[start + at]) return;
    }
    this.#payload = null;
    const latency = this.#clock.now() - this.#sentAt;
    if (this.#timeout !== null) {
      this.stop();
      this.#wait(Math.max(0, this.#interval - latency));
    }
    this.#owner.onAnswer(latency);
  }

  #wait(delay: number): void {
    this.#dueAt = this.#clock.now() + delay;
    this.#timer = this.#clock.after(delay, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = null;
    const late = this.#clock.now() - this.#dueAt;
    if (late >= LATE) this.#owner.onLate(late);
    if (late <= 0 || this.#payload === null) {
      this.#judge();
      return;
    }
    // Where the event loop was blocked, what the peer has sent waits in the socket still: it is read first.
    this.#clock.nextTurn(() => {
      // Meanwhile the pong may have come, which has set the timer, or the connection may have ended.
      if (this.#payload !== null) this.#judge();
    });
  }

  #judge(): void {
    if (this.#payload !== null && this.#timeout !== null) {
      if (!this.#alive && !this.#owner.isPaused) {
        this.#owner.onSilence();
        return;
      }
      // It lives, or we cannot tell. Its pong may yet come; the next ping does not wait for it.
    }
    this.#beat();
  }

  #beat(): void {
    this.#payload = fillRandom(new Uint8Array(PAYLOAD_SIZE));
    this.#sentAt = this.#clock.now();
    this.#alive = false;
    this.#wait(this.#timeout ?? this.#interval);
    this.#owner.onBeat(this.#payload);
  }
}
