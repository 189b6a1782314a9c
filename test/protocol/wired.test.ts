import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { serialiseClose } from "../../src/frames/close.ts";
import { CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../src/frames/opcode.ts";
import {
  type ClientProtocol,
  deflateForClient,
  deflateForServer,
  type ProtocolEvent,
  type ServerProtocol,
} from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/protocol.ts";
import { concat, cutAt, toHex, utf8 } from "../frames/bytes.ts";
import { SIDES } from "./bench.ts";
import { frameTo, newClient, newServer, opened, sent, show, told } from "./machines.ts";

/** One message as it is sent: its fragments. */
type Message = readonly string[] | readonly Uint8Array[];

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.array(fc.string({ unit: "binary", maxLength: 40 }), { minLength: 1, maxLength: 4 }),
  fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
  fc.constantFrom<Message>(["x".repeat(125)], ["x".repeat(126)], [new Uint8Array(65_536)]),
);

const closing = fc.record({
  code: fc.constantFrom(1000, 1001, 1011, 3000, 4999),
  reason: fc.string({ unit: "grapheme", maxLength: 10 }),
});

const cuts = fc.array(fc.oneof(fc.nat(60), fc.nat(1000), fc.nat(70_000)), { maxLength: 12 });

function isText(fragments: Message): fragments is readonly string[] {
  return typeof fragments[0] === "string";
}

/** The event that a message is told by, as a line. */
function lineOf(fragments: Message): string {
  if (isText(fragments)) return `text ${JSON.stringify(fragments.join(""))}`;
  return `binary ${toHex(concat(...fragments))}`;
}

describe("a legal conversation", () => {
  for (const side of SIDES) {
    test(`is told to the ${side} as it was held, however its bytes are cut`, () => {
      const control = fc.record({
        opcode: fc.constantFrom(PING, PONG),
        payload: fc.uint8Array({ maxLength: 125 }),
      });
      fc.assert(
        fc.property(
          fc.array(fc.tuple(message, fc.array(control, { maxLength: 3 })), { maxLength: 5 }),
          closing,
          cuts,
          (conversation, close, places) => {
            const frames: Uint8Array[] = [];
            const events: string[] = [];
            const pongs: string[] = [];
            for (const [fragments, controls] of conversation) {
              const between = [...controls];
              fragments.forEach((fragment, index) => {
                const opcode = index > 0 ? CONTINUATION : isText(fragments) ? TEXT : 2;
                const fin = index === fragments.length - 1;
                const bytes = typeof fragment === "string" ? utf8(fragment) : fragment;
                // Control frames go between fragments, the last of them before the end of the message.
                for (const { opcode: kind, payload } of fin
                  ? between.splice(0)
                  : between.splice(0, 1)) {
                  frames.push(frameTo(side, kind, payload));
                  events.push(`${kind === PING ? "ping" : "pong"} ${toHex(payload)}`);
                  if (kind === PING) pongs.push(`PONG ${toHex(payload)}`);
                }
                frames.push(frameTo(side, opcode, bytes, fin));
              });
              events.push(lineOf(fragments));
            }
            frames.push(frameTo(side, CLOSE, serialiseClose(close)));
            const said = `${close.code} ${close.reason}`.trimEnd();
            const machine = opened(side);
            for (const piece of cutAt(concat(...frames), places)) machine.receive(piece);
            machine.receiveEof();
            const told_ = machine.events().map((event) => show(event).trimEnd());
            assert.deepEqual(told_, [
              ...events.map((line) => line.trimEnd()),
              `close ${said}`,
              "= closing",
              "eof",
              "= closed",
            ]);
            assert.deepEqual(sent(machine), [...pongs, `CLOSE ${said}`, "EOF"]);
            assert.equal(machine.failure, null);
            assert.equal(machine.closeCode, close.code);
          },
        ),
        { numRuns: 150 },
      );
    });
  }
});

