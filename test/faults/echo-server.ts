/** An echo server in a process of its own. It prints its port; its arguments are `name=value`: port, file, level. */
import { serve } from "../../src/index.ts";
import logging from "../../src/logging/index.ts";

const words = new Map(process.argv.slice(2).map((word) => word.split("=") as [string, string]));
const file = words.get("file");
logging.basicConfig({
  level: words.get("level") ?? "CRITICAL",
  ...(file === undefined ? {} : { handlers: [new logging.FileHandler(file, { bufferSize: 0 })] }),
});

const server = await serve(
  async (connection) => {
    for await (const message of connection) await connection.send(message);
  },
  { host: "127.0.0.1", port: Number(words.get("port") ?? 0) },
);
const [address] = server.addresses;
console.log(typeof address === "object" ? address.port : 0);
