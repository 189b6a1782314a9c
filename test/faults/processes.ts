/** Processes that faults happen to: an echo server of ours, and a client without anything of ours. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SERVER = fileURLToPath(new URL("echo-server.ts", import.meta.url));

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** What it has written to standard error so far. */
  stderr(): string;
}

/**
 * Starts `echo-server.ts`.
 *
 * @param words What it is told: how to log, and on which port to listen.
 */
export async function startServer(
  t: Pick<TestContext, "after">,
  words: readonly string[] = [],
): Promise<ServerProcess> {
  const node = [
    "--unhandled-rejections=strict",
    "--conditions=clearsocket-source",
    "--import=tsx",
    SERVER,
    ...words,
  ];
  const child = spawn(process.execPath, node, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [first] = (await Promise.race([
    once(child.stdout as Readable, "data"),
    once(child, "exit").then(() => [`it has ended: ${stderr}`]),
  ])) as [unknown];
  const port = Number(String(first));
  if (!(port > 0)) throw new Error(String(first));
  return { child, port, stderr: () => stderr };
}

const CLIENT = `
  const net = require("node:net");
  const socket = net.connect(Number(process.argv[1]), process.argv[2] ?? "127.0.0.1");
  socket.write(
    "GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n",
  );
  let isOpen = false;
  socket.on("data", (chunk) => {
    if (!isOpen) {
      isOpen = true;
      process.stdout.write("open");
      return;
    }
    // Answers pings: frames of a server with at most 125 bytes, each in a packet of its own.
    if (chunk[0] !== 0x89) return;
    const payload = chunk.subarray(2, 2 + chunk[1]);
    socket.write(Buffer.concat([Buffer.from([0x8a, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  });
  socket.on("error", () => {});
`;

/** Starts a client that has shaken hands, and answers pings from then on. */
export async function startClient(
  t: Pick<TestContext, "after">,
  port: number,
  { host = "127.0.0.1", before = [] }: { host?: string; before?: readonly string[] } = {},
): Promise<ChildProcess> {
  const [program, ...rest] = [...before, process.execPath, "-e", CLIENT, String(port), host];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => void child.kill("SIGKILL"));
  await once(child.stdout as Readable, "data");
  return child;
}