describe("garbage", () => {
  /** Bytes that get further than noise does: pieces of frames with anything in between. */
  const garbage = (side: "client" | "server") =>
    fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 30 }),
        fc
          .tuple(
            fc.nat(15),
            fc.uint8Array({ maxLength: 130 }),
            fc.boolean(),
            fc.constantFrom(0, 0, 0, 4, 2),
          )
          .map(([opcode, payload, fin, rsv]) => frameTo(side, opcode, payload, fin, rsv)),
        fc.string({ maxLength: 20 }).map((text) => frameTo(side, TEXT, text)),
      ),
      { maxLength: 6 },
    );

  /** Hands in pieces: nothing throws, and at the end there is exactly one closure, and nothing after it. */
  function survive(machine: Protocol, pieces: readonly Uint8Array[]): string[] {
    for (const piece of pieces) machine.receive(piece);
    machine.receiveEof();
    const lines = told(machine);
    assert.equal(lines.filter((line) => line === "= closed").length, 1);
    assert.equal(lines.at(-1), "= closed");
    assert.ok(lines.filter((line) => line.startsWith("failing")).length <= 1);
    assert.ok(lines.filter((line) => line.startsWith("close ")).length <= 1);
    assert.equal(machine.state, "closed");
    machine.receive(Uint8Array.of(0x81, 0x00));
    assert.deepEqual(machine.events(), []);
    return lines;
  }

  for (const side of SIDES) {
    test(`never throws out of receive() of an open ${side}, and means the same in every cut`, () => {
      fc.assert(
        fc.property(garbage(side), cuts, (pieces, places) => {
          const bytes = concat(...pieces);
          const options = { maxSize: 200 };
          const whole = opened(side, options);
          const cut = opened(side, options);
          const events = survive(whole, [bytes]);
          assert.deepEqual(survive(cut, cutAt(bytes, places)), events);
          const sentWhole = sent(whole);
          assert.deepEqual(sent(cut), sentWhole);
          assert.ok(sentWhole.filter((line) => line.startsWith("CLOSE")).length <= 1);
        }),
        { numRuns: 500 },
      );
    });

    test(`never throws out of receive() of an open ${side} with an extension`, () => {
      fc.assert(
        fc.property(garbage(side), cuts, (pieces, places) => {
          const { client, server } = connect(true);
          const machine = side === "client" ? client : server;
          survive(machine, cutAt(concat(...pieces), places));
        }),
        { numRuns: 200 },
      );
    });

    test(`never throws out of receive() of a ${side} whose handshake is under way`, () => {
      const line = fc.constantFrom(
        "GET / HTTP/1.1\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "Host: a\r\n",
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "Content-Length: 3\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
        'Sec-WebSocket-Extensions: a; b="c"\r\n',
        "Sec-WebSocket-Protocol: x,, y\r\n",
        "\r\n",
        "\n",
      );
      fc.assert(
        fc.property(
          fc.array(fc.oneof(line.map(utf8), fc.uint8Array({ maxLength: 9 })), { maxLength: 12 }),
          cuts,
          (pieces, places) => {
            const bytes = concat(...pieces);
            const make = () => (side === "client" ? newClient() : newServer());
            const events = survive(make(), [bytes]);
            assert.deepEqual(survive(make(), cutAt(bytes, places)), events);
          },
        ),
        { numRuns: 1000 },
      );
    });
  }
});

/** A client and a server that have shaken hands. */
function connect(compressed: boolean): { client: ClientProtocol; server: ServerProtocol } {
  const client = newClient(compressed ? { extensions: [deflateForClient()] } : {});
  const server = newServer(compressed ? { extensions: [deflateForServer()] } : {});
  server.receive(client.output().bytes);
  server.accept();
  client.receive(server.output().bytes);
  client.events();
  server.events();
  assert.equal(client.state, "open");
  assert.equal(server.state, "open");
  return { client, server };
}

/** One direction between two machines: bytes on their way, and then perhaps the end. */
class Wire {
  readonly #from: Protocol;
  readonly #to: Protocol;
  #bytes: Uint8Array = new Uint8Array(0);
  #end = false;
  #ended = false;

