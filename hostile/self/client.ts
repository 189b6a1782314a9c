/** Our echo client at its defaults: addresses come on standard input, and are printed when they are done with. */
import { createInterface } from "node:readline";

const { connect } = await import("clearsocket");
const [, , compression] = process.argv;
const options = { logger: null, ...(compression === "off" && { compression: null }) };

async function visit(address: string): Promise<void> {
  try {
    const connection = await connect(address, options);
    for await (const message of connection) await connection.send(message);
    await connection.closed;
  } catch {
    // What a hostile server does is an error here, and nothing else.
  }
  console.log(address);
}

createInterface(process.stdin)
  .on("line", (address) => void visit(address))
  .on("close", () => process.exit(0));
