/**
 * What a browser does over HTTP/2: the page comes from our server, and its WebSocket goes on the same session (RFC 8441).
 *
 * A browser asks for a WebSocket over HTTP/2 only where it has a session with the server that says so; on a new one it
 * speaks HTTP/1.1. So the page and the WebSocket have one origin.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { attach, type Server, type ServerConnection, serve } from "clearsocket";
import type { OpenPage } from "./browser.ts";
import { type Certificate, Folder, makeCertificate, OPENSSL } from "./certificate.ts";
import { TEXT } from "./exchange.ts";
import type { Need } from "./need.ts";
import type { Trial } from "./trial.ts";

const SCRIPT = readFileSync(new URL("page.js", import.meta.url), "utf8");
const PAGE = `<!doctype html><title>interop</title><link rel="icon" href="data:,"><script>${SCRIPT}</script>`;
const HTML = { "Content-Type": "text/html; charset=utf-8" };

/** What the page's exchange comes to, and by which way it went. */
interface Witness {
  readonly connections: ServerConnection[];
  readonly endings: { readonly code: number; readonly clean: boolean; readonly cause?: Error }[];
}

async function echo(connection: ServerConnection, witness: Witness): Promise<void> {
  witness.connections.push(connection);
  for await (const message of connection) await connection.send(message);
  witness.endings.push(await connection.closed);
}

async function judge(open: OpenPage, port: number, witness: Witness): Promise<string> {
  await using page = await open(`https://localhost:${port}/page`);
  // Several at once share the session with the page.
  const call = `exchange("wss://localhost:${port}/chat", ${JSON.stringify(TEXT)})`;
  const results = await page.evaluate(
    `Promise.all([${call}, ${call}, ${call}]).then(JSON.stringify)`,
  );
  for (const told of JSON.parse(String(results)) as unknown[]) {
    assert.deepEqual(told, {
      echoed: TEXT,
      same: true,
      code: 1000,
      reason: "done",
      wasClean: true,
    });
  }
  while (witness.endings.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const { code, clean, cause } of witness.endings) {
    assert.deepEqual([code, clean, cause], [1000, true, undefined]);
  }
  const requests = witness.connections.map(({ request }) => request);
  const seen = requests.map(({ version, method, path }) => `${method} ${path} ${version}`);
  assert.deepEqual(seen, Array(3).fill("CONNECT /chat 2"));
  const peers = requests.map(({ remoteAddress }) => (remoteAddress as AddressInfo).port);
  assert.equal(new Set(peers).size, 1, `they came by the ports ${peers}`);
  const [first] = witness.connections;
  return first?.response.headers.get("sec-websocket-extensions") ?? "no compression";
}

async function withServe(open: OpenPage, { key, cert }: Certificate): Promise<string> {
  const witness: Witness = { connections: [], endings: [] };
  await using server: Server = await serve((connection) => echo(connection, witness), {
    port: 0,
    host: "127.0.0.1",
    logger: null,
    tls: { key, cert },
    http2: true,
    processRequest: ({ path }) =>
      path === "/page" ? new Response(PAGE, { headers: HTML }) : undefined,
  });
  const { port } = server.addresses[0] as AddressInfo;
  return await judge(open, port, witness);
}

/** A listener for 'request' is what makes Node answer CONNECT itself, unless somebody listens for 'connect' too. */
async function withAttach(open: OpenPage, { key, cert }: Certificate): Promise<string> {
  const witness: Witness = { connections: [], endings: [] };
  const http = createSecureServer({ key, cert, allowHTTP1: true }, (_request, response) => {
    response.writeHead(200, HTML).end(PAGE);
  });
  http.on("sessionError", () => {});
  await using server: Server = attach(http, (connection) => echo(connection, witness), {
    logger: null,
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  try {
    const { port } = server.addresses[0] as AddressInfo;
    return await judge(open, port, witness);
  } finally {
    http.close();
  }
}

/** The trials of a browser over HTTP/2. */
export function http2BrowserTrials(
  name: string,
  needs: readonly Need[],
  open: OpenPage,
): readonly Trial[] {
  const trial = (what: string, run: typeof withServe): Trial => ({
    name: `${name}, client: HTTP/2, ${what}`,
    needs: [...needs, OPENSSL],
    run: async () => {
      await using folder = await Folder.make();
      return await run(open, await makeCertificate(folder));
    },
  });
  return [
    trial("to a server of ours", withServe),
    trial("to ours beside an HTTP/2 server", withAttach),
  ];
}
