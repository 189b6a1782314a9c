/**
 * Peers that are gone without a word: over a link that is cut in a network namespace where the machine allows that, else
 * behind a proxy that passes nothing on any more.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, connect as dial, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A way to a server that can be cut so that neither side hears of it. */
export interface Cuttable {
  readonly host: string;
  readonly port: number;
  cut(): void;
}

function ip(...words: readonly string[]): boolean {
  return spawnSync("ip", words, { stdio: "ignore" }).status === 0;
}

export interface Link {
  /** The addresses of the two ends; the far one is within the namespace. */
  readonly near: string;
  readonly far: string;
  /** What a command begins with that is to run at the far end. */
  readonly before: readonly string[];
  cut(): void;
}

/** A link into a network namespace, or null where the machine does not allow one. */
export function makeLink(t: Pick<TestContext, "after">): Link | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  const id = process.pid % 10_000;
  const [space, near, far] = [`cs-${id}`, `csn${id}`, `csf${id}`];
  if (!ip("netns", "add", space)) return null;
  t.after(() => {
    ip("link", "del", near);
    ip("netns", "del", space);
  });
  const net = `10.${200 + (id % 50)}.${id % 250}`;
  const isMade =
    ip("link", "add", near, "type", "veth", "peer", "name", far) &&
    ip("link", "set", far, "netns", space) &&
    ip("addr", "add", `${net}.1/30`, "dev", near) &&
    ip("link", "set", near, "up") &&
    ip("-n", space, "addr", "add", `${net}.2/30`, "dev", far) &&
    ip("-n", space, "link", "set", far, "up");
  if (!isMade) return null;
  return {
    near: `${net}.1`,
    far: `${net}.2`,
    before: ["ip", "netns", "exec", space],
    cut: () => void ip("-n", space, "link", "set", far, "down"),
  };
}

/** A proxy that passes everything on until it is cut, and nothing at all from then on, not even an end. */
export async function makeSilentProxy(
  t: Pick<TestContext, "after">,
  port: number,
): Promise<Cuttable> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on("error", () => {});
    from.on("data", (chunk) => void (isCut || to.write(chunk)));
    from.on("end", () => void (isCut || to.end()));
    from.on("close", () => void (isCut || to.destroy()));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const there = dial({ port, host: "127.0.0.1", allowHalfOpen: true });
    pass(client, there);
    pass(there, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const place = server.address() as AddressInfo;
  return {
    host: "127.0.0.1",
    port: place.port,
    cut: () => {
      isCut = true;
    },
  };
}
