/** A large JSON report: the same keys again and again, so that it compresses very well. */
import { Random } from "./random.ts";

const OUTCOMES = ["passed", "passed", "passed", "passed", "skipped", "failed"] as const;

/** `size` octets of ASCII. It is cut where it is long enough. */
export function report(size: number): Buffer {
  const random = new Random(0x1_2345);
  const entries: string[] = [];
  let length = 0;
  for (let number = 1; length < size; number += 1) {
    const entry = JSON.stringify(
      {
        identifier: `suite-${1 + (number % 9)}/check-${number}`,
        outcome: random.pick(OUTCOMES),
        remark: "the observed events are the expected ones",
        endedBy: "the endpoint under examination",
        closeCode: 1000,
        closeReason: null,
        durationInMilliseconds: random.below(4000) / 10,
        fingerprint: random.next().toString(36),
        octetsOnTheWire: { sent: random.below(70_000), received: random.below(70_000) },
        wasClean: true,
        droppedByPeer: false,
        droppedByExaminer: false,
        framesSent: { text: 1, binary: 0, ping: 0, pong: 0, close: 1 },
        framesReceived: { text: 1, binary: 0, ping: 0, pong: 0, close: 1 },
      },
      null,
      4,
    );
    entries.push(entry);
    length += entry.length + 2;
  }
  return Buffer.from(`[\n${entries.join(",\n")}\n]`, "latin1").subarray(0, size);
}
