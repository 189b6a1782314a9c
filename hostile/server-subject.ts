/** A server under attack. */
import { faultOfResponse, type Head, newKey, writeHead } from "../conformance/wire/head.ts";
import { lives } from "./proc.ts";
import type { OpenOptions, Subject } from "./subject.ts";
import { Wire } from "./wire.ts";

/** What no context remembers from one message to the next, so that each can be read for itself. */
export const OFFER = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";

type Field = readonly [string, string];

/** How to start a server: it says where it listens and who it is. */
export interface Started {
  readonly address: string;
  readonly pid: number | null;
  stop(): Promise<void>;
}

export class ServerSubject implements Subject {
  readonly role = "server";
  readonly lives = true;
  readonly #start: () => Promise<Started>;
  #started: Started;
  #url: URL;

  private constructor(start: () => Promise<Started>, started: Started) {
    this.#start = start;
    this.#started = started;
    this.#url = new URL(started.address);
  }

  /** @param start Called again when the server has died; a server that is only known by its address cannot be. */
  static async from(start: () => Promise<Started>): Promise<ServerSubject> {
    return new ServerSubject(start, await start());
  }

  get pid(): number | null {
    return this.#started.pid;
  }

  get death(): string | null {
    const { pid } = this;
    return pid === null || lives(pid) ? null : "the process has ended";
  }

  /** The value of Host. */
  get host(): string {
    return this.#url.host;
  }

  get path(): string {
    return this.#url.pathname + this.#url.search;
  }

  dial(): Promise<Wire> {
    const { hostname, port } = this.#url;
    return Wire.dial(hostname.replace(/^\[|\]$/g, ""), Number(port || 80));
  }

  /** The fields of a good request. */
  fields(key: string, { deflate = false }: OpenOptions = {}): Field[] {
    return [
      ["Host", this.host],
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Key", key],
      ["Sec-WebSocket-Version", "13"],
      ...(deflate ? [["Sec-WebSocket-Extensions", OFFER] as const] : []),
    ];
  }

  async open(options: OpenOptions = {}): Promise<Wire> {
    const wire = await this.dial();
    const key = newKey();
    const request = writeHead(`GET ${this.path} HTTP/1.1`, this.fields(key, options));
    wire.write(request, options.behind ?? "");
    let head: Head | null;
    try {
      head = await wire.head();
    } catch (error) {
      wire.destroy();
      throw error;
    }
    const fault = head === null ? "no answer to the handshake" : faultOfResponse(head, key);
    if (fault !== null) {
      wire.destroy();
      throw new Error(fault);
    }
    const extensions = head?.fields.get("sec-websocket-extensions") ?? "";
    wire.upgrade(extensions.includes("permessage-deflate"));
    return wire;
  }

  async revive(): Promise<boolean> {
    await this.#started.stop();
    try {
      this.#started = await this.#start();
    } catch {
      return false;
    }
    this.#url = new URL(this.#started.address);
    return true;
  }

  close(): Promise<void> {
    return this.#started.stop();
  }
}

/** A server that somebody else has started. */
export function serverAt(address: string, pid: number | null): () => Promise<Started> {
  let started = false;
  return async () => {
    if (started) throw new Error("it was not started by us");
    started = true;
    return { address, pid, stop: async () => {} };
  };
}
