/** `clearsocket load <url>`: many connections that send messages, and how long the answers take. */
import { setTimeout as delay } from "node:timers/promises";
import type { ClientConnection } from "../client/options.ts";
import type { LoadCommand } from "./arguments.ts";
import { Histogram } from "./histogram.ts";
import { LoadClient } from "./load-client.ts";
import { describeLoad, type LoadResult, progressLine } from "./load-report.ts";
import { ConnectFailure, open, withoutPassword } from "./open.ts";
import { Output } from "./output.ts";
import { toJson } from "./screen.ts";
import { listenForStop } from "./signals.ts";

/** Connections that are being opened at a time: more only wait in the server's queue. */
const OPENING_MOST = 64;
/** How often messages that are due are sent, in milliseconds. */
const TICK = 2;
/** How long answers are waited for at the end, in milliseconds. */
const GRACE = 2000;

/**
 * Runs a load to its end, or until it is interrupted, and tells the figures.
 *
 * @returns The exit code: 0 when every connection was opened and every message answered, else 1.
 * @throws UsageError (rejects). @throws ConnectFailure (rejects) when not one connection could be opened.
 */
export async function load(command: LoadCommand): Promise<number> {
  return await new Load(command).run();
}

class Load {
  readonly #command: LoadCommand;
  readonly #output = new Output(process.stdout);
  readonly #errors = new Output(process.stderr);
  readonly #aborter = new AbortController();
  readonly #clients: LoadClient[] = [];
  /** Why connections could not be opened, and how often. */
  readonly #failures = new Map<string, number>();
  readonly #latencies = new Histogram();
  #skipped = 0;

  constructor(command: LoadCommand) {
    this.#command = command;
  }

  async run(): Promise<number> {
    const { signal } = this.#aborter;
    const unlisten = listenForStop(() => this.#stop());
    this.#output.broken.addEventListener("abort", () => this.#aborter.abort());
    try {
      const start = performance.now();
      await this.#open(signal);
      const opening = performance.now() - start;
      const from = performance.now();
      const progress = this.#showProgress(from);
      await this.#send(from, signal);
      await this.#settle();
      clearInterval(progress);
      if (progress !== undefined) await this.#errors.write(progressLine(null));
      const running = performance.now() - from;
      const result = this.#result(opening, running);
      await Promise.all(this.#clients.map((client) => client.close()));
      const { json } = this.#command;
      await this.#output.write(json ? `${toJson(result)}\n` : describeLoad(result));
      return result.failed === 0 && result.lost === 0 && result.unanswered === 0 ? 0 : 1;
    } catch (error) {
      if (signal.aborted) return 1;
      throw error;
    } finally {
      unlisten();
    }
  }

  /** Ends the load early; asked again, at once. */
  #stop(): void {
    if (this.#aborter.signal.aborted) for (const client of this.#clients) client.abort();
    this.#aborter.abort();
  }

  async #open(signal: AbortSignal): Promise<void> {
    let left = this.#command.connections;
    let last: unknown = null;
    const openSome = async (): Promise<void> => {
      while (left > 0 && !signal.aborted) {
        left -= 1;
        try {
          this.#add(await open(this.#command, null, signal));
        } catch (error) {
          if (!(error instanceof ConnectFailure)) throw error;
          last = error;
          this.#failures.set(error.message, (this.#failures.get(error.message) ?? 0) + 1);
        }
      }
    };
    await Promise.all(Array.from({ length: OPENING_MOST }, openSome));
    if (this.#clients.length === 0 && last !== null) throw last;
  }

  #add(connection: ClientConnection): void {
    const { size, binary } = this.#command;
    const message = binary ? new Uint8Array(size).fill(0x61) : "a".repeat(size);
    this.#clients.push(new LoadClient(connection, message, this.#latencies));
  }

  async #send(from: number, signal: AbortSignal): Promise<void> {
    const { rate, duration } = this.#command;
    const end = from + duration;
    if (rate !== null) return await this.#sendAtRate(from, end, rate, signal);
    for (const client of this.#clients) client.sendOnAndOn(end);
    await delay(duration, undefined, { signal }).catch(() => {});
    for (const client of this.#clients) client.stop();
  }

  /**
   * Sends messages when they are due. A latency counts from then, not from when there was time to send: so a server that
   * stands still for a second shows that second in every message that was due in it.
   */
  async #sendAtRate(from: number, end: number, rate: number, signal: AbortSignal): Promise<void> {
    const clients = this.#clients;
    let count = 0;
    for (let now = from; now < end && !signal.aborted; now = performance.now()) {
      for (let due = ((now - from) / 1000) * rate; count < due; count += 1) {
        const client = clients[count % clients.length];
        if (client?.send(from + (count / rate) * 1000) !== true) this.#skipped += 1;
      }
      await delay(TICK);
    }
  }

  /** Waits for the answers that are still under way. */
  async #settle(): Promise<void> {
    const end = performance.now() + GRACE;
    while (performance.now() < end) {
      if (this.#clients.every((client) => client.isClosed || client.waiting === 0)) return;
      await delay(5);
    }
  }

  #result(opening: number, running: number): LoadResult {
    const { url, connections, size } = this.#command;
    const clients = this.#clients;
    const sent = clients.reduce((sum, { sent }) => sum + sent, 0);
    const answered = this.#latencies.count;
    return {
      url: withoutPassword(url),
      connections,
      opened: clients.length,
      failed: [...this.#failures.values()].reduce((sum, count) => sum + count, 0),
      failures: Object.fromEntries(this.#failures),
      lost: clients.filter(({ isClosed }) => isClosed).length,
      opening,
      running,
      size,
      sent,
      answered,
      unanswered: sent - answered,
      skipped: this.#skipped,
      latency: {
        least: this.#latencies.least,
        mean: this.#latencies.mean,
        most: this.#latencies.most,
        percentiles: Object.fromEntries(
          [50, 90, 99, 99.9].map((hundredths) => [
            String(hundredths),
            this.#latencies.percentile(hundredths),
          ]),
        ),
        rows: this.#latencies.rows(),
      },
    };
  }

  /** Tells each second at a terminal how far it is. */
  #showProgress(from: number): NodeJS.Timeout | undefined {
    if (process.stderr.isTTY !== true) return undefined;
    let before = 0;
    return setInterval(() => {
      const { count } = this.#latencies;
      const seconds = (performance.now() - from) / 1000;
      void this.#errors.write(
        progressLine({ seconds, open: this.#clients.length, lately: count - before, all: count }),
      );
      before = count;
    }, 1000);
  }
}