  constructor(from: Protocol, to: Protocol) {
    this.#from = from;
    this.#to = to;
  }

  /** Carries up to `most` bytes, or the end; whether there was anything to carry. */
  carry(most: number): boolean {
    const { bytes, end } = this.#from.output();
    assert.ok(!this.#end || bytes.length === 0, "bytes after the end");
    this.#bytes = concat(this.#bytes, bytes);
    this.#end = end;
    if (this.#bytes.length > 0) {
      this.#to.receive(this.#bytes.subarray(0, most));
      this.#bytes = this.#bytes.slice(most);
      return true;
    }
    if (!this.#end || this.#ended) return false;
    this.#ended = true;
    this.#to.receiveEof();
    return true;
  }
}

describe("two machines, wired back to back", () => {
  type Step =
    | { readonly act: "send"; readonly by: number; readonly fragments: Message }
    | { readonly act: "ping"; readonly by: number }
    | { readonly act: "close"; readonly by: number; readonly code: number; readonly reason: string }
    | { readonly act: "carry"; readonly by: number; readonly most: number };

  const by = fc.nat(1);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ act: fc.constant("send"), by, fragments: message }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant("ping"), by }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(by, closing)
        .map(([side, close]) => ({ act: "close" as const, by: side, ...close })),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        act: fc.constant("carry"),
        by,
        most: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })),
      }),
    },
  );

  for (const compressed of [false, true]) {
    test(`end with the same messages and one closure each${compressed ? ", compressed" : ""}`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
          const { client, server } = connect(compressed);
          const machines: readonly Protocol[] = [client, server];
          const wires = [new Wire(client, server), new Wire(server, client)];
          const given: string[][] = [[], []];
          let pings = 0;
          for (const one of steps) {
            const machine = machines[one.by]!;
            if (one.act === "carry") {
              wires[one.by]!.carry(one.most);
            } else if (machine.state === "open") {
              if (one.act === "ping") {
                pings += 1;
                machine.sendPing(Uint8Array.of(pings));
              } else if (one.act === "close") {
                machine.sendClose(one.code, one.reason);
              } else {
                given[one.by]!.push(lineOf(one.fragments));
                one.fragments.forEach((fragment, index) => {
                  const fin = index === one.fragments.length - 1;
                  if (index > 0) machine.sendContinuation(fragment, fin);
                  else if (typeof fragment === "string") machine.sendText(fragment, fin);
                  else machine.sendBinary(fragment, fin);
                });
              }
            }
          }
          // Whoever has not closed yet does so now, and all that is on its way arrives.
          if (client.state === "open") client.sendClose(1000);
          while (wires.map((wire) => wire.carry(50_000)).includes(true));

          const kinds = machines.map((machine) => machine.events());
          for (const [index, events] of kinds.entries()) {
            const machine = machines[index]!;
            const other = machines[1 - index]!;
            assert.equal(machine.state, "closed");
            assert.equal(machine.failure, null);
            assert.equal(count(events, "close"), 1);
            assert.equal(count(events, "failing"), 0);
            assert.equal(count(events, "eof"), 1);
            assert.deepEqual(events.filter(({ kind }) => kind === "state").map(show), [
              "= closing",
              "= closed",
            ]);
            // Nothing that was sent before the Close is lost, and nothing comes twice.
            const heard = events
              .filter(({ kind }) => kind === "text" || kind === "binary")
              .map(show);
            assert.deepEqual(heard, given[1 - index]);
            assert.deepEqual(machine.closeReceived, other.closeSent);
            assert.equal(machine.closeCode, other.closeSent?.code);
          }
          // Both agree on who was first, unless both were.
          const orders = machines.map(({ closeOrder }) => closeOrder);
          assert.ok(orders.includes("sent"));
        }),
        { numRuns: 300 },
      );
    });
  }

  function count(events: readonly ProtocolEvent[], kind: ProtocolEvent["kind"]): number {
    return events.filter((event) => event.kind === kind).length;
  }
});
