/** HAProxy in front of `clearsocket serve`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Certificate, Folder, makeCertificate, OPENSSL } from "../certificate.ts";
import { Child } from "../child.ts";
import { startEchoServer } from "../echo-server.ts";
import { exchange } from "../exchange.ts";
import { findProgram, program } from "../need.ts";
import { freePort, waitForPort } from "../port.ts";
import { exchangeOverTls, IDLE, idle } from "../through-proxy.ts";
import type { Trial } from "../trial.ts";

function configure(port: number, backend: number, certificate: Certificate | null): string {
  const tls = certificate === null ? "" : ` ssl crt ${certificate.both}`;
  return `defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
  timeout tunnel ${IDLE}s
frontend door
  bind 127.0.0.1:${port}${tls}
  default_backend echo
backend echo
  server one 127.0.0.1:${backend}
`;
}

async function withHaproxy<T>(
  secure: boolean,
  run: (port: number, certificate: Certificate | null) => Promise<T>,
): Promise<T> {
  await using folder = await Folder.make();
  await using server = await startEchoServer();
  const certificate = secure ? await makeCertificate(folder) : null;
  const port = await freePort();
  const file = join(folder.path, "haproxy.cfg");
  await writeFile(file, configure(port, server.port, certificate));
  await using _haproxy = new Child((await findProgram("haproxy")) ?? "haproxy", [
    "-db",
    "-f",
    file,
  ]);
  await waitForPort(port);
  return await run(port, certificate);
}

const HAPROXY = program("haproxy");

export const trials: readonly Trial[] = [
  {
    name: "HAProxy in front of our server",
    needs: [HAPROXY],
    run: () => withHaproxy(false, (port) => exchange(`ws://127.0.0.1:${port}/`)),
  },
  {
    name: "HAProxy that ends TLS",
    needs: [HAPROXY, OPENSSL],
    run: () =>
      withHaproxy(true, (port, certificate) => exchangeOverTls(port, certificate?.cert ?? "")),
  },
  {
    name: "HAProxy that cuts idle tunnels, and keepalive",
    needs: [HAPROXY],
    run: () => withHaproxy(false, (port) => idle(`ws://127.0.0.1:${port}/`)),
  },
];
