/** What our server and our client under test have in common. */
import type { Connection } from "clearsocket";
import type { PeerMessage } from "../self.ts";

/** The largest message of the cases is 16 MiB; all else stands at the library's defaults. */
export const MAX_SIZE = 32 * 1024 * 1024;

export function tell(message: PeerMessage): void {
  process.send?.(message);
}

/** Sends back what comes, until the connection is closed. How it is closed is the tester's business. */
export async function echo(connection: Connection): Promise<void> {
  try {
    for await (const message of connection) await connection.send(message);
  } catch (error) {
    if (connection.state === "open") throw error;
  }
}

/** Answers the tester's question for the processor time, and ends when the tester is gone. */
export function answerTester(): void {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    tell({ kind: "cpu", ms: Math.round((user + system) / 1000) });
  });
  process.on("disconnect", () => process.exit());
}
