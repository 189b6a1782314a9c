/** What every browser does: a page that talks to `clearsocket serve`, and servers of ours that talk to the page. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "clearsocket";
import { Folder, makeCertificate, OPENSSL } from "./certificate.ts";
import { judgeSession, startEchoServer } from "./echo-server.ts";
import { BYTES, TEXT } from "./exchange.ts";
import { agreed } from "./foreign.ts";
import type { Need } from "./need.ts";
import type { Trial } from "./trial.ts";

/** A page that is open in a browser; self-signed certificates are taken. */
export interface Page extends AsyncDisposable {
  /** What an expression gives, or what its promise resolves with. */
  evaluate(expression: string): Promise<unknown>;
}

/** Starts a browser, and opens a page in it. */
export type OpenPage = (url: string) => Promise<Page>;

/** The functions `exchange` and `echo` of the page. */
const SCRIPT = readFileSync(new URL("page.js", import.meta.url), "utf8");

/** Calls a function of the page. */
type Call = (name: "exchange" | "echo", ...words: readonly string[]) => Promise<unknown>;

async function withPage<T>(open: OpenPage, run: (call: Call) => Promise<T>): Promise<T> {
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><title>interop</title><script>${SCRIPT}</script>`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await using page = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await run((name, ...words) =>
      page.evaluate(`${name}(${words.map((word) => JSON.stringify(word)).join(", ")})`),
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const EXPECTED = { echoed: TEXT, same: true, code: 1000, reason: "done", wasClean: true };

async function withEchoServer(open: OpenPage): Promise<string> {
  await using server = await startEchoServer();
  await withPage(open, async (call) => {
    assert.deepEqual(await call("exchange", server.url, TEXT), EXPECTED);
  });
  const lines = await server.session();
  judgeSession(lines, { binary: true, compression: true });
  return agreed(lines);
}

/** A browser neither fragments nor pings by itself: here the server does, and the browser answers. */
async function withServerThatBegins(open: OpenPage): Promise<void> {
  let told: unknown = null;
  await using server = await serve(
    async (connection) => {
      try {
        await connection.send(["frag", "men", "ted"]);
        assert.equal(await connection.recv(), "fragmented");
        await connection.send([BYTES.subarray(0, 3), BYTES.subarray(3)]);
        assert.deepEqual(Uint8Array.from((await connection.recv()) as Uint8Array), BYTES);
        assert.ok((await connection.ping()) >= 0);
        const closure = await connection.close(4000, "enough");
        assert.deepEqual([closure.code, closure.clean], [4000, true]);
      } catch (error) {
        told = error;
      }
    },
    { port: 0, host: "127.0.0.1", logger: null },
  );
  const { port } = server.addresses[0] as AddressInfo;
  await withPage(open, async (call) => {
    const closed = await call("echo", `ws://127.0.0.1:${port}`);
    assert.deepEqual(closed, { code: 4000, reason: "enough", wasClean: true });
  });
  if (told !== null) throw told;
}

async function overTls(open: OpenPage): Promise<void> {
  await using folder = await Folder.make();
  const { key, cert } = await makeCertificate(folder);
  await using server = await serve(
    async (connection) => {
      for await (const message of connection) await connection.send(message);
    },
    { port: 0, host: "127.0.0.1", logger: null, tls: { key, cert } },
  );
  const { port } = server.addresses[0] as AddressInfo;
  await withPage(open, async (call) => {
    const url = `wss://localhost:${port}`;
    assert.deepEqual(await call("exchange", url, TEXT), EXPECTED);
  });
}

/** The trials of a browser. */
export function browserTrials(
  name: string,
  needs: readonly Need[],
  open: OpenPage,
): readonly Trial[] {
  return [
    { name: `${name}, client`, needs, run: () => withEchoServer(open) },
    {
      name: `${name}, client: fragments, pings and a close of the server's`,
      needs,
      run: () => withServerThatBegins(open),
    },
    { name: `${name}, client: TLS`, needs: [...needs, OPENSSL], run: () => overTls(open) },
  ];
}
