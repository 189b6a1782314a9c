/** HAProxy between HTTP/1.1 and HTTP/2, both ways (RFC 8441). */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { attach, type Handler, serve } from "clearsocket";
import { type Certificate, Folder, makeCertificate, OPENSSL } from "../certificate.ts";
import { Child } from "../child.ts";
import { exchange } from "../exchange.ts";
import { findProgram, program } from "../need.ts";
import { freePort, waitForPort } from "../port.ts";
import type { Trial } from "../trial.ts";

/** In front, TLS and both versions by ALPN; behind, the version that `proto` says. */
function configure(port: number, backend: string, { both }: Certificate): string {
  return `defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
  timeout tunnel 10s
frontend door
  bind 127.0.0.1:${port} ssl crt ${both} alpn h2,http/1.1
  default_backend echo
backend echo
  server one ${backend}
`;
}

async function withHaproxy(
  backend: string,
  run: (url: string, ca: string) => Promise<string>,
): Promise<string> {
  await using folder = await Folder.make();
  const certificate = await makeCertificate(folder);
  const port = await freePort();
  const file = join(folder.path, "haproxy.cfg");
  await writeFile(file, configure(port, backend, certificate));
  const haproxy = (await findProgram("haproxy")) ?? "haproxy";
  await using _haproxy = new Child(haproxy, ["-db", "-f", file]);
  await waitForPort(port);
  return await run(`wss://localhost:${port}/`, certificate.cert);
}

/** Keeps the versions by which connections came. */
function makeEcho(versions: string[]): Handler {
  return async (connection) => {
    versions.push(connection.request.version);
    for await (const message of connection) await connection.send(message);
  };
}

/** Our client by HTTP/2, our server by HTTP/1.1. */
async function downwards(): Promise<string> {
  const versions: string[] = [];
  const options = { port: 0, host: "127.0.0.1", logger: null, maxSize: null };
  await using server = await serve(makeEcho(versions), options);
  const { port } = server.addresses[0] as AddressInfo;
  const agreed = await withHaproxy(`127.0.0.1:${port}`, (url, ca) =>
    exchange(url, { http2: true, tls: { ca } }),
  );
  assert.deepEqual(versions, ["1.1"]);
  return agreed;
}

/** Our client by `http2`, our server by HTTP/2 without TLS. */
async function toHttp2(http2: boolean): Promise<string> {
  const versions: string[] = [];
  const http = createServer();
  http.on("sessionError", () => {});
  const server = attach(http, makeEcho(versions), { logger: null, maxSize: null });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  try {
    const { port } = http.address() as AddressInfo;
    const agreed = await withHaproxy(`127.0.0.1:${port} proto h2`, (url, ca) =>
      exchange(url, { http2, tls: { ca } }),
    );
    assert.deepEqual(versions, ["2"]);
    return agreed;
  } finally {
    await server.close();
    http.close();
  }
}

const needs = [program("haproxy"), OPENSSL];

export const trials: readonly Trial[] = [
  { name: "HAProxy from HTTP/2 to HTTP/1.1", needs, run: downwards },
  { name: "HAProxy from HTTP/1.1 to HTTP/2", needs, run: () => toHttp2(false) },
  { name: "HAProxy from HTTP/2 to HTTP/2", needs, run: () => toHttp2(true) },
];
