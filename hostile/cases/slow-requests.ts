/** Handshakes that take too long, or are too many (catalogue B8). */
import { newKey } from "../../conformance/wire/head.ts";
import { type Case, makeCase, Unexpected } from "../case.ts";
import type { ServerSubject } from "../server-subject.ts";
import type { Wire } from "../wire.ts";
import { PATIENCE } from "./closing.ts";
import { serialise } from "./request.ts";

async function expectCut(wire: Wire, drip: () => string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    if (await wire.until(() => wire.ended !== null, 500)) break;
    wire.write(drip());
  }
  const cut = wire.ended !== null;
  wire.destroy();
  if (!cut)
    throw new Unexpected(`a handshake that is cut within ${PATIENCE / 1000} s`, "it is waited for");
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly first: string;
  readonly drip: () => string;
}

const ROWS: readonly Row[] = [
  { id: "silent", title: "a connection that says nothing", first: "", drip: () => "" },
  { id: "half-line", title: "half of a request line", first: "GET /", drip: () => "" },
  {
    id: "half-head",
    title: "half of a request",
    first: "GET / HTTP/1.1\r\nHost: localhost\r\n",
    drip: () => "",
  },
  {
    id: "drip-line",
    title: "a request line that comes byte by byte",
    first: "GET /",
    drip: () => "a",
  },
  {
    id: "drip-headers",
    title: "headers that never end, one every half second",
    first: "GET / HTTP/1.1\r\nHost: localhost\r\n",
    drip: () => "X-Drip: a\r\n",
  },
];

const slow: readonly Case<ServerSubject>[] = ROWS.map(({ id, title, first, drip }) =>
  makeCase<ServerSubject>(
    `slow/${id}`,
    title,
    { rows: ["R6", "B8"], pace: "slow" },
    async (subject) => {
      const wire = await subject.dial();
      wire.write(first);
      await expectCut(wire, drip);
    },
  ),
);

const SPECIAL: readonly Case<ServerSubject>[] = [
  makeCase<ServerSubject>(
    "slow/many-silent",
    "300 connections that say nothing keep nobody out, and are cut",
    { rows: ["R6", "R7", "B8"], pace: "slow" },
    async (subject) => {
      const wires = await Promise.all(Array.from({ length: 300 }, () => subject.dial()));
      const good = await subject.open();
      good.destroy();
      await Promise.all(wires.map((wire) => expectCut(wire, () => "")));
    },
  ),
  makeCase<ServerSubject>(
    "slow/refused-and-stays",
    "who is refused and does not leave is cut, whatever it sends",
    { rows: ["R17", "B4"], pace: "slow" },
    async (subject) => {
      const wire = await subject.dial();
      wire.write("GET / HTTP/1.0\r\n\r\n");
      const deadline = performance.now() + PATIENCE;
      while (performance.now() < deadline && wire.ended !== "reset" && !wire.gone) {
        wire.write("GET / HTTP/1.1\r\n\r\n");
        await new Promise<void>((resolve) => setTimeout(resolve, 250));
      }
      const cut = wire.gone || wire.ended === "reset";
      wire.destroy();
      if (!cut)
        throw new Unexpected(`a socket that is gone within ${PATIENCE / 1000} s`, "it is kept");
    },
  ),
  makeCase<ServerSubject>(
    "slow/unread-refusals",
    "200 refused requests whose answers nobody reads",
    { rows: ["R17"], pace: "quick" },
    async (subject) => {
      const wires = await Promise.all(Array.from({ length: 200 }, () => subject.dial()));
      for (const wire of wires) {
        wire.socket.pause();
        wire.write("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      }
      await new Promise<void>((resolve) => setTimeout(resolve, 50));
      for (const wire of wires) wire.reset();
    },
  ),
  makeCase<ServerSubject>(
    "slow/handshake-storm",
    "800 handshakes, 100 at a time, each reset as soon as it is answered",
    { rows: ["A27", "R1", "R17"], pace: "heavy" },
    async (subject) => {
      for (let round = 0; round < 8; round += 1) {
        const wires = await Promise.all(Array.from({ length: 100 }, () => subject.dial()));
        for (const wire of wires) {
          const key = newKey();
          const fields = subject.fields(key);
          wire.write(
            serialise({ host: subject.host, path: subject.path, key, fields }, () => ({})),
          );
        }
        await Promise.all(wires.map((wire) => wire.until(() => wire.octetsIn > 0, 2000)));
        for (const wire of wires) wire.reset();
      }
    },
  ),
];

export const SLOW_REQUEST_CASES: readonly Case<ServerSubject>[] = [...slow, ...SPECIAL];
