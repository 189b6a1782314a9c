/** What is looked for on a connection, and how what is seen instead is told. */
import { BINARY, CLOSE, close, PONG, TEXT, text } from "../conformance/wire/frame.ts";
import type { ReceivedFrame } from "../conformance/wire/reader.ts";
import { Unexpected } from "./case.ts";
import { SOON, type Wire } from "./wire.ts";

/** Codes that may stand in a Close (RFC 6455 §7.4). */
function mayBeSent(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
}

export function codeOf(frame: ReceivedFrame): number | null {
  return frame.payload.length < 2 ? null : frame.payload.readUInt16BE();
}

const NAMES: Readonly<Record<number, string>> = {
  0: "a continuation",
  [TEXT]: "a text",
  [BINARY]: "a binary message",
  9: "a ping",
  [PONG]: "a pong",
};

export function describe(seen: ReceivedFrame | null, wire: Wire): string {
  if (seen === null) {
    if (wire.ended === "end") return "the end of the stream, without a Close";
    if (wire.ended === "reset") return "a reset, without a Close";
    return "nothing, and the connection stays open";
  }
  if (seen.breach !== null) return `an illegal frame: ${seen.breach}`;
  if (seen.opcode === CLOSE) {
    const reason = seen.payload.subarray(2).toString("utf8");
    return `Close ${codeOf(seen) ?? "without a code"}${reason === "" ? "" : ` (${reason})`}`;
  }
  const shown = seen.payload
    .subarray(0, 40)
    .toString("latin1")
    .replace(/[^\x20-\x7e]/g, "·");
  return `${NAMES[seen.opcode] ?? `opcode ${seen.opcode}`} of ${seen.payload.length} bytes: ${shown}`;
}

/** Whatever comes has to be legal. */
function checkLegal(seen: ReceivedFrame | null, wire: Wire): void {
  if (seen === null) return;
  if (seen.breach !== null) throw new Unexpected("legal frames", describe(seen, wire));
  if (seen.opcode !== CLOSE) return;
  const code = codeOf(seen);
  if (code !== null && !mayBeSent(code)) throw new Unexpected("a legal code", describe(seen, wire));
}

/** The Close that ends the connection, and the end of TCP after it; echoes before it are passed over. */
export async function expectClose(
  wire: Wire,
  codes: readonly number[],
  ms: number = SOON,
): Promise<void> {
  const wanted = `Close ${codes.join(" or ")}`;
  const deadline = performance.now() + ms;
  let seen: ReceivedFrame | null;
  do {
    seen = await wire.message(Math.max(1, deadline - performance.now()));
    checkLegal(seen, wire);
  } while (seen !== null && seen.opcode !== CLOSE);
  const code = seen === null ? null : (codeOf(seen) ?? 1005);
  if (seen === null || code === null || !codes.includes(code))
    throw new Unexpected(wanted, describe(seen, wire));
  await expectEnd(wire, code);
}

/** After the peer's Close: a server ends TCP by itself, a client once the server has. */
export async function expectEnd(wire: Wire, code: number, ms: number = SOON): Promise<void> {
  if (!wire.socket.writableEnded) wire.send(code === 1005 ? close() : close(code));
  if (wire.asServer) wire.finish();
  if (!(await wire.ends(ms)))
    throw new Unexpected("the end of the stream after the Close", "it stays open");
  wire.destroy();
}

/** An echo with this payload comes next. */
export async function expectEcho(
  wire: Wire,
  payload: Uint8Array | string,
  opcode: number = TEXT,
  ms: number = SOON,
): Promise<void> {
  const wanted = Buffer.from(payload as string, "utf8");
  const seen = await wire.message(ms);
  checkLegal(seen, wire);
  if (seen?.opcode === opcode && seen.payload.equals(wanted)) return;
  const name = `${NAMES[opcode] ?? "an echo"} of ${wanted.length} bytes`;
  throw new Unexpected(`the echo, ${name}`, describe(seen, wire));
}

let probes = 0;

/** The connection still echoes; what was owed before is passed over. */
export async function expectService(wire: Wire, ms: number = SOON): Promise<void> {
  probes += 1;
  const probe = Buffer.from(`probe ${probes}`);
  wire.send(text(probe));
  const deadline = performance.now() + ms;
  for (;;) {
    const seen = await wire.message(Math.max(1, deadline - performance.now()));
    checkLegal(seen, wire);
    if (seen === null || seen.opcode === CLOSE)
      throw new Unexpected("a connection that still echoes", describe(seen, wire));
    if (seen.payload.equals(probe)) return;
  }
}

/** Closes in the good way. */
export async function closeWell(wire: Wire): Promise<void> {
  wire.send(close(1000));
  await expectClose(wire, [1000]);
}

/** Either it is closed with one of these codes, or it still echoes. */
export async function expectCloseOrService(wire: Wire, codes: readonly number[]): Promise<void> {
  const probe = Buffer.from("either way");
  wire.send(text(probe));
  for (;;) {
    const seen = await wire.message();
    checkLegal(seen, wire);
    if (seen?.payload.equals(probe) === true) {
      await closeWell(wire);
      return;
    }
    if (seen !== null && seen.opcode !== CLOSE) continue;
    const code = seen === null ? null : (codeOf(seen) ?? 1005);
    if (code === null || !codes.includes(code)) {
      const wanted = `Close ${codes.join(" or ")}, or a connection that still echoes`;
      throw new Unexpected(wanted, describe(seen, wire));
    }
    await expectEnd(wire, code);
    return;
  }
}

/** A frame's head, with any length in any form, and no payload; masked, where it has to be, with a key of 1 2 3 4. */
export function head(
  wire: Wire,
  first: number,
  form: 7 | 16 | 64,
  length: number | bigint,
): Buffer {
  const mask = wire.asServer ? 0 : 0x80;
  const key = wire.asServer ? [] : [1, 2, 3, 4];
  if (form === 7) return Buffer.from([first, mask | Number(length), ...key]);
  const octets = Buffer.alloc(form / 8);
  if (form === 16) octets.writeUInt16BE(Number(length));
  else octets.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([
    Buffer.from([first, mask | (form === 16 ? 126 : 127)]),
    octets,
    Buffer.from(key),
  ]);
}
