/** The tester as a server: the client under test asks for the number of cases, runs each, and asks for the reports. */
import { createServer, type Server, type Socket } from "node:net";
import { text } from "../wire/frame.ts";
import { acceptOf, faultOfRequest, type Head, writeHead } from "../wire/head.ts";
import { chooseAnswer } from "../wire/negotiation.ts";
import type { Case } from "./case.ts";
import { receiveHead } from "./dial.ts";
import { Endpoint } from "./endpoint.ts";
import { neverOpened, type Outcome } from "./outcome.ts";
import { runCase } from "./run-case.ts";
import { WireLog } from "./wire-log.ts";

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly cases: readonly Case[];
  onOutcome(outcome: Outcome): void;
}

/** A tester that listens. */
export interface Listening {
  readonly port: number;
  /** Resolves with the name of the client that asked for the reports, when that connection is gone. */
  readonly finished: Promise<string>;
  close(): void;
}

interface Asked {
  readonly path: string;
  readonly agent: string;
  readonly subject: Case | undefined;
}

export async function listen({ port, host, cases, onOutcome }: ListenOptions): Promise<Listening> {
  const outcomes = new Map<string, Outcome>();
  const sockets = new Set<Socket>();
  let finish: (agent: string) => void = () => {};
  const finished = new Promise<string>((resolve) => {
    finish = resolve;
  });

  const asked = (head: Head): Asked => {
    const [, target = "/"] = head.firstLine.split(" ");
    const url = new URL(target, "ws://tester");
    const number = url.searchParams.get("case");
    const id = url.searchParams.get("casetuple");
    const subject =
      number === null ? cases.find((one) => one.id === id) : cases[Number(number) - 1];
    return { path: url.pathname, agent: url.searchParams.get("agent") ?? "unknown", subject };
  };

  /** Answers a question of the client with one text, and closes. */
  const answer = async (socket: Socket, reply: string | null): Promise<void> => {
    const endpoint = new Endpoint(socket, { role: "server", agreement: null, log: new WireLog() });
    endpoint.start();
    if (reply !== null) endpoint.send([text(reply)], "together");
    endpoint.close(1000);
    await endpoint.gone;
  };

  const serve = async (socket: Socket): Promise<void> => {
    const log = new WireLog();
    const head = await receiveHead(socket);
    const { path, agent, subject } = asked(head);
    log.note(head.firstLine);
    const fault = faultOfRequest(head);
    if (fault !== null) {
      refuse(socket, "400 Bad Request", fault);
      if (path === "/runCase" && subject !== undefined)
        onOutcome(neverOpened(subject, "server", fault, log));
      return;
    }
    const offers = head.fields.get("sec-websocket-extensions");
    if (path === "/runCase" && subject !== undefined) {
      const chosen = chooseAnswer(offers, subject.negotiation);
      accept(socket, head, chosen?.field);
      if (offers !== undefined) log.note(`Sec-WebSocket-Extensions: ${offers}`);
      if (chosen !== null) log.note(`101  Sec-WebSocket-Extensions: ${chosen.field}`);
      const endpoint = new Endpoint(socket, {
        role: "server",
        agreement: chosen?.agreement ?? null,
        log,
      });
      const outcome = await runCase(subject, endpoint, log);
      outcomes.set(`${agent} ${outcome.id}`, outcome);
      onOutcome(outcome);
      return;
    }
    const reply = replyTo(path, subject, () => outcomes.get(`${agent} ${subject?.id}`));
    if (reply === undefined) {
      refuse(
        socket,
        "404 Not Found",
        "ask for /getCaseCount, /runCase?case=1&agent=name or /updateReports?agent=name",
      );
      return;
    }
    accept(socket, head, undefined);
    await answer(socket, reply);
    if (path === "/updateReports") finish(agent);
  };

  /** Undefined: not a question that we know. Null: nothing to say. */
  const replyTo = (
    path: string,
    subject: Case | undefined,
    outcome: () => Outcome | undefined,
  ): string | null | undefined => {
    if (path === "/getCaseCount") return String(cases.length);
    if (path === "/updateReports") return null;
    if (subject === undefined) return undefined;
    if (path === "/getCaseInfo")
      return JSON.stringify({ id: subject.id, description: subject.title });
    if (path === "/getCaseStatus")
      return JSON.stringify({ behavior: outcome()?.behaviour ?? "MISSING" });
    return undefined;
  };

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    serve(socket).catch(() => socket.destroy());
  });
  await listening(server, port, host);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    finished,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

function accept(socket: Socket, head: Head, extensions: string | undefined): void {
  const key = head.fields.get("sec-websocket-key") ?? "";
  const fields: [string, string][] = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptOf(key)],
  ];
  if (extensions !== undefined) fields.push(["Sec-WebSocket-Extensions", extensions]);
  socket.write(writeHead("HTTP/1.1 101 Switching Protocols", fields));
}

function refuse(socket: Socket, status: string, why: string): void {
  const head = writeHead(`HTTP/1.1 ${status}`, [
    ["Content-Type", "text/plain"],
    ["Content-Length", String(why.length)],
    ["Connection", "close"],
  ]);
  socket.end(head + why);
}
