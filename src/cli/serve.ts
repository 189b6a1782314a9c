/** `clearsocket serve`: a server that sends back what it gets. */
import { basename, relative, sep } from "node:path";
import { basicConfig } from "../logging/configure.ts";
import { serve as startServer } from "../server/serve.ts";
import type { ServeCommand } from "./arguments.ts";
import { Output } from "./output.ts";

const FORMAT = "%(asctime)s %(message)s";

/**
 * Serves until SIGINT or SIGTERM.
 *
 * @returns The exit code, 0.
 * @throws Error (rejects) when it cannot listen.
 */
export async function serve(command: ServeCommand): Promise<number> {
  const { port, host, maxSize, compression, origins, logLevel } = command;
  const output = new Output(process.stdout);
  // Whoever reads the log may leave; the server stays.
  process.stderr.on("error", () => {});
  const silent = logLevel === "off";
  if (!silent) basicConfig({ format: FORMAT, level: logLevel.toUpperCase() });
  const server = await startServer(
    async (connection) => {
      for await (const message of connection) await connection.send(message);
    },
    {
      port,
      host,
      origins,
      ...(maxSize === undefined ? {} : { maxSize }),
      ...(compression ? {} : { compression: null }),
      ...(silent ? { logger: null } : {}),
    },
  );
  const [address] = server.addresses;
  const real = typeof address === "object" ? address : { address: host, port };
  const name = real.address.includes(":") ? `[${real.address}]` : real.address;
  await output.write(`listening on ws://${name}:${real.port}\n`);
  const near = /^(0\.0\.0\.0|\[::\])$/.test(name) ? "localhost" : name;
  await output.write(hint(`${near}:${real.port}`));
  await server.serveForever();
  return 0;
}

function hint(host: string): string {
  return `
It sends back what it gets. Talk to it from a second terminal:

  ${ownName()} ws://${host}

or open http://${host} in a browser and type in its console:

  socket = new WebSocket("ws://${host}")
  socket.onmessage = (event) => console.log(event.data)
  socket.send("hello")

Ctrl-C stops it.
`;
}

/** How this program was started, so that it can be started again. */
function ownName(): string {
  const script = process.argv[1] ?? "clearsocket";
  if (basename(script) !== "clearsocket")
    return `node ${relative(process.cwd(), script) || script}`;
  return script.includes(`node_modules${sep}.bin${sep}`) ? "npx clearsocket" : "clearsocket";
}
