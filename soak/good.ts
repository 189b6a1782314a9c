/** A good client: it sends messages, and each must come back as it was, in order, before the connection closes well. */
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../src/index.ts";
import { isSame, makePayload, type Payload } from "./payload.ts";
import type { Random } from "./random.ts";
import type { Way } from "./servers.ts";
import type { Tally } from "./tally.ts";

/** After so long without an echo a message counts as lost, in milliseconds. */
const PATIENCE = 60_000;
const MOST_MESSAGES = 60;
const MOST_PAUSE = 30;

interface Awaited {
  readonly payload: Payload;
  readonly at: number;
}

/** One conversation, from connect() to close(). */
export async function converse(way: Way, random: Random, tally: Tally): Promise<void> {
  const path = random.pick(["/", "/consume"]);
  const compression = random.below(2) === 0 ? {} : { compression: null };
  const connection = await connect(way.url + path, { ...way.options, ...compression });
  tally.connections += 1;
  const awaited: Awaited[] = [];
  const guard = setTimeout(() => connection.abort(), PATIENCE);
  let isWritten = false;
  const closeWhenDone = (): void => {
    if (isWritten && awaited.length === 0) void connection.close();
  };
  const read = async (): Promise<void> => {
    for await (const came of connection) {
      const next = awaited.shift();
      if (next === undefined || !isSame(came, next.payload.whole)) {
        tally.corrupted += 1;
        tally.fault(`${way.name}${path}: a message of ${came.length} came back otherwise`);
        connection.abort();
        return;
      }
      tally.messages += 1;
      tally.bytes += came.length;
      tally.took(performance.now() - next.at);
      closeWhenDone();
    }
  };
  const write = async (): Promise<void> => {
    for (let left = 1 + random.below(MOST_MESSAGES); left > 0; left -= 1) {
      const payload = makePayload(random);
      awaited.push({ payload, at: performance.now() });
      const [first = ""] = payload.pieces;
      await connection.send(payload.pieces.length === 1 ? first : payload.pieces);
      if (random.below(8) === 0) await connection.ping();
      if (random.below(2) === 0) await delay(random.below(MOST_PAUSE));
    }
    isWritten = true;
    closeWhenDone();
  };
  try {
    await Promise.all([read(), write()]);
  } finally {
    clearTimeout(guard);
    const closure = await connection.close();
    tally.lost += awaited.length;
    if (!closure.clean || closure.code !== 1000 || awaited.length > 0) {
      const cause = closure.cause === undefined ? "" : `: ${closure.cause}`;
      tally.fault(
        `${way.name}${path}: closed with ${closure.code} ${closure.reason}${cause}, ${awaited.length} not back`,
      );
    }
  }
}
