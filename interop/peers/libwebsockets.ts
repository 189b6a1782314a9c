/** libwebsockets: its test server, whose protocol "mirror" sends what it gets to all; and its test client. */
import { Child } from "../child.ts";
import { startEchoServer } from "../echo-server.ts";
import { foreignServer } from "../foreign.ts";
import { program } from "../need.ts";
import type { Trial } from "../trial.ts";

const PACKAGE = "libwebsockets-test-server";

async function asClient(): Promise<void> {
  await using server = await startEchoServer();
  const words = ["-p", String(server.port), "127.0.0.1"];
  await using client = new Child("libwebsockets-test-client", words);
  await server.opened();
  await client.stop("SIGINT");
  await server.session();
}

export const trials: readonly Trial[] = [
  foreignServer({
    name: "libwebsockets",
    needs: [program("libwebsockets-test-server", PACKAGE)],
    command: (port) => ["libwebsockets-test-server", "-p", String(port), "-i", "lo"],
    tells: false,
    options: { subprotocols: ["lws-mirror-protocol"] },
    limits: { textOnly: true, noFragments: true },
  }),
  {
    name: "libwebsockets, client",
    needs: [program("libwebsockets-test-client", PACKAGE)],
    run: asClient,
  },
];
