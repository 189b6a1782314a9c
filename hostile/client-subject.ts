/**
 * A client under attack. It is a command that connects, sends back what it gets, and survives whatever happens.
 *
 * With `{url}` in it the command is run for each connection, and has to end by itself with exit code 0. Without, it is run
 * once: it reads addresses from standard input, one a line, deals with all of them at the same time, and prints each on a
 * line of its own when that connection has ended or failed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { acceptOf, faultOfRequest, type Head, writeHead } from "../conformance/wire/head.ts";
import type { OpenOptions, Subject } from "./subject.ts";
import { SOON, Wire } from "./wire.ts";

const ANSWER = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";

/** One call of the client: it was told an address, and this is who answers there. */
export interface Call {
  /** The next connection that comes in; null when none does within 5 s. */
  accept(ms?: number): Promise<Wire | null>;
  /** Resolves with true when the client has done with the address; with false when it has not within `ms`. */
  over(ms: number): Promise<boolean>;
  /** `ws://…`, where it was sent to. */
  readonly address: string;
  /** Ends the listener and all that came. */
  hangUp(): void;
}

export class ClientSubject implements Subject {
  readonly role = "client";
  readonly lives: boolean;
  readonly #command: string;
  #child: ChildProcess | null = null;
  #death: string | null = null;
  readonly #waiting = new Map<string, () => void>();
  readonly #calls = new Set<Call>();

  constructor(command: string) {
    this.#command = command;
    this.lives = !command.includes("{url}");
    if (this.lives) this.#child = this.#spawn(command);
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get death(): string | null {
    return this.#death;
  }

  #spawn(command: string): ChildProcess {
    const stdio = ["pipe", "pipe", "pipe"] as const;
    // `exec`: the process is the command, not a shell around it.
    const child = spawn("/bin/sh", ["-c", `exec ${command}`], { stdio: [...stdio] });
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString("utf8")).slice(-2000);
    });
    child.stdin?.on("error", () => {});
    if (child.stdout !== null) {
      createInterface(child.stdout).on("line", (line) => this.#waiting.get(line.trim())?.());
    }
    child.on("exit", (code, signal) => {
      if (code === 0 && !this.lives) return;
      if (this.lives && child !== this.#child) return;
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const last = complaint
        .trim()
        .split("\n")
        .filter((line) => /Error|error/.test(line));
      this.#death = `the client ended with ${how}${last[0] === undefined ? "" : ` (${last[0].trim()})`}`;
    });
    return child;
  }

  /** Sends the client to a listener of its own. */
  async call(path = "/"): Promise<Call> {
    const sockets = new Set<Socket>();
    const waiting: Wire[] = [];
    let wake: (() => void) | null = null;
    const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      waiting.push(new Wire(socket, true));
      wake?.();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    const port = typeof bound === "object" ? bound?.port : 0;
    const address = `ws://127.0.0.1:${port}${path}`;
    const finished = this.#send(address);
    let done = false;
    void finished.then(() => {
      done = true;
    });
    const call: Call = {
      address,
      accept: async (ms = SOON) => {
        if (waiting.length === 0) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, ms);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        return waiting.shift() ?? null;
      },
      over: async (ms) => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, ms);
        });
        await Promise.race([finished, late]);
        clearTimeout(timer);
        return done;
      },
      hangUp: () => {
        server.close();
        for (const socket of sockets) socket.destroy();
        this.#calls.delete(call);
      },
    };
    this.#calls.add(call);
    return call;
  }

  #send(address: string): Promise<void> {
    if (!this.lives) {
      const child = this.#spawn(this.#command.replaceAll("{url}", address));
      return new Promise((resolve) => child.on("exit", () => resolve()));
    }
    return new Promise((resolve) => {
      this.#waiting.set(address, () => {
        this.#waiting.delete(address);
        resolve();
      });
      this.#child?.stdin?.write(`${address}\n`);
    });
  }

  async open(options: OpenOptions = {}): Promise<Wire> {
    const call = await this.call();
    const wire = await call.accept();
    if (wire === null) {
      call.hangUp();
      throw new Error("the client does not come");
    }
    const head = await wire.head();
    const fault = head === null ? "no request from the client" : faultOfRequest(head);
    if (head === null || fault !== null) {
      call.hangUp();
      throw new Error(fault ?? "no request from the client");
    }
    const deflate = options.deflate === true && offersDeflate(head);
    wire.write(
      welcome(head, deflate ? [["Sec-WebSocket-Extensions", ANSWER]] : []),
      options.behind ?? "",
    );
    wire.upgrade(deflate);
    wire.socket.on("close", () => call.hangUp());
    return wire;
  }

  async revive(): Promise<boolean> {
    this.#death = null;
    if (!this.lives) return true;
    const old = this.#child;
    this.#child = null;
    old?.kill("SIGKILL");
    for (const call of this.#calls) call.hangUp();
    for (const done of [...this.#waiting.values()]) done();
    this.#child = this.#spawn(this.#command);
    return true;
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    for (const call of this.#calls) call.hangUp();
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.stdin?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), SOON);
    await gone;
    clearTimeout(timer);
  }
}

export function offersDeflate(request: Head): boolean {
  return (request.fields.get("sec-websocket-extensions") ?? "").includes("permessage-deflate");
}

/** The answer that accepts a request, as good servers send it. */
export function welcome(
  request: Head,
  further: readonly (readonly [string, string])[] = [],
): string {
  return writeHead("HTTP/1.1 101 Switching Protocols", [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptOf(request.fields.get("sec-websocket-key") ?? "")],
    ...further,
  ]);
}
